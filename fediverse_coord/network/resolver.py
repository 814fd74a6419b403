"""Names to addresses, without letting dead names hold up the living.

The event loop's own resolver shares a handful of threads with everything else, and a name
whose servers are silent keeps one for half a minute. Here: threads of our own, one lookup
per name at a time, a deadline for whoever waits, and a short memory of good and bad answers.
Whether an address may be asked is the guard's question.
"""

import asyncio
import queue
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fediverse_coord.errors import Unreachable
from fediverse_coord.network.guard import is_literal

Lookup: TypeAlias = Callable[[str, int], Sequence[str]]


def system_lookup(host: str, port: int) -> list[str]:
    """What the system's resolver says, in its order (RFC 6724). Raises OSError. Blocks."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


@dataclass(frozen=True, slots=True)
class Memory:
    """How long answers are kept, in seconds, and how many."""

    good_seconds: float = 60
    bad_seconds: float = 15
    entries: int = 20_000


class Resolver:
    """One for each process; `lookup` and `clock` (seconds, monotonic) are arguments for tests."""

    def __init__(
        self,
        lookup: Lookup = system_lookup,
        *,
        threads: int = 16,
        deadline_seconds: float = 5,
        waiting: int = 4096,
        memory: Memory | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lookup, self._clock = lookup, clock
        self._deadline, self._waiting = deadline_seconds, waiting
        self._memory = memory or Memory()
        self._known: OrderedDict[str, tuple[float, tuple[str, ...]]] = OrderedDict()
        self._asked: dict[str, asyncio.Future[tuple[str, ...]]] = {}
        self._begun: set[str] = set()
        self._pool = _Pool(threads)

    async def addresses(self, host: str, port: int) -> list[str]:
        """The numeric addresses of a host; a literal is its own. Raises Unreachable."""
        if is_literal(host):
            return [host]
        found = self._remembered(host)
        if found is None:
            found = await self._answer(host, port)
        if not found:
            raise Unreachable(host, "the name does not resolve")
        return list(found)

    def close(self) -> None:
        """Lets the threads go. A lookup under way ends by itself and is not waited for."""
        self._pool.close()

    def _remembered(self, host: str) -> tuple[str, ...] | None:
        until, found = self._known.get(host, (0.0, ()))
        return found if self._clock() < until else None

    def _remember(self, host: str, found: tuple[str, ...]) -> None:
        seconds = self._memory.good_seconds if found else self._memory.bad_seconds
        self._known[host] = (self._clock() + seconds, found)
        self._known.move_to_end(host)
        while len(self._known) > self._memory.entries:
            self._known.popitem(last=False)

    async def _answer(self, host: str, port: int) -> tuple[str, ...]:
        answer = self._asked.get(host) or self._ask(host, port)
        try:
            async with asyncio.timeout(self._deadline):
                return await asyncio.shield(answer)
        except TimeoutError:
            if host in self._begun:  # its own fault; one that waits for a thread is not dead
                self._remember(host, ())
            raise Unreachable(host, "the name was not resolved in time") from None

    def _ask(self, host: str, port: int) -> asyncio.Future[tuple[str, ...]]:
        if len(self._asked) >= self._waiting:
            raise Unreachable(host, "too many names are being looked up")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[str, ...]] = loop.create_future()
        self._asked[host] = answer
        self._pool.submit(lambda: self._work(loop, host, port))
        return answer

    def _work(self, loop: asyncio.AbstractEventLoop, host: str, port: int) -> None:
        """In a thread. Whatever goes wrong there is a name that does not resolve."""
        self._begun.add(host)
        try:
            found = tuple(self._lookup(host, port))
        except Exception:
            found = ()
        try:
            loop.call_soon_threadsafe(self._settle, host, found)
        except RuntimeError:
            return  # the loop is gone, and whoever waited with it

    def _settle(self, host: str, found: tuple[str, ...]) -> None:
        self._remember(host, found)
        self._begun.discard(host)
        answer = self._asked.pop(host, None)
        if answer is not None and not answer.done():
            answer.set_result(found)


class _Pool:
    """Daemon threads, made when first needed: a silent name server must not delay our exit."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, task: Callable[[], None]) -> None:
        self._tasks.put(task)
        if len(self._threads) < self._size:
            thread = threading.Thread(target=self._run, name="resolver", daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        for _ in self._threads:
            self._tasks.put(None)
        self._threads.clear()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()
