"""Looks that are written down: who asked for the sealed names of a declaration, and when."""

from fediverse_coord.desk import confidential
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.drafts import find
from fediverse_coord.desk.people import Duty, Person
from fediverse_coord.storage import audit
from fediverse_coord.storage.database import Transaction


async def at_names(desk: Desk, person: Person, key: str) -> dict[int, str]:
    """The sealed names by their places among the signatories, for whoever may write the text.

    The audit tells of it before anything is shown. Raises NotFound, NotAllowed, ConfigError where
    another key file sealed them.
    """
    work, now = await find(desk, person, key, Duty.DRAFT), desk.clock()
    names = confidential.names_of(desk, work.declaration)

    async def write(tx: Transaction) -> None:
        await audit.record(tx, person.row, "look at names", f"declaration:{key}", now)

    await desk.db.write(write)
    return names
