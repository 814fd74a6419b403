"""Time-outs of thousands that wait at once, a tenth of a second coarse.

`asyncio.timeout` sets a timer for each and takes it away again, which costs a delivery ten times
as much; here one timer looks at all of them. What it means is the same: the task is cancelled where
it waits, and who has set the deadline sees TimeoutError.
"""

import asyncio
import math
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

EVERY_SECONDS = 0.1


@dataclass(slots=True)
class Deadlines:
    """Those of one event loop at a time; looks at them only while there are some."""

    every: float = EVERY_SECONDS
    _set: set["Deadline"] = field(default_factory=set, repr=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, repr=False)
    _looks: bool = False

    def within(self, seconds: float) -> "Deadline":
        """`with deadlines.within(5): …` raises TimeoutError soon after so many seconds."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._looks = loop, False
            self._set.clear()  # what another loop left behind, which runs no more
        return Deadline(self, loop.time() + seconds)

    def _begin(self, one: "Deadline") -> None:
        self._set.add(one)
        if not self._looks and self._loop is not None:
            self._looks = True
            self._loop.call_later(self.every, self._look, self._loop)

    def _end(self, one: "Deadline") -> None:
        self._set.discard(one)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for one in [each for each in self._set if each.at <= now]:
            one.expire()
        self._looks = bool(self._set)
        if self._looks:
            loop.call_later(self.every, self._look, loop)


class Deadline:
    """Until when what stands in the `with` may take. `extend` sets it anew."""

    __slots__ = ("_all", "_before", "_expired", "_task", "at")

    def __init__(self, all_: Deadlines, at: float) -> None:
        self._all, self.at, self._expired = all_, at, False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task, self._before = task, task.cancelling()
        self._all._begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._all._end(self)
        # Whoever else cancels the task meanwhile is obeyed: it is not our time-out then.
        if (
            self._expired
            and self._task.uncancel() <= self._before
            and kind is asyncio.CancelledError
        ):
            raise TimeoutError from error

    def extend(self, seconds: float | None) -> None:
        """So many seconds from now; None: for ever."""
        self.at = math.inf if seconds is None else asyncio.get_running_loop().time() + seconds

    def expire(self) -> None:
        """Its time is over."""
        self._expired = True
        self._all._end(self)
        self._task.cancel()
