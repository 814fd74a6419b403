"""What is counted while we work: small tallies and histograms that lie where the work is done.

No library and no listener: adding costs a dictionary look-up, whether or not anybody reads.
Labels are words of ours from fixed sets, never a name, a host or an address. How figures are
told stands in `metrics`. One thread adds to each; others may read.
"""

import contextlib
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

SECONDS: Final = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
)
"""Bounds for how long something took."""
SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Bounds for how many were taken together."""

VERDICTS: Final = (
    "accepted",
    "repeated",
    "ignored",
    "malformed",
    "signature_refused",
    "blocked",
    "no_inbox",
    "gone",
    "too_large",
    "too_many",
    "later",
)
OUTCOMES: Final = ("delivered", "later", "refused", "gone")
EFFECTS: Final = ("done", "let_go", "postponed", "parked")


class Tally:
    """How often each of a few known words was counted; all begin at nothing."""

    __slots__ = ("_numbers",)

    def __init__(self, words: tuple[str, ...]) -> None:
        self._numbers = dict.fromkeys(words, 0)

    def add(self, word: str, number: int = 1) -> None:
        """Raises KeyError for a word that is not of the set."""
        self._numbers[word] += number

    def read(self) -> Mapping[str, int]:
        return dict(self._numbers)


class Histogram:
    """How many values fell below each bound. The last bucket is for what is above all."""

    __slots__ = ("_buckets", "_sum", "bounds")

    def __init__(self, bounds: tuple[float, ...] = SECONDS) -> None:
        self.bounds = bounds
        self._buckets = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def add(self, value: float) -> None:
        self._buckets[bisect_left(self.bounds, value)] += 1
        self._sum += value

    @contextlib.contextmanager
    def timed(self) -> Iterator[None]:
        """Adds the seconds that the block takes, however it ends."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(time.perf_counter() - began)

    def read(self) -> tuple[list[int], float]:
        """The buckets, each for itself, and the sum of the values."""
        return list(self._buckets), self._sum


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """Attempts by outcome (HOUSE: Outcomes), and how long each took."""

    outcomes: Tally = field(default_factory=lambda: Tally(OUTCOMES))
    seconds: Histogram = field(default_factory=Histogram)


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """Requests at inboxes by verdict, how long their answers took, and what came of the rows."""

    verdicts: Tally = field(default_factory=lambda: Tally(VERDICTS))
    seconds: Histogram = field(default_factory=Histogram)
    effects: Tally = field(default_factory=lambda: Tally(EFFECTS))


@dataclass(frozen=True, slots=True)
class WriteCounts:
    """How many pieces of work were committed together, and how long each waited for that.

    `group_sizes` is added to by the thread that writes, `seconds` by those who wait.
    """

    group_sizes: Histogram = field(default_factory=lambda: Histogram(SIZES))
    seconds: Histogram = field(default_factory=Histogram)


@dataclass(frozen=True, slots=True)
class CacheCounts:
    """Answers that were kept already, and those that had to be made."""

    answers: Tally = field(default_factory=lambda: Tally(("hit", "miss")))


@dataclass(frozen=True, slots=True)
class Counts:
    """All that one process counts."""

    deliveries: DeliveryCounts = field(default_factory=DeliveryCounts)
    inbox: InboxCounts = field(default_factory=InboxCounts)
    writes: WriteCounts = field(default_factory=WriteCounts)
    cache: CacheCounts = field(default_factory=CacheCounts)
