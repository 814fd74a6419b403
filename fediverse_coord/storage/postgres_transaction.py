"""A piece of work's view of PostgreSQL: one connection, between BEGIN and COMMIT.

HOUSE.md, "Two engines, several processes". PostgreSQL gives up a transaction with its first
fault, so the first fault is remembered even if the work swallows it. BEGIN, COMMIT and trying
again belong to `postgres`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

from fediverse_coord.storage.database import Row, Value
from fediverse_coord.storage.postgres_faults import ENGINE_ERRORS, translated
from fediverse_coord.storage.statements import POSTGRESQL, numbered

ALONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


class Connection(Protocol):
    """The part of `asyncpg.Connection` that is used here."""

    async def fetch(self, sql: str, /, *args: object) -> list[Row]: ...

    async def execute(self, sql: str, /, *args: object) -> str: ...

    async def executemany(self, sql: str, args: Sequence[Sequence[object]], /) -> None: ...

    async def fetchmany(self, sql: str, args: Sequence[Sequence[object]], /) -> list[Row]: ...

    def terminate(self) -> None: ...


async def query(connection: Connection, sql: str, params: Mapping[str, Value]) -> list[Row]:
    """The rows of a statement with named parameters."""
    statement = numbered(POSTGRESQL.spell(sql))
    return await connection.fetch(statement.sql, *[params[name] for name in statement.names])


class PostgresReading:
    """Several questions on one connection, each of which sees what is committed by then."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def fetch_all(self, sql: str, /, **params: Value) -> list[Row]:
        return await query(self._connection, sql, params)

    async def fetch_one(self, sql: str, /, **params: Value) -> Row | None:
        rows = await self.fetch_all(sql, **params)
        return rows[0] if rows else None

    async def fetch_value(self, sql: str, /, **params: Value) -> object:
        return first_column(await self.fetch_all(sql, **params))


def first_column(rows: list[Any]) -> object:
    """Of the first row; None when there is none."""
    return rows[0][0] if rows else None


class PostgresTransaction:
    """One piece of work's view of a connection; of no use after the work."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Connection | None = connection
        self.announced: list[tuple[str, int]] = []
        self.fault: BaseException | None = None

    async def fetch_all(self, sql: str, /, **params: Value) -> list[Row]:
        with self._watched():
            return await query(self._open(), sql, params)

    async def fetch_one(self, sql: str, /, **params: Value) -> Row | None:
        rows = await self.fetch_all(sql, **params)
        return rows[0] if rows else None

    async def fetch_value(self, sql: str, /, **params: Value) -> object:
        return first_column(await self.fetch_all(sql, **params))

    async def execute(self, sql: str, /, **params: Value) -> int:
        statement = numbered(POSTGRESQL.spell(sql))
        with self._watched():
            args = [params[name] for name in statement.names]
            status = await self._open().execute(statement.sql, *args)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def execute_many(self, sql: str, rows: Sequence[Mapping[str, object]], /) -> None:
        statement = numbered(POSTGRESQL.spell(sql))
        with self._watched():
            args = [[row[name] for name in statement.names] for row in rows]
            await self._open().executemany(statement.sql, args)

    async def fetch_many(self, sql: str, rows: Sequence[Mapping[str, object]], /) -> list[Row]:
        statement = numbered(POSTGRESQL.spell(sql))
        with self._watched():
            args = [[row[name] for name in statement.names] for row in rows]
            return await self._open().fetchmany(statement.sql, args) if args else []

    async def alone(self, name: str, /) -> None:
        with self._watched():
            await self._open().fetch(ALONE, name)

    def announce(self, key: str, number: int) -> None:
        self.announced.append((key, number))

    def end(self) -> None:
        self._connection = None

    def _open(self) -> Connection:
        if self._connection is None:
            raise RuntimeError("a transaction was used after its end")
        return self._connection

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except ENGINE_ERRORS as error:
            self.fault = self.fault or error
            fault = translated(error)
            if fault is None:
                raise
            raise fault from error
