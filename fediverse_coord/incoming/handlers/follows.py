"""Follow.  ActivityPub 6.5 and 7.5, inbound.md 4.

Accepted at once, unless the coordination answers by hand. A repeated Follow renews its id and
is accepted again under a new id: whoever sends it twice has lost our first answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from fediverse_coord.incoming.context import Context, Effect, Joint, send_all
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.protocol.activities import accept, rebuilt_follow
from fediverse_coord.protocol.documents import first_id
from fediverse_coord.publishing.following import State, after_follow
from fediverse_coord.publishing.moderation import approves_followers
from fediverse_coord.storage import actors, followers, inboxes
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.outbox import Outgoing
from fediverse_coord.storage.remote_actors import RemoteActor


@dataclass(frozen=True)
class Asking(Joint):
    """A Follow is kept, and answered where no person answers it. `answer` is our Accept."""

    local: LocalActor
    remote: RemoteActor
    follow_id: str | None
    answer: Outgoing
    now: datetime

    @classmethod
    async def all_of(cls, tx: Transaction, effects: Sequence[Self]) -> None:
        for row in sorted({one.local.row for one in effects}):
            await _asked(tx, row, [one for one in effects if one.local.row == row])


async def _asked(tx: Transaction, row: int, asking: Sequence[Asking]) -> None:
    """Those who want to hear from the same coordination."""
    known = await followers.states(tx, row, [one.remote.row for one in asking])
    inbox_rows = await inboxes.rows_for(tx, [one.remote.delivery_url for one in asking])
    now, saved, answers = max(one.now for one in asking), [], []
    for one in asking:
        before = State(known.get(one.remote.row, "nobody"))
        state = after_follow(before, by_hand=approves_followers(one.local.profile))
        is_one = state is State.FOLLOWER
        inbox = inbox_rows[one.remote.delivery_url]
        kept = followers.Following(
            one.remote.row, inbox, one.follow_id, "follower" if is_one else "requested"
        )
        saved.append(kept)
        answers += [one.answer] if is_one else []
    await followers.save_all(tx, row, saved, now)
    await send_all(tx, answers, now)


async def follow(activity: VerifiedActivity, context: Context) -> Effect | None:
    """Somebody wants to hear from a coordination."""
    followed_id = first_id(activity.document.get("object")) or ""
    local = await context.once(actors.by_id, followed_id)
    if local is None or local.retired or local.role != "coordination":
        return None
    remote = await context.actor(activity.actor_id)
    follow_id = first_id(activity.document.get("id"))
    answer = _accept(context, local, follow_id, activity.actor_id, remote.inbox_url)
    return Asking(local, remote, follow_id, answer, context.now)


def _accept(
    context: Context, local: LocalActor, follow_id: str | None, actor_id: str, inbox_url: str
) -> Outgoing:
    rebuilt = rebuilt_follow(follow_id, actor_id, local.actor_id)
    document = accept(context.answer_id(local.name), local.actor_id, rebuilt)
    return context.outgoing(local, document, inbox_url, object_id=follow_id)
