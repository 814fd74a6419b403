"""Answers already given, by the key that a person's client chose (Idempotency-Key).

A row is claimed before the work and filled after it. A claim that stays empty belongs to a
request still under way, or to a process that died in it: then nobody knows how far it came.
"""

from dataclasses import dataclass, field
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Remembered:
    """A claim; without a `status` its answer is not known."""

    fingerprint: bytes
    status: int | None
    location: str | None
    body: bytes | None = field(repr=False)


CLAIM = """
INSERT INTO idempotency (person, key, fingerprint, created_at)
VALUES (:person, :key, :fingerprint, :now)
ON CONFLICT (person, key) DO NOTHING
"""

FIND = """
SELECT fingerprint, status, location, body FROM idempotency WHERE person = :person AND key = :key
"""

FILL = """
UPDATE idempotency SET status = :status, location = :location, body = :body
 WHERE person = :person AND key = :key AND status IS NULL
"""

RELEASE = "DELETE FROM idempotency WHERE person = :person AND key = :key AND status IS NULL"

FORGET = """
DELETE FROM idempotency WHERE person = :person AND key = :key AND created_at < :before
"""

PRUNE = """
DELETE FROM idempotency WHERE (person, key) IN (
    SELECT person, key FROM idempotency WHERE created_at < :before LIMIT :limit)
"""


async def claim(tx: Transaction, person: int, key: str, fingerprint: bytes, now: datetime) -> bool:
    """Whether the key was free."""
    moment = milliseconds(now)
    changed = await tx.execute(CLAIM, person=person, key=key, fingerprint=fingerprint, now=moment)
    return changed > 0


async def find(reader: Reader, person: int, key: str) -> Remembered | None:
    row = await reader.fetch_one(FIND, person=person, key=key)
    if row is None:
        return None
    return Remembered(row["fingerprint"], row["status"], row["location"], row["body"])


async def fill(
    tx: Transaction, person: int, key: str, *, status: int, location: str | None, body: bytes
) -> None:
    """The answer that every repetition gets."""
    await tx.execute(FILL, person=person, key=key, status=status, location=location, body=body)


async def release(tx: Transaction, person: int, key: str) -> None:
    """Nothing was done: the key may be used again."""
    await tx.execute(RELEASE, person=person, key=key)


async def forget(tx: Transaction, person: int, key: str, before: datetime) -> None:
    """The key is free again where it was claimed before that moment."""
    await tx.execute(FORGET, person=person, key=key, before=milliseconds(before))


async def prune(tx: Transaction, before: datetime, limit: int = 1_000) -> int:
    """Forgets at most `limit` of what was claimed before that moment; how many."""
    return await tx.execute(PRUNE, before=milliseconds(before), limit=limit)
