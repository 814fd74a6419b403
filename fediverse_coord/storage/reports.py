"""What other servers or people ask moderators to look at: Flag, Move, Block."""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `about` is one id a line; `content` is plain text, as a stranger wrote it."""

    row: int
    type: str
    actor_id: str
    about: str
    content: str
    created_at: datetime


ADD = """
INSERT INTO reports (type, actor_id, about, content, created_at)
VALUES (:type, :actor_id, :about, :content, :now)
"""

OPEN = """
SELECT id, type, actor_id, about, content, created_at FROM reports
 WHERE handled_at IS NULL ORDER BY id LIMIT :limit
"""

HANDLE = "UPDATE reports SET handled_at = :now WHERE id = :row AND handled_at IS NULL"

RECENT = "SELECT COUNT(*) FROM reports WHERE actor_id = :actor_id AND created_at > :since"

ALREADY = """
SELECT 1 FROM reports
 WHERE type = :type AND actor_id = :actor_id AND about = :about AND handled_at IS NULL LIMIT 1
"""


async def add(
    tx: Transaction, type_: str, actor_id: str, about: str, content: str, now: datetime
) -> None:
    await tx.execute(
        ADD, type=type_, actor_id=actor_id, about=about, content=content, now=milliseconds(now)
    )


async def is_open(reader: Reader, type_: str, actor_id: str, about: str) -> bool:
    """Whether the same is already waiting to be looked at."""
    found = await reader.fetch_value(ALREADY, type=type_, actor_id=actor_id, about=about)
    return found is not None


async def recent(reader: Reader, actor_id: str, since: datetime) -> int:
    """How many this actor sent since then: floods are cut."""
    found = await reader.fetch_value(RECENT, actor_id=actor_id, since=milliseconds(since))
    return int(str(found))


async def open_reports(reader: Reader, limit: int = 200) -> list[Report]:
    return [
        Report(
            row["id"],
            row["type"],
            row["actor_id"],
            row["about"],
            row["content"],
            from_milliseconds(row["created_at"]),
        )
        for row in await reader.fetch_all(OPEN, limit=limit)
    ]


async def handle(tx: Transaction, row: int, now: datetime) -> bool:
    """A moderator has dealt with it."""
    return await tx.execute(HANDLE, row=row, now=milliseconds(now)) > 0
