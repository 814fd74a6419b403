"""What waits, and how late it is, as figures tell it; on each engine."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from engines import Place
from incoming_rows import NOW, settle_in

from fediverse_coord.storage import arrivals, inbox
from fediverse_coord.storage.arrivals import Arrival
from fediverse_coord.storage.database import Database, open_database
from fediverse_coord.storage.queues import Queue, all_queues

LIKE = Arrival(
    kind="activity",
    type="Like",
    actor_id="https://far.example/users/ann",
    activity_id="https://far.example/likes/1",
    object_id="https://here.example/actors/miners",
    document=b"{}",
    fingerprint=b"first",
)


@pytest.fixture
async def db(place: Place) -> AsyncIterator[Database]:
    opened = await open_database(place.migrated().url)
    await settle_in(opened)
    yield opened
    await opened.close()


async def found(db: Database, seconds: float) -> dict[str, Queue]:
    queues = await all_queues(db, NOW + timedelta(seconds=seconds))
    return {one.name: one for one in queues}


async def test_empty_queues_are_not_late(db: Database) -> None:
    queues = await found(db, 60)
    assert set(queues) == {"fan_out", "deliveries", "side_effects", "parked"}
    assert {(one.rows, one.late_seconds) for one in queues.values()} == {(0, 0.0)}


async def test_what_nobody_takes_grows_late_and_is_gone_when_it_is_done(db: Database) -> None:
    await db.write(lambda tx: arrivals.record(tx, [LIKE], NOW))
    assert (await found(db, 90))["side_effects"] == Queue("side_effects", 1, 90.0)

    (row,) = await db.write(lambda tx: inbox.claim(tx, 10, "token", NOW))
    await db.write(lambda tx: inbox.settle(tx, row))
    assert (await found(db, 90))["side_effects"] == Queue("side_effects", 0, 0.0)


async def test_what_is_due_later_waits_and_is_not_late(db: Database) -> None:
    await db.write(lambda tx: arrivals.record(tx, [LIKE], NOW + timedelta(seconds=30)))
    assert (await found(db, 0))["side_effects"] == Queue("side_effects", 1, 0.0)


async def test_what_failed_for_the_last_time_is_told_apart(db: Database) -> None:
    await db.write(lambda tx: arrivals.record(tx, [LIKE], NOW))
    for number in range(5):
        later = NOW + timedelta(days=number)
        token = f"t{number}"
        (row,) = await db.write(lambda tx, a=token, b=later: inbox.claim(tx, 10, a, b))  # type: ignore[misc]
        await db.write(lambda tx, a=row, b=later: inbox.fail(tx, a, "fault", b))  # type: ignore[misc]
    queues = await found(db, timedelta(days=5).total_seconds())
    assert (queues["side_effects"].rows, queues["parked"].rows) == (0, 1)
    assert queues["parked"].late_seconds == timedelta(days=1).total_seconds()
