"""Introductions of topics, countries and organisations: listed, read, written, taken away.

INTERFACE: introductions. They are public once they are saved, so writing one is publishing; no
server is told of them. Names that any declaration of the coordination keeps sealed are refused.
"""

from collections.abc import Iterator, Mapping

from fediverse_coord.desk import confidential
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import FieldFault, NotFound, Refusal, Stale
from fediverse_coord.publishing import introductions as pages
from fediverse_coord.publishing.introductions import Place
from fediverse_coord.storage import audit, introductions
from fediverse_coord.storage import confidential as sealed_rows
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.introductions import Introduction

MOST = 200
CHANGED = "somebody changed this introduction meanwhile: read it again, then repeat your change"
SEALED = (
    "holds the name of a signatory which only the editors may know: take it out of the introduction"
)


async def page(
    desk: Desk, person: Person, actor_name: str, *, after: int = 0, limit: int = 50
) -> tuple[list[Introduction], int | None]:
    """Oldest first, behind the cursor; and the cursor of what follows. Raises NotFound."""
    require(person, Duty.LOOK, actor_name)
    actor = await coordination(desk, actor_name)
    most = min(max(limit, 1), MOST)
    found = await introductions.page(desk.db, actor.row, after=after, limit=most + 1)
    return found[:most], found[most - 1].row if len(found) > most else None


async def find(
    desk: Desk, person: Person, actor_name: str, subject: str, name: str
) -> Introduction:
    """Raises NotFound, Refusal for what no page is about."""
    require(person, Duty.LOOK, actor_name)
    return await _found(desk, await coordination(desk, actor_name), place_of(subject, name))


async def _found(desk: Desk, actor: LocalActor, place: Place) -> Introduction:
    found = await introductions.find(desk.db, actor.row, place)
    if found is None:
        raise NotFound(_missing(place))
    return found


def _missing(place: Place) -> str:
    return f"there is no introduction of the {place.subject} '{place.name}'"


def place_of(subject: str, name: str) -> Place:
    """Raises Refusal."""
    place, faults = pages.place(subject, name)
    if place is None:
        raise Refusal(f"{faults[0].field} {faults[0].reason}", faults=faults)
    return place


async def put(
    desk: Desk,
    person: Person,
    actor_name: str,
    subject: str,
    name: str,
    fields: Mapping[str, object],
    *,
    revision: int | None = None,
) -> Introduction:
    """`texts` by language, the first standing for those that are missing.

    Raises Refusal naming every faulty field, Stale, NotFound, NotAllowed.
    """
    require(person, Duty.PUBLISH, actor_name)
    actor = await coordination(desk, actor_name)
    place, faults = pages.place(subject, name)
    texts, more = pages.read(fields)
    faults = [*faults, *more, *([] if more else await _sealed(desk, actor, texts))]
    if place is None or faults:
        raise Refusal("; ".join(f"{one.field} {one.reason}" for one in faults), faults=faults)
    now = desk.clock()

    async def work(tx: Transaction) -> None:
        await introductions.hold(tx, actor.row)
        known = await introductions.find(tx, actor.row, place)
        if revision is not None and (known is None or known.revision != revision):
            raise Stale(CHANGED)
        number = (known.revision if known else 0) + 1
        await introductions.put(tx, actor.row, place, texts, number, now)
        await _told(tx, desk, person, actor, place, "update" if known else "create")

    await desk.db.write(work)
    return await _found(desk, actor, place)


async def _told(
    tx: Transaction, desk: Desk, person: Person, actor: LocalActor, place: Place, verb: str
) -> None:
    """Audited, and every kept page of the coordination is made anew."""
    subject, now = f"introduction:{actor.name}/{place.subject}/{place.mark}", desk.clock()
    await touch(tx, f"list:{actor.name}", now)
    await audit.record(tx, person.row, verb, subject, now)


async def _sealed(desk: Desk, actor: LocalActor, texts: Mapping[str, str]) -> list[FieldFault]:
    names = [
        sealed_rows.opened(desk.seal, key, sealed)
        for key, sealed in await sealed_rows.of_coordination(desk.db, actor.row)
    ]
    return list(_holding(names, texts))


def _holding(names: list[str], texts: Mapping[str, str]) -> Iterator[FieldFault]:
    for language, text in texts.items():
        if any(confidential.holds(text, name) for name in names):
            yield FieldFault(f"texts.{language}", SEALED)


async def delete(
    desk: Desk,
    person: Person,
    actor_name: str,
    subject: str,
    name: str,
    *,
    revision: int | None = None,
) -> None:
    """Raises NotFound, Stale, NotAllowed, Refusal."""
    require(person, Duty.PUBLISH, actor_name)
    actor, place = await coordination(desk, actor_name), place_of(subject, name)

    async def work(tx: Transaction) -> None:
        await introductions.hold(tx, actor.row)
        known = await introductions.find(tx, actor.row, place)
        if known is None:
            raise NotFound(_missing(place))
        if revision is not None and known.revision != revision:
            raise Stale(CHANGED)
        await introductions.drop(tx, known.row)
        await _told(tx, desk, person, actor, place, "delete")

    await desk.db.write(work)
