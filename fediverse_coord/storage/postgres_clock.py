"""PostgreSQL's clock, which all of its processes go by.  HOUSE.md: claim by lease.

Measured now and then, and carried on by the machine's monotonic clock in between, which no
correction of the machine's time disturbs.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fediverse_coord.storage.database import Clock
from fediverse_coord.storage.postgres_transaction import Connection, first_column

MEASURE = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
MEASURED_FOR_SECONDS: Final = 60

# The way there and back is part of what is measured, and leases last two minutes.
SMALL_SECONDS: Final = 0.5


@dataclass(slots=True, eq=False)
class DatabaseClock:
    """What the database said the time was, and when."""

    _epoch: float = 0.0  # the database's time at the monotonic clock's zero
    _measured: float = float("-inf")

    @property
    def is_due(self) -> bool:
        return time.monotonic() - self._measured > MEASURED_FOR_SECONDS

    async def measure(self, connection: Connection) -> None:
        before = time.monotonic()
        found = first_column(await connection.fetch(MEASURE))
        after = time.monotonic()
        assert isinstance(found, int)
        self._epoch, self._measured = found / 1000 - (before + after) / 2, after

    def following(self, machine: Clock) -> Clock:
        """`machine`, put right by as much as this machine's time differs from the database's."""

        def now() -> datetime:
            moment = machine()
            ahead = self._epoch + time.monotonic() - time.time()
            return moment if abs(ahead) < SMALL_SECONDS else moment + timedelta(seconds=ahead)

        return now
