"""The one row that says whose database this is."""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Instance:
    """Origin and whether we send: a restored backup is `held` until `resume`.

    `moved_to` says, for people, which database serves instead of this one; `handle_domain` where
    handles stand, nothing where that is the origin's own host.
    """

    origin: str
    sending: bool
    moved_to: str | None = None
    handle_domain: str | None = None


FIND = "SELECT origin, sending, moved_to, handle_domain FROM instance WHERE id = 1"

REMEMBER = """
INSERT INTO instance (id, origin, handle_domain, sending, created_at)
VALUES (1, :origin, :handle_domain, 'on', :now)
"""

SET_HANDLE_DOMAIN = "UPDATE instance SET handle_domain = :handle_domain WHERE id = 1"

TAKE_BACK = "UPDATE instance SET moved_to = NULL WHERE id = 1 AND moved_to IS NOT NULL"

SET_SENDING = "UPDATE instance SET sending = :sending WHERE id = 1"


async def find(reader: Reader) -> Instance | None:
    """The identity remembered at first start, or nothing in a new database."""
    row = await reader.fetch_one(FIND)
    if row is None:
        return None
    return Instance(row["origin"], row["sending"] == "on", row["moved_to"], row["handle_domain"])


async def remember(
    tx: Transaction, origin: str, now: datetime, *, handle_domain: str | None = None
) -> None:
    await tx.execute(REMEMBER, origin=origin, handle_domain=handle_domain, now=milliseconds(now))


async def set_handle_domain(tx: Transaction, handle_domain: str | None) -> None:
    await tx.execute(SET_HANDLE_DOMAIN, handle_domain=handle_domain)


async def set_sending(tx: Transaction, *, on: bool) -> None:
    await tx.execute(SET_SENDING, sending="on" if on else "held")


async def take_back(tx: Transaction) -> bool:
    """This database serves again; False where no other did."""
    return await tx.execute(TAKE_BACK) > 0
