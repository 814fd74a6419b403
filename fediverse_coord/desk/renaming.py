"""Other handles for the same coordinations: the one change of identity that followers survive.

Ids and keys stay. Every living coordination gets a new actor document, and whoever its words have
reached is told. `handles` says what is remembered and refuses what nobody asked for.
"""

from datetime import datetime

from fediverse_coord.desk import handles, profiles
from fediverse_coord.desk.coordinations import actor_update, tell
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.outgoing.publish import Publisher
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.storage import actors, audit, instance
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.outbox import Outgoing


async def change(desk: Desk, person: Person, uris: Uris) -> list[str]:
    """The new handles. `uris` has the new domain; `desk` still works with the old one."""
    require(person, Duty.ADMINISTER, None)
    now = desk.clock()
    everyone = [one for one in await actors.all_actors(desk.db) if _lives(one)]
    news = [(one, *_made(desk.publisher, uris, one, now)) for one in everyone]

    async def write(tx: Transaction) -> None:
        await instance.set_handle_domain(tx, handles.kept(uris))
        for actor, document, told in news:
            await actors.revise(tx, actor, actor.profile, actor.revision, document, now)
            await tell(tx, told, now)
        await audit.record(tx, person.row, "change handles", uris.handle_host, now)

    await desk.db.write(write)
    desk.wake()
    return [uris.handle(one.name) for one in everyone]


def _lives(actor: LocalActor) -> bool:
    return actor.role == "coordination" and not actor.retired


def _made(
    publisher: Publisher, uris: Uris, actor: LocalActor, now: datetime
) -> tuple[bytes, Outgoing]:
    """The actor's new document, and the Update that tells of it."""
    key = publisher.keyring.proof(actor.name)
    public = publisher.keyring.public(actor.name, actor.actor_id)
    document = profiles.document_of(
        uris, actor.name, actor.type, actor.profile, public, key, actor.created_at, now
    )
    return document, actor_update(uris, actor, document, key, now)
