"""The one row that says whose database this is."""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Instance:
    """Origin and whether we send: a restored backup is `held` until `resume`."""

    origin: str
    sending: bool


FIND = "SELECT origin, sending FROM instance WHERE id = 1"

REMEMBER = """
INSERT INTO instance (id, origin, sending, created_at) VALUES (1, :origin, 'on', :now)
"""

SET_SENDING = "UPDATE instance SET sending = :sending WHERE id = 1"


async def find(reader: Reader) -> Instance | None:
    """The identity remembered at first start, or nothing in a new database."""
    row = await reader.fetch_one(FIND)
    return Instance(row["origin"], row["sending"] == "on") if row else None


async def remember(tx: Transaction, origin: str, now: datetime) -> None:
    await tx.execute(REMEMBER, origin=origin, now=milliseconds(now))


async def set_sending(tx: Transaction, *, on: bool) -> None:
    await tx.execute(SET_SENDING, sending="on" if on else "held")
