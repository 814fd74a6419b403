"""Release of what is due: the road's own first step, taken when the hour has come.

Scheduled declarations are published; names that may be shown from a day on are shown from then.
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
    write_revision,
)
from fediverse_coord.publishing.declarations import State
from fediverse_coord.publishing.naming import is_confidential, revealed
from fediverse_coord.storage import audit, confidential, declaration_lists, declarations
from fediverse_coord.storage.database import Database, Transaction

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
    rows = await declarations.mentions(db, work.row)
    people = [Reached(row["handle"], row["actor_id"], row["inbox_url"]) for row in rows]
    one = work.declaration
    ready = replace(
        work,
        declaration=replace(one, revision=one.revision + 1),
        scheduled_at=None,
        schedule_zone=None,
    )
    release = publisher.released(ready, people, now)

    async def write(tx: Transaction) -> bool:
        await declarations.hold(tx, work.row)
        seen = await declarations.by_row(tx, work.row)
        if seen is None or seen.declaration != one:
            return False  # changed meanwhile; the next look decides anew
        await write_release(tx, release, None, now)
        await audit.record(tx, None, "publish", f"declaration:{key}", now)
        return True

    done = await db.write(write)
    log.info("schedule released", extra={"key": key, "done": done})
    return done


async def reveal_due(db: Database, publisher: Publisher, clock: Callable[[], datetime]) -> int:
    """Shows every name whose day has come, and tells those who have the text; how many works."""
    keys = await declaration_lists.to_reveal(db, clock())
    return sum([await _revealed(db, publisher, key, clock()) for key in keys])


async def _revealed(db: Database, publisher: Publisher, key: str, now: datetime) -> bool:
    try:
        return await _reveal(db, publisher, key, now)
    except StorageUnavailable:
        raise
    except Exception:
        log.exception("names not shown", extra={"key": key})
        return False


async def _reveal(db: Database, publisher: Publisher, key: str, now: datetime) -> bool:
    work = await declarations.by_key(db, key)
    if work is None:
        return False
    one, seal = work.declaration, publisher.keyring.seal
    shown = tuple(
        revealed(who, confidential.opened(seal, key, who.sealed))
        if who.sealed is not None and not is_confidential(who, now.date())
        else who
        for who in one.signatories
    )
    after = replace(one, signatories=shown, revision=one.revision + 1)
    changed = replace(work, declaration=after)
    rows = await declarations.mentions(db, work.row)
    people = [Reached(row["handle"], row["actor_id"], row["inbox_url"]) for row in rows]
    is_out = one.state is State.PUBLISHED and work.imported_at is None
    release = publisher.revised(changed, people, now) if is_out else None

    async def write(tx: Transaction) -> bool:
        await declarations.hold(tx, work.row)
        seen = await declarations.by_row(tx, work.row)
        if seen is None or seen.declaration != one:
            return False
        if release is None:
            await declarations.save(tx, changed, None, now)
        else:
            await write_revision(tx, release, None, now)
        await audit.record(tx, None, "reveal", f"declaration:{key}", now)
        return True

    done = await db.write(write)
    log.info("names shown", extra={"key": key, "done": done})
    return done
