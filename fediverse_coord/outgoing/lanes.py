"""Whose turn it is: so many at once for one server, and few for those that were silent last time.

A lane is what one server has under way and waiting here. What a full lane refuses goes back to
its row; once the lane runs short, its server's rows are asked for by name. So a slow server with
thousands of inboxes holds neither memory nor the others' places. Pure; one for each process.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

from fediverse_coord.storage.claims import Delivery

DEPTH = 4  # times what may be under way: what waits in a lane


class Place(Enum):
    """What became of a delivery that was offered."""

    GOES = "goes"
    WAITS = "waits"  # `ended` will name it when its turn has come
    FULL = "full"  # it must go back to its row


@dataclass(slots=True)
class _Lane:
    under_way: int = 0
    waiting: deque[Delivery] = field(default_factory=deque)
    refused: bool = False


@dataclass(slots=True)
class Lanes:
    """The lanes of all servers. `short` are those whose rows should be asked for by name."""

    per_host: int
    short: set[str] = field(default_factory=set)
    _lanes: dict[str, _Lane] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        return self.per_host * DEPTH

    def offer(self, delivery: Delivery) -> Place:
        """Takes its turn, waits for it, or finds the lane full."""
        lane = self._lanes.get(delivery.origin)
        if lane is None:
            lane = self._lanes[delivery.origin] = _Lane()
        if lane.under_way < self.per_host:
            lane.under_way += 1
            return Place.GOES
        if len(lane.waiting) < self.depth:
            lane.waiting.append(delivery)
            return Place.WAITS
        lane.refused = True
        return Place.FULL

    def refuse(self, origin: str) -> None:
        """More of this server's is in rows than was taken."""
        if origin in self._lanes:
            self._lanes[origin].refused = True

    def ended(self, origin: str) -> Delivery | None:
        """One of this server's is done; the one whose turn it is now."""
        lane = self._lanes[origin]
        following = lane.waiting.popleft() if lane.waiting else None
        if following is None:
            lane.under_way -= 1
        if lane.refused and len(lane.waiting) <= self.per_host:
            lane.refused = False
            self.short.add(origin)
        if not lane.under_way:
            del self._lanes[origin]
        return following
