"""Announce.  ActivityPub 7.11, inbound.md 3.3 and 4.

An Announce of one of our objects is a solidarity boost. Groups (Lemmy, PieFed, Mbin) wrap whole
activities into theirs: one of ours is passed on all the same; of others' only a post that
concerns us is looked at, and never the copy that came along, but what its own origin says
(security A2).
"""

from fediverse_coord.incoming.context import Context, Effect, reached
from fediverse_coord.incoming.handlers.posts import take_fetched
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.protocol.addressing import addressees, visibility_of
from fediverse_coord.protocol.documents import Document, as_list, embedded, first_id, types_of
from fediverse_coord.publishing.moderation import SHOWABLE
from fediverse_coord.storage import interactions, objects
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.interactions import Interaction
from fediverse_coord.storage.objects import LocalObject

WRAPPED = frozenset({"Create", "Update"})


async def announce(activity: VerifiedActivity, context: Context) -> Effect | None:
    """Somebody passes on one of our objects, or a group an activity that may concern us."""
    value = activity.document.get("object")
    inner = embedded(value)
    wrapped = inner if types_of(inner) & WRAPPED else None
    about = wrapped.get("object") if wrapped else value
    found = await context.once(objects.by_id, first_id(about) or "")
    if found is not None:
        return None if found.deleted else await _boost(activity, found, context)
    return await _unwrapped(wrapped, context) if wrapped else None


async def _boost(activity: VerifiedActivity, found: LocalObject, context: Context) -> Effect | None:
    remote = await context.actor(activity.actor_id)
    document = activity.document
    visibility = visibility_of(document, followers_id=remote.followers_id)
    # Unaddressed ones exist (relays, old software); a narrow one is told, not counted.
    counts = not addressees(document) or visibility in SHOWABLE

    async def effect(tx: Transaction) -> None:
        await reached(tx, [(found, remote)], context.now)
        if counts:
            boost = Interaction(found.row, remote.row, first_id(document.get("id")))
            await interactions.add(tx, "boost", [boost], context.now)

    return effect


async def _unwrapped(inner: Document, context: Context) -> Effect | None:
    post_id, copy = first_id(inner.get("object")), embedded(inner.get("object"))
    if post_id is None or not _hints_at_us(copy or {}, inner, context):
        return None
    return await take_fetched(await context.fetch(post_id), context)


def _hints_at_us(copy: Document, inner: Document, context: Context) -> bool:
    """Whether asking is worth it. The copy is a hint and nothing more."""
    tags = [one.get("href") for one in as_list(copy.get("tag")) if isinstance(one, dict)]
    named = {first_id(copy.get("inReplyTo")), *tags, *addressees(copy), *addressees(inner)}
    return any(context.services.uris.is_ours(one) for one in named)
