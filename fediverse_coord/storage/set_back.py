"""The clock was set back: moments in the tables now lie in a future that nobody meant.

What should have been due would wait until the new time has come so far, and a dead process's
lease would hold for as long. Leases are cut to the length that they have now, which ends none
that is alive, and what was made under the old time is due at once. A later attempt of something
older keeps its moment: it may come later by as much as the clock was set back.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Database, Transaction
from fediverse_coord.storage.leases import Lease

log = logging.getLogger(__name__)

# The clocks of several machines on one database differ by less.
SMALL = timedelta(seconds=5)

DELIVERIES_HELD = """
UPDATE deliveries SET leased_until = :end
 WHERE (state = 'waiting' OR leased_until IS NOT NULL) AND leased_until > :end
"""

DELIVERIES_DUE = """
UPDATE deliveries SET due_at = :now WHERE state = 'waiting' AND due_at > :now AND created_at > :now
"""

INBOX_HELD = "UPDATE inbox SET leased_until = :end WHERE parked_at IS NULL AND leased_until > :end"

INBOX_DUE = """
UPDATE inbox SET due_at = :now WHERE parked_at IS NULL AND due_at > :now AND received_at > :now
"""


async def put_right(tx: Transaction, now: datetime, lease: Lease) -> int:
    """How many moments were moved. Harmless where the clock is right, and when it is repeated."""
    moment, end = milliseconds(now), milliseconds(now + lease.length)
    held = [await tx.execute(sql, end=end) for sql in (DELIVERIES_HELD, INBOX_HELD)]
    due = [await tx.execute(sql, now=moment) for sql in (DELIVERIES_DUE, INBOX_DUE)]
    return sum(held + due)


@dataclass(slots=True)
class Watch:
    """Looks whether the clock went back since it last looked; the first look puts right as well."""

    db: Database
    clock: Callable[[], datetime]
    lease: Lease
    _before: datetime | None = None

    async def look(self) -> int:
        """How many moments were moved."""
        now, before = self.clock(), self._before
        moved = 0
        if before is None or now < before - SMALL:
            moved = await self.db.write(lambda tx: put_right(tx, now, self.lease))
        if moved:
            log.warning("the clock was set back", extra={"now": now.isoformat(), "rows": moved})
        self._before = now
        return 0
