"""Forgets in the background, a portion a transaction, until everything that is due was seen.

Then each kind of row rests for its round. Where several processes do so, one waits for the
other. What a portion is, and what is kept how long, stands in `forgetting`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fediverse_coord.storage.database import Contradiction, Database, Transaction
from fediverse_coord.storage.forgetting import Kept, Kind, Moment, Progress, kinds

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Pruner:
    """Forgets, portion by portion, what is due; hand `step` to a worker."""

    db: Database
    clock: Callable[[], datetime]
    kept: Kept
    _progress: dict[str, Progress] = field(default_factory=dict)

    async def step(self) -> int:
        """One portion of the first kind that is due; 0 where none is."""
        now = self.clock()
        for kind in kinds(self.kept):
            progress = self._progress.setdefault(kind.name, Progress())
            if progress.due is None or progress.due <= now:
                await self._portion(kind, progress, now)
                return 1
        return 0

    async def _portion(self, kind: Kind, progress: Progress, now: datetime) -> None:
        async def work(tx: Transaction) -> Moment | None:
            await tx.alone("pruning")
            return await kind.forget(tx, progress, now)

        try:
            progress.after = await self.db.write(work)
        except Contradiction:  # somebody began to refer to one of them: in the next round
            log.info("not forgotten now", extra={"kind": kind.name})
            progress.after = None
        if progress.after is None:
            progress.due = now + kind.every
