"""Spellings of names that mean the same, kept by editors so that searching finds all of them."""

from collections.abc import Sequence

from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import FieldFault, NotFound, Refusal
from fediverse_coord.publishing.search_questions import is_name
from fediverse_coord.publishing.search_words import spelling_of
from fediverse_coord.storage import audit, spellings
from fediverse_coord.storage.database import Transaction

LONGEST = 100


async def add(desk: Desk, person: Person, names: Sequence[str]) -> list[str]:
    """From here on they mean the same; all names that now do. Raises Refusal."""
    require(person, Duty.ADMINISTER, None)
    names, now = [" ".join(name.split()) for name in names], desk.clock()
    for name in names:
        if len(name) > LONGEST or not is_name(name):
            fault = f"must be a name of one to five words, at most {LONGEST} characters"
            raise Refusal(f"'{name[:40]}' {fault}", faults=[FieldFault("name", fault)])
    if len({spelling_of(name) for name in names}) < 2:
        raise Refusal(
            "name two spellings at least that differ in more than capitals and accents: "
            "those are ignored anyway"
        )

    async def work(tx: Transaction) -> None:
        await spellings.add(tx, names)
        await audit.record(tx, person.row, "spellings", "spellings:added", now)

    await desk.db.write(work)
    spelled = spelling_of(names[0])
    return (await spellings.of(desk.db, [spelled]))[spelled]


async def remove(desk: Desk, person: Person, name: str) -> None:
    """Raises NotFound where nobody keeps that name."""
    require(person, Duty.ADMINISTER, None)
    now = desk.clock()

    async def work(tx: Transaction) -> None:
        if not await spellings.remove(tx, name):
            raise NotFound(f"there is no spelling {name[:LONGEST]!r}: see `aliases list`")
        await audit.record(tx, person.row, "spellings", "spellings:removed", now)

    await desk.db.write(work)


async def all_names(desk: Desk, person: Person) -> list[list[str]]:
    """The names that mean the same, together."""
    require(person, Duty.LOOK, None)
    return await spellings.all_names(desk.db)
