"""How often one token may ask: a bucket for each, filled evenly. Each process counts for itself."""

from collections import OrderedDict
from dataclasses import dataclass, field

MOST_TOKENS = 10_000


@dataclass(slots=True)
class Rates:
    """`per_minute` at once, and as many again within a minute. Times are seconds."""

    per_minute: int
    _levels: OrderedDict[int, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, token: int, now: float) -> float:
        """Seconds until it may ask; 0 where it may now, and then it has."""
        level, since = self._levels.pop(token, (float(self.per_minute), now))
        per_second = self.per_minute / 60
        level = min(float(self.per_minute), level + max(0.0, now - since) * per_second)
        allowed = level >= 1
        self._levels[token] = (level - 1 if allowed else level, now)
        if len(self._levels) > MOST_TOKENS:
            self._levels.popitem(last=False)
        return 0.0 if allowed else (1 - level) / per_second
