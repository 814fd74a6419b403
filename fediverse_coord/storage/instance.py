"""The one row that says whose database this is."""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Instance:
    """Origin and whether we send: a restored backup is `held` until `resume`.

    `moved_to` says, for people, which database serves instead of this one.
    """

    origin: str
    sending: bool
    moved_to: str | None = None


FIND = "SELECT origin, sending, moved_to FROM instance WHERE id = 1"

REMEMBER = """
INSERT INTO instance (id, origin, sending, created_at) VALUES (1, :origin, 'on', :now)
"""

TAKE_BACK = "UPDATE instance SET moved_to = NULL WHERE id = 1 AND moved_to IS NOT NULL"

SET_SENDING = "UPDATE instance SET sending = :sending WHERE id = 1"


async def find(reader: Reader) -> Instance | None:
    """The identity remembered at first start, or nothing in a new database."""
    row = await reader.fetch_one(FIND)
    if row is None:
        return None
    return Instance(row["origin"], row["sending"] == "on", row["moved_to"])


async def remember(tx: Transaction, origin: str, now: datetime) -> None:
    await tx.execute(REMEMBER, origin=origin, now=milliseconds(now))


async def set_sending(tx: Transaction, *, on: bool) -> None:
    await tx.execute(SET_SENDING, sending="on" if on else "held")


async def take_back(tx: Transaction) -> bool:
    """This database serves again; False where no other did."""
    return await tx.execute(TAKE_BACK) > 0
