"""SQLite, the embedded engine for one machine: one writer thread, a few readers.

HOUSE.md, "Two engines, several processes". WAL with `synchronous=FULL`: what was answered is on
the disk. Readers are aiosqlite connections that cannot write; how writes become groups stands
in `sqlite_writer`.
"""

import asyncio
import functools
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import aiosqlite

from fediverse_coord.counts import WriteCounts
from fediverse_coord.errors import ConfigError, StorageUnavailable
from fediverse_coord.storage.database import Clock, Listener, Reader, Row, T, Value, Work
from fediverse_coord.storage.sqlite_reading import Snapshots
from fediverse_coord.storage.sqlite_transaction import UNAVAILABLE, code_of, unavailable
from fediverse_coord.storage.sqlite_writer import Writer
from fediverse_coord.storage.statements import SQLITE, Dialect

READER_PATIENCE_SECONDS: Final = 5
STATEMENTS_KEPT: Final = 512

COMMON_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -4096",  # KiB
    # A file cut short under a mapping would end the process; read instead, it is an error.
    "PRAGMA mmap_size = 0",
)
WRITER_PRAGMAS = (
    *COMMON_PRAGMAS,
    "PRAGMA synchronous = FULL",
    # What is deleted is overwritten: names that were erased must not stay in free pages.
    "PRAGMA secure_delete = ON",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA busy_timeout = 0",  # the writer knocks itself, with jitter, while someone waits
)
READER_PRAGMAS = (*COMMON_PRAGMAS, "PRAGMA query_only = ON")


async def open_sqlite(path: str, *, patience_seconds: float, readers: int) -> "SQLiteDatabase":
    """See `database.open_database`."""
    lock_file = _prepare(Path(path))
    try:
        connection = await asyncio.to_thread(_connect_writer, path, patience_seconds)
    except BaseException:
        os.close(lock_file)
        raise
    writer = Writer(connection, lock_file, patience_seconds)
    writer.start()
    snapshots = Snapshots(functools.partial(_connect_reader, path))
    database = SQLiteDatabase(writer, [], snapshots)
    try:
        for _ in range(readers):
            await database.add_reader(path)
    except BaseException:
        await database.close()
        raise
    return database


@dataclass(slots=True, eq=False)
class _Reading:
    """A reading connection and how many queries wait for it."""

    connection: aiosqlite.Connection
    queries: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class SQLiteDatabase:
    """The `Database` protocol over one writer thread and a pool of readers."""

    writer: Writer
    pool: list[_Reading]
    snapshots: Snapshots

    @property
    def dialect(self) -> Dialect:
        return SQLITE

    @property
    def counts(self) -> WriteCounts:
        return self.writer.counts

    async def fetch_all(self, sql: str, /, **params: Value) -> list[Row]:
        return await _query(self.pool, sql, params)

    async def fetch_one(self, sql: str, /, **params: Value) -> Row | None:
        rows = await self.fetch_all(sql, **params)
        return rows[0] if rows else None

    async def fetch_value(self, sql: str, /, **params: Value) -> object:
        rows = await self.fetch_all(sql, **params)
        return cast("tuple[object, ...]", rows[0])[0] if rows else None

    async def write(self, work: Work[T], /) -> T:
        return await self.writer.write(work)

    async def read(self, work: Callable[[Reader], Awaitable[T]], /) -> T:
        return await self.snapshots.read(work)

    async def version(self) -> int:
        # The counter is a connection's own, so it is always the same one that is asked.
        rows = await _query(self.pool[:1], "PRAGMA data_version", {})
        return int(rows[0]["data_version"])

    def listen(self, listener: Listener, /) -> Callable[[], None]:
        return self.writer.listen(listener)

    def clock(self, machine: Clock, /) -> Clock:
        return machine  # every process that can open the file is on this machine

    async def close(self) -> None:
        """Finishes what waits and closes every connection; a second call does nothing."""
        while self.pool:
            await self.pool.pop().connection.close()
        await self.snapshots.close()
        await self.writer.close()

    async def add_reader(self, path: str) -> None:
        with _translated():
            connection = await aiosqlite.connect(
                path,
                timeout=READER_PATIENCE_SECONDS,
                isolation_level=None,
                cached_statements=STATEMENTS_KEPT,
            )
            self.pool.append(_Reading(connection))
            connection.row_factory = sqlite3.Row
            for pragma in READER_PRAGMAS:
                await connection.execute_fetchall(pragma)


async def _query(pool: list[_Reading], sql: str, params: Mapping[str, Value]) -> list[Row]:
    if not pool:
        raise StorageUnavailable("the database is closed")
    reading = min(pool, key=lambda one: one.queries)
    reading.queries += 1
    try:
        with _translated():
            rows = await reading.connection.execute_fetchall(SQLITE.spell(sql), params)
            return cast("list[Row]", rows)
    finally:
        reading.queries -= 1


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if code_of(error) not in UNAVAILABLE:
            raise
        raise unavailable(error) from error


def _prepare(file: Path) -> int:
    """Makes the folder and the files, ours alone to read; returns the lock file's descriptor."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return os.open(f"{file}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(
            f"[database] url: {file} cannot be opened for writing ({error.strerror}); "
            "name a place this user may write to"
        ) from error


def _connect_writer(path: str, patience_seconds: float) -> sqlite3.Connection:
    with _translated():
        connection = sqlite3.connect(
            path,
            timeout=patience_seconds,
            isolation_level=None,
            cached_statements=STATEMENTS_KEPT,
            check_same_thread=False,  # handed over to the writer thread, once
        )
        try:
            _set_up(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection


def _connect_reader(path: str) -> sqlite3.Connection:
    with _translated():
        connection = sqlite3.connect(
            path,
            timeout=READER_PATIENCE_SECONDS,
            isolation_level=None,
            cached_statements=STATEMENTS_KEPT,
            check_same_thread=False,  # one thread at a time
        )
        connection.row_factory = sqlite3.Row
        for pragma in READER_PRAGMAS:
            connection.execute(pragma).close()
        return connection


def _set_up(connection: sqlite3.Connection, path: str) -> None:
    connection.row_factory = sqlite3.Row
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise ConfigError(f"[database] url: {path} stands on a disk without WAL; use a local one")
    for pragma in WRITER_PRAGMAS:
        connection.execute(pragma).close()
