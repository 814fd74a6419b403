"""Many questions to SQLite at once: a thread with a connection of its own, and one state of it.

HOUSE.md, "Two engines, several processes". A hop to a thread costs more than most questions, so
a whole piece of reading hops once, and is driven there to its end like a piece of writing
(`sqlite_transaction`). Single questions are answered by the readers of `sqlite`.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.storage.database import Reader, T
from fediverse_coord.storage.sqlite_transaction import (
    UNAVAILABLE,
    SQLiteTransaction,
    code_of,
    drive,
    unavailable,
)


class Snapshots:
    """Reads one after the other. Nothing is opened before somebody asks."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, "sqlite-snapshots")
        self._closed = False

    async def read(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        """See `Database.read`."""
        if self._closed:
            raise StorageUnavailable("the database is closed")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._through, work)

    async def close(self) -> None:
        """Finishes what is being read."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._thread.shutdown)
            if self._connection is not None:
                self._connection.close()

    def _through(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        try:
            connection = self._connection = self._connection or self._connect()
            connection.execute("BEGIN").close()
        except sqlite3.Error as error:
            if code_of(error) not in UNAVAILABLE:
                raise
            raise unavailable(error) from error
        view = SQLiteTransaction(connection)
        try:
            return drive(work, view)
        finally:
            view.end()
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK").close()
