"""What a process keeps in memory of rows, while it is told of every change to them.

Whoever holds such a memory passes on what `changes.Watcher` tells. Before it is told of anything
it remembers nothing, so that nobody goes by what may be old: each question then goes to the rows.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Remembered(Generic[T]):
    """Values by name, the longest unused of them forgotten first."""

    entries: int = 10_000
    kept: bool = False
    _changes: int = 0
    _values: OrderedDict[str, T] = field(default_factory=OrderedDict)

    def get(self, name: str) -> T | None:
        found = self._values.get(name)
        if found is not None:
            self._values.move_to_end(name)
        return found

    async def found(self, name: str, look: Callable[[], Awaitable[T | None]]) -> T | None:
        """The value, looked for where it is not here. What is not there is not remembered."""
        known = self.get(name)
        if known is not None:
            return known
        began = self._changes
        value = await look()
        # What changed while we looked may have been read as it was before.
        if value is not None and self.kept and began == self._changes:
            self._values[name] = value
            if len(self._values) > self.entries:
                self._values.popitem(last=False)
        return value

    def forget(self, name: str) -> None:
        """It was changed."""
        self._changes += 1
        self._values.pop(name, None)

    def keep(self, *, told: bool) -> None:
        """From now on told of changes, or no longer; everything may have changed until now."""
        self.kept = told
        self.clear()

    def clear(self) -> None:
        """Anything may have been changed."""
        self._changes += 1
        self._values.clear()
