"""Whom a coordination follows: asked with a Follow, ended with its Undo.  ActivityPub 7.5, 7.10.

What the other answers comes in by the other road; here a row remembers what was asked.
"""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.desk.strangers import found, remembered
from fediverse_coord.errors import Conflict, NotFound
from fediverse_coord.protocol import activities
from fediverse_coord.protocol.documents import Document
from fediverse_coord.storage import (
    audit,
    blocks,
    deliveries,
    following,
    outbox,
    remote_actors,
)
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.outbox import Outgoing
from fediverse_coord.storage.remote_actors import RemoteActor


@dataclass(frozen=True, slots=True)
class Followed:
    """An actor we asked to follow, and how it stands: requested, accepted, rejected."""

    actor_id: str
    label: str
    state: str
    asked_at: datetime


async def follow(desk: Desk, person: Person, actor_name: str, named: str) -> str:
    """Asks; the state that the row now has. Who has accepted is not asked again.

    `named` is a handle or an actor's id. Raises NotAllowed, Conflict for the blocked and for
    ourselves, Refusal where nobody is found.
    """
    require(person, Duty.ADMINISTER, actor_name)
    actor = await coordination(desk, actor_name)
    whom = await found(desk, named)
    if await blocks.is_blocked(desk.db, host=whom.host, actor_id=whom.actor_id):
        raise Conflict(f"{whom.label} is blocked here; `unblock` first")
    before = await following.find(desk.db, actor.row, whom.row)
    if before is not None and before.state == "accepted":
        return before.state
    follow_id, now = desk.uris.activity(actor.name, desk.new_key()), desk.clock()
    asked = _outgoing(desk, actor, whom, follow_id, now)

    async def work(tx: Transaction) -> None:
        await following.begin(tx, actor.row, whom.row, follow_id, now)
        await outbox.append(tx, asked, now)
        await audit.record(tx, person.row, "follow", whom.actor_id, now)

    await desk.db.write(work)
    desk.wake()
    return "requested"


def _outgoing(
    desk: Desk, actor: LocalActor, whom: RemoteActor, follow_id: str, now: datetime
) -> Outgoing:
    document = activities.follow(follow_id, actor.actor_id, whom.actor_id)
    return _sealed(desk, actor, whom, document, now)


def _sealed(
    desk: Desk, actor: LocalActor, whom: RemoteActor, document: Document, now: datetime
) -> Outgoing:
    return Outgoing(
        actor=actor.row,
        activity_id=document["id"],
        type=document["type"],
        document=activities.sealed(document, desk.publisher.keyring.proof(actor.name), now),
        object_id=whom.actor_id,
        fetchable=document["type"] == "Undo",
        inbox_urls=(whom.inbox_url,),
    )


async def unfollow(desk: Desk, person: Person, actor_name: str, named: str) -> None:
    """Undoes the Follow by its own id. Raises NotFound where nobody of that name is followed."""
    require(person, Duty.ADMINISTER, actor_name)
    actor, now = await coordination(desk, actor_name), desk.clock()
    whom = await remembered(desk, named) or await found(desk, named)
    undo_id = desk.uris.activity(actor.name, desk.new_key())

    async def work(tx: Transaction) -> None:
        standing = await following.find(tx, actor.row, whom.row)
        if standing is None:
            raise NotFound(f"{actor.name} does not follow {whom.label}")
        undone = activities.follow(standing.follow_id, actor.actor_id, whom.actor_id)
        undo = _sealed(desk, actor, whom, activities.undo(undo_id, undone, now), now)
        await following.remove(tx, actor.row, whom.row)
        await deliveries.supersede_activity(tx, standing.follow_id, now)
        await outbox.append(tx, undo, now)
        await audit.record(tx, person.row, "unfollow", whom.actor_id, now)

    await desk.db.write(work)
    desk.wake()


async def followed(desk: Desk, person: Person, actor_name: str) -> list[Followed]:
    """Everybody whom the coordination asked to follow."""
    require(person, Duty.LOOK, actor_name)
    actor = await coordination(desk, actor_name)
    rows = await following.of(desk.db, actor.row)
    pairs = [(one, await remote_actors.by_row(desk.db, one.remote_actor)) for one in rows]
    return [
        Followed(whom.actor_id, whom.label, one.state, one.created_at)
        for one, whom in pairs
        if whom
    ]
