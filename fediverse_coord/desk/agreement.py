"""Edits of what is published, where a coordination asks for more than one coordinator.

INTERFACE: policies.approvals. Nobody alone changes words that went out in everybody's name: an
edit is kept as what it would make of the text, an amendment, and takes effect once as many others
agree, by approving it (`amendments`) or by sending the same. Whatever else is changed in between
makes it void. Taking words back (withdraw, delete) waits for nobody, nor does an answer, which is
a moderator's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fediverse_coord.desk import confidential
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import Person
from fediverse_coord.errors import Conflict
from fediverse_coord.publishing.corrections import Correction
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.publishing.passages import took_up
from fediverse_coord.storage import amendments, audit, declarations
from fediverse_coord.storage.amendments import Amendment, Proposed
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.declarations import Work

AGREE = "agree"
MOST = 20  # that wait for one declaration


@dataclass(frozen=True, slots=True)
class Agreed:
    """How far an amendment is: how many others still have to agree to it."""

    row: int
    key: str
    missing: int

    @property
    def told(self) -> str:
        many = self.missing > 1
        who = f"{self.missing} other coordinators agree" if many else "another coordinator agrees"
        return f"nothing is changed yet: it takes effect once {who} to this edit"


async def approvals_for(desk: Desk, work: Work) -> int:
    """How many others must agree to an edit of it."""
    if work.declaration.in_reply_to is not None:
        return 0
    return int((await coordination(desk, work.actor_name)).profile["policies"]["approvals"])


async def of(
    desk: Desk, person: Person, before: Work, after: Work, mentions: tuple[str, ...]
) -> Agreed | None:
    """The person's agreement to this edit, written down; None where nobody else was asked.

    Where nobody is missing any more the caller writes the edit itself. Raises Conflict where too
    many edits wait already.
    """
    approvals, wish = await approvals_for(desk, before), _proposed(before, after, mentions)
    if not approvals or person.row is None:
        same = _same(desk, await _waiting(desk.db, before), wish)
        return Agreed(same.row, same.key, 0) if same else None
    who, now = person.row, desk.clock()
    new_key, subject = desk.new_key(), f"declaration:{before.declaration.key}"

    async def write(tx: Transaction) -> Agreed:
        await declarations.hold(tx, before.row)
        waiting = await _waiting(tx, before)
        same = _same(desk, waiting, wish)
        if same is None and len(waiting) >= MOST:
            raise Conflict(f"{MOST} edits of this text wait already: approve or reject some first")
        people = same.people if same else frozenset()
        missing = max(approvals + 1 - len(people | {who}), 0)
        key = same.key if same else new_key
        revision = before.declaration.revision
        row = same.row if same else await amendments.insert(
            tx, before.row, revision, key, wish, now
        )  # fmt: skip
        if who not in people:
            await amendments.agree(tx, row, who)
            await audit.record(tx, who, AGREE, subject, now)
        return Agreed(row, key, missing)

    return await desk.db.write(write)


async def _waiting(reader: Reader, work: Work) -> list[Amendment]:
    """Those of the work as it is."""
    found = await amendments.of_declaration(reader, work.row)
    return [one for one in found if one.revision == work.declaration.revision]


def _same(desk: Desk, waiting: Sequence[Amendment], wish: Proposed) -> Amendment | None:
    wanted = _comparable(desk, wish)
    return next((one for one in waiting if _comparable(desk, one.proposed) == wanted), None)


def _comparable(desk: Desk, one: Proposed) -> Proposed:
    """What a person decided: names are sealed anew each time, HTML and alt texts follow."""
    work = one.declaration
    names = confidential.names_of(desk, work)
    return replace(
        one,
        declaration=replace(
            work,
            hero=replace(work.hero, alts=()) if work.hero else None,
            versions=tuple(replace(it, html="", pictures=()) for it in work.versions),
            signatories=tuple(
                replace(who, name=names[place], sealed="") if place in names else who
                for place, who in enumerate(work.signatories)
            ),
        ),
        told=tuple(Correction(work.published_at or desk.clock(), it.told) for it in one.told),
    )


def _proposed(before: Work, after: Work, mentions: tuple[str, ...]) -> Proposed:
    return Proposed(
        declaration=after.declaration,
        url_revision=after.url_revision,
        is_marked=after.corrected_at != before.corrected_at,
        told=after.corrections[len(before.corrections) :],
        mentions=mentions,
        took_up=_took_up(before.declaration, after.declaration),
    )


def _took_up(before: Declaration, after: Declaration) -> bool:
    pairs = ((one, after.version(one.language)) for one in before.released.versions)
    return any(now is not None and took_up(was.inserted, now.inserted) for was, now in pairs)


def applied(desk: Desk, before: Work, one: Proposed) -> Work:
    """The work as the amendment would make it, told of at this moment."""
    now = desk.clock()
    return replace(
        before,
        declaration=one.declaration,
        url_revision=one.url_revision,
        corrected_at=now if one.is_marked else before.corrected_at,
        corrections=(*before.corrections, *(Correction(now, it.told) for it in one.told)),
    )
