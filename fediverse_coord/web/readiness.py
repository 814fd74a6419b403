"""Whether we can keep what we promise: what /readyz says.

Somebody who cannot write must not be sent what has to be remembered. The database is asked at
most every two seconds, however often /readyz is.
"""

import asyncio
from dataclasses import dataclass

from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.storage import probe
from fediverse_coord.storage.database import Database

EVERY_SECONDS = 2.0
PATIENCE_SECONDS = 2.0


@dataclass(slots=True)
class Readiness:
    """The last answer, and until when it counts. Seconds of the event loop's clock."""

    reason: str = ""
    _until: float = float("-inf")

    async def check(self, db: Database, now: float) -> None:
        """Raises StorageUnavailable."""
        if now >= self._until:
            self._until = now + EVERY_SECONDS
            self.reason = await _asked(db)
        if self.reason:
            raise StorageUnavailable(self.reason)


async def _asked(db: Database) -> str:
    """Why nothing can be written; nothing where it can."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await probe.write(db)
    except StorageUnavailable as fault:
        return str(fault)
    except TimeoutError:
        return f"the database took no write within {PATIENCE_SECONDS:g} s"
    return ""
