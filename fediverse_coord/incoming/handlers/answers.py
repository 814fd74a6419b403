"""Accept and Reject of our own Follow.  ActivityPub 7.6 and 7.7, inbound.md 3.7.

Only the one we asked can answer, and only a Follow that is ours; the id of the answer itself
is not demanded. A Reject may come long after an Accept: then we no longer follow.
"""

from fediverse_coord.incoming.context import Context, Effect
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.protocol.documents import embedded, first_id, types_of
from fediverse_coord.storage import actors, following
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.following import State


async def accept(activity: VerifiedActivity, context: Context) -> Effect | None:
    """Our Follow was accepted."""
    return await _answered(activity, "accepted", context)


async def reject(activity: VerifiedActivity, context: Context) -> Effect | None:
    """Our Follow was rejected, or we were removed."""
    return await _answered(activity, "rejected", context)


async def _answered(activity: VerifiedActivity, state: State, context: Context) -> Effect | None:
    remote = await context.known(activity.actor_id)
    follow_id = first_id(activity.document.get("object"))
    if remote is None:
        return None
    our_row = await _our_row(activity, context) if follow_id is None else None

    async def effect(tx: Transaction) -> None:
        if follow_id is not None:
            await following.answered(tx, remote.row, state, follow_id=follow_id)
        elif our_row is not None:
            await following.answered_to(tx, remote.row, state, actor=our_row)

    return effect


async def _our_row(activity: VerifiedActivity, context: Context) -> int | None:
    """Which coordination asked, where the embedded Follow has no id."""
    follow = embedded(activity.document.get("object"))
    if follow is None or "Follow" not in types_of(follow):
        return None
    if first_id(follow.get("object")) != activity.actor_id:
        return None
    local = await actors.by_id(context.reader, first_id(follow.get("actor")) or "")
    return local.row if local is not None else None
