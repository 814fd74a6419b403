"""From the row to what it changes.  HOUSE: "The two walks", inbound.md 9.3.

A step for the worker: claims rows, runs each one's handler, and ends the row in the same
transaction as its effect. What may be otherwise later is tried again; what never will be is
let go. One actor's rows are done in their order, different actors' side by side. Servers that
let us wait do not hold up the others: an activity has so many seconds, and a domain that used
them up several times stands back (security D8).
"""

import asyncio
import functools
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from fediverse_coord.errors import (
    DereferenceError,
    MalformedDocument,
    ProtocolError,
    StorageUnavailable,
    Unreachable,
)
from fediverse_coord.incoming.context import Context, Effect
from fediverse_coord.incoming.handlers import HANDLERS
from fediverse_coord.incoming.notices import look_into
from fediverse_coord.incoming.services import Incoming
from fediverse_coord.incoming.trust import Fetches
from fediverse_coord.incoming.verify import from_row
from fediverse_coord.protocol.uris import host_in
from fediverse_coord.protocol.wire import loads
from fediverse_coord.remote.limits import registrable_domain
from fediverse_coord.storage import blocks, inbox
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.inbox import Claimed

log = logging.getLogger(__name__)

AT_ONCE = 8  # actors whose rows are in work at the same time
STANDS_BACK = timedelta(seconds=60)


async def process(services: Incoming, limit: int = 50) -> int:
    """Takes up to `limit` rows and settles them. How many were taken."""
    token, now, lease = services.new_key(), services.clock(), services.lease
    rows = await services.db.write(lambda tx: inbox.claim(tx, limit, token, now, lease.length))
    rows.sort(key=lambda row: (row.actor_id, row.row))
    groups = [list(group) for _, group in groupby(rows, key=lambda row: row.actor_id)]
    gate, until = asyncio.Semaphore(AT_ONCE), now + lease.length - lease.margin
    try:
        async with asyncio.TaskGroup() as tasks:
            for group in groups:
                tasks.create_task(_in_turn(group, gate, services, until))
    except* StorageUnavailable as faults:
        away = faults.exceptions[0]
    else:
        return len(rows)
    raise away


async def prune(services: Incoming) -> int:
    """Forgets what has run out. How many rows went."""
    return await services.db.write(lambda tx: inbox.prune(tx, services.clock()))


async def _in_turn(
    rows: Sequence[Claimed], gate: asyncio.Semaphore, services: Incoming, until: datetime
) -> None:
    """One actor's rows, begun before `until`. After one that must wait, the others wait too."""
    async with gate:
        going = True
        for row in rows:
            now = services.clock()
            due = (
                None if services.patience.has(_domain(row), now.timestamp()) else now + STANDS_BACK
            )
            going = going and due is None and now <= until
            if going:
                going = await _done(row, services)
            else:
                put_back = functools.partial(inbox.release, claimed=row, due=due)
                await services.db.write(put_back)


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
    context = Context(services, Fetches(services.peers.fetch), services.clock(), row.received_at)
    if row.kind == "notice":
        return await look_into(row, context)
    handler = HANDLERS.get(row.type)
    if handler is None or row.document is None:
        raise MalformedDocument(f"no handler for {row.type}")
    return await handler(from_row(loads(row.document), row.actor_id), context)


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
