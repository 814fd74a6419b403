"""Names that may be shown from a day on, shown on that day; those who have the text are told.

Whoever came under the coordination's protection meanwhile, and was cleared by no editor, is not
named: the name stays as it is, and has no day any more.
"""

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.outgoing.publish import Publisher, Reached, Release, write_revision
from fediverse_coord.outgoing.release import protected_by, still
from fediverse_coord.protocol.sealing import Seal
from fediverse_coord.publishing.declarations import Declaration, Signatory, State
from fediverse_coord.publishing.naming import is_confidential, needs_clearing, revealed, withheld
from fediverse_coord.storage import audit, confidential, declaration_lists, declarations, named
from fediverse_coord.storage.database import Database, Transaction
from fediverse_coord.storage.declarations import Work

log = logging.getLogger(__name__)


async def reveal_due(db: Database, publisher: Publisher, clock: Callable[[], datetime]) -> int:
    """Shows every name whose day has come; how many declarations were changed."""
    keys = await declaration_lists.to_reveal(db, clock())
    return sum([await _revealed(db, publisher, key, clock()) for key in keys])


async def _revealed(db: Database, publisher: Publisher, key: str, now: datetime) -> bool:
    """One that cannot be shown holds up no other."""
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
    one = work.declaration
    countries = await protected_by(db, work.actor)
    shown = tuple(
        _on_its_day(publisher.keyring.seal, one, who, countries, now) for who in one.signatories
    )
    after = replace(one, signatories=shown, revision=one.revision + 1)
    changed = replace(work, declaration=after)
    says_more = _says_more(one, after)
    release = await _told(db, publisher, changed, now) if says_more else None

    async def write(tx: Transaction) -> bool:
        if not await still(tx, work):
            return False
        if release is None:
            await declarations.save(tx, changed, None, now)
        else:
            await write_revision(tx, release, None, now)
        verb = "reveal" if says_more else "withhold"
        await audit.record(tx, None, verb, f"declaration:{key}", now)
        return True

    done = await db.write(write)
    log.info("names shown" if says_more else "names withheld", extra={"key": key, "done": done})
    return done and says_more


def _on_its_day(
    seal: Seal, one: Declaration, who: Signatory, countries: Collection[str], now: datetime
) -> Signatory:
    if who.sealed is None or is_confidential(who, now.date()):
        return who
    if needs_clearing(who, countries):
        return withheld(who)
    return revealed(who, confidential.opened(seal, one.key, who.sealed))


def _says_more(before: Declaration, after: Declaration) -> bool:
    return [who.name for who in before.signatories] != [who.name for who in after.signatories]


async def _told(db: Database, publisher: Publisher, work: Work, now: datetime) -> Release | None:
    """The Update for those who have it; an imported or unpublished one was sent to nobody."""
    if work.declaration.state is not State.PUBLISHED or work.imported_at is not None:
        return None
    rows = await named.of(db, work.row)
    people = [Reached(row["handle"], row["actor_id"], row["inbox_url"]) for row in rows]
    return publisher.revised(work, people, now)
