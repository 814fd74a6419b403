"""Many requests' arrivals, durable together: what comes while one group is written is the next.

`202` goes out after the commit, and a commit costs the same for one row and for many. An arrival
that the database refuses is refused alone: then each of its group is written for itself.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.protocol.uris import origin_of
from fediverse_coord.storage import arrivals, deliveries, origins
from fediverse_coord.storage.arrivals import Arrival, Recorded
from fediverse_coord.storage.database import Database, Transaction

GROUP_SIZE = 256
AT_ONCE = 2  # one is written while the next is handed over
MOST_WAITING = 2_000


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An arrival and who waits for it."""

    arrival: Arrival
    answer: "asyncio.Future[Recorded]"


@dataclass(slots=True)
class Recorder:
    """Records what came in. One for each process."""

    db: Database
    clock: Callable[[], datetime]
    _waiting: list[_Waiting] = field(default_factory=list)
    _writing: set["asyncio.Task[None]"] = field(default_factory=set)

    async def record(self, arrival: Arrival) -> Recorded:
        """What became of it, once that is durable. Raises StorageUnavailable."""
        if len(self._waiting) >= MOST_WAITING:
            raise StorageUnavailable("too much waits to be written already")
        one = _Waiting(arrival, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if len(self._writing) < AT_ONCE:
            task = asyncio.create_task(self._write_all())
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        return await one.answer

    async def _write_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:GROUP_SIZE], self._waiting[GROUP_SIZE:]
            try:
                await self._write(group)
            except BaseException as error:
                _refuse(group, error)
                raise

    async def _write(self, group: Sequence[_Waiting]) -> None:
        try:
            found = await self.db.write(_recording(group, self.clock()))
        except StorageUnavailable as error:
            _refuse(group, error)
        except Exception as error:
            if len(group) == 1:
                _refuse(group, error)
                return
            for one in group:
                await self._write([one])
        else:
            for one, recorded in zip(group, found, strict=True):
                if not one.answer.done():
                    one.answer.set_result(recorded)


def _recording(
    group: Sequence[_Waiting], now: datetime
) -> Callable[[Transaction], Coroutine[None, None, list[Recorded]]]:
    found = [one.arrival for one in group]
    senders = {origin_of(one.actor_id) or "" for one in found}

    async def work(tx: Transaction) -> list[Recorded]:
        await deliveries.hurry_ailing(tx, senders, now)
        await origins.revive(tx, senders)
        return await arrivals.record(tx, found, now)

    return work


def _refuse(group: Sequence[_Waiting], error: BaseException) -> None:
    for one in group:
        if not one.answer.done():
            one.answer.set_exception(error)
