"""Rendered bytes, kept until what they show has changed.  HOUSE: storage/changes.

An entry names the keys it was made from. It is dropped when one of them changes: at once in
the process that wrote, within a second in others. What was rendered from an older state than
the last change heard of is never put in.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from fediverse_coord.counts import CacheCounts
from fediverse_coord.web.responses import Body


@dataclass(slots=True)
class Cache:
    """At most `largest` entries, the least recently used go first."""

    largest: int = 4096
    counts: CacheCounts = field(default_factory=CacheCounts)
    _entries: OrderedDict[str, Body] = field(default_factory=OrderedDict)
    _made_from: dict[str, set[str]] = field(default_factory=dict)
    _changes: int = 0

    def changed(self, key: str, number: int) -> None:
        """Drops what was made from this key."""
        self._changes += 1  # not `number`: on PostgreSQL a lower one may come after a higher
        for name in self._made_from.pop(key, ()):
            self._entries.pop(name, None)

    def clear(self) -> None:
        self._entries.clear()
        self._made_from.clear()

    async def get(
        self, name: str, keys: Sequence[str], render: Callable[[], Awaitable[Body | None]]
    ) -> Body | None:
        """The kept bytes, or fresh ones. Nothing (never kept) where `render` finds nothing."""
        found = self._entries.get(name)
        self.counts.answers.add("miss" if found is None else "hit")
        if found is not None:
            self._entries.move_to_end(name)
            return found
        seen = self._changes
        made = await render()
        if made is not None and seen == self._changes:
            self._put(name, keys, made)
        return made

    def _put(self, name: str, keys: Sequence[str], made: Body) -> None:
        self._entries[name] = made
        for key in keys:
            self._made_from.setdefault(key, set()).add(name)
        while len(self._entries) > self.largest:
            self._entries.popitem(last=False)
        if len(self._made_from) > 4 * self.largest:
            self.clear()
