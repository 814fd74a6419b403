"""What changed, so that every process forgets the rendered bytes it holds of it.

HOUSE.md, "storage/changes": a row with a growing number per changed key, in the transaction of
the change. The writing process hears of it with the commit; others look when the database's
version moved. What a key means (`actor:NAME`, …) is between those who touch and those who watch.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Database, Listener, Reader, Row, Transaction

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.1

ROADS: Final = "roads"
"""Something waits for `outgoing` or `incoming`: announced, and with a row where there is much."""

# Where numbers are not committed in order (PostgreSQL), one that is missing may still come:
# longer than any transaction lasts, unless so many came after it that looking costs too much.
GAP_SECONDS: Final = 120
GAP_REACH: Final = 5_000
GAP_AT_START: Final = 200

TOUCH = "INSERT INTO changes (key, changed_at) VALUES (:key, :now) RETURNING id"
NEWEST = "SELECT max(id) FROM changes"
SINCE = "SELECT id, key FROM changes WHERE id >= :first ORDER BY id"

# The newest row stays whatever its age: numbers grow from it, and watchers stand on it.
PRUNE = """
DELETE FROM changes WHERE id IN (
    SELECT id FROM changes
     WHERE changed_at < :before AND id < (SELECT max(id) FROM changes)
     ORDER BY id LIMIT :limit)
"""


async def touch(tx: Transaction, key: str, now: datetime | None = None) -> int:
    """Marks `key` as changed, with the transaction; the number of the change.

    `now`, the machine's when none is given, only decides when the row may be pruned.
    """
    moment = milliseconds(now or datetime.now(UTC))
    row = await tx.fetch_one(TOUCH, key=key, now=moment)
    number = int(row["id"]) if row else 0
    tx.announce(key, number)
    return number


async def newest(reader: Reader) -> int:
    """The number of the newest change; 0 before the first."""
    found = await reader.fetch_value(NEWEST)
    return found if isinstance(found, int) else 0


async def prune(tx: Transaction, before: datetime, limit: int = 1_000) -> int:
    """Forgets at most `limit` changes older than `before`; how many."""
    return await tx.execute(PRUNE, before=milliseconds(before), limit=limit)


@dataclass(slots=True, eq=False)
class Watcher:
    """Tells `changed(key, number)` once for every change committed after `start`, by anybody.

    This process's own are told before its `write` returns. `lost()` is called instead when
    changes were pruned unseen (a process asleep for long): then anything may have changed.
    """

    db: Database
    changed: Listener
    lost: Callable[[], None]
    _seen: int = 0
    _version: int | None = None
    _told: set[int] = field(default_factory=set)
    _gaps: dict[int, float] = field(default_factory=dict)  # missing number: looked for until
    _end: Callable[[], None] | None = None

    async def start(self) -> None:
        """From here on. Call before anything is remembered that a change should drop."""
        self._version = await self.db.version()
        self._seen = await newest(self.db)
        if self._seen and not self.db.dialect.numbers_in_order:
            first = max(1, self._seen - GAP_AT_START)
            rows = await self.db.fetch_all(SINCE, first=first)
            self._miss(set(range(first, self._seen)) - {row["id"] for row in rows})
        self._end = self.db.listen(self._heard)

    def stop(self) -> None:
        if self._end is not None:
            self._end()

    async def run(self, poll_seconds: float = POLL_SECONDS) -> None:
        """Looks forever; survives a database that is away for a while. End it by cancelling."""
        while True:
            await asyncio.sleep(poll_seconds)
            try:
                await self.look()
            except StorageUnavailable as error:
                log.warning("changes not seen", extra={"reason": str(error)})

    async def look(self) -> None:
        """Tells what others changed since the last look."""
        version = await self.db.version()
        if version == self._version:
            return
        rows = await self.db.fetch_all(SINCE, first=min(self._gaps, default=self._seen))
        if self._was_pruned({row["id"] for row in rows}):
            self.lost()  # the row we stood on was pruned, and who knows what beside it
        for row in rows:
            self._tell(row)
        self._forget_gaps()
        self._version = version

    def _was_pruned(self, numbers: set[int]) -> bool:
        if self._seen:
            return self._seen not in numbers
        return bool(numbers) and min(numbers) != 1

    def _heard(self, key: str, number: int) -> None:
        if number > self._seen or number in self._gaps:  # else a look was faster than the news
            self._told.add(number)
            self.changed(key, number)

    def _tell(self, row: Row) -> None:
        number = row["id"]
        if number > self._seen:
            self._miss(range(self._seen + 1, number))
            self._seen = number
        elif self._gaps.pop(number, None) is None:
            return
        if number not in self._told:
            self.changed(row["key"], number)
        self._told.discard(number)

    def _miss(self, numbers: Iterable[int]) -> None:
        if not self.db.dialect.numbers_in_order:
            self._gaps |= dict.fromkeys(numbers, time.monotonic() + GAP_SECONDS)

    def _forget_gaps(self) -> None:
        """What was rolled back never comes; what lies too far behind is looked for no longer."""
        now = time.monotonic()
        if self._gaps and min(self._gaps) < self._seen - GAP_REACH:
            self._gaps.clear()
            self.lost()
        self._gaps = {number: until for number, until in self._gaps.items() if until > now}
