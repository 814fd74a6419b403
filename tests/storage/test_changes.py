"""Changes: told once, at once in the process that made them, soon in every other."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from engines import Place

from fediverse_coord.storage.changes import Watcher, newest, prune, touch
from fediverse_coord.storage.database import Database, Transaction, Work, open_database

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
TABLE = "CREATE TABLE changes (id {identity}, key TEXT NOT NULL, changed_at BIGINT NOT NULL)"


@dataclass
class Heard:
    """What a watcher told."""

    keys: list[tuple[str, int]] = field(default_factory=list)
    lost: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def changed(self, key: str, number: int) -> None:
        self.keys.append((key, number))
        self.news.set()

    def lose(self) -> None:
        self.lost += 1

    def watch(self, db: Database) -> Watcher:
        return Watcher(db, self.changed, self.lose)


def touching(*keys: str, now: datetime = NOON) -> Work[None]:
    async def work(tx: Transaction) -> None:
        for key in keys:
            await touch(tx, key, now)

    return work


@pytest.fixture
async def db(place: Place) -> AsyncIterator[Database]:
    opened = await open_database(place.url)
    await opened.write(lambda tx: tx.execute(TABLE))
    yield opened
    await opened.close()


@pytest.fixture
async def elsewhere(db: Database, place: Place) -> AsyncIterator[Database]:
    """The same database as another process sees it."""
    opened = await open_database(place.url)
    yield opened
    await opened.close()


async def test_numbers_grow(db: Database) -> None:
    assert await newest(db) == 0
    assert await db.write(lambda tx: touch(tx, "actor:icg")) == 1
    assert await db.write(lambda tx: touch(tx, "actor:icg")) == 2
    assert await newest(db) == 2


async def test_our_own_change_is_told_before_write_returns_and_once(db: Database) -> None:
    heard = Heard()
    watcher = heard.watch(db)
    await watcher.start()
    await db.write(touching("actor:icg"))

    assert heard.keys == [("actor:icg", 1)]
    await watcher.look()
    assert heard.keys == [("actor:icg", 1)]


async def test_a_change_rolled_back_is_not_told(db: Database) -> None:
    async def fail(tx: Transaction) -> None:
        await touch(tx, "actor:icg")
        raise LookupError

    heard = Heard()
    watcher = heard.watch(db)
    await watcher.start()
    with pytest.raises(LookupError):
        await db.write(fail)
    await watcher.look()

    assert heard.keys == []


async def test_a_change_elsewhere_is_told_at_the_next_look(
    db: Database, elsewhere: Database
) -> None:
    await db.write(touching("before"))
    heard = Heard()
    watcher = heard.watch(db)
    await watcher.start()
    await elsewhere.write(touching("actor:icg", "object:1"))
    await db.write(touching("object:2"))
    await watcher.look()
    await watcher.look()

    assert sorted(heard.keys) == [("actor:icg", 2), ("object:1", 3), ("object:2", 4)]
    assert heard.lost == 0


async def test_running_it_looks_by_itself(db: Database, elsewhere: Database) -> None:
    heard = Heard()
    watcher = heard.watch(db)
    await watcher.start()
    running = asyncio.ensure_future(watcher.run(poll_seconds=0.01))
    await elsewhere.write(touching("actor:icg"))
    await asyncio.wait_for(heard.news.wait(), 30)
    running.cancel()

    assert heard.keys == [("actor:icg", 1)]


async def test_a_stopped_watcher_hears_nothing(db: Database) -> None:
    heard = Heard()
    watcher = heard.watch(db)
    await watcher.start()
    watcher.stop()
    await db.write(touching("actor:icg"))

    assert heard.keys == []


async def test_pruning_keeps_the_young_and_the_newest(db: Database) -> None:
    await db.write(touching("a", "b", now=NOON - timedelta(hours=2)))
    await db.write(touching("c"))

    assert await db.write(lambda tx: prune(tx, NOON - timedelta(hours=1), limit=1)) == 1
    assert await db.write(lambda tx: prune(tx, NOON + timedelta(hours=1))) == 1
    keys = [row["key"] for row in await db.fetch_all("SELECT key FROM changes")]
    assert keys == ["c"]
    assert await db.write(lambda tx: touch(tx, "d")) == 4


async def test_a_watcher_that_slept_through_pruning_says_so(
    db: Database, elsewhere: Database
) -> None:
    await db.write(touching("known"))
    heard = Heard()
    watcher = heard.watch(db)
    await watcher.start()
    await elsewhere.write(touching("a", "b", "c"))
    await elsewhere.write(lambda tx: prune(tx, NOON + timedelta(hours=1)))
    await watcher.look()

    assert heard.lost == 1
    assert heard.keys[-1] == ("c", 4)  # of the others it may have been told in time
    await watcher.look()
    assert heard.lost == 1


async def test_a_watcher_from_the_first_change_on_notices_pruning_too(
    db: Database, elsewhere: Database
) -> None:
    heard = Heard()
    watcher = heard.watch(db)
    await watcher.start()
    await elsewhere.write(touching("a", "b"))
    await elsewhere.write(lambda tx: prune(tx, NOON + timedelta(hours=1)))
    await watcher.look()

    assert heard.lost == 1
