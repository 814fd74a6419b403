"""Who asks to follow, where a coordination answers by hand.  ActivityPub 7.5 and 7.7.

Their names are shown to those who have to decide, and to nobody else. An answer is a row for the
road out, in the transaction of the decision.
"""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.desk.desk import Desk, speaking
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.desk.strangers import remembered
from fediverse_coord.errors import NotFound
from fediverse_coord.protocol.activities import accept, rebuilt_follow, reject, sealed
from fediverse_coord.storage import audit, followers, outbox, remote_actors
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.followers import Follower
from fediverse_coord.storage.outbox import Outgoing
from fediverse_coord.storage.remote_actors import RemoteActor


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody who waits for an answer. `label` is a proven handle, else the host alone."""

    actor_id: str
    label: str
    asked_at: datetime


async def waiting(desk: Desk, person: Person, actor_name: str) -> list[Request]:
    """The oldest first. Raises NotAllowed without a moderator's role."""
    require(person, Duty.MODERATE, actor_name)
    actor = await speaking(desk, actor_name)
    rows = await followers.requested(desk.db, actor.row)
    pairs = [(one, await remote_actors.by_row(desk.db, one.remote_actor)) for one in rows]
    return [Request(who.actor_id, who.label, one.created_at) for one, who in pairs if who]


async def answer(
    desk: Desk, person: Person, actor_name: str, named: str, *, accepted: bool
) -> None:
    """Accepts or refuses; a refusal also ends a follower's following, without a block.

    Raises NotAllowed, and NotFound where nobody of that name asks.
    """
    require(person, Duty.MODERATE, actor_name)
    actor, now = await speaking(desk, actor_name), desk.clock()
    who = await remembered(desk, named)

    async def work(tx: Transaction) -> None:
        asked = await followers.find(tx, actor.row, who.row) if who else None
        if who is None or asked is None or (accepted and asked.state == "follower"):
            raise NotFound(
                f"{named} does not ask to follow {actor_name}; `requests` shows who does"
            )
        if accepted:
            await _accept(tx, asked, now)
        else:
            await followers.remove(tx, actor.row, who.row)
        await outbox.append(tx, _answer(desk, actor, who, asked, accepted, now), now)
        verb = "accept follower" if accepted else "refuse follower"
        await audit.record(tx, person.row, verb, f"actor:{who.row}", now)

    await desk.db.write(work)
    desk.wake()


async def _accept(tx: Transaction, asked: Follower, now: datetime) -> None:
    await followers.save(
        tx,
        actor=asked.actor,
        remote_actor=asked.remote_actor,
        inbox=asked.inbox,
        follow_id=asked.follow_id,
        state="follower",
        now=now,
    )


def _answer(
    desk: Desk, actor: LocalActor, who: RemoteActor, asked: Follower, accepted: bool, now: datetime
) -> Outgoing:
    make = accept if accepted else reject
    follow = rebuilt_follow(asked.follow_id, who.actor_id, actor.actor_id)
    document = make(desk.uris.activity(actor.name, desk.new_key()), actor.actor_id, follow)
    return Outgoing(
        actor=actor.row,
        activity_id=document["id"],
        type=document["type"],
        document=sealed(document, desk.publisher.keyring.proof(actor.name), now),
        object_id=asked.follow_id,
        inbox_urls=(who.inbox_url,),
    )
