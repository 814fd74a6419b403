"""Amendments: edits of what is published that wait for other coordinators, read and decided.

INTERFACE: policies.approvals. How one comes to be and is counted stands in `agreement`. Approving
the last missing one makes the edit, as if that person had sent it; what was changed meanwhile
refuses it, and its words can be taken up anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from fediverse_coord.desk import agreement, confidential, drafts, illustrating
from fediverse_coord.desk.composing import People
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.drafts import Saved, record_look
from fediverse_coord.desk.mentioned import people_known
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import Conflict, NotFound, Stale
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.publishing.details import Display
from fediverse_coord.publishing.naming import handle_of
from fediverse_coord.storage import amendments, audit, declarations, remote_actors
from fediverse_coord.storage.amendments import Amendment
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work

OUTDATED = "the text was changed since this edit was made: take it up anew, or reject it"
HAS_AGREED = "another coordinator must approve this; you have done so already"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An amendment beside the work as it is. `has_agreed`: the one who looks did so."""

    amendment: Amendment
    work: Work
    would_be: Work
    missing: int
    has_agreed: bool
    other_names: frozenset[int]  # places of signatories whose sealed name it would change

    @property
    def is_open(self) -> bool:
        return not self.amendment.is_outdated


async def find(desk: Desk, person: Person, key: str, duty: Duty = Duty.LOOK) -> Waiting:
    """Raises NotFound, or NotAllowed where the person may not."""
    found = await amendments.by_key(desk.db, key)
    work = await declarations.by_row(desk.db, found.declaration) if found else None
    if found is None or work is None:
        raise NotFound("no such edit waits: it was approved or rejected, or never was")
    drafts.require_for(person, work, duty)
    return await _waiting(desk, person, found, work)


async def page(
    desk: Desk, person: Person, actor_name: str, *, before: int = 2**62, limit: int = 50
) -> list[Waiting]:
    """Those of a coordination, the newest first, below the cursor (a row number)."""
    require(person, Duty.LOOK, actor_name)
    actor = await coordination(desk, actor_name)
    found = await amendments.page(desk.db, actor.row, before=before, limit=limit)
    return [one for each in found if (one := await _with_work(desk, person, each))]


async def of_work(desk: Desk, person: Person, work: Work) -> list[Waiting]:
    """Those of a declaration that the person may look at, the newest first."""
    found = await amendments.of_declaration(desk.db, work.row)
    return [await _waiting(desk, person, one, work) for one in found]


async def _with_work(desk: Desk, person: Person, one: Amendment) -> Waiting | None:
    work = await declarations.by_row(desk.db, one.declaration)
    return await _waiting(desk, person, one, work) if work else None


async def _waiting(desk: Desk, person: Person, one: Amendment, work: Work) -> Waiting:
    approvals = await agreement.approvals_for(desk, work)
    would_be = agreement.applied(desk, work, one.proposed)
    return Waiting(
        amendment=one,
        work=work,
        would_be=would_be,
        missing=max(approvals + 1 - len(one.people), 0),
        has_agreed=person.row in one.people,
        other_names=_other_names(desk, work, would_be),
    )


def _other_names(desk: Desk, work: Work, would_be: Work) -> frozenset[int]:
    """Whoever is locked away there now: a name that is open stands among the changes."""
    one = work.declaration
    known = {place: who.name for place, who in enumerate(one.signatories)}
    known |= confidential.names_of(desk, one)
    wished = confidential.names_of(desk, would_be.declaration)
    return frozenset(place for place, name in wished.items() if known.get(place) != name)


def taken_up(desk: Desk, one: Waiting) -> Declaration:
    """As the edit would leave it, to be sent anew: a name that the work seals too has its handle.

    Names are sealed anew in each edit. What is another name keeps the edit's own handle, which
    `with_names` knows.
    """
    work, would_be = one.work.declaration, one.would_be.declaration
    places = confidential.names_of(desk, work).items()
    own = {name: work.signatories[place].sealed for place, name in places}
    names = confidential.names_of(desk, would_be)
    signing = tuple(
        replace(who, sealed=own.get(names[place], who.sealed)) if place in names else who
        for place, who in enumerate(would_be.signatories)
    )
    return replace(would_be, signatories=signing)


async def with_names(
    desk: Desk, person: Person, work: Work, fields: Mapping[str, object]
) -> Mapping[str, object]:
    """The fields of an edit, with the names whose handles are those of edits that wait for it.

    They are sealed again when the edit is saved. Where one is to be shown in full, that is a look.
    """
    rows = fields.get("signatories")
    if not isinstance(rows, list) or not any(_is_foreign(work, row) for row in rows):
        return fields
    known = {
        handle: name
        for each in await amendments.of_declaration(desk.db, work.row)
        for handle, name in _by_handle(desk, each.proposed.declaration)
    }
    named = {
        place: known[row["sealed"]]
        for place, row in enumerate(rows)
        if _is_foreign(work, row) and row["sealed"] in known
    }
    if any((rows[place].get("display") or Display.FULL) == Display.FULL for place in named):
        await record_look(desk, person, work)
    signing = [
        {**row, "name": named[place], "sealed": None} if place in named else row
        for place, row in enumerate(rows)
    ]
    return {**fields, "signatories": signing}


def _is_foreign(work: Work, row: object) -> bool:
    """Whether it has a handle in the place of a name, and not one of the work's own."""
    handle = row.get("sealed") if isinstance(row, Mapping) and not row.get("name") else None
    own = (who.sealed for who in work.declaration.signatories if who.sealed)
    return isinstance(handle, str) and handle not in {handle_of(sealed) for sealed in own}


def _by_handle(desk: Desk, one: Declaration) -> Iterator[tuple[str, str]]:
    for place, name in confidential.names_of(desk, one).items():
        yield handle_of(one.signatories[place].sealed or ""), name


async def approve(desk: Desk, person: Person, key: str) -> Saved:
    """Agrees; where nobody is missing any more the edit is made, and goes out.

    Raises Stale where the text was changed meanwhile, Conflict where one has agreed already.
    """
    one = await find(desk, person, key, Duty.PUBLISH)
    if not one.is_open:
        raise Stale(OUTDATED)
    if one.has_agreed and one.missing:
        raise Conflict(HAS_AGREED)
    after, mentions = one.would_be, one.amendment.proposed.mentions
    hero = after.declaration.hero.key if after.declaration.hero else None
    shown = await illustrating.illustrated(desk, after.declaration, hero)
    people = await _people(desk, one)
    return await drafts.save(
        desk,
        person,
        one.work,
        replace(after, declaration=shown),
        people,
        mentions,
        revision=one.amendment.revision,
    )


async def _people(desk: Desk, one: Waiting) -> People:
    """Whom it mentions, as they were found when the edit was made; raises Stale for the lost."""
    people = await people_known(desk, one.would_be.declaration)
    answered = {
        handle: await remote_actors.by_handle(desk.db, handle)
        for handle in one.amendment.proposed.mentions
    }
    if None in answered.values():
        raise Stale(OUTDATED)
    known = {handle: actor for handle, actor in answered.items() if actor is not None}
    return replace(people, found={**people.found, **known})


async def reject(desk: Desk, person: Person, key: str) -> Work:
    """Takes it from the table for good, as its own author may too; the work stays as it is."""
    one = await find(desk, person, key, Duty.PUBLISH)
    now, subject = desk.clock(), f"declaration:{one.work.declaration.key}"

    async def write(tx: Transaction) -> None:
        await amendments.drop(tx, one.amendment.row)
        await audit.record(tx, person.row, "reject edit", subject, now)

    await desk.db.write(write)
    return one.work
