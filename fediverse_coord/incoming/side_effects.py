"""From the row to what it changes.  HOUSE: "The two walks", inbound.md 9.3.

A runner for the worker: claims rows, runs each one's handler, and ends the row in the same
transaction as its effect. Claiming, reading and writing overlap, and what needs nobody to be
asked is done in groups (`at_hand`). What may be otherwise later is tried again; what never will
be is let go. One actor's rows are done in their order, different actors' side by side. Servers
that let us wait do not hold up the others: an activity has so many seconds, and a domain that
used them up several times stands back (security D8).
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fediverse_coord.errors import (
    DereferenceError,
    MalformedDocument,
    ProtocolError,
    StorageUnavailable,
    Unreachable,
)
from fediverse_coord.incoming.at_hand import Ready, ending, prepared
from fediverse_coord.incoming.context import Context, Effect
from fediverse_coord.incoming.handlers import HANDLERS
from fediverse_coord.incoming.lanes import Lanes
from fediverse_coord.incoming.notices import look_into
from fediverse_coord.incoming.services import Incoming
from fediverse_coord.incoming.trust import Fetches
from fediverse_coord.incoming.verify import from_row
from fediverse_coord.protocol.uris import host_in
from fediverse_coord.protocol.wire import reread
from fediverse_coord.remote.limits import registrable_domain
from fediverse_coord.storage import blocks, inbox
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.inbox import Claimed

log = logging.getLogger(__name__)

AT_ONCE = 8  # rows for which somebody is asked at the same time
MOST_ASKING = 64  # and so many more may wait for that before nothing more is claimed
GROUP = 64  # rows whose effects are one transaction
MOST_HELD = 512  # rows claimed and not settled
CLAIMED_AT_ONCE = 128  # others wait for their turn to write meanwhile
WALKERS = 2  # one group is read while the other is written
STANDS_BACK = timedelta(seconds=60)
REST_SECONDS = 0.2


async def process(services: Incoming, limit: int = 50) -> int:
    """Takes up to `limit` rows and settles them. How many were taken."""
    road = SideEffects(services)
    taken = await road.claim(limit)
    while await road.walk() or await road.asked():
        pass
    return taken


async def prune(services: Incoming) -> int:
    """Forgets what has run out, in portions that let others write between. How many rows went."""
    gone = 0
    while part := await services.db.write(lambda tx: inbox.prune(tx, services.clock())):
        gone += part
    return gone


@dataclass(slots=True)
class SideEffects:
    """The rows that this process holds, and what is done with them."""

    services: Incoming
    _lanes: Lanes = field(default_factory=Lanes)
    _asking: set["asyncio.Task[None]"] = field(default_factory=set)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _claimed: asyncio.Event = field(default_factory=asyncio.Event)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until it is cancelled, or the database is away: then what is held will be due again."""
        self._lanes, self._asking = Lanes(), set()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_claiming())
                for _ in range(WALKERS):
                    group.create_task(self._keep_walking())
        except* StorageUnavailable as faults:
            log.warning("side effects wait", extra={"reason": str(faults.exceptions[0])})
        finally:
            for task in self._asking:
                task.cancel()

    def wake(self) -> None:
        """New rows may be there. Call it in the event loop."""
        self._wanted.set()

    async def claim(self, limit: int) -> int:
        """Takes up to `limit` rows more. How many were taken."""
        services, held = self.services, list(self._lanes.held())
        token, now, lease = services.new_key(), services.clock(), services.lease
        rows = await services.db.write(
            lambda tx: inbox.claim(tx, limit, token, now, lease.length, held=held)
        )
        self._lanes.add(rows, now + lease.length - lease.margin)
        self._claimed.set()
        return len(rows)

    async def walk(self) -> int:
        """Settles a group of what is at hand, and begins to ask for the rest. How many rows."""
        now = self.services.clock()
        taken = self._lanes.take(GROUP)
        rows = [row for row, until in taken if now <= until]
        for row, until in taken:
            if now > until:
                await self._wait(row, None)
        ready = await prepared(rows, self.services)
        at_hand = {one.row.row for one in ready}
        if ready and not await self._ended(ready):
            at_hand = set()
        for row in rows:
            if row.row in at_hand:
                self._lanes.done(row)
            else:
                self._ask(row)
        return len(taken)

    async def asked(self) -> int:
        """Waits for those who were asked. How many rows. Raises StorageUnavailable."""
        tasks = list(self._asking)
        try:
            await asyncio.gather(*tasks)
        finally:
            await asyncio.gather(*self._asking, return_exceptions=True)
        return len(tasks)

    async def _ended(self, ready: Sequence[Ready]) -> bool:
        """Whether the group's effects are written. If not, none is: each is to be done alone."""
        try:
            await self.services.db.write(ending(ready))
        except StorageUnavailable:
            raise
        except Exception as fault:
            log.warning("a group is done row by row", extra={"reason": type(fault).__name__})
            return False
        self.services.counts.effects.add("done", len(ready))
        return True

    def _ask(self, row: Claimed) -> None:
        task = asyncio.create_task(self._alone(row))
        self._asking.add(task)
        task.add_done_callback(self._answered)

    def _answered(self, task: "asyncio.Task[None]") -> None:
        self._asking.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.warning("side effect waits", extra={"reason": type(task.exception()).__name__})
        self._wanted.set()

    async def _alone(self, row: Claimed) -> None:
        """A row for which somebody may have to be asked."""
        try:
            async with self._gate:
                going = await self._may_ask(row) and await _done(row, self.services)
        except BaseException:
            self._lanes.drop(row)  # their leases will end, and the rows be taken again
            raise
        if going:
            self._lanes.done(row)
            self._claimed.set()
        else:
            await self._put_back(self._lanes.drop(row), None)

    async def _may_ask(self, row: Claimed) -> bool:
        """If not, the row was put back: its domain has let us wait too often."""
        now = self.services.clock()
        if self.services.patience.has(_domain(row), now.timestamp()):
            return True
        await self._put_back([row], now + STANDS_BACK)
        return False

    async def _wait(self, row: Claimed, due: datetime | None) -> None:
        """The row is put back, and what comes behind it."""
        await self._put_back([row, *self._lanes.drop(row)], due)

    async def _put_back(self, rows: Sequence[Claimed], due: datetime | None) -> None:
        if rows:
            await self.services.db.write(lambda tx: inbox.release_all(tx, rows, due))

    async def _keep_claiming(self) -> None:
        while True:
            self._wanted.clear()
            room = MOST_HELD - len(self._lanes)
            taken = 0
            if room >= GROUP and len(self._asking) < MOST_ASKING:
                taken = await self.claim(min(room, CLAIMED_AT_ONCE))
            if not taken:
                await _first(self._wanted, REST_SECONDS)

    async def _keep_walking(self) -> None:
        while True:
            self._claimed.clear()
            if await self.walk():
                self._wanted.set()
            else:
                await _first(self._claimed, REST_SECONDS)


async def _first(event: asyncio.Event, seconds: float) -> None:
    # Not wait_for: on Python 3.11 it can swallow a cancellation.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _domain(row: Claimed) -> str:
    return registrable_domain(host_in(row.actor_id) or "")


async def _done(row: Claimed, services: Incoming) -> bool:
    """Whether the row is settled, one way or the other."""
    facts = {"type": row.type, "host": host_in(row.actor_id), "row": row.row}
    try:
        async with asyncio.timeout(services.effect_seconds):
            effect = await _effect(row, services)
        await services.db.write(lambda tx: _settle(tx, row, effect))
        services.counts.effects.add("done")
    except StorageUnavailable:
        raise  # the lease will end, and the row be taken again
    except Unreachable as fault:
        return await _postponed(row, str(fault), services)
    except TimeoutError:
        services.patience.fine(_domain(row), services.clock().timestamp(), 1)
        return await _postponed(row, "no answer in time", services)
    except (DereferenceError, ProtocolError) as fault:
        log.info("activity let go", extra=facts | {"reason": _reason(fault)})
        await services.db.write(lambda tx: inbox.settle(tx, row))
        services.counts.effects.add("let_go")
    except Exception as fault:
        log.exception("activity failed", extra=facts)
        return await _postponed(row, type(fault).__name__, services)
    return True


def _reason(fault: DereferenceError | ProtocolError) -> str:
    """Without the address, which may tell who it was."""
    return fault.reason if isinstance(fault, DereferenceError) else str(fault)


async def _effect(row: Claimed, services: Incoming) -> Effect | None:
    """What is to be done. Blocks are asked again: they may be newer than the row."""
    if await _is_blocked(services.db, row):
        return None
    context = Context(
        services, Fetches(services.peers.fetch), services.clock(), row.received_at, services.db
    )
    if row.kind == "notice":
        return await look_into(row, context)
    handler = HANDLERS.get(row.type)
    if handler is None or row.document is None:
        raise MalformedDocument(f"no handler for {row.type}")
    return await handler(from_row(reread(row.document), row.actor_id), context)


async def _is_blocked(reader: Reader, row: Claimed) -> bool:
    host = host_in(row.actor_id) or ""
    return await blocks.is_blocked(reader, host=host, actor_id=row.actor_id)


async def _settle(tx: Transaction, row: Claimed, effect: Effect | None) -> None:
    """Effect and end of the row together; neither where the lease was lost.

    Blocks once more: one that was made while we asked around has taken away what was there.
    """
    if await inbox.settle(tx, row) and effect is not None and not await _is_blocked(tx, row):
        await effect(tx)


async def _postponed(row: Claimed, fault: str, services: Incoming) -> bool:
    """True where it was parked: then the next one need not wait for it."""
    now = services.clock()
    parked = await services.db.write(lambda tx: inbox.fail(tx, row, fault, now))
    services.counts.effects.add("parked" if parked else "postponed")
    if parked:
        # What was wrong stands in the row: it may name somebody, so the log has its number only.
        log.error("activity parked", extra={"row": row.row, "type": row.type})
    return parked
