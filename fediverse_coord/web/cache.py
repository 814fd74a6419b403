"""Rendered bytes, kept until what they show has changed.  HOUSE: storage/changes.

An entry names the keys it was made from. It is dropped when one of them changes: at once in
the process that wrote, within a second in others. What was made while one of its keys changed
is never put in. However many ask for what is not there, it is made once.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fediverse_coord.counts import CacheCounts
from fediverse_coord.web.responses import Body

LARGEST_BYTES = 48 * 2**20  # a few thousand pages, and far below the memory of a small machine
ENTRY_BYTES = 2000  # what an entry costs beside its content
CHANGES_HELD = 10_000


@dataclass(frozen=True, slots=True)
class _Entry:
    value: Any
    size: int
    keys: tuple[str, ...]


@dataclass(slots=True)
class Cache:
    """At most `largest` bytes; what was not asked for longest goes first."""

    largest: int = LARGEST_BYTES
    counts: CacheCounts = field(default_factory=CacheCounts)
    size: int = 0
    _entries: OrderedDict[object, _Entry] = field(default_factory=OrderedDict)
    _made_from: dict[str, set[object]] = field(default_factory=dict)
    _making: dict[object, asyncio.Future[None]] = field(default_factory=dict)
    _changes: int = 0
    _changed: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _forgotten: int = 0  # the newest change that `_changed` does not tell of any more

    def changed(self, key: str, number: int) -> None:
        """Drops what was made from this key."""
        self._changes += 1  # not `number`: on PostgreSQL a lower one may come after a higher
        self._changed[key] = self._changes
        self._changed.move_to_end(key)
        if len(self._changed) > CHANGES_HELD:
            self._forgotten = self._changed.popitem(last=False)[1]
        for name in self._made_from.pop(key, ()):
            self._drop(name)

    def clear(self) -> None:
        """Anything may have changed."""
        self._changes += 1
        self._forgotten = self._changes
        self._entries.clear()
        self._made_from.clear()
        self.size = 0

    def begin(self) -> int:
        """To be given to `put`: what changes from here on is not in what is made now."""
        return self._changes

    def find(self, name: object) -> Any:
        """What is kept under the name, or nothing."""
        found = self._entries.get(name)
        if found is None:
            return None
        self._entries.move_to_end(name)
        return found.value

    def put(self, name: object, keys: Sequence[str], value: Any, size: int, begun: int) -> None:
        """Keeps it, unless one of its keys changed since it was begun."""
        if begun < self._forgotten or any(self._changed.get(key, 0) > begun for key in keys):
            return
        self._drop(name)
        self._entries[name] = _Entry(value, size + ENTRY_BYTES, tuple(keys))
        self.size += size + ENTRY_BYTES
        for key in keys:
            self._made_from.setdefault(key, set()).add(name)
        while self.size > self.largest and self._entries:
            self._drop(next(iter(self._entries)))

    async def turn(self, name: object) -> asyncio.Future[None] | None:
        """Waits while another makes it; where nobody does, the future to be set when it is made."""
        making = self._making.get(name)
        if making is not None:
            await asyncio.shield(making)
            return None
        made = asyncio.get_running_loop().create_future()
        self._making[name] = made
        return made

    def made(self, name: object, turn: asyncio.Future[None]) -> None:
        """It is there now, or could not be made: those who wait look again."""
        del self._making[name]
        turn.set_result(None)

    async def get(
        self, name: str, keys: Sequence[str], render: Callable[[], Awaitable[Body | None]]
    ) -> Body | None:
        """The kept bytes, or fresh ones. Nothing (never kept) where `render` finds nothing."""
        found: Body | None = self.find(name)
        self.counts.answers.add("miss" if found is None else "hit")
        if found is not None:
            return found
        turn = await self.turn(name)
        if turn is None:
            return self.find(name) or await render()
        try:
            begun = self.begin()
            made = await render()
            if made is not None:
                self.put(name, keys, made, len(made.content), begun)
            return made
        finally:
            self.made(name, turn)

    def _drop(self, name: object) -> None:
        entry = self._entries.pop(name, None)
        if entry is None:
            return
        self.size -= entry.size
        for key in entry.keys:
            names = self._made_from.get(key)
            if names is not None:
                names.discard(name)
                if not names:
                    del self._made_from[key]
