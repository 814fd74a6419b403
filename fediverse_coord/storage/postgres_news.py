"""What a process changed, told to its own listeners at once and to other processes soon.

HOUSE.md, "storage/changes": NOTIFY coalesced and after the commit, for inside the transaction it
makes all commits wait for each other. It may be lost with its process or connection: those who
must not miss anything also look (`changes.Watcher`), or poll (the roads).
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from fediverse_coord.storage.database import Listener
from fediverse_coord.storage.postgres_faults import ENGINE_ERRORS

log = logging.getLogger(__name__)

CHANNEL: Final = "fediverse_coord"
NOTIFY: Final = "SELECT pg_notify('fediverse_coord', $1)"
COALESCE_SECONDS: Final = 0.01
RECONNECT_SECONDS: Final = 2.0
AT_ONCE: Final = 20  # changes a message: PostgreSQL takes fewer than 8,000 bytes
LONGEST_KEY: Final = 300
MOST_WAITING: Final = 1_000

News = tuple[str, int]


@dataclass(slots=True, eq=False)
class Herald:
    """`send` notifies through any connection; `connect` makes the one that is listened on."""

    send: Callable[[str, str], Awaitable[None]]
    connect: Callable[[], Awaitable[Any]]
    _ours: str = field(default_factory=lambda: secrets.token_hex(8))
    _listeners: list[Listener] = field(default_factory=list)
    _waiting: dict[str, int] = field(default_factory=dict)
    _sending: asyncio.Task[None] | None = None
    _listening: asyncio.Task[None] | None = None

    def listen(self, listener: Listener) -> Callable[[], None]:
        """See `Database.listen`. The first listener opens a connection of its own."""
        self._listeners.append(listener)
        if self._listening is None:
            self._listening = asyncio.ensure_future(self._keep_listening())

        def end() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return end

    def announce(self, news: Sequence[News]) -> None:
        """Tells the listeners here, and leaves it for the others."""
        self._tell(news)
        for key, number in news:
            if len(self._waiting) < MOST_WAITING and len(key) <= LONGEST_KEY:
                self._waiting[key] = number
        if self._waiting and self._sending is None:
            self._sending = asyncio.ensure_future(self._send_waiting())

    async def close(self) -> None:
        for task in (self._sending, self._listening):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        self._sending = self._listening = None

    async def _send_waiting(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(COALESCE_SECONDS)
                waiting, self._waiting = list(self._waiting.items()), {}
                for message in self._messages(waiting):
                    await self.send(NOTIFY, message)
        except Exception as error:  # they look for themselves
            log.warning("others not notified", extra={"reason": str(error)})
        finally:
            self._sending = None

    def _messages(self, waiting: Sequence[News]) -> Iterator[str]:
        for start in range(0, len(waiting), AT_ONCE):
            yield json.dumps([self._ours, waiting[start : start + AT_ONCE]])

    async def _keep_listening(self) -> None:
        while True:
            try:
                await self._listen_once()
            except ENGINE_ERRORS as error:
                log.warning("not notified of changes", extra={"reason": str(error)})
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        """Until the connection ends."""
        connection = await self.connect()
        ended = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: ended.set())
            await connection.add_listener(CHANNEL, self._heard)
            await ended.wait()
        finally:
            connection.terminate()

    def _heard(self, connection: object, pid: int, channel: str, message: str) -> None:
        try:
            sender, news = json.loads(message)
            told = [(str(key), int(number)) for key, number in news]
        except (ValueError, TypeError):
            return
        if sender != self._ours:
            self._tell(told)

    def _tell(self, news: Sequence[News]) -> None:
        for listener in tuple(self._listeners):
            for key, number in news:
                try:
                    listener(key, number)
                except Exception:
                    log.exception("a listener failed")
