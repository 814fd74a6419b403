"""Follow.  ActivityPub 6.5 and 7.5, inbound.md 4.

Accepted at once, unless the coordination answers by hand. A repeated Follow renews its id and
is accepted again under a new id: whoever sends it twice has lost our first answer.
"""

from fediverse_coord.incoming.context import Context, Effect, send
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.protocol.activities import accept, rebuilt_follow
from fediverse_coord.protocol.documents import first_id
from fediverse_coord.publishing.following import State, after_follow
from fediverse_coord.publishing.moderation import approves_followers
from fediverse_coord.storage import actors, followers, inboxes
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.outbox import Outgoing


async def follow(activity: VerifiedActivity, context: Context) -> Effect | None:
    """Somebody wants to hear from a coordination."""
    followed_id = first_id(activity.document.get("object")) or ""
    local = await actors.by_id(context.reader, followed_id)
    if local is None or local.retired or local.role != "coordination":
        return None
    remote = await context.actor(activity.actor_id)
    follow_id = first_id(activity.document.get("id"))
    by_hand = approves_followers(local.profile)
    answer = _accept(context, local, follow_id, activity.actor_id, remote.inbox_url)

    async def effect(tx: Transaction) -> None:
        state = after_follow(await state_of(tx, local.row, remote.row), by_hand=by_hand)
        await followers.save(
            tx,
            actor=local.row,
            remote_actor=remote.row,
            inbox=await inboxes.row_for(tx, remote.delivery_url),
            follow_id=follow_id,
            state="follower" if state is State.FOLLOWER else "requested",
            now=context.now,
        )
        if state is State.FOLLOWER:
            await send(tx, answer, context.now)

    return effect


def _accept(
    context: Context, local: LocalActor, follow_id: str | None, actor_id: str, inbox_url: str
) -> Outgoing:
    rebuilt = rebuilt_follow(follow_id, actor_id, local.actor_id)
    document = accept(context.answer_id(local.name), local.actor_id, rebuilt)
    return context.outgoing(local, document, inbox_url, object_id=follow_id)


async def state_of(reader: Reader, actor: int, remote_actor: int) -> State:
    """How they stand now."""
    found = await followers.find(reader, actor, remote_actor)
    return State(found.state) if found else State.NOBODY
