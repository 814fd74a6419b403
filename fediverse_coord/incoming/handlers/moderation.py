"""Flag, Move and Block: for people to look at.  inbound.md 4, rule 8.

A report is recorded, not acted upon, and only so many from one sender. Block alone takes
effect at once: whoever blocks a coordination no longer follows it, nor is followed.
"""

from datetime import timedelta

from fediverse_coord.incoming.context import Context, Effect
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.protocol.documents import first_id, ids_of, text_of
from fediverse_coord.protocol.sanitize import plain_text
from fediverse_coord.protocol.uris import MAX_LENGTH
from fediverse_coord.storage import actors, followers, following, reports, responses
from fediverse_coord.storage.database import Transaction

MAX_CONTENT = 5_000
MAX_ABOUT = 20
MOST, WITHIN = 30, timedelta(hours=1)


async def flag(activity: VerifiedActivity, context: Context) -> Effect | None:
    """A server or a person reports something of ours. Mastodon's instance actor signs it."""
    uris = context.services.uris
    named = [one for one in ids_of(activity.document.get("object")) if uris.is_ours(one)]
    about = [one for one in dict.fromkeys(named) if len(one) <= MAX_LENGTH][:MAX_ABOUT]
    if not about:
        return None
    said = [text_of(activity.document, name, limit=MAX_CONTENT) for name in ("content", "summary")]
    content = plain_text(next((one for one in said if one), ""))
    return _reported("Flag", activity.actor_id, "\n".join(about), content, context)


async def move(activity: VerifiedActivity, context: Context) -> Effect | None:
    """An actor says that it went elsewhere. The new place must say so too."""
    target_id = first_id(activity.document.get("target"))
    if first_id(activity.document.get("object")) != activity.actor_id or target_id is None:
        return None
    context.fetch.spend(target_id)
    target = await context.refreshed(target_id)
    if activity.actor_id not in target.also_known_as:
        return None
    return _reported("Move", activity.actor_id, target_id, f"moved to {target_id}", context)


async def block(activity: VerifiedActivity, context: Context) -> Effect | None:
    """Somebody wants nothing to do with a coordination."""
    blocked_id = first_id(activity.document.get("object")) or ""
    local = await actors.by_id(context.reader, blocked_id)
    remote = await context.known(activity.actor_id)
    if local is None or remote is None:
        return None

    async def effect(tx: Transaction) -> None:
        await followers.remove(tx, local.row, remote.row)
        await following.remove(tx, local.row, remote.row)
        await responses.hide(tx, local.row, remote.row)

    return effect


def _reported(type_: str, actor_id: str, about: str, content: str, context: Context) -> Effect:
    async def effect(tx: Transaction) -> None:
        if await reports.is_open(tx, type_, actor_id, about):
            return
        if await reports.recent(tx, actor_id, context.now - WITHIN) < MOST:
            await reports.add(tx, type_, actor_id, about, content[:MAX_CONTENT], context.now)

    return effect
