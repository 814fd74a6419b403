"""The one thread of a process that writes to SQLite, and how what waits becomes a group.

HOUSE.md, "Two engines, several processes". A thread hop a statement would cost more than the
statements do, so the thread drives each piece of work to its end (`sqlite_transaction`), inside a
savepoint of its own, and makes whatever waited durable with one COMMIT. Processes queue with
`flock` on a separate file: SQLite's busy handler sleeps and starves, and a killed process's lock
is free. Opening, reading and the URL belong to `sqlite`.
"""

import asyncio
import fcntl
import logging
import os
import random
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, cast

from fediverse_coord.counts import WriteCounts
from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.storage.database import Listener, T, Transaction, Work
from fediverse_coord.storage.sqlite_transaction import (
    SQLiteTransaction,
    code_of,
    drive,
    unavailable,
)

log = logging.getLogger(__name__)

GROUP_SIZE: Final = 256
GROUP_SECONDS: Final = 0.005
BUSY_SECONDS: Final = 0.005  # between two knocks at a database another program holds
WAITING_LIMIT: Final = 10_000


@dataclass(slots=True, eq=False)
class _Asked:
    """A piece of work and who waits for it. `outcome` is set by the writer thread."""

    work: Callable[[Transaction], Awaitable[object]]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[object]"
    result: object = None
    error: BaseException | None = None
    announced: Sequence[tuple[str, int]] = ()


class _GroupLost(Exception):
    """The engine failed, or rolled the whole transaction back: nothing of the group stands."""

    def __init__(self, cause: Exception | None) -> None:
        super().__init__(str(cause or "SQLite rolled the transaction back"))


@dataclass(slots=True, eq=False)
class Writer:
    """Takes work from any event loop, commits it in groups, answers after the COMMIT.

    `connection` belongs to the thread from `start` on; `lock_file` is the descriptor to `flock`.
    """

    connection: sqlite3.Connection
    lock_file: int
    patience_seconds: float
    chance: Callable[[], float] = random.random
    counts: WriteCounts = field(default_factory=WriteCounts)
    _waiting: deque[_Asked] = field(default_factory=deque)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closing: bool = False
    _thread: threading.Thread | None = None
    _listeners: list[tuple[asyncio.AbstractEventLoop, Listener]] = field(default_factory=list)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Work[T]) -> T:
        """See `Database.write`."""
        loop = asyncio.get_running_loop()
        asked = _Asked(work, loop, loop.create_future())
        self._enqueue(asked)
        timer = loop.call_later(self.patience_seconds, self._lose_patience, asked)
        try:
            with self.counts.seconds.timed():
                return cast("T", await asked.future)
        finally:
            timer.cancel()
            if asked.future.cancelled():
                self._withdraw(asked)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """See `Database.listen`."""
        entry = (asyncio.get_running_loop(), listener)
        self._listeners = [*self._listeners, entry]

        def end() -> None:
            self._listeners = [one for one in self._listeners if one is not entry]

        return end

    async def close(self) -> None:
        """Finishes what waits, within the patience; then nothing more is accepted."""
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, self.patience_seconds + 1)
            if self._thread.is_alive():
                log.warning("the writer still waits for the database at closing")
                return
        self.connection.close()
        os.close(self.lock_file)

    # In the event loops

    def _enqueue(self, asked: _Asked) -> None:
        with self._changed:
            if self._closing:
                raise StorageUnavailable("the database is closed")
            if len(self._waiting) >= WAITING_LIMIT:
                raise StorageUnavailable(f"{WAITING_LIMIT} writes wait already; try again later")
            self._waiting.append(asked)
            self._changed.notify()

    def _withdraw(self, asked: _Asked) -> bool:
        """Whether it had not begun yet, and now never will."""
        with self._changed:
            try:
                self._waiting.remove(asked)
            except ValueError:
                return False
            return True

    def _lose_patience(self, asked: _Asked) -> None:
        if self._withdraw(asked) and not asked.future.done():
            reason = f"no turn to write within {self.patience_seconds:g} s: the database is busy"
            asked.future.set_exception(
                StorageUnavailable(f"{reason}, or locked by another program")
            )

    # In the writer thread

    def _run(self) -> None:
        while self._someone_waits():
            group: list[_Asked] = []
            try:
                with self._turn():
                    self._write_group(group)
            except Exception as error:  # the thread outlives whatever the disk does
                self._lose(group, error)
            self._hand_over(group)
            del group  # or the last results would live as long as the next wait

    def _someone_waits(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            return bool(self._waiting)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Our turn among the processes: a blocking lock, queued by the kernel."""
        fcntl.flock(self.lock_file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self.lock_file, fcntl.LOCK_UN)

    def _write_group(self, group: list[_Asked]) -> None:
        if not self._begin():
            return
        until = time.monotonic() + GROUP_SECONDS
        while len(group) < GROUP_SIZE and (not group or time.monotonic() < until):
            asked = self._next()
            if asked is None:
                break
            group.append(asked)
            self._attempt(asked)
        self.connection.execute("COMMIT")
        if group:
            self.counts.group_sizes.add(len(group))

    def _begin(self) -> bool:
        """Knocks until the database is ours; False when everybody has lost patience before."""
        while self._waiting:
            try:
                self.connection.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                if code_of(error) != sqlite3.SQLITE_BUSY:
                    raise
                time.sleep(BUSY_SECONDS * (0.5 + self.chance()))
            else:
                return True
        return False

    def _next(self) -> _Asked | None:
        with self._changed:
            return self._waiting.popleft() if self._waiting else None

    def _attempt(self, asked: _Asked) -> None:
        """Runs one piece of work; its failure undoes it alone. Raises `_GroupLost`."""
        connection, tx = self.connection, SQLiteTransaction(self.connection)
        connection.execute("SAVEPOINT work")
        try:
            asked.result = drive(asked.work, tx)
            asked.announced = tx.announced
        except BaseException as error:  # whatever it is, its caller gets it
            asked.error = error
        finally:
            tx.end()
        if tx.broken is not None or not connection.in_transaction:
            raise _GroupLost(tx.broken)
        if asked.error is not None:
            connection.execute("ROLLBACK TO work")
        connection.execute("RELEASE work")

    def _lose(self, group: list[_Asked], error: Exception) -> None:
        """Nothing of the group stands; with no group, those who wait hear why it cannot begin."""
        with suppress(sqlite3.Error):
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
        if not group:
            with self._changed:
                group.extend(self._waiting)
                self._waiting.clear()
        log.error("writes lost", extra={"writes": len(group), "reason": str(error)})
        for asked in group:
            asked.announced = ()
            if asked.error is None or isinstance(asked.error, StorageUnavailable):
                asked.result, asked.error = None, unavailable(error)

    def _hand_over(self, group: list[_Asked]) -> None:
        for loop, listener in self._listeners:
            told = [one for asked in group for one in asked.announced]
            if told:
                _call(loop, _tell, listener, told)
        for loop in {asked.loop for asked in group}:
            _call(loop, _settle, [asked for asked in group if asked.loop is loop])


def _call(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *args: object) -> None:
    with suppress(RuntimeError):  # its loop is closed: nobody is there to hear
        loop.call_soon_threadsafe(function, *args)


def _tell(listener: Listener, told: list[tuple[str, int]]) -> None:
    for key, number in told:
        listener(key, number)


def _settle(group: list[_Asked]) -> None:
    for asked in group:
        if asked.future.done():
            continue
        if asked.error is not None:
            asked.future.set_exception(asked.error)
        else:
            asked.future.set_result(asked.result)
