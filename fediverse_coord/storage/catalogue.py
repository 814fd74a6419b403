"""The catalogue: under which headings a work stands, and how many stand under each.  ADR 0025.

A heading is what readers choose by: a year, a kind, a country …, or `all` there is. A work that an
archive lists has a row for each of its headings, in the order of which pages are leafed through.
`listed` and `works` of a heading are counted up and down in the transaction that changes a work, so
that what they say is never counted again; `recount` checks them. A work that was withdrawn with
its text stays listed, with its notice, and is counted no more.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import NamedTuple

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.publishing.inline import tag_key
from fediverse_coord.publishing.search_words import spelling_of
from fediverse_coord.storage.database import Reader, Row, Transaction


class Heading(NamedTuple):
    """`subject` is one of the migration's; `mark` is what is compared, in its one spelling."""

    subject: str
    mark: str


ALL = Heading("all", "")


class Card(NamedTuple):
    """What stands under each heading of a work: its day, its release (ms), whether it is read."""

    stands_at: int
    published_at: int
    readable: int


@dataclass(frozen=True, slots=True)
class Miscount:
    """A heading whose numbers are not those of the catalogue: (listed, works)."""

    heading: int
    counted: tuple[int, int]
    kept: tuple[int, int]


OF = """
SELECT h.subject, h.mark, c.stands_at, c.published_at, c.readable
  FROM catalogue c JOIN headings h ON h.id = c.heading WHERE c.declaration = :row
"""
CLEAR = "DELETE FROM catalogue WHERE declaration = :row"
PUT = """
INSERT INTO catalogue (declaration, heading, stands_at, published_at, readable)
VALUES (:row, :heading, :stands_at, :published_at, :readable)
"""
COUNT = """
INSERT INTO headings (actor, subject, mark, listed, works)
VALUES (:actor, :subject, :mark, :listed, :works)
ON CONFLICT (actor, subject, mark) DO UPDATE
   SET listed = headings.listed + excluded.listed, works = headings.works + excluded.works
RETURNING id, subject, mark
"""
# Nothing stands there any more; the name of an organisation or topic must not stay behind.
NONE_LEFT = "DELETE FROM headings WHERE id = :heading AND listed = 0"
DROP_ACTORS = (
    "DELETE FROM catalogue WHERE heading IN (SELECT id FROM headings WHERE actor = :actor)",
    "DELETE FROM headings WHERE actor = :actor",
)
RECOUNT = """
SELECT h.id, h.listed, h.works, count(c.declaration) AS really_listed,
       coalesce(sum(c.readable), 0) AS really_works
  FROM headings h LEFT JOIN catalogue c ON c.heading = h.id
 GROUP BY h.id, h.listed, h.works
HAVING count(c.declaration) <> h.listed OR coalesce(sum(c.readable), 0) <> h.works
 ORDER BY h.id
"""


def stands_at(declaration: Declaration, now: datetime) -> datetime:
    """Where it stands in an archive: on the day of the document, else at its release."""
    if declaration.dated is not None:
        return datetime.combine(declaration.dated, time(), UTC)
    return declaration.published_at or now


def headings_of(one: Declaration, released_at: datetime, *, readable: bool) -> set[Heading]:
    """Those of what is released of it; of organisations only while its text can be read."""
    released = one.released
    return {
        ALL,
        Heading("year", f"{stands_at(one, released_at).year:04}"),
        *(Heading("kind", kind) for kind in (one.kind,) if kind),
        *(Heading("country", country) for country in one.countries),
        *(Heading("organisation", name) for name in _organisations(one) if readable),
        *(Heading("language", version.language) for version in released.versions),
        *(Heading("topic", tag_key(tag)) for tag in one.tags),
    }


def _organisations(one: Declaration) -> Iterable[str]:
    return filter(None, map(spelling_of, one.organisations))


async def put(
    tx: Transaction, row: int, actor: int, one: Declaration, *, listed: bool, readable: bool
) -> None:
    """The work stands where it belongs now; nowhere where no archive lists it (any more)."""
    known = await tx.fetch_all(OF, row=row)
    before = {Heading(each["subject"], each["mark"]): _card(each) for each in known}
    after = _cards(one, readable=readable) if listed else {}
    if before == after:
        return
    await tx.execute(CLEAR, row=row)
    rows = await _count(tx, actor, _difference(before, after))
    await tx.execute_many(PUT, [_row(row, rows[heading], card) for heading, card in after.items()])
    for heading in before.keys() - after.keys():
        await tx.execute(NONE_LEFT, heading=rows[heading])


async def put_new(tx: Transaction, actor: int, works: Sequence[tuple[int, Declaration]]) -> None:
    """Those of many that are new and published, by their rows."""
    cards = [(row, _cards(one, readable=True)) for row, one in works]
    numbers = Counter(heading for _, each in cards for heading in each)
    rows = await _count(tx, actor, {heading: (n, n) for heading, n in numbers.items()})
    await tx.execute_many(
        PUT,
        [_row(row, rows[heading], card) for row, each in cards for heading, card in each.items()],
    )


async def drop_actors(tx: Transaction, actor: int) -> None:
    """A coordination that ended has no archive."""
    for statement in DROP_ACTORS:
        await tx.execute(statement, actor=actor)


async def recount(reader: Reader) -> list[Miscount]:
    """Where headings and catalogue disagree: nowhere, or something is broken."""
    return [
        Miscount(
            row["id"],
            (row["really_listed"], int(row["really_works"])),
            (row["listed"], row["works"]),
        )
        for row in await reader.fetch_all(RECOUNT)
    ]


def _cards(one: Declaration, *, readable: bool) -> dict[Heading, Card]:
    if one.published_at is None:
        return {}
    day = stands_at(one, one.published_at)
    card = Card(milliseconds(day), milliseconds(one.published_at), int(readable))
    return dict.fromkeys(headings_of(one, one.published_at, readable=readable), card)


def _card(row: Row) -> Card:
    return Card(row["stands_at"], row["published_at"], row["readable"])


def _row(row: int, heading: int, card: Card) -> dict[str, object]:
    return {"row": row, "heading": heading, **card._asdict()}


def _difference(
    before: Mapping[Heading, Card], after: Mapping[Heading, Card]
) -> dict[Heading, tuple[int, int]]:
    """By how much `listed` and `works` of each heading change."""
    listed, works = Counter(after.keys()), Counter(_readable(after))
    listed.subtract(before.keys())
    works.subtract(_readable(before))
    return {heading: (listed[heading], works[heading]) for heading in listed}


def _readable(cards: Mapping[Heading, Card]) -> list[Heading]:
    return [heading for heading, card in cards.items() if card.readable]


async def _count(
    tx: Transaction, actor: int, numbers: Mapping[Heading, tuple[int, int]]
) -> dict[Heading, int]:
    """The rows of these headings, counted on; in one order, so that no two writers block."""
    changes = [
        {"actor": actor, **heading._asdict(), "listed": listed, "works": works}
        for heading, (listed, works) in sorted(numbers.items())
    ]
    found = await tx.fetch_many(COUNT, changes)
    return {Heading(row["subject"], row["mark"]): row["id"] for row in found}
