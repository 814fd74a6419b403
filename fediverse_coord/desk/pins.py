"""Pins: what stands first on a profile and in `featured`.  ActivityPub 6.6, 6.7.

Other servers read `featured` when they first meet the coordination; afterwards they hear of
changes by Add and Remove, which follow their object's Create in order.
"""

from dataclasses import replace
from datetime import datetime

from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.drafts import OPEN, Saved, find, guard
from fediverse_coord.desk.imported import NOT_SENT, is_imported
from fediverse_coord.desk.people import Duty, Person
from fediverse_coord.errors import Conflict
from fediverse_coord.publishing.declarations import State
from fediverse_coord.storage import (
    audit,
    declaration_lists,
    declarations,
    deliveries,
    objects,
    outbox,
)
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.objects import LocalObject

MOST = 50  # `featured` is one page: Mastodon reads no second


async def pin(desk: Desk, person: Person, key: str, *, on: bool = True, most: int = MOST) -> Saved:
    """Pins or unpins. What is so already stays so, and nobody is told again."""
    work = await find(desk, person, key, Duty.PUBLISH)
    if on:
        await _check(desk, work, most)
    if on is (work.pinned_at is not None):
        return Saved(work)
    now = desk.clock()
    pinned = replace(work, pinned_at=now if on else None)

    async def write(tx: Transaction) -> Work:
        await guard(tx, work)
        await declarations.save(tx, pinned, person.row, now)
        await tell(tx, desk, work, now, on=on)
        await audit.record(tx, person.row, "pin" if on else "unpin", f"declaration:{key}", now)
        return pinned

    saved = await desk.db.write(write)
    desk.wake()
    return Saved(saved)


async def _check(desk: Desk, work: Work, most: int) -> None:
    """Raises Conflict for what `featured` could not show."""
    if work.declaration.state is not State.PUBLISHED:
        raise Conflict("only a published declaration can be pinned")
    if is_imported(work):
        raise Conflict(NOT_SENT)
    if work.declaration.visibility not in OPEN:
        raise Conflict("only what is for everybody can be pinned")
    pinned = await declaration_lists.pinned_keys(desk.db, work.actor, most)
    if len(pinned) >= most and work.declaration.key not in pinned:
        raise Conflict(f"{most} declarations are pinned, which is all that fit; unpin one first")


async def tell(tx: Transaction, desk: Desk, work: Work, now: datetime, *, on: bool) -> None:
    """Leaves the Add or Remove to be sent, by the coordination and by its editions.

    What still waits of earlier ones is outdated.
    """
    found = await objects.by_declaration(tx, work.row)
    if found is None:
        return
    await _tell(tx, desk, work.actor_name, found, now, on=on)
    for each in work.editions:
        edition = await objects.by_row(tx, each.row)
        if edition is not None and not edition.deleted:
            await _tell(tx, desk, each.actor_name, edition, now, on=on)


async def _tell(
    tx: Transaction, desk: Desk, name: str, found: LocalObject, now: datetime, *, on: bool
) -> None:
    told = desk.publisher.pinned((found.actor, name), found.object_id, now, on=on)
    await deliveries.supersede(tx, found.row, ["Add", "Remove"], now)
    await outbox.append(tx, replace(told, object=found.row), now)
