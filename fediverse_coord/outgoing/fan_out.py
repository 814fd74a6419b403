"""Fan-out: an activity for followers, and for whom its object reached, becomes deliveries.

Each chunk is a short transaction, so that pages and the inbox are answered in between.
"""

from collections.abc import Callable
from datetime import datetime

from fediverse_coord.storage import fan_outs
from fediverse_coord.storage.database import Database, Transaction


async def fan_out(
    db: Database, clock: Callable[[], datetime], told: Callable[[], None] = lambda: None
) -> int:
    """Turns every waiting fan-out into deliveries; how many were made. `told` of each chunk."""
    made = 0
    while (step := await _step(db, clock())) is not None:
        made += step.deliveries
        told()
    return made


async def _step(db: Database, now: datetime) -> fan_outs.FanOut | None:
    async def work(tx: Transaction) -> fan_outs.FanOut | None:
        return await fan_outs.step(tx, now)

    return await db.write(work)
