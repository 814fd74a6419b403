"""Amendments: edits of what is published that wait for other coordinators, and who agrees to each.

Kept is what an edit would make of the declaration, from the revision that it was made from. After
any other change it is out of date: it stays to be read, and takes effect no more.
"""

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.publishing.corrections import Correction
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.storage.database import Reader, Row, Transaction


@dataclass(frozen=True, slots=True)
class Proposed:
    """What an edit would make of a declaration; `told` are the corrections it tells readers of."""

    declaration: Declaration
    url_revision: int
    is_marked: bool  # "(corrected DATE)" is to be seen
    told: tuple[Correction, ...]
    mentions: tuple[str, ...]  # handles in the original
    took_up: bool = False  # the present words of its passages, which texts keep otherwise


@dataclass(frozen=True, slots=True)
class Amendment:
    """`people` are the rows of those who agree, whoever proposed it among them."""

    row: int
    key: str
    declaration: int
    declaration_key: str
    revision: int
    is_outdated: bool
    proposed: Proposed = field(repr=False)
    proposed_at: datetime
    people: frozenset[int]


COLUMNS = """
a.id, a.key, a.declaration, d.key AS declaration_key, a.revision, a.proposed, a.proposed_at,
(d.revision <> a.revision OR d.state <> 'published') AS is_outdated
"""
FROM = "FROM amendments a JOIN declarations d ON d.id = a.declaration"

BY_KEY = f"SELECT {COLUMNS} {FROM} WHERE a.key = :key"
OF_DECLARATION = f"SELECT {COLUMNS} {FROM} WHERE a.declaration = :row ORDER BY a.id DESC"
# Few wait: by a cross join SQLite begins with them, not with all that a coordination has written.
PAGE = f"""
SELECT {COLUMNS} FROM amendments a CROSS JOIN declarations d
 WHERE d.id = a.declaration AND d.actor = :actor AND a.id < :before
 ORDER BY a.id DESC LIMIT :limit
"""  # noqa: S608
PEOPLE = "SELECT person FROM amendment_people WHERE amendment = :amendment"

INSERT = """
INSERT INTO amendments (key, declaration, revision, proposed, proposed_at)
VALUES (:key, :declaration, :revision, :proposed, :now)
RETURNING id
"""
AGREE = """
INSERT INTO amendment_people (amendment, person) VALUES (:amendment, :person)
ON CONFLICT (amendment, person) DO NOTHING
"""

DROP = (
    "DELETE FROM amendment_people WHERE amendment = :amendment",
    "DELETE FROM amendments WHERE id = :amendment",
)
DROP_ALL = (
    "DELETE FROM amendment_people WHERE amendment IN "
    "(SELECT id FROM amendments WHERE declaration = :row)",
    "DELETE FROM amendments WHERE declaration = :row",
)
# What another change made void can be read for a while, and taken up anew.
FORGET = (
    """
DELETE FROM amendment_people WHERE amendment IN (
    SELECT a.id FROM amendments a JOIN declarations d ON d.id = a.declaration
     WHERE a.proposed_at < :before AND (d.revision <> a.revision OR d.state <> 'published'))
""",
    """
DELETE FROM amendments WHERE id IN (
    SELECT a.id FROM amendments a JOIN declarations d ON d.id = a.declaration
     WHERE a.proposed_at < :before AND (d.revision <> a.revision OR d.state <> 'published'))
""",
)


async def by_key(reader: Reader, key: str) -> Amendment | None:
    row = await reader.fetch_one(BY_KEY, key=key)
    return await _amendment(reader, row) if row else None


async def of_declaration(reader: Reader, declaration: int) -> list[Amendment]:
    """The newest first."""
    rows = await reader.fetch_all(OF_DECLARATION, row=declaration)
    return [await _amendment(reader, row) for row in rows]


async def page(reader: Reader, actor: int, *, before: int, limit: int) -> list[Amendment]:
    """Those of a coordination, the newest first, below the cursor (a row number)."""
    rows = await reader.fetch_all(PAGE, actor=actor, before=before, limit=limit)
    return [await _amendment(reader, row) for row in rows]


async def insert(
    tx: Transaction, declaration: int, revision: int, key: str, proposed: Proposed, now: datetime
) -> int:
    """The new amendment's row number; nobody agrees to it yet."""
    row = await tx.fetch_one(
        INSERT,
        key=key,
        declaration=declaration,
        revision=revision,
        proposed=msgspec.json.encode(proposed).decode(),
        now=milliseconds(now),
    )
    return int(row["id"]) if row else 0


async def agree(tx: Transaction, amendment: int, person: int) -> None:
    await tx.execute(AGREE, amendment=amendment, person=person)


async def drop(tx: Transaction, amendment: int) -> None:
    for statement in DROP:
        await tx.execute(statement, amendment=amendment)


async def drop_all(tx: Transaction, declaration: int) -> None:
    """Every amendment for a declaration, with its words."""
    for statement in DROP_ALL:
        await tx.execute(statement, row=declaration)


async def forget(tx: Transaction, before: datetime) -> None:
    """Those that are out of date and were proposed before that moment; they are few."""
    for statement in FORGET:
        await tx.execute(statement, before=milliseconds(before))


async def _amendment(reader: Reader, row: Row) -> Amendment:
    people = await reader.fetch_all(PEOPLE, amendment=row["id"])
    return Amendment(
        row=row["id"],
        key=row["key"],
        declaration=row["declaration"],
        declaration_key=row["declaration_key"],
        revision=row["revision"],
        is_outdated=bool(row["is_outdated"]),
        proposed=msgspec.json.decode(row["proposed"], type=Proposed),
        proposed_at=from_milliseconds(row["proposed_at"]),
        people=frozenset(one["person"] for one in people),
    )
