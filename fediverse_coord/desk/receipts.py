"""Receipts: what became of each delivery of a declaration, and another try where it failed."""

from dataclasses import dataclass

from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.drafts import find
from fediverse_coord.desk.people import Duty, Person
from fediverse_coord.errors import FieldFault, Refusal
from fediverse_coord.protocol.uris import host_in
from fediverse_coord.storage import audit
from fediverse_coord.storage import receipts as rows
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.receipts import Receipt

STATES = ("waiting", "delivered", "refused", "gone", "abandoned", "superseded")
MOST = 200


async def page(
    desk: Desk,
    person: Person,
    key: str,
    *,
    state: str | None = None,
    cursor: int = 0,
    limit: int = 100,
) -> tuple[list[Receipt], int | None]:
    """Receipts in the order of sending, and the cursor of the next page.

    Raises NotFound, NotAllowed, Refusal where there is no such state.
    """
    work = await find(desk, person, key)
    if state is not None and state not in STATES:
        reason = f"must be one of: {', '.join(STATES)}"
        raise Refusal(f"state {reason}", faults=[FieldFault("state", reason)])
    most = min(max(limit, 1), MOST)
    return await rows.page(
        desk.db, _object_id(desk, work), state=state or "", after=cursor, limit=most
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """To how many servers a text goes, how many have it, and what fails."""

    servers: int
    reached: int
    failing: tuple[Receipt, ...]


async def reach_of(desk: Desk, person: Person, key: str) -> Reach:
    """ "Reached 214 of 220 servers", and the first of those that fail. Raises NotFound, NotAllowed.

    Receipts are forgotten after a while; then counts of deliveries stand for servers.
    """
    work = await find(desk, person, key)
    object_id = _object_id(desk, work)
    servers, reached = await rows.servers(desk.db, object_id)
    if not servers:
        counts = await rows.counts(desk.db, object_id)
        servers, reached = sum(counts.values()), counts.get("delivered", 0)
    failing = await rows.failing(desk.db, object_id, limit=MOST)
    return Reach(servers, reached, tuple(failing))


async def resend(desk: Desk, person: Person, key: str, *, server: str | None = None) -> int:
    """Makes what was refused, given up or waits for its next try due now; how many.

    To one server where it is named, by its host or by its origin; else to all. Needs the right to
    publish. Raises Refusal where nothing about this text goes to that server.
    """
    work, now = await find(desk, person, key, Duty.PUBLISH), desk.clock()
    origins = await _origins_of(desk, work, server) if server is not None else [""]

    async def write(tx: Transaction) -> int:
        object_id, again = _object_id(desk, work), 0
        for origin in origins:
            again += await rows.resend(tx, object_id, now, origin=origin)
        await audit.record(tx, person.row, "resend", f"declaration:{key}", now)
        return again

    made = await desk.db.write(write)
    desk.wake()
    return made


async def _origins_of(desk: Desk, work: Work, server: str) -> list[str]:
    """The server as the receipts name it."""
    known = await rows.origins(desk.db, _object_id(desk, work))
    named = server.strip().rstrip("/").lower()
    found = [one for one in known if named in {one, one.partition("://")[2], host_in(one)}]
    if not found:
        reason = "is no server of this text's deliveries: name it as `deliveries` shows it"
        raise Refusal(f"{server[:200]!r} {reason}", faults=[FieldFault("server", reason)])
    return found


def _object_id(desk: Desk, work: Work) -> str:
    return desk.uris.object(work.actor_name, work.declaration.key)
