"""The SQLite engine: what was answered stands, what failed leaves nothing, nobody waits forever."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fediverse_coord.errors import ConfigError, StorageUnavailable
from fediverse_coord.storage.database import (
    Database,
    Transaction,
    Work,
    open_database,
)

TABLE = "CREATE TABLE notes (id {identity}, text TEXT NOT NULL UNIQUE, body {bytes})"
INSERT = "INSERT INTO notes (text, body) VALUES (:text, :body) RETURNING id"
COUNT = "SELECT count(*) FROM notes"


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(f"sqlite:///{tmp_path}/coord.db")
    await opened.write(lambda tx: tx.execute(TABLE))
    yield opened
    await opened.close()


@pytest.fixture
async def hasty(db: Database, tmp_path: Path) -> AsyncIterator[Database]:
    """The same database, by someone who does not wait long."""
    opened = await open_database(f"sqlite:///{tmp_path}/coord.db", patience_seconds=0.3)
    yield opened
    await opened.close()


async def note(tx: Transaction, text: str, body: bytes = b"") -> int:
    row = await tx.fetch_one(INSERT, text=text, body=body)
    assert row is not None
    return int(row["id"])


def noted(text: str) -> Work[int]:
    return lambda tx: note(tx, text)


async def fill(tx: Transaction) -> None:
    for number in range(200):
        await note(tx, f"large {number}", bytes(4_000))


async def test_work_that_waits_for_the_world_is_refused(db: Database) -> None:
    async def wait(tx: Transaction) -> None:
        await note(tx, "half")
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="a transaction waited"):
        await db.write(wait)

    assert await db.fetch_value(COUNT) == 0


async def test_a_full_disk_loses_nothing_answered_and_heals(db: Database) -> None:
    await db.write(noted("before"))
    pages = await db.fetch_value("PRAGMA page_count")
    await db.write(lambda tx: tx.execute(f"PRAGMA max_page_count = {pages}"))

    with pytest.raises(StorageUnavailable, match="full"):
        await db.write(fill)
    assert await db.fetch_value(COUNT) == 1

    await db.write(lambda tx: tx.execute("PRAGMA max_page_count = 1000000"))
    await db.write(fill)
    assert await db.fetch_value(COUNT) == 201


async def test_a_full_disk_is_not_hidden_by_work_that_goes_on(db: Database) -> None:
    async def shrug(tx: Transaction) -> str:
        try:
            await fill(tx)
        except StorageUnavailable:
            return "fine"
        return "not full"

    pages = await db.fetch_value("PRAGMA page_count")
    await db.write(lambda tx: tx.execute(f"PRAGMA max_page_count = {pages}"))

    answers = await asyncio.gather(
        db.write(noted("same group")), db.write(shrug), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [StorageUnavailable, StorageUnavailable]
    assert await db.fetch_value(COUNT) == 0


async def test_another_programs_lock_is_answered_in_time_and_ends(
    hasty: Database, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "coord.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StorageUnavailable, match="locked"):
        await hasty.write(noted("late"))
    assert await hasty.fetch_value(COUNT) == 0

    waiting = asyncio.ensure_future(hasty.write(noted("patient")))
    await asyncio.sleep(0.02)
    other.execute("ROLLBACK")
    other.close()
    assert await waiting == 1


async def test_a_caller_who_leaves_before_the_turn_leaves_nothing(
    db: Database, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "coord.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    leaving = asyncio.ensure_future(db.write(noted("never")))
    await asyncio.sleep(0.02)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    other.execute("ROLLBACK")
    other.close()

    assert await db.write(noted("next")) == 1
    assert await db.fetch_value(COUNT) == 1


async def test_the_files_are_for_us_alone_and_durable(db: Database, tmp_path: Path) -> None:
    modes = {name: stat.S_IMODE(os.stat(tmp_path / name).st_mode) for name in os.listdir(tmp_path)}
    assert "coord.db" in modes
    assert set(modes.values()) == {0o600}

    async def settings(tx: Transaction) -> tuple[object, object]:
        return await tx.fetch_value("PRAGMA journal_mode"), await tx.fetch_value(
            "PRAGMA synchronous"
        )

    assert await db.write(settings) == ("wal", 2)


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "coord.db").write_bytes(b"minutes of the assembly " * 200)

    with pytest.raises(StorageUnavailable, match="not a database"):
        await open_database(f"sqlite:///{tmp_path}/coord.db")


async def test_a_place_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    with pytest.raises(ConfigError, match="cannot be opened"):
        await open_database(f"sqlite:///{tmp_path}/data/coord.db")
