"""How often strangers can make us ask.  security B5, C9, D5.

Every store here is bounded: the oldest entry goes when a new one comes. Times are seconds
from the caller's clock, so that a test names the moment.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

T = TypeVar("T")

ENTRIES = 10_000
SET_BACK_SECONDS = 60.0
SECOND_LEVELS = frozenset(
    {"ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "mil", "ne", "net", "or", "org"},
)


@dataclass(slots=True)
class Buckets:
    """Token buckets by name: `capacity` at once, `per_second` in the long run."""

    capacity: float
    per_second: float
    entries: int = ENTRIES
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, name: str, now: float, cost: float = 1) -> bool:
        """Whether there was enough left; then it is taken."""
        level = self._level(name, now)
        if level < cost:
            return False
        self._store(name, level - cost, now)
        return True

    def has(self, name: str, now: float, cost: float = 1) -> bool:
        """Whether there is enough left. Takes nothing."""
        return self._level(name, now) >= cost

    def fine(self, name: str, now: float, cost: float) -> None:
        """Takes more for what turned out to be in vain, down to nothing."""
        self._store(name, max(0.0, self._level(name, now) - cost), now)

    def _level(self, name: str, now: float) -> float:
        known = self._levels.get(name)
        if known is None:
            return self.capacity
        level, at = known
        if now < at:  # the clock was set back: it fills from here on, or it would wait as long
            self._levels[name] = level, now
            return level
        return min(self.capacity, level + (now - at) * self.per_second)

    def _store(self, name: str, level: float, now: float) -> None:
        self._levels[name] = (level, now)
        self._levels.move_to_end(name)
        if len(self._levels) > self.entries:
            self._levels.popitem(last=False)


@dataclass(slots=True)
class Recent(Generic[T]):
    """Remembers a value by name for a while."""

    entries: int = ENTRIES
    _known: OrderedDict[str, tuple[float, float, T]] = field(default_factory=OrderedDict)

    def get(self, name: str, now: float) -> T | None:
        since, until, value = self._known.get(name, (0.0, 0.0, None))
        # What was put long after now was put before the clock was set back.
        return value if since - SET_BACK_SECONDS < now < until else None

    def put(self, name: str, value: T, now: float, lasting: timedelta) -> None:
        self._known[name] = (now, now + lasting.total_seconds(), value)
        self._known.move_to_end(name)
        if len(self._known) > self.entries:
            self._known.popitem(last=False)

    def drop(self, name: str) -> None:
        self._known.pop(name, None)

    def __len__(self) -> int:
        return len(self._known)


@dataclass(slots=True)
class NewHosts:
    """At most so many names never heard of below one registrable domain within an hour.

    CVE-2022-46405: a wildcard in the DNS is an endless supply of servers. As Mastodon does,
    names are counted and not people: a thousand new followers from one server are welcome.
    """

    most: int = 10
    lasting: timedelta = timedelta(hours=1)
    _seen: Recent[dict[str, float]] = field(default_factory=Recent)

    def admit(self, host: str, now: float) -> bool:
        """Whether a fetch from this host, of which nothing is known yet, is within the ration."""
        domain = registrable_domain(host)
        hosts = {
            name: until
            for name, until in (self._seen.get(domain, now) or {}).items()
            if now < until
        }
        if host not in hosts and len(hosts) >= self.most:
            return False
        hosts.setdefault(host, now + self.lasting.total_seconds())
        self._seen.put(domain, hosts, now, self.lasting)
        return True


def registrable_domain(host: str) -> str:
    """About what one owner can register: the last two labels, or three under `co.uk` and its kin.

    An approximation instead of the public suffix list: too wide for shared hosting names,
    which then share one ration. An address is its own domain.
    """
    labels = host.split(".")
    if ":" in host or labels[-1].isdigit() or len(labels) <= 2:
        return host
    three = len(labels[-1]) == 2 and labels[-2] in SECOND_LEVELS
    return ".".join(labels[-3:] if three else labels[-2:])
