"""PostgreSQL alone: many write side by side, connections end, clocks differ, numbers overtake."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from engines import Engine, Place
from postgres_server import Server, programs

from fediverse_coord.errors import ConfigError, StorageUnavailable
from fediverse_coord.storage.changes import Watcher, touch
from fediverse_coord.storage.database import Database, Duplicate, Transaction, open_database
from fediverse_coord.storage.postgres import PostgresDatabase
from fediverse_coord.storage.postgres_clock import DatabaseClock

if programs() is None:
    collect_ignore_glob = ["*"]

TABLE = "CREATE TABLE notes (id {identity}, text TEXT NOT NULL UNIQUE)"
INSERT = "INSERT INTO notes (text) VALUES (:text) RETURNING id"
UPDATE = "UPDATE notes SET text = text || '!' WHERE id = :row"
OURS = "SELECT pg_backend_pid()"
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
CHANGES = "CREATE TABLE changes (id {identity}, key TEXT NOT NULL, changed_at BIGINT NOT NULL)"


@pytest.fixture(params=["postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    server: Server = request.getfixturevalue("database_server")
    return Engine("postgresql", tmp_path_factory.mktemp("engine"), server)


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


@pytest.fixture
async def cut(place: Place) -> AsyncIterator[Callable[[], Awaitable[Any]]]:
    """Ends every connection but its own, as an administrator or a restart does."""
    connection = await asyncpg.connect(place.url)
    yield lambda: connection.execute(CUT)
    await connection.close()


async def texts(db: Database) -> list[str]:
    return [row["text"] for row in await db.fetch_all("SELECT text FROM notes ORDER BY id")]


async def test_two_that_wait_for_each_other_both_succeed(db: Database) -> None:
    await db.write(lambda tx: tx.execute_many(INSERT[:-13], [{"text": "a"}, {"text": "b"}]))
    met = asyncio.Barrier(2)
    runs = 0

    async def crosswise(tx: Transaction, first: int, second: int) -> None:
        nonlocal runs
        runs += 1
        await tx.execute(UPDATE, row=first)
        if runs <= 2:
            await met.wait()
        await tx.execute(UPDATE, row=second)

    await asyncio.gather(
        db.write(lambda tx: crosswise(tx, 1, 2)), db.write(lambda tx: crosswise(tx, 2, 1))
    )

    assert runs == 3
    assert await texts(db) == ["a!!", "b!!"]


async def test_who_looks_before_writing_can_be_alone(db: Database) -> None:
    async def one_only(tx: Transaction) -> int:
        await tx.alone("notes")
        count = int(str(await tx.fetch_value("SELECT count(*) FROM notes")))
        await asyncio.sleep(0)
        if not count:
            await tx.execute(INSERT, text="first")
        return count

    found = await asyncio.gather(*(db.write(one_only) for _ in range(8)))

    assert sorted(found) == [0] + [1] * 7


async def test_work_that_finds_its_row_taken_looks_again(db: Database) -> None:
    runs: list[str | None] = []

    async def unless_there(tx: Transaction) -> str:
        found = await tx.fetch_value("SELECT text FROM notes WHERE text = :text", text="call")
        runs.append(None if found is None else str(found))
        if found is None:
            if len(runs) == 1:
                await db.write(lambda other: other.execute(INSERT, text="call"))
            await tx.execute(INSERT, text="call")
        return "there" if found else "new"

    assert await db.write(unless_there) == "there"
    assert runs == [None, "call"]


async def test_a_fault_that_work_swallows_is_raised_all_the_same(db: Database) -> None:
    async def shrug(tx: Transaction) -> str:
        await tx.execute(INSERT, text="once")
        try:
            await tx.execute(INSERT, text="once")
        except Duplicate:
            return "fine"
        return "not there"

    with pytest.raises(Duplicate):
        await db.write(shrug)
    assert await texts(db) == []


async def test_connections_that_were_cut_are_made_anew(
    db: Database, cut: Callable[[], Awaitable[Any]]
) -> None:
    await asyncio.gather(*(db.write(lambda tx: tx.fetch_value(OURS)) for _ in range(4)))
    await cut()

    rows = await asyncio.gather(
        *(db.write(lambda tx, n=n: tx.execute(INSERT, text=f"{n}")) for n in range(4))  # type: ignore[misc]
    )
    assert rows == [1, 1, 1, 1]
    await cut()
    assert sorted(await texts(db)) == ["0", "1", "2", "3"]


async def test_work_cut_before_its_commit_is_run_again_and_is_there_once(
    db: Database, cut: Callable[[], Awaitable[Any]]
) -> None:
    runs = 0

    async def cut_short(tx: Transaction) -> None:
        nonlocal runs
        runs += 1
        await tx.execute(INSERT, text="leaflet")
        if runs == 1:
            await cut()
        await tx.fetch_value(OURS)

    await db.write(cut_short)

    assert runs == 2
    assert await texts(db) == ["leaflet"]


async def test_a_server_that_is_away_is_told_and_found_again(
    database_server: Server, db: Database, place: Place
) -> None:
    assert isinstance(db, PostgresDatabase)
    name = place.url.partition("?")[0].rpartition("/")[2]
    door = f"ALTER DATABASE {name} ALLOW_CONNECTIONS "
    database_server.command(door + "false")
    database_server.command(CUT.replace("current_database()", f"'{name}'"))
    with pytest.raises(StorageUnavailable):
        await db.write(lambda tx: tx.execute(INSERT, text="lost"))
    with pytest.raises(StorageUnavailable):
        await db.fetch_all("SELECT 1")

    database_server.command(door + "true")
    await db.write(lambda tx: tx.execute(INSERT, text="kept"))
    assert await texts(db) == ["kept"]


async def test_nobody_waits_forever_for_a_connection(db: Database, place: Place) -> None:
    hasty = await open_database(place.url, patience_seconds=0.2, writers=1)
    release = asyncio.Event()

    async def hold(tx: Transaction) -> None:
        await tx.execute(INSERT, text="held")
        await release.wait()

    holding = asyncio.ensure_future(hasty.write(hold))
    await asyncio.sleep(0.05)
    with pytest.raises(StorageUnavailable):
        await hasty.write(lambda tx: tx.execute(INSERT, text="late"))
    release.set()
    await holding
    await hasty.close()

    assert await texts(db) == ["held"]


async def test_a_caller_who_leaves_after_the_beginning_leaves_the_work_whole(db: Database) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(tx: Transaction) -> None:
        await tx.execute(INSERT, text="first")
        begun.set()
        await go_on.wait()
        await tx.execute(INSERT, text="second")

    leaving = asyncio.ensure_future(db.write(slow))
    await begun.wait()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    go_on.set()
    await db.close()
    assert isinstance(db, PostgresDatabase)
    reopened = await open_database(db.url)

    assert await texts(reopened) == ["first", "second"]
    await reopened.close()


@pytest.mark.parametrize("part", ["nowhere", "nobody"])
async def test_a_door_that_stays_shut_is_told_without_the_url(place: Place, part: str) -> None:
    wrong = place.url.replace("@/t", "@/nowhere_t") if part == "nowhere" else place.url
    wrong = wrong.replace("coord@", "nobody:hunter2@") if part == "nobody" else wrong

    with pytest.raises(ConfigError, match="createdb") as caught:
        await open_database(wrong)
    assert "hunter2" not in str(caught.value)


async def test_a_server_that_does_not_run_is_told(place: Place) -> None:
    with pytest.raises(StorageUnavailable):
        await open_database("postgresql://coord@127.0.0.1:9/coord")


async def test_a_change_elsewhere_is_heard_of_without_looking(
    db: Database, elsewhere: Database
) -> None:
    await db.write(lambda tx: tx.execute(CHANGES))
    heard: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
    end = db.listen(lambda key, number: heard.put_nowait((key, number)))

    async def told() -> tuple[str, int]:
        while True:  # the connection that listens may not be there yet
            await elsewhere.write(lambda tx: touch(tx, "actor:icg"))
            try:
                return await asyncio.wait_for(heard.get(), 0.2)
            except TimeoutError:
                continue

    key, _ = await asyncio.wait_for(told(), 30)
    end()

    assert key == "actor:icg"


async def test_a_change_that_was_overtaken_is_told_when_it_comes(
    db: Database, elsewhere: Database
) -> None:
    await db.write(lambda tx: tx.execute(CHANGES))
    heard: list[tuple[str, int]] = []
    lost: list[bool] = []
    watcher = Watcher(db, lambda key, n: heard.append((key, n)), lambda: lost.append(True))
    await elsewhere.write(lambda tx: touch(tx, "before"))
    await watcher.start()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(tx: Transaction) -> None:
        await touch(tx, "overtaken")
        begun.set()
        await go_on.wait()

    late = asyncio.ensure_future(elsewhere.write(slow))
    await begun.wait()
    await elsewhere.write(lambda tx: touch(tx, "overtaking"))
    await watcher.look()
    assert heard == [("overtaking", 3)]

    go_on.set()
    await late
    await watcher.look()
    await watcher.look()
    assert heard == [("overtaking", 3), ("overtaken", 2)]
    assert not lost
    watcher.stop()


async def test_a_change_begun_before_the_watch_is_told_when_it_comes(
    db: Database, elsewhere: Database
) -> None:
    await db.write(lambda tx: tx.execute(CHANGES))
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(tx: Transaction) -> None:
        await touch(tx, "begun before")
        begun.set()
        await go_on.wait()

    late = asyncio.ensure_future(elsewhere.write(slow))
    await begun.wait()
    await elsewhere.write(lambda tx: touch(tx, "newest"))
    heard: list[str] = []
    watcher = Watcher(db, lambda key, _: heard.append(key), lambda: None)
    await watcher.start()
    go_on.set()
    await late
    await watcher.look()

    assert heard == ["begun before"]
    watcher.stop()


async def test_the_databases_clock_counts_where_the_machines_is_wrong(db: Database) -> None:
    assert isinstance(db, PostgresDatabase)
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert db.clock(lambda: noon)() == noon  # same machine, same clock

    ahead = DatabaseClock(db.times._epoch + 90)
    moment = ahead.following(lambda: noon)()
    assert abs(moment - noon - timedelta(seconds=90)) < timedelta(seconds=1)
