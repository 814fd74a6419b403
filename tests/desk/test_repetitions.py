"""The same request twice: once done, under way, cut off, or something else altogether."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk_rows import somebody

from fediverse_coord.desk import repetitions
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Role
from fediverse_coord.desk.repetitions import Answered
from fediverse_coord.errors import Conflict, Refusal

ONE, OTHER = b"1" * 32, b"2" * 32
DONE = Answered(201, "https://here.example/one", b'{"revision": 1}')


async def test_what_is_done_is_answered_alike_for_a_day(desk: Desk) -> None:
    rosa = await somebody(desk, Role.EDITOR)
    assert await repetitions.begin(desk, rosa, "k", ONE) is None
    await repetitions.finish(desk, rosa, "k", DONE)
    assert await repetitions.begin(desk, rosa, "k", ONE) == DONE

    next_day = desk.clock() + timedelta(hours=24, seconds=1)
    tomorrow = replace(desk, clock=lambda: next_day)
    assert await repetitions.begin(tomorrow, rosa, "k", ONE) is None


async def test_what_is_under_way_or_was_cut_off_is_not_done_again(desk: Desk) -> None:
    rosa = await somebody(desk, Role.EDITOR)
    await repetitions.begin(desk, rosa, "k", ONE)
    with pytest.raises(Conflict, match="under way"):
        await repetitions.begin(desk, rosa, "k", ONE)
    await repetitions.give_up(desk, rosa, "k")
    assert await repetitions.begin(desk, rosa, "k", ONE) is None


async def test_a_key_stands_for_one_request(desk: Desk) -> None:
    rosa = await somebody(desk, Role.EDITOR)
    await repetitions.begin(desk, rosa, "k", ONE)
    await repetitions.finish(desk, rosa, "k", DONE)
    with pytest.raises(Refusal, match="another request"):
        await repetitions.begin(desk, rosa, "k", OTHER)


async def test_only_persons_have_keys(desk: Desk) -> None:
    with pytest.raises(Conflict):
        await repetitions.begin(desk, OPERATOR, "k", ONE)
