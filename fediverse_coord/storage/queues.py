"""How much waits in each queue, and how late the oldest of it is. For figures, never for work.

Counted in indexes of what waits; what is done stands in none of them.
"""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Reader


@dataclass(frozen=True, slots=True)
class Queue:
    """`late_seconds` is since when the most overdue row could have been begun; 0 where none is."""

    name: str
    rows: int
    late_seconds: float


QUEUES = """
SELECT 'fan_out' AS name, count(*) AS depth, min(created_at) AS oldest FROM fan_outs
UNION ALL
SELECT 'deliveries', count(*), min(due_at) FROM deliveries WHERE state = 'waiting'
UNION ALL
SELECT 'side_effects', count(*), min(due_at) FROM inbox WHERE parked_at IS NULL
UNION ALL
SELECT 'parked', count(*), min(parked_at) FROM inbox WHERE parked_at IS NOT NULL
"""


async def all_queues(reader: Reader, now: datetime) -> list[Queue]:
    """Fan-outs, deliveries, side effects, and what was parked for the operator to look at."""
    rows = await reader.fetch_all(QUEUES)
    return [Queue(row["name"], row["depth"], _late(row["oldest"], now)) for row in rows]


def _late(oldest: int | None, now: datetime) -> float:
    return max(0.0, (milliseconds(now) - oldest) / 1000) if oldest is not None else 0.0
