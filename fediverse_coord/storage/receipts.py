"""Receipts: what became of each delivery about an object, told to people, and another try.

Settled ones are forgotten after a while (`forgetting`); how many there were in which state is
then a row for each object, so that "reached 214 of 220 servers" stays true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage.database import Reader, Row, Transaction


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of one delivery, for people."""

    server: str
    activity_type: str
    state: str
    attempts: int
    status: int | None
    fault: str | None
    next_try: datetime | None
    settled_at: datetime | None
    late: bool  # it arrived, but after what timelines there still show


# Mastodon puts nothing older into home timelines; it stands on the profile and can be found.
SHOWN_IN_TIMELINES = timedelta(hours=6)

PAGE = """
SELECT d.id, i.origin, a.type, d.state, d.attempts, d.status, d.fault, d.due_at,
       d.created_at, d.settled_at
  FROM deliveries d
  JOIN activities a ON a.id = d.activity
  JOIN inboxes i ON i.id = d.inbox
 WHERE a.object_id = :object_id AND d.id > :after AND (:state = '' OR d.state = :state)
 ORDER BY d.id LIMIT :limit
"""

COUNTS = """
SELECT state, SUM(number) AS number FROM (
    SELECT d.state, count(*) AS number FROM deliveries d
      JOIN activities a ON a.id = d.activity
     WHERE a.object_id = :object_id GROUP BY d.state
    UNION ALL
    SELECT state, number FROM receipt_counts WHERE object_id = :object_id) AS both_kinds
 GROUP BY state
"""

SERVERS = """
SELECT count(DISTINCT i.origin) AS servers,
       count(DISTINCT CASE WHEN d.state = 'delivered' THEN i.origin END) AS reached
  FROM deliveries d
  JOIN activities a ON a.id = d.activity
  JOIN inboxes i ON i.id = d.inbox
 WHERE a.object_id = :object_id
"""

FAILING = """
SELECT d.id, i.origin, a.type, d.state, d.attempts, d.status, d.fault, d.due_at,
       d.created_at, d.settled_at
  FROM deliveries d
  JOIN activities a ON a.id = d.activity
  JOIN inboxes i ON i.id = d.inbox
 WHERE a.object_id = :object_id
   AND (d.state IN ('refused', 'gone', 'abandoned') OR (d.state = 'waiting' AND d.attempts > 0))
 ORDER BY d.id LIMIT :limit
"""

# Only of our objects: nobody asks about an Accept from months ago.
SUMMARISE = """
INSERT INTO receipt_counts (object_id, state, number)
SELECT a.object_id, CAST(:state AS TEXT), CAST(:number AS BIGINT)
  FROM activities a JOIN objects o ON o.object_id = a.object_id
 WHERE a.id = :activity
ON CONFLICT (object_id, state) DO UPDATE SET number = receipt_counts.number + excluded.number
"""

# What waits for its next try comes forward too; what is on its way is left alone.
RESEND = """
UPDATE deliveries SET state = 'waiting', due_at = :now, attempts = 0, settled_at = NULL
 WHERE (state IN ('refused', 'gone', 'abandoned')
        OR (state = 'waiting' AND due_at > :now AND leased_until IS NULL))
   AND (:origin = '' OR inbox IN (SELECT id FROM inboxes WHERE origin = :origin))
   AND activity IN (SELECT a.id FROM activities a LEFT JOIN objects o ON o.id = a.object
                     WHERE a.object_id = :object_id
                       AND (o.deleted_at IS NULL OR a.type = 'Delete'))
"""

ORIGINS = """
SELECT DISTINCT i.origin FROM deliveries d
  JOIN activities a ON a.id = d.activity
  JOIN inboxes i ON i.id = d.inbox
 WHERE a.object_id = :object_id
"""


async def page(
    reader: Reader, object_id: str, *, state: str = "", after: int = 0, limit: int = 100
) -> tuple[list[Receipt], int | None]:
    """One page of receipts and the cursor of the next."""
    rows = await reader.fetch_all(
        PAGE, object_id=object_id, state=state, after=after, limit=limit + 1
    )
    following = rows[limit - 1]["id"] if len(rows) > limit else None
    return [_receipt(row) for row in rows[:limit]], following


def _receipt(row: Row) -> Receipt:
    waiting = row["state"] == "waiting"
    return Receipt(
        server=row["origin"],
        activity_type=row["type"],
        state=row["state"],
        attempts=row["attempts"],
        status=row["status"],
        fault=row["fault"],
        next_try=from_milliseconds(row["due_at"]) if waiting else None,
        settled_at=from_milliseconds(row["settled_at"]) if row["settled_at"] else None,
        late=_is_late(row),
    )


def _is_late(row: Row) -> bool:
    arrived = row["settled_at"] if row["state"] == "delivered" else None
    most = SHOWN_IN_TIMELINES.total_seconds() * 1000
    return arrived is not None and arrived - row["created_at"] > most


async def counts(reader: Reader, object_id: str) -> dict[str, int]:
    """How many deliveries about the object are in which state, forgotten ones included."""
    rows = await reader.fetch_all(COUNTS, object_id=object_id)
    return {row["state"]: int(row["number"]) for row in rows}


async def servers(reader: Reader, object_id: str) -> tuple[int, int]:
    """(to how many servers it goes, how many of them have it), of receipts that are still kept."""
    row = await reader.fetch_one(SERVERS, object_id=object_id)
    return (int(row["servers"]), int(row["reached"])) if row else (0, 0)


async def failing(reader: Reader, object_id: str, *, limit: int) -> list[Receipt]:
    """What did not arrive, as far as it was tried."""
    rows = await reader.fetch_all(FAILING, object_id=object_id, limit=limit)
    return [_receipt(row) for row in rows]


async def summarise(tx: Transaction, forgotten: Mapping[tuple[int, str], int]) -> None:
    """Adds to the counts what is deleted in this transaction: numbers by (activity row, state)."""
    rows = [
        {"activity": activity, "state": state, "number": number}
        for (activity, state), number in sorted(forgotten.items())
    ]
    if rows:
        await tx.execute_many(SUMMARISE, rows)


async def resend(tx: Transaction, object_id: str, now: datetime, *, origin: str = "") -> int:
    """Makes what was refused, given up or waits for its next try due now; how many.

    With an `origin` only deliveries to that server.
    """
    return await tx.execute(RESEND, object_id=object_id, origin=origin, now=milliseconds(now))


async def origins(reader: Reader, object_id: str) -> list[str]:
    """The servers that deliveries about the object are known of."""
    rows = await reader.fetch_all(ORIGINS, object_id=object_id)
    return sorted(row["origin"] for row in rows)
