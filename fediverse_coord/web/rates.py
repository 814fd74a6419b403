"""How often one may ask for what costs us something: a token bucket for each, filled evenly.

Whoever asks is known by a token's row or by a name that tells nobody who it is
(`inbox.client_of`). In memory, each process counts for itself. Bounded: who was not seen for
longest goes when a new one comes (security D5).
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from starlette.requests import Request


@dataclass(slots=True)
class Rates:
    """`per_minute` at once, and as many again within a minute. Times are seconds of any clock."""

    per_minute: int
    most: int = 10_000
    _levels: OrderedDict[Hashable, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, who: Hashable, now: float) -> float:
        """Seconds until they may ask; 0 where they may now, and then they have."""
        level, since = self._levels.pop(who, (float(self.per_minute), now))
        per_second = self.per_minute / 60
        level = min(float(self.per_minute), level + max(0.0, now - since) * per_second)
        allowed = level >= 1
        self._levels[who] = (level - 1 if allowed else level, now)
        if len(self._levels) > self.most:
            self._levels.popitem(last=False)
        return 0.0 if allowed else (1 - level) / per_second


def rates_of(request: Request, name: str, per_minute: int) -> Rates:
    """The application's one counter of that name."""
    counters: dict[str, Rates] | None = getattr(request.app.state, "rates", None)
    if counters is None:
        counters = request.app.state.rates = {}
    return counters.setdefault(name, Rates(per_minute))
