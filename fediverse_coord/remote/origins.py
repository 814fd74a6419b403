"""Which signature format a server takes: tried, remembered for 30 days.  signatures.md 3.4.

The first knock is the format that last worked there, draft-cavage where nothing is known;
one more follows with the other. GETs are knocked here, deliveries in `outgoing`.
"""

from datetime import datetime, timedelta

from fediverse_coord.errors import Unreachable
from fediverse_coord.protocol.signatures import Spec
from fediverse_coord.storage import origins
from fediverse_coord.storage.database import Database, Reader

REMEMBERED = timedelta(days=30)

# What a server says that could not read the signature; some answer oddly.
SECOND_KNOCK = frozenset(f"answered {status}" for status in (400, 401, 403, 406))


async def spec_for(reader: Reader, origin: str, now: datetime) -> Spec:
    """The format for the first knock."""
    found = await origins.spec_for(reader, origin, now)
    return Spec(found) if found in {one.value for one in Spec} else Spec.CAVAGE


async def remember_spec(db: Database, origin: str, spec: Spec, now: datetime) -> None:
    await db.write(lambda tx: origins.remember_spec(tx, origin, spec.value, now + REMEMBERED))


def other(spec: Spec) -> Spec:
    """The format for the second knock."""
    return Spec.RFC9421 if spec is Spec.CAVAGE else Spec.CAVAGE


def asks_for_another(fault: Unreachable) -> bool:
    """Whether the answer may mean that the signature's format was not understood."""
    return fault.reason in SECOND_KNOCK
