"""Names to addresses, without letting dead names hold up the living.

One lookup per name at a time, a deadline for whoever waits, a bound on how many are under way,
and a short memory of good and bad answers. Who is asked stands in `names`; whether an address
may be dialled is the guard's question.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from fediverse_coord.errors import Unreachable
from fediverse_coord.network.guard import is_literal
from fediverse_coord.network.names import NameServers


class Lookup(Protocol):
    """Asks for the addresses of a host, given its port too. Whatever it raises means: none."""

    def __call__(self, host: str, port: int, /) -> Awaitable[Sequence[str]]: ...

    async def close(self) -> None: ...


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
        lookup: Lookup | None = None,
        *,
        deadline_seconds: float = 5,
        waiting: int = 4096,
        memory: Memory | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lookup, self._clock = lookup or NameServers(), clock
        self._deadline, self._waiting = deadline_seconds, waiting
        self._memory = memory or Memory()
        self._known: OrderedDict[str, tuple[float, tuple[str, ...]]] = OrderedDict()
        self._asked: dict[str, asyncio.Task[tuple[str, ...]]] = {}

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """The numeric addresses of a host; a literal is its own. Raises Unreachable."""
        if is_literal(host):
            return (host,)
        found = self._remembered(host)
        if found is None:
            found = await self._answer(host, port)
        if not found:
            raise Unreachable(host, "the name does not resolve")
        return found

    async def close(self) -> None:
        """Ends what is being looked up."""
        tasks = list(self._asked.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._lookup.close()

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
        """Shared by all who ask for the name; none of them ends it for the others."""
        asked = self._asked.get(host)
        if asked is None:
            if len(self._asked) >= self._waiting:
                raise Unreachable(host, "too many names are being looked up")
            asked = asyncio.create_task(self._ask(host, port))
            self._asked[host] = asked
        return await asyncio.shield(asked)

    async def _ask(self, host: str, port: int) -> tuple[str, ...]:
        """Whatever goes wrong is a name that does not resolve, for a while."""
        found: tuple[str, ...] = ()
        try:
            async with asyncio.timeout(self._deadline):
                found = tuple(await self._lookup(host, port))
        except asyncio.CancelledError:
            raise
        except Exception:
            found = ()
        finally:
            del self._asked[host]
        self._remember(host, found)
        return found
