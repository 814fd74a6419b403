"""Arrivals are durable in groups, and refused alone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from engines import Place

from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.incoming import record
from fediverse_coord.incoming.record import Recorder
from fediverse_coord.storage import inbox
from fediverse_coord.storage.arrivals import Arrival, Recorded
from fediverse_coord.storage.database import Database, open_database

NOW = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
LIKE = Arrival(
    kind="activity",
    type="Like",
    actor_id="https://far.example/users/ann",
    activity_id="https://far.example/likes/1",
    object_id="https://here.example/actors/miners/objects/abc",
    document=b"{}",
    fingerprint=b"0",
)


@pytest.fixture
async def db(place: Place) -> AsyncIterator[Database]:
    opened = await open_database(place.migrated().url)
    yield opened
    await opened.close()


def likes(number: int) -> list[Arrival]:
    return [replace(LIKE, fingerprint=str(one).encode()) for one in range(number)]


async def test_what_comes_together_is_kept_together_in_its_order(db: Database) -> None:
    recorder = Recorder(db, lambda: NOW)
    named = [
        replace(one, activity_id=f"https://far.example/{n}") for n, one in enumerate(likes(90))
    ]
    written = db.counts.group_sizes
    before = sum(written.read()[0])
    found = await asyncio.gather(*(recorder.record(one) for one in named))
    assert found == [Recorded.NEW] * 90
    assert sum(written.read()[0]) - before <= 3
    rows = await db.fetch_all("SELECT activity_id FROM inbox ORDER BY id")
    assert [row["activity_id"] for row in rows] == [one.activity_id for one in named]


async def test_the_same_request_twice_in_one_group_counts_once(db: Database) -> None:
    recorder = Recorder(db, lambda: NOW)
    create = replace(LIKE, type="Create")
    found = await asyncio.gather(
        *(recorder.record(one) for one in [LIKE, LIKE, create, replace(create, fingerprint=b"1")]),
        recorder.record(replace(create, fingerprint=b"2")),
    )
    assert [one.value for one in found] == ["new", "replayed", "replayed", "new", "known"]
    assert await inbox.waiting(db, 10) == 2


async def test_an_arrival_the_database_refuses_is_refused_alone(db: Database) -> None:
    recorder = Recorder(db, lambda: NOW)
    named = likes(10)
    named[4] = replace(named[4], kind="nonsense")  # type: ignore[arg-type]
    answers = [asyncio.ensure_future(recorder.record(one)) for one in named]
    await asyncio.wait(answers)
    assert [one.exception() is not None for one in answers] == [n == 4 for n in range(10)]
    assert await inbox.waiting(db, 20) == 9


async def test_who_comes_when_too_many_wait_hears_so_at_once(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "MOST_WAITING", 5)
    recorder = Recorder(db, lambda: NOW)
    answers = [asyncio.ensure_future(recorder.record(one)) for one in likes(8)]
    await asyncio.wait(answers)
    refused = [isinstance(one.exception(), StorageUnavailable) for one in answers]
    assert refused == [False] * 5 + [True] * 3
    assert await inbox.waiting(db, 20) == 5
