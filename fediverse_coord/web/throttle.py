"""How often one client may ask for what costs us something. In memory, for each process.

A token bucket by a name that tells nobody who it is (`inbox.client_of`). Bounded: the
client that was not seen for longest goes when a new one comes (security D5).
"""

from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass(slots=True)
class Throttle:
    """At most so many in a minute, and as many at once. Times are seconds of any clock."""

    clients: int = 10_000
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def admits(self, client: str, now: float, per_minute: int) -> bool:
        """Whether this one may pass; then it is counted."""
        level, at = self._levels.pop(client, (float(per_minute), now))
        level = min(per_minute, level + max(0.0, now - at) * per_minute / 60)
        self._levels[client] = (level - 1 if level >= 1 else level, now)
        if len(self._levels) > self.clients:
            self._levels.popitem(last=False)
        return level >= 1
