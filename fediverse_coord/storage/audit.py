"""Who changed what, and when: a row of every act, in the act's own transaction.

A person is a row number here, so that erasing a name erases it everywhere. `subject` is an id,
a key or a handle of the thing acted on, never its words.
"""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. Without a person: the operator, by command."""

    row: int
    person: int | None
    verb: str
    subject: str
    at: datetime


RECORD = """
INSERT INTO audit (person, verb, subject, at) VALUES (:person, :verb, :subject, :now)
"""

PAGE = """
SELECT id, person, verb, subject, at FROM audit WHERE id < :before ORDER BY id DESC LIMIT :limit
"""

# An act of any other kind on the same thing begins anew: who agreed, agreed to what was there.
AGREED = """
SELECT DISTINCT person FROM audit
 WHERE subject = :subject AND verb = :verb AND person IS NOT NULL
   AND id > (SELECT COALESCE(MAX(id), 0) FROM audit WHERE subject = :subject AND verb <> :verb)
"""


async def record(
    tx: Transaction, person: int | None, verb: str, subject: str, now: datetime
) -> None:
    await tx.execute(RECORD, person=person, verb=verb, subject=subject, now=milliseconds(now))


async def page(reader: Reader, *, before: int = 2**62, limit: int = 100) -> list[Entry]:
    """Newest first, below the cursor (a row number)."""
    rows = await reader.fetch_all(PAGE, before=before, limit=limit)
    return [
        Entry(row["id"], row["person"], row["verb"], row["subject"], from_milliseconds(row["at"]))
        for row in rows
    ]


async def people(reader: Reader, verb: str, subject: str) -> set[int]:
    """Rows of the persons whose act on it still stands: nothing else was done to it since."""
    return {row["person"] for row in await reader.fetch_all(AGREED, verb=verb, subject=subject)}
