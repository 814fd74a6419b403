"""A piece of work's view of SQLite, and how it is run where there is no event loop.

HOUSE.md, "Two engines, several processes": `work(tx)` awaits only `tx`, so driving it with
`send(None)` runs it through; one that suspends is an error. Savepoints, groups and the thread
belong to `sqlite_writer`.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import cast

from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.storage.database import (
    Contradiction,
    Duplicate,
    Row,
    T,
    Transaction,
    Value,
)
from fediverse_coord.storage.statements import SQLITE

UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)

DUPLICATE = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_ROWID,
    }
)


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 where Python itself complains."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def unavailable(error: Exception) -> StorageUnavailable:
    """The same fact as the house's error."""
    return StorageUnavailable(f"the database cannot be used now: {error}")


def contradiction(error: sqlite3.IntegrityError) -> Contradiction:
    """Which constraint of ours was not kept."""
    kind = Duplicate if error.sqlite_errorcode in DUPLICATE else Contradiction
    return kind(str(error))


class SQLiteTransaction:
    """One piece of work's view of the writer's connection; of no use after the work."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection: sqlite3.Connection | None = connection
        self.announced: list[tuple[str, int]] = []
        self.broken: sqlite3.Error | None = None

    async def fetch_all(self, sql: str, /, **params: Value) -> list[Row]:
        with self._cursor(sql, params) as cursor:
            return cursor.fetchall()

    async def fetch_one(self, sql: str, /, **params: Value) -> Row | None:
        with self._cursor(sql, params) as cursor:
            return cast("Row | None", cursor.fetchone())

    async def fetch_value(self, sql: str, /, **params: Value) -> object:
        with self._cursor(sql, params) as cursor:
            row = cursor.fetchone()
            return row[0] if row is not None else None

    async def execute(self, sql: str, /, **params: Value) -> int:
        before = self._open().total_changes
        with self._cursor(sql, params) as cursor:
            # Python counts no rows for a statement that begins with WITH.
            return cursor.rowcount if cursor.rowcount >= 0 else self._open().total_changes - before

    async def execute_many(self, sql: str, rows: Sequence[Mapping[str, object]], /) -> None:
        with self._watched():
            self._open().executemany(SQLITE.spell(sql), rows).close()

    async def alone(self, name: str, /) -> None:
        """There is one writer, and this is it."""

    def announce(self, key: str, number: int) -> None:
        self.announced.append((key, number))

    def end(self) -> None:
        self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise RuntimeError("a transaction was used after its end")
        return self._connection

    @contextmanager
    def _cursor(self, sql: str, params: Mapping[str, Value]) -> Iterator[sqlite3.Cursor]:
        with self._watched():
            cursor = self._open().execute(SQLITE.spell(sql), params)
            try:
                yield cursor
            finally:
                cursor.close()  # or an unfinished RETURNING would hold up the COMMIT

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Remembers a failure of the engine even if the work swallows it."""
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise contradiction(error) from error
        except sqlite3.Error as error:
            if code_of(error) not in UNAVAILABLE:
                raise
            self.broken = error
            raise unavailable(error) from error


def drive(work: Callable[[Transaction], Awaitable[T]], tx: SQLiteTransaction) -> T:
    """Runs a coroutine that awaits only `tx` to its end, without an event loop.

    Raises what it raises, and `RuntimeError` when it awaits anything else.
    """
    steps = work(tx).__await__()
    try:
        next(steps)
    except StopIteration as finished:
        return cast("T", finished.value)
    with suppress(RuntimeError):
        steps.close()
    raise RuntimeError("a transaction waited: work handed to write() may await only its tx")
