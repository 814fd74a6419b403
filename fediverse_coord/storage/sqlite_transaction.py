"""A piece of work's view of SQLite, and how it is run where there is no event loop.

HOUSE.md, "Two engines, several processes": `work(tx)` awaits only `tx`, so driving it with
`send(None)` runs it through; one that suspends is an error. Savepoints, groups and the thread
belong to `sqlite_writer`.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, cast

from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.storage.database import (
    Contradiction,
    Duplicate,
    Row,
    T,
    Transaction,
    Value,
)
from fediverse_coord.storage.statements import SQLITE, repeatable

MOST_ROWS: Final = 64  # in one statement

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
        # Each closes its cursor: an unfinished RETURNING would hold up the COMMIT.
        try:
            cursor = self._open().execute(SQLITE.spell(sql), params)
            try:
                return cursor.fetchall()
            finally:
                cursor.close()
        except sqlite3.Error as error:
            raise self._seen(error) from error

    async def fetch_one(self, sql: str, /, **params: Value) -> Row | None:
        try:
            cursor = self._open().execute(SQLITE.spell(sql), params)
            try:
                return cast("Row | None", cursor.fetchone())
            finally:
                cursor.close()
        except sqlite3.Error as error:
            raise self._seen(error) from error

    async def fetch_value(self, sql: str, /, **params: Value) -> object:
        row = await self.fetch_one(sql, **params)
        return cast("tuple[object, ...]", row)[0] if row is not None else None

    async def execute(self, sql: str, /, **params: Value) -> int:
        connection = self._open()
        before = connection.total_changes
        try:
            cursor = connection.execute(SQLITE.spell(sql), params)
            # Python counts no rows for a statement that begins with WITH.
            count = cursor.rowcount if cursor.rowcount >= 0 else connection.total_changes - before
            cursor.close()
        except sqlite3.Error as error:
            raise self._seen(error) from error
        return count

    async def execute_many(self, sql: str, rows: Sequence[Mapping[str, object]], /) -> None:
        connection, spelled = self._open(), SQLITE.spell(sql)
        try:
            if repeatable(spelled) is None:
                connection.executemany(spelled, rows).close()
            else:
                for statement, values in _together(spelled, rows):
                    connection.execute(statement, values).close()
        except sqlite3.Error as error:
            raise self._seen(error) from error

    async def fetch_many(self, sql: str, rows: Sequence[Mapping[str, object]], /) -> list[Row]:
        execute, spelled = self._open().execute, SQLITE.spell(sql)
        found: list[Row] = []
        try:
            for statement, values in _together(spelled, rows):
                found += execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._seen(error) from error
        return found

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

    def _seen(self, error: sqlite3.Error) -> Exception:
        """What to raise for it; a failure of the engine is remembered whatever the work does."""
        if isinstance(error, sqlite3.IntegrityError):
            return contradiction(error)
        if code_of(error) not in UNAVAILABLE:
            return error
        self.broken = error
        return unavailable(error)


def _together(sql: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Few statements for all the rows, with their values; one for each where it cannot be fewer.

    Between two statements the other threads of the process have their turn, which takes longer
    than the statement. In powers of two, so that what is prepared is met again.
    """
    several = repeatable(sql)
    if several is None:
        yield from ((sql, row) for row in rows)
        return
    done = 0
    while left := len(rows) - done:
        number = min(1 << left.bit_length() - 1, MOST_ROWS)
        part, done = rows[done : done + number], done + number
        yield several.times(number), [row[name] for row in part for name in several.names]


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
