"""What we remember of a server: which signature format it takes.  signatures.md 3.4.

The columns on failures and pauses belong to `deliveries`; only `revive` touches them here,
because whoever sends us something verified is alive.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Reader, Transaction

SPEC = "SELECT spec FROM origins WHERE origin = :origin AND spec_until > :now"

REMEMBER_SPEC = """
INSERT INTO origins (origin, spec, spec_until, failures) VALUES (:origin, :spec, :until, 0)
ON CONFLICT (origin) DO UPDATE SET spec = excluded.spec, spec_until = excluded.spec_until
"""

REVIVE = """
UPDATE origins SET failures = 0, failing_since = NULL, probe_at = NULL, paused_at = NULL
 WHERE origin IN {named} AND (failures > 0 OR paused_at IS NOT NULL)
"""


async def spec_for(reader: Reader, origin: str, now: datetime) -> str | None:
    """The signature format that last worked there, while the memory is fresh."""
    found = await reader.fetch_value(SPEC, origin=origin, now=milliseconds(now))
    return str(found) if found is not None else None


async def remember_spec(tx: Transaction, origin: str, spec: str, until: datetime) -> None:
    await tx.execute(REMEMBER_SPEC, origin=origin, spec=spec, until=milliseconds(until))


async def revive(tx: Transaction, found: Iterable[str]) -> None:
    """Verified requests came from these: deliveries to them need not wait any longer."""
    await tx.execute(REVIVE, rows=json.dumps(sorted(set(found))))
