"""How many pictures are worked on at once: one in a process, and few may wait for it.

Each costs a core for a second or more and some hundred megabytes (`press/darkroom`), whoever
sends them. Whoever comes when all places are taken is asked to come back, before the file is read.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from fediverse_coord.press.darkroom import Print, developed

PLACES: Final = 4


@dataclass(slots=True)
class Darkroom:
    """Places to wait with a picture, and one at work."""

    places: int = PLACES
    _taken: int = 0
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    @contextlib.contextmanager
    def place(self) -> Iterator[bool]:
        """Whether there was a place; it is one's own meanwhile."""
        free = self._taken < self.places
        self._taken += free
        try:
            yield free
        finally:
            self._taken -= free

    async def develop(self, content: bytes) -> tuple[Print, ...]:
        """The picture in every size, once it is its turn. Raises Refusal."""
        async with self._turn:
            return await asyncio.to_thread(developed, content)
