"""Several machines on one database: one that dies half-way leaves nothing undone."""

import asyncio
import random
from pathlib import Path

import promises
from crowd import Load, crowd
from engines import Place
from households import household

PER_HOST = 2  # deliveries to one host at a time


async def test_what_a_machine_was_sending_when_it_died_is_sent_by_another(
    place: Place, tmp_path: Path
) -> None:
    async with crowd() as far, household(place, tmp_path / "house", working=2) as house:
        first, other = house.members[-2:]
        await Load(house, far, random.Random(1)).follow_all()
        other.stop()
        far.hold()
        activity_id = await house.sent()
        at_once = PER_HOST * len(far.peers)
        await far.reached(activity_id, at_once)
        first.kill()
        await asyncio.sleep(0.2)  # what had left it arrives
        under_way = await far.reached(activity_id, at_once)
        far.let_go()
        other.start()
        await promises.rest(house)

    inboxes = {far.inbox_of(one) for one in far.followers}
    times = {inbox: far.arrived[inbox, activity_id] for inbox in inboxes}
    assert under_way <= inboxes  # where all were slow, attempts have ended and others begun
    assert times == {inbox: 2 if inbox in under_way else 1 for inbox in inboxes}


async def test_of_two_machines_at_work_nobody_hears_twice(place: Place, tmp_path: Path) -> None:
    few_at_once = "[delivery]\nbatch = 4\n"
    async with (
        crowd() as far,
        household(place, tmp_path / "house", working=2, more=few_at_once) as house,
    ):
        await Load(house, far, random.Random(1)).follow_all()
        ids = [await house.sent() for _ in range(10)]
        await promises.rest(house)

    inboxes = {far.inbox_of(one) for one in far.followers}
    creates = {key: times for key, times in far.arrived.items() if key[1] in ids}
    assert creates == dict.fromkeys([(inbox, id_) for inbox in inboxes for id_ in ids], 1)
