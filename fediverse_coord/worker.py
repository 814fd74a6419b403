"""Steps of the roads, run for ever side by side. Knows none of them: it is handed callables.

A step does what is due and says how much that was. After nothing it rests until it is woken
or its time has come. A fault ends no step: it is logged, and the row it came from is due again.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from fediverse_coord.errors import StorageUnavailable

log = logging.getLogger(__name__)

AFTER_FAULT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Step:
    """`run` does what is due and returns how much it did; `rest_seconds` is how long after none.

    New rows end its rest, unless it `waits` for its time alone.
    """

    name: str
    run: Callable[[], Awaitable[int]]
    rest_seconds: float
    waits: bool = False


@dataclass(slots=True)
class Worker:
    """Runs steps, and endless runners that rest by themselves, until it is cancelled."""

    steps: tuple[Step, ...] = ()
    runners: tuple[Callable[[], Awaitable[None]], ...] = ()
    _events: list[asyncio.Event] = field(default_factory=list)

    def wake(self) -> None:
        """New rows may be there. Call it in the worker's event loop."""
        for event in self._events:
            event.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for step in self.steps:
                event = asyncio.Event()
                if not step.waits:
                    self._events.append(event)
                group.create_task(self._repeat(step, event))
            for runner in self.runners:
                group.create_task(self._keep(runner))

    async def _repeat(self, step: Step, event: asyncio.Event) -> None:
        while True:
            event.clear()
            done, rest = await self._once(step)
            if not done:
                # Not wait_for: on Python 3.11 it can swallow a cancellation.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(rest):
                        await event.wait()

    async def _once(self, step: Step) -> tuple[int, float]:
        try:
            return await step.run(), step.rest_seconds
        except StorageUnavailable as error:
            log.warning("step waits", extra={"step": step.name, "reason": str(error)})
        except Exception:
            log.exception("step failed", extra={"step": step.name})
        return 0, max(AFTER_FAULT_SECONDS, step.rest_seconds)

    async def _keep(self, runner: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await runner()
            except Exception:
                log.exception("runner failed")
            await asyncio.sleep(AFTER_FAULT_SECONDS)
