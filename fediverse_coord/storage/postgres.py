"""PostgreSQL, the engine for several machines: transactions side by side on a few connections.

HOUSE.md, "Two engines, several processes". READ COMMITTED: a statement sees what was committed
before it began, so what must look before it writes asks to be `alone`. Work that met another
(deadlock, serialization, a row that both inserted) and work whose connection ended before its
COMMIT is run again. When the connection ends during the COMMIT nobody knows what became of it:
the caller hears `StorageUnavailable`, and what it repeats must be harmless, as after a crash.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, cast

from fediverse_coord.counts import WriteCounts
from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.storage.database import Clock, Listener, Reader, Row, T, Value, Work
from fediverse_coord.storage.postgres_clock import DatabaseClock
from fediverse_coord.storage.postgres_faults import (
    ENGINE_ERRORS,
    UNIQUE,
    is_lost,
    met_another,
    not_opened,
    sqlstate_of,
    translated,
)
from fediverse_coord.storage.postgres_news import Herald
from fediverse_coord.storage.postgres_pool import Connections, connections, lone_connection
from fediverse_coord.storage.postgres_transaction import (
    Connection,
    PostgresReading,
    PostgresTransaction,
    first_column,
    query,
)
from fediverse_coord.storage.statements import POSTGRESQL, Dialect

WAITING_LIMIT: Final = 10_000
LOST_ATTEMPTS: Final = 5  # in about a second: a restart is survived, an outage is told soon
DUPLICATE_ATTEMPTS: Final = 2
PAUSE_SECONDS: Final = (0.01, 0.05, 0.2, 0.5)

SNAPSHOT = "SELECT pg_current_snapshot()::text"
UNKNOWN_END = "the connection to the database ended during a commit: it may be written or not"


async def open_postgres(
    url: str, *, patience_seconds: float, readers: int, writers: int
) -> "PostgresDatabase":
    """See `database.open_database`."""
    opened: list[Connections] = []
    clock = DatabaseClock()
    try:
        for number, reading in ((writers, False), (readers, True)):
            opened.append(await connections(url, number, patience_seconds, reading=reading))
        async with opened[0].one() as connection:
            await clock.measure(connection)
    except (*ENGINE_ERRORS, ValueError) as error:
        for one in opened:
            await one.close(0.1)
        raise not_opened(error) from None
    return PostgresDatabase(opened[0], opened[1], patience_seconds, clock, url)


class _RunAgain(Exception):
    """Nothing stands of an attempt, and another may succeed."""

    def __init__(self, last: Exception, limit: int | None) -> None:
        super().__init__(str(last))
        self.last, self.limit = last, limit


@dataclass(slots=True, eq=False)
class _Asked:
    """Whether a piece of work has begun: from then on it is finished, whoever still waits."""

    began: bool = False


@dataclass(slots=True, eq=False)
class PostgresDatabase:
    """The `Database` protocol over two pools of connections: for writing and for reading."""

    writers: Connections
    readers: Connections
    patience_seconds: float
    times: DatabaseClock
    url: str = field(repr=False)
    chance: Callable[[], float] = random.random
    counts: WriteCounts = field(default_factory=WriteCounts)
    _herald: Herald = field(init=False)
    _running: set["asyncio.Task[Any]"] = field(default_factory=set)
    _closed: bool = False

    def __post_init__(self) -> None:
        self._herald = Herald(self._notify, lambda: lone_connection(self.url))

    @property
    def dialect(self) -> Dialect:
        return POSTGRESQL

    async def fetch_all(self, sql: str, /, **params: Value) -> list[Row]:
        self._check_open()
        return await self._persistently(lambda: self._read(sql, params))

    async def fetch_one(self, sql: str, /, **params: Value) -> Row | None:
        rows = await self.fetch_all(sql, **params)
        return rows[0] if rows else None

    async def fetch_value(self, sql: str, /, **params: Value) -> object:
        return first_column(await self.fetch_all(sql, **params))

    async def write(self, work: Work[T], /) -> T:
        self._check_open()
        if len(self._running) >= WAITING_LIMIT:
            raise StorageUnavailable(f"{WAITING_LIMIT} writes wait already; try again later")
        asked = _Asked()
        task = asyncio.ensure_future(self._persistently(lambda: self._attempt(work, asked)))
        self._running.add(task)
        task.add_done_callback(self._ended)
        try:
            with self.counts.seconds.timed():
                return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not asked.began:
                task.cancel()
            raise

    async def read(self, work: Callable[[Reader], Awaitable[T]], /) -> T:
        self._check_open()
        return await self._persistently(lambda: self._read_through(work))

    async def version(self) -> int:
        # Which transactions are visible: the same text, the same rows.
        return hash(await self.fetch_value(SNAPSHOT))

    def listen(self, listener: Listener, /) -> Callable[[], None]:
        return self._herald.listen(listener)

    def clock(self, machine: Clock, /) -> Clock:
        return self.times.following(machine)

    async def close(self) -> None:
        """Finishes what has begun, within the patience, and closes every connection."""
        self._closed = True
        if self._running:
            await asyncio.wait(self._running, timeout=self.patience_seconds)
        await self._herald.close()
        for pool in (self.readers, self.writers):
            await pool.close(self.patience_seconds)

    def _check_open(self) -> None:
        if self._closed:
            raise StorageUnavailable("the database is closed")

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # whoever was cancelled meanwhile does not ask for it

    async def _persistently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Again and again, with growing pauses by chance, while it makes sense."""
        until = time.monotonic() + self.patience_seconds
        number = 0
        while True:
            number += 1
            try:
                return await attempt()
            except _RunAgain as again:
                if number == again.limit or time.monotonic() > until:
                    raise again.last from again.last.__cause__
            pause = PAUSE_SECONDS[min(number, len(PAUSE_SECONDS)) - 1]
            await asyncio.sleep(pause * (0.5 + self.chance()))

    async def _read(self, sql: str, params: dict[str, Value]) -> list[Row]:
        try:
            async with self.readers.one() as connection:
                return await query(connection, sql, params)
        except ENGINE_ERRORS as error:
            raise _again_or_final(error) from error

    async def _read_through(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        try:
            async with self.readers.one() as connection:
                return await work(PostgresReading(connection))
        except ENGINE_ERRORS as error:
            raise _again_or_final(error) from error

    async def _attempt(self, work: Work[T], asked: _Asked) -> T:
        try:
            async with self.writers.one() as connection:
                if self.times.is_due:
                    await self.times.measure(connection)
                await connection.execute("BEGIN")
                asked.began = True
                tx = PostgresTransaction(connection)
                result = await self._through(work, tx, connection)
        except ENGINE_ERRORS as error:
            raise _again_or_final(error) from error
        self.counts.group_sizes.add(1)
        self._herald.announce(tx.announced)
        return result

    async def _through(self, work: Work[T], tx: PostgresTransaction, connection: Connection) -> T:
        """The work to its COMMIT, or undone."""
        try:
            result = await work(tx)
            if tx.fault is not None:
                raise translated(tx.fault) or tx.fault
        except BaseException as error:
            await _undo(connection)
            if tx.fault is not None and isinstance(error, Exception):
                raise _again_or_final(tx.fault, error) from error
            raise
        finally:
            tx.end()
        await _commit(connection)
        return result

    async def _notify(self, sql: str, message: str) -> None:
        async with self.writers.one() as connection:
            await connection.fetch(sql, message)


async def _undo(connection: Connection) -> None:
    try:
        await connection.execute("ROLLBACK")
    except BaseException:
        connection.terminate()  # the server undoes what has no connection
        raise


async def _commit(connection: Connection) -> None:
    try:
        await connection.execute("COMMIT")
    except ENGINE_ERRORS as error:
        connection.terminate()
        if is_lost(error) or isinstance(error, TimeoutError):
            raise StorageUnavailable(f"{UNKNOWN_END} ({error})") from error
        raise


def _again_or_final(fault: BaseException, raised: Exception | None = None) -> Exception:
    """What the engine's fault means for the work: another attempt, or this error."""
    final = raised or translated(fault) or cast("Exception", fault)
    if is_lost(fault):
        return _RunAgain(final, LOST_ATTEMPTS)
    if met_another(fault):
        return _RunAgain(final, None)
    if sqlstate_of(fault) == UNIQUE:
        return _RunAgain(final, DUPLICATE_ATTEMPTS)
    return final
