"""Objects as they stand on the wire: bytes, and the two counts that may be shown."""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Reader, Row, Transaction


@dataclass(frozen=True, slots=True)
class LocalObject:
    """One of our objects. `document` is its current revision, proved, with bare collection ids."""

    row: int
    actor: int
    declaration: int | None
    object_id: str
    type: str
    document: bytes
    likes: int
    shares: int
    deleted: bool


COLUMNS = "id, actor, declaration, object_id, type, document, likes, shares, deleted_at"
BY_ID = f"SELECT {COLUMNS} FROM objects WHERE object_id = :object_id"  # noqa: S608
BY_ROW = f"SELECT {COLUMNS} FROM objects WHERE id = :row"  # noqa: S608
BY_DECLARATION = f"SELECT {COLUMNS} FROM objects WHERE declaration = :declaration"  # noqa: S608

INSERT = """
INSERT INTO objects (actor, declaration, object_id, type, document, likes, shares, created_at)
VALUES (:actor, :declaration, :object_id, :type, :document, 0, 0, :now)
RETURNING id
"""

REVISE = "UPDATE objects SET document = :document WHERE id = :row"
BURY = "UPDATE objects SET document = :document, deleted_at = :now WHERE id = :row"

# Never below nothing: an Undo may arrive for what was never counted.
COUNT = {
    "like": "UPDATE objects SET likes = CASE WHEN likes + :delta < 0 THEN 0"
    " ELSE likes + :delta END WHERE id = :row RETURNING object_id",
    "boost": "UPDATE objects SET shares = CASE WHEN shares + :delta < 0 THEN 0"
    " ELSE shares + :delta END WHERE id = :row RETURNING object_id",
}


def _object(row: Row) -> LocalObject:
    return LocalObject(
        row=row["id"],
        actor=row["actor"],
        declaration=row["declaration"],
        object_id=row["object_id"],
        type=row["type"],
        document=row["document"],
        likes=row["likes"],
        shares=row["shares"],
        deleted=row["deleted_at"] is not None,
    )


async def by_id(reader: Reader, object_id: str) -> LocalObject | None:
    row = await reader.fetch_one(BY_ID, object_id=object_id)
    return _object(row) if row else None


async def by_row(reader: Reader, row: int) -> LocalObject | None:
    found = await reader.fetch_one(BY_ROW, row=row)
    return _object(found) if found else None


async def by_declaration(reader: Reader, declaration: int) -> LocalObject | None:
    row = await reader.fetch_one(BY_DECLARATION, declaration=declaration)
    return _object(row) if row else None


async def insert(
    tx: Transaction,
    *,
    actor: int,
    declaration: int | None,
    object_id: str,
    type_: str,
    document: bytes,
    now: datetime,
) -> int:
    """The new object's row number."""
    row = await tx.fetch_one(
        INSERT,
        actor=actor,
        declaration=declaration,
        object_id=object_id,
        type=type_,
        document=document,
        now=milliseconds(now),
    )
    await touch(tx, f"object:{object_id}")
    return int(row["id"]) if row else 0


async def revise(tx: Transaction, found: LocalObject, document: bytes) -> None:
    await tx.execute(REVISE, row=found.row, document=document)
    await touch(tx, f"object:{found.object_id}")


async def bury(tx: Transaction, found: LocalObject, grave: bytes, now: datetime) -> None:
    """The words go, the Tombstone stays."""
    await tx.execute(BURY, row=found.row, document=grave, now=milliseconds(now))
    await touch(tx, f"object:{found.object_id}")


async def count(tx: Transaction, row: int, kind: str, delta: int) -> None:
    """Adds to the likes ("like") or shares ("boost") of an object."""
    found = await tx.fetch_one(COUNT[kind], row=row, delta=delta)
    if found:
        await touch(tx, f"object:{found['object_id']}")
