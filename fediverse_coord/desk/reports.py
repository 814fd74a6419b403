"""What other servers and people report, and what says that it moved.  inbound.md 4: Flag, Move.

Nothing follows from a report by itself: a person looks, acts or does not, and says that it is done.
"""

from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import NotFound
from fediverse_coord.storage import audit, reports
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.reports import Report


async def waiting(desk: Desk, person: Person) -> list[Report]:
    """The oldest first, two hundred at most. For those whose role covers the whole server."""
    require(person, Duty.MODERATE, None)
    return await reports.open_reports(desk.db)


async def done(desk: Desk, person: Person, row: int) -> None:
    """Somebody has looked at it. Raises NotFound where it is not open."""
    require(person, Duty.MODERATE, None)
    now = desk.clock()

    async def work(tx: Transaction) -> None:
        if not await reports.handle(tx, row, now):
            raise NotFound(f"there is no open report {row}; `reports` shows those that are")
        await audit.record(tx, person.row, "settle report", f"report:{row}", now)

    await desk.db.write(work)
