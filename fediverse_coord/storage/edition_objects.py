"""Language editions: the object under which an actor of its language has published a version.

An edition's object has followers, likes and boosts of its own; what is answered to it is kept under
the work. Who the actors are stands in the coordination's file and in `keyring`.
"""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class EditionObject:
    """A version as its edition has published it; `row` is the object's."""

    row: int
    language: str
    actor: int
    actor_name: str
    object_id: str
    published_at: datetime


INSERT = """
INSERT INTO editions (declaration, language, object, published_at)
VALUES (:declaration, :language, :object, :now)
"""
OF = """
SELECT e.language, e.published_at, o.id, o.actor, o.object_id, a.name
  FROM editions e JOIN objects o ON o.id = e.object JOIN actors a ON a.id = o.actor
 WHERE e.declaration = :row ORDER BY e.language
"""
WORK_OF = """
SELECT o.id FROM editions e JOIN objects o ON o.declaration = e.declaration WHERE e.object = :row
"""


async def insert(
    tx: Transaction, declaration: int, language: str, object_row: int, name: str, now: datetime
) -> None:
    """The edition of that name has published it."""
    await tx.execute(
        INSERT, declaration=declaration, language=language, object=object_row, now=milliseconds(now)
    )
    await touch(tx, f"list:{name}", now)


async def of(reader: Reader, declaration: int) -> tuple[EditionObject, ...]:
    return tuple(
        EditionObject(
            row["id"],
            row["language"],
            row["actor"],
            row["name"],
            row["object_id"],
            from_milliseconds(row["published_at"]),
        )
        for row in await reader.fetch_all(OF, row=declaration)
    )


async def work_of(reader: Reader, object_row: int) -> int | None:
    """The object of the work that this object is an edition of; nothing where it is none."""
    found = await reader.fetch_one(WORK_OF, row=object_row)
    return found["id"] if found else None
