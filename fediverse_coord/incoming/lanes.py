"""Claimed rows by actor: one lane for each, in which one row is in work at a time.

Different actors' rows are done side by side, in whatever order. A row whose lease is about to end
is not begun: another process may take it. Knows neither rows nor leases beyond their end.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from fediverse_coord.storage.inbox import Claimed


@dataclass(slots=True)
class Lanes:
    """What one process has claimed and not settled."""

    _lanes: dict[str, deque[tuple[Claimed, datetime]]] = field(default_factory=dict)
    _ready: deque[str] = field(default_factory=deque)
    _held: int = 0

    def __len__(self) -> int:
        return self._held

    def held(self) -> Iterator[int]:
        """The rows' numbers."""
        return (row.row for lane in self._lanes.values() for row, _ in lane)

    def add(self, rows: Iterable[Claimed], until: datetime) -> None:
        """Rows in the order in which they came, to be begun before `until`."""
        for row in rows:
            lane = self._lanes.get(row.actor_id)
            if lane is None:
                lane = self._lanes[row.actor_id] = deque()
                self._ready.append(row.actor_id)
            lane.append((row, until))
            self._held += 1

    def take(self, most: int) -> list[tuple[Claimed, datetime]]:
        """The first rows of lanes in which nothing is in work. Each is in work until `done`."""
        return [self._lanes[self._ready.popleft()][0] for _ in range(min(most, len(self._ready)))]

    def done(self, row: Claimed) -> None:
        """Settled: the next of its lane can be taken."""
        lane = self._lanes[row.actor_id]
        lane.popleft()
        self._held -= 1
        if lane:
            self._ready.append(row.actor_id)
        else:
            del self._lanes[row.actor_id]

    def drop(self, row: Claimed) -> list[Claimed]:
        """It must wait: whatever else is in its lane is given back, to wait behind it."""
        lane = self._lanes.pop(row.actor_id)
        self._held -= len(lane)
        return [one for one, _ in lane][1:]
