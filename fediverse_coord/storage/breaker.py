"""Servers that do not answer: counted, probed now and then, paused after days of silence.

A success, or a verified request from them, ends it (`origins.revive`).
"""

from datetime import datetime, timedelta

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Transaction

FAILED = """
INSERT INTO origins (origin, failures, answering, failing_since, probe_at)
VALUES (:origin, 1, :answering, :now, :probe_at)
ON CONFLICT (origin) DO UPDATE
   SET failures = origins.failures + 1, answering = :answering,
       failing_since = COALESCE(origins.failing_since, :now),
       probe_at = :probe_at,
       paused_at = CASE WHEN origins.failing_since <= :long_ago
                        THEN COALESCE(origins.paused_at, :now) END
"""

SUCCEEDED = """
UPDATE origins SET failures = 0, failing_since = NULL, probe_at = NULL, paused_at = NULL
 WHERE origin = :origin
"""


async def failed(
    tx: Transaction,
    origin: str,
    now: datetime,
    *,
    probe_every: timedelta,
    pause_after: timedelta,
    answering: bool,
) -> None:
    """One more failure; paused once the first of them is `pause_after` ago.

    `answering`: it refused at once, as one does that is busy or restarting, and was not silent.
    """
    await tx.execute(
        FAILED,
        origin=origin,
        answering=int(answering),
        now=milliseconds(now),
        probe_at=milliseconds(now + probe_every),
        long_ago=milliseconds(now - pause_after),
    )


async def succeeded(tx: Transaction, origin: str) -> None:
    await tx.execute(SUCCEEDED, origin=origin)
