"""Deadlines of many at once mean what `asyncio.timeout` means."""

import asyncio
import contextlib
from typing import Any

import pytest

from fediverse_coord.network.deadlines import Deadlines

SOON, LATE = 0.02, 30.0


@pytest.fixture
def deadlines() -> Deadlines:
    return Deadlines(every=0.01)


def cancelling() -> int:
    task = asyncio.current_task()
    assert task is not None
    return task.cancelling()


async def test_what_takes_too_long_is_ended(deadlines: Deadlines) -> None:
    with pytest.raises(TimeoutError), deadlines.within(SOON):
        await asyncio.sleep(LATE)
    assert cancelling() == 0


async def test_what_ends_in_time_hears_nothing_of_it(deadlines: Deadlines) -> None:
    with deadlines.within(SOON):
        found = 1
    await asyncio.sleep(3 * SOON)
    assert (found, cancelling()) == (1, 0)


async def test_more_time_counts_from_when_it_is_given(deadlines: Deadlines) -> None:
    reached = False

    async def has_more() -> None:
        nonlocal reached
        with deadlines.within(SOON) as deadline:
            deadline.extend(LATE)
            await asyncio.sleep(3 * SOON)
            reached = True
            deadline.extend(SOON)
            await asyncio.sleep(LATE)

    with pytest.raises(TimeoutError):
        await has_more()
    assert (reached, cancelling()) == (True, 0)


async def test_without_an_end_nothing_ends(deadlines: Deadlines) -> None:
    with deadlines.within(SOON) as deadline:
        deadline.extend(None)
        await asyncio.sleep(3 * SOON)


async def test_the_outer_one_ends_the_inner_without_being_taken_for_it(
    deadlines: Deadlines,
) -> None:
    inner_ended = False

    async def inner() -> None:
        nonlocal inner_ended
        try:
            with deadlines.within(LATE):
                await asyncio.sleep(LATE)
        except TimeoutError:
            inner_ended = True

    with pytest.raises(TimeoutError), deadlines.within(SOON):
        await inner()
    assert (inner_ended, cancelling()) == (False, 0)


async def test_another_fault_passes_as_it_is(deadlines: Deadlines) -> None:
    with pytest.raises(KeyError), deadlines.within(LATE):
        raise KeyError


async def test_who_cancels_the_task_is_obeyed(deadlines: Deadlines) -> None:
    async def waits(seconds: float) -> None:
        with deadlines.within(seconds):
            await asyncio.sleep(LATE)

    for seconds in (0.0, LATE):  # also where its time is over at the same moment
        task = asyncio.create_task(waits(seconds))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_thousand_have_one_timer_and_each_its_own_end(
    deadlines: Deadlines, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, told = 0, asyncio.Event()

    async def waits(seconds: float) -> bool:
        nonlocal ended
        try:
            with deadlines.within(seconds):
                return await told.wait()
        except TimeoutError:
            ended += 1
            if ended == 500:
                told.set()
            return False

    loop, timers = asyncio.get_running_loop(), 0
    later = loop.call_later

    def counted(*given: Any) -> asyncio.TimerHandle:
        nonlocal timers
        timers += 1
        return later(*given)

    monkeypatch.setattr(loop, "call_later", counted)
    found = await asyncio.gather(*(waits(LATE if one % 2 else SOON) for one in range(1000)))
    assert found == [False, True] * 500
    assert 0 < timers < 100


def test_an_event_loop_after_another_has_deadlines_too(deadlines: Deadlines) -> None:
    async def left_behind() -> None:
        asyncio.get_running_loop().stop()
        with deadlines.within(LATE):
            await asyncio.sleep(LATE)

    first = asyncio.new_event_loop()
    task = first.create_task(left_behind())
    first.run_forever()

    async def ends() -> None:
        with pytest.raises(TimeoutError), deadlines.within(SOON):
            await asyncio.sleep(LATE)

    asyncio.run(ends())
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        first.run_until_complete(task)
    first.close()
