"""Several processes at one SQLite database: they take turns, and a kill leaves nothing half."""

import asyncio
import fcntl
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

import fediverse_coord
from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.storage.database import Database, Transaction, open_database

ROOT = Path(fediverse_coord.__file__).parents[1]
SCRIPT = Path(__file__).parent / "writing_process.py"
TABLES = ("given", "taken")

Process = asyncio.subprocess.Process
Start = Callable[..., Awaitable[Process]]


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "coord.db")


@pytest.fixture
async def db(path: str) -> AsyncIterator[Database]:
    async def tables(tx: Transaction) -> None:
        for name in TABLES:
            await tx.execute(
                f"CREATE TABLE {name} (name TEXT, number BIGINT, UNIQUE (name, number))"
            )

    opened = await open_database(f"sqlite:///{path}", patience_seconds=60)
    await opened.write(tables)
    yield opened
    await opened.close()


@pytest.fixture
async def start(path: str) -> AsyncIterator[Start]:
    started: list[Process] = []

    async def run(verb: str, *rest: str) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(SCRIPT),
            verb,
            path,
            *rest,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def numbers(db: Database, table: str, name: str) -> set[int]:
    rows = await db.fetch_all(f"SELECT number FROM {table} WHERE name = :name", name=name)
    return {row["number"] for row in rows}


async def lines(process: Process, count: int) -> list[str]:
    assert process.stdout is not None
    return [(await process.stdout.readline()).decode().strip() for _ in range(count)]


@pytest.mark.parametrize("answered", [1, 100, 700])
async def test_what_was_answered_before_a_kill_is_there_and_nothing_half(
    db: Database, start: Start, answered: int
) -> None:
    process = await start("pairs", "killed", "3000")
    told = await lines(process, answered)
    process.send_signal(signal.SIGKILL)
    rest, _ = await process.communicate()

    # The last line may be cut off by the kill.
    whole = rest.decode().splitlines(keepends=True)
    durable = {int(line) for line in [*told, *(one for one in whole if one.endswith("\n"))]}
    given = await numbers(db, "given", "killed")
    assert process.returncode == -signal.SIGKILL
    assert len(durable) >= answered
    assert durable <= given
    assert given == await numbers(db, "taken", "killed")
    assert await db.fetch_value("PRAGMA integrity_check") == "ok"


async def test_a_process_killed_inside_a_transaction_frees_the_turn(
    db: Database, start: Start
) -> None:
    process = await start("stuck")
    assert await lines(process, 1) == ["in the middle"]
    waiting = asyncio.ensure_future(
        db.write(lambda tx: tx.execute("INSERT INTO given (name, number) VALUES ('next', 1)"))
    )
    process.send_signal(signal.SIGKILL)

    assert await waiting == 1
    assert await numbers(db, "given", "stuck") == set()
    assert await numbers(db, "given", "next") == {1}


async def test_two_processes_writing_at_once_both_finish(db: Database, start: Start) -> None:
    processes = [await start("pairs", name, "600") for name in ("ann", "ben")]
    for process in processes:
        await process.communicate()

    assert [process.returncode for process in processes] == [0, 0]
    for name in ("ann", "ben"):
        assert await numbers(db, "given", name) == set(range(600))
        assert await numbers(db, "taken", name) == set(range(600))


async def test_a_lone_write_gets_its_turn_beside_a_busy_process(db: Database, start: Start) -> None:
    process = await start("pairs", "busy", "6000")
    await lines(process, 1)
    await db.write(lambda tx: tx.execute("INSERT INTO given (name, number) VALUES ('lone', 1)"))
    busy = await numbers(db, "given", "busy")
    await process.communicate()

    assert len(busy) < 6000
    assert await numbers(db, "given", "busy") == set(range(6000))


async def test_a_turn_held_by_a_sleeping_process_is_answered_in_time(
    path: str, db: Database
) -> None:
    hasty = await open_database(f"sqlite:///{path}", patience_seconds=0.2)
    sleeper = os.open(f"{path}.lock", os.O_RDWR)
    fcntl.flock(sleeper, fcntl.LOCK_EX)
    insert = "INSERT INTO given (name, number) VALUES ('hasty', :number)"

    with pytest.raises(StorageUnavailable, match=r"within 0\.2 s"):
        await hasty.write(lambda tx: tx.execute(insert, number=1))
    os.close(sleeper)
    await db.write(lambda tx: tx.execute(insert, number=2))
    await hasty.close()

    assert await numbers(db, "given", "hasty") == {2}
