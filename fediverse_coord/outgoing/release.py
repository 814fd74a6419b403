"""Release of what is due: the road's own first step, taken when the hour has come.

Where a signatory's country came under the coordination's protection meanwhile, the declaration
is a draft again, until an editor has looked.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.outgoing.publish import (
    Publisher,
    Reached,
    write_release,
)
from fediverse_coord.publishing.declarations import State, Verb, next_state
from fediverse_coord.publishing.naming import endangered, protected_countries
from fediverse_coord.storage import actors, audit, declaration_lists, declarations, named
from fediverse_coord.storage.database import Database, Reader, Transaction
from fediverse_coord.storage.declarations import Work

log = logging.getLogger(__name__)


async def release_due(db: Database, publisher: Publisher, clock: Callable[[], datetime]) -> int:
    """Publishes every scheduled declaration whose moment has come; how many."""
    keys = await declaration_lists.due_keys(db, clock())
    return sum([await _released(db, publisher, key, clock()) for key in keys])


async def _released(db: Database, publisher: Publisher, key: str, now: datetime) -> bool:
    """Whether it is out. One that cannot be holds up no other."""
    try:
        return await _release(db, publisher, key, now)
    except StorageUnavailable:
        raise
    except Exception:
        log.exception("schedule not released", extra={"key": key})
        return False


async def _release(db: Database, publisher: Publisher, key: str, now: datetime) -> bool:
    work = await declarations.by_key(db, key)
    if work is None or work.declaration.state is not State.SCHEDULED:
        return False
    one = work.declaration
    if endangered(one, await protected_by(db, work.actor)):
        return await _held_back(db, work, now)
    rows = await named.of(db, work.row)
    people = [Reached(row["handle"], row["actor_id"], row["inbox_url"]) for row in rows]
    ready = replace(
        work,
        declaration=replace(one, revision=one.revision + 1),
        scheduled_at=None,
        schedule_zone=None,
    )
    release = publisher.released(ready, people, now)

    async def write(tx: Transaction) -> bool:
        if not await still(tx, work):
            return False  # the next look decides anew
        await write_release(tx, release, None, now)
        await audit.record(tx, None, "publish", f"declaration:{key}", now)
        return True

    done = await db.write(write)
    log.info("schedule released", extra={"key": key, "done": done})
    return done


async def _held_back(db: Database, work: Work, now: datetime) -> bool:
    """A draft again, as if a coordinator had taken it from the schedule."""
    one = work.declaration
    state = next_state(one.state, Verb.UNSCHEDULE)
    draft = replace(one, state=state, revision=one.revision + 1)
    after = replace(work, declaration=draft, scheduled_at=None, schedule_zone=None)
    if await _saved(db, work, after, "unschedule", now):
        log.warning("schedule held back: a signatory is not cleared", extra={"key": one.key})
    return False


async def _saved(db: Database, before: Work, after: Work, verb: str, now: datetime) -> bool:
    """Whether nobody was faster."""

    async def write(tx: Transaction) -> bool:
        if not await still(tx, before):
            return False
        await declarations.save(tx, after, None, now)
        await audit.record(tx, None, verb, f"declaration:{before.declaration.key}", now)
        return True

    return await db.write(write)


async def still(tx: Transaction, seen: Work) -> bool:
    """Whether it is as it was seen; it stays so until the transaction ends."""
    await declarations.hold(tx, seen.row)
    now = await declarations.by_row(tx, seen.row)
    return now is not None and now.declaration == seen.declaration


async def protected_by(reader: Reader, actor: int) -> tuple[str, ...]:
    """Countries in which the coordination names nobody whom no editor cleared."""
    known = await actors.by_row(reader, actor)
    return protected_countries(known.profile) if known else ()
