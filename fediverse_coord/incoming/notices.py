"""What somebody told us of another's: asked at its origin, or dropped.  inbound.md 3 and 10.

A notice has no body, and its teller is believed in nothing. A deletion counts when the origin
says 410 or Tombstone, and for what was said to everybody also with 404; an actor is gone only
with 410 (signatures.md 2.10).
"""

from fediverse_coord.errors import Gone, Missing
from fediverse_coord.incoming.context import Context, Effect
from fediverse_coord.incoming.handlers.boosts import announce
from fediverse_coord.incoming.handlers.edits import deleted, farewell, update_fetched
from fediverse_coord.incoming.handlers.posts import take_fetched
from fediverse_coord.incoming.verify import from_origin
from fediverse_coord.protocol.documents import types_of
from fediverse_coord.publishing.moderation import SHOWABLE
from fediverse_coord.storage import remote_actors, responses
from fediverse_coord.storage.inbox import Claimed


async def look_into(row: Claimed, context: Context) -> Effect | None:
    """What the origin says to it, as an effect. Raises DereferenceError."""
    if row.type == "Delete":
        return await _deletion(row.object_id, context)
    if row.type == "Announce" and row.activity_id is not None:
        return await _boost(row.activity_id, context)
    if row.object_id is None or context.services.uris.is_ours(row.object_id):
        return None
    document = await context.fetch(row.object_id)
    if row.type == "Update":
        return await update_fetched(document, context)
    return await take_fetched(document, context)


async def _deletion(object_id: str | None, context: Context) -> Effect | None:
    """Only what we know is asked about."""
    if object_id is None:
        return None
    actor = await context.known(object_id)
    known = await responses.by_object_id(context.reader, object_id)
    if actor is None and not known:
        return None
    try:
        document = await context.fetch(object_id)
    except Gone:
        if actor is not None:
            return farewell(actor, context)
    except Missing:
        # Strangers, as we are to a message between others, hear 404 of what is there.
        if actor is not None or any(one.visibility not in SHOWABLE for one in known):
            return None
    else:
        if actor is not None or "Tombstone" not in types_of(document):
            return None
    author = await remote_actors.by_row(context.reader, known[0].remote_actor)
    return deleted(object_id, known[0].author_id, author, context)


async def _boost(activity_id: str, context: Context) -> Effect | None:
    activity = from_origin(await context.fetch(activity_id), activity_id)
    if "Announce" not in types_of(activity.document):
        return None
    return await announce(activity, context)
