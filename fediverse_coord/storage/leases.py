"""How long a claimed row is ours, and what has to fit into that time.  HOUSE: claim by lease.

A process that died cannot say so: what it held waits until its lease has run out. So a lease
is short. It is longer than anything that is done under it, or two processes would do it; so
the deadlines are shares of it, and one setting moves them all.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Lease:
    """`seconds` from the claim on. In 120: an attempt of 40, asking of 20, an effect of 15."""

    seconds: float = 120

    @property
    def length(self) -> timedelta:
        return timedelta(seconds=self.seconds)

    @property
    def attempt_seconds(self) -> float:
        """For a delivery, both knocks together."""
        return self.seconds / 3

    @property
    def asking_seconds(self) -> float:
        """For asking whether somebody is gone whose inbox is."""
        return self.seconds / 6

    @property
    def begin_within(self) -> timedelta:
        """A delivery begun later might not be settled before the end; a little is left over."""
        ends = self.attempt_seconds + self.asking_seconds + self.seconds / 24
        return timedelta(seconds=self.seconds - ends)

    @property
    def effect_seconds(self) -> float:
        """For all that one activity from elsewhere makes us ask."""
        return self.seconds / 8

    @property
    def margin(self) -> timedelta:
        """More than one activity may need; none is begun with less left."""
        return timedelta(seconds=self.seconds / 2)
