"""Persons who act here, by the name that operators know them by.

The name can be erased; the row and its number stay, so that the audit still tells that two
acts were of one person. Tokens and roles are in `tokens`.
"""

from dataclasses import dataclass, field
from datetime import datetime

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage.database import Reader, Row, Transaction


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as remembered. Without a name: erased."""

    row: int
    name: str | None = field(repr=False)
    created_at: datetime


ALL = "SELECT id, name, created_at FROM people ORDER BY id"
BY_NAME = "SELECT id, name, created_at FROM people WHERE name = :name"

# DO UPDATE rather than DO NOTHING, so that RETURNING tells the row in either case.
ENSURE = """
INSERT INTO people (name, created_at) VALUES (:name, :now)
ON CONFLICT (name) DO UPDATE SET name = excluded.name
RETURNING id
"""

ERASE = "UPDATE people SET name = NULL, erased_at = :now WHERE name = :name RETURNING id"


def _person(row: Row) -> PersonRow:
    return PersonRow(row["id"], row["name"], from_milliseconds(row["created_at"]))


async def all_people(reader: Reader) -> list[PersonRow]:
    return [_person(row) for row in await reader.fetch_all(ALL)]


async def by_name(reader: Reader, name: str) -> PersonRow | None:
    row = await reader.fetch_one(BY_NAME, name=name)
    return _person(row) if row else None


async def ensure(tx: Transaction, name: str, now: datetime) -> int:
    """The row number of the person of that name, made where it is new."""
    row = await tx.fetch_one(ENSURE, name=name, now=milliseconds(now))
    return int(row["id"]) if row else 0


async def erase(tx: Transaction, name: str, now: datetime) -> int | None:
    """Takes the name away; the row number that stays, or nothing where nobody has the name."""
    row = await tx.fetch_one(ERASE, name=name, now=milliseconds(now))
    return int(row["id"]) if row else None
