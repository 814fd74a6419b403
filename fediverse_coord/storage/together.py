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
    _asked: dict[str, "asyncio.Future[T | None]"] = field(default_factory=dict)
    _looking: "asyncio.Task[None] | None" = None

    async def find(self, name: str) -> T | None:
        """The value of one name, or nothing. Raises what `look` raises."""
        waits = self._asked.get(name)
        if waits is None:
            waits = self._asked[name] = asyncio.get_running_loop().create_future()
            if self._looking is None:
                self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(waits)

    async def _look(self) -> None:
        try:
            while self._asked:
                names = list(self._asked)[:MOST]
                asked = {name: self._asked.pop(name) for name in names}
                await self._answer(asked)
        finally:
            self._looking = None

    async def _answer(self, asked: "Mapping[str, asyncio.Future[T | None]]") -> None:
        try:
            found = await self.look(list(asked))
        except Exception as error:
            for waits in asked.values():
                waits.set_exception(error)
                waits.exception()  # whoever asked may have gone
            return
        for name, waits in asked.items():
            waits.set_result(found.get(name))
