"""Questions of one kind, asked together: many that come at the same moment are one statement.

A question to SQLite crosses a thread, to PostgreSQL a socket; under load that costs more than what
is asked. Who asks waits for the next turn of the event loop and shares it with all who came by.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
MOST = 256


@dataclass(slots=True)
class Together(Generic[T]):
    """`look` finds the values of several names at once; names it leaves out are not there."""

    look: Callable[[Sequence[str]], Awaitable[Mapping[str, T]]]
    _asked: "dict[str, list[asyncio.Future[T | None]]]" = field(default_factory=dict)
    _looking: "asyncio.Task[None] | None" = None

    async def find(self, name: str) -> T | None:
        """The value of one name, or nothing. Raises what `look` raises."""
        waits: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self._asked.setdefault(name, []).append(waits)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        return await waits

    async def _look(self) -> None:
        try:
            while self._asked:
                names = list(self._asked)[:MOST]
                asked = {name: self._asked.pop(name) for name in names}
                await self._answer(asked)
        finally:
            self._looking = None

    async def _answer(self, asked: "Mapping[str, list[asyncio.Future[T | None]]]") -> None:
        found: Mapping[str, T] | Exception
        try:
            found = await self.look(list(asked))
        except Exception as error:
            found = error
        for name, all_who_wait in asked.items():
            for waits in all_who_wait:
                if waits.done():
                    continue  # whoever asked has gone
                if isinstance(found, Exception):
                    waits.set_exception(found)
                else:
                    waits.set_result(found.get(name))
