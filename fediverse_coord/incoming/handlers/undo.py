"""Undo.  ActivityPub 6.10 and 7.13, inbound.md 4.

By the undone activity's id first, which may be all that came; else by (type, actor, object).
Whatever is taken back is the sender's own: its row stands in every WHERE (security A7).
"""

from fediverse_coord.incoming.context import Context, Effect
from fediverse_coord.incoming.trust import same_actor
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.protocol.documents import Document, embedded, first_id, types_of
from fediverse_coord.storage import actors, followers, interactions, memories, objects
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.interactions import Kind
from fediverse_coord.storage.remote_actors import RemoteActor

KINDS: dict[str, Kind] = {
    "Announce": "boost",
    "EmojiReact": "like",
    "EmojiReaction": "like",
    "Like": "like",
}


async def undo(activity: VerifiedActivity, context: Context) -> Effect | None:
    """Somebody takes back a Follow, a Like, a boost or a Delete."""
    remote = await context.known(activity.actor_id)
    undone_id = first_id(activity.document.get("object"))
    undone = embedded(activity.document.get("object"))
    if remote is None or (undone is not None and not same_actor(undone, activity.actor_id)):
        return None

    async def effect(tx: Transaction) -> None:
        if undone_id is not None and await _undo_by_id(tx, undone_id, remote):
            return
        if undone is not None:
            await _undo_by_shape(tx, undone, remote)

    return effect


async def _undo_by_id(tx: Transaction, undone_id: str, remote: RemoteActor) -> bool:
    for one in await followers.of_remote(tx, remote.row):
        if one.follow_id == undone_id:
            return await followers.remove(tx, one.actor, remote.row)
    return await interactions.remove_by_id(tx, undone_id, remote.row)


async def _undo_by_shape(tx: Transaction, undone: Document, remote: RemoteActor) -> None:
    about = first_id(undone.get("object")) or ""
    types = types_of(undone)
    if "Follow" in types:
        local = await actors.by_id(tx, about)
        if local is not None:
            await followers.remove(tx, local.row, remote.row)
    elif "Delete" in types:
        await memories.unbury(tx, memories.grave(remote.actor_id, about))
    else:
        await _uncount(tx, types, about, remote)


async def _uncount(tx: Transaction, types: set[str], about: str, remote: RemoteActor) -> None:
    found = await objects.by_id(tx, about)
    kind = next((KINDS[one] for one in sorted(types) if one in KINDS), None)
    if found is not None and kind is not None:
        await interactions.remove(tx, kind, object_row=found.row, remote_actor=remote.row)
