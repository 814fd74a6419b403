"""Several machines on one database: one that dies half-way leaves nothing undone."""

import asyncio
import random
from pathlib import Path

import promises
from crowd import Crowd, Load, crowd
from engines import Place
from households import Household, household

PER_HOST = 2  # deliveries to one host at a time


async def test_what_a_machine_was_sending_when_it_died_is_sent_by_another(
    place: Place, tmp_path: Path
) -> None:
    async with crowd() as far, household(place, tmp_path / "house", working=2) as house:
        first, other = house.members[-2:]
        await Load(house, far, random.Random(1)).follow_all()
        other.stop()
        hold(far)
        activity_id = f"{(await published(house))['id']}/activity"
        under_way = await arrived(far, activity_id, PER_HOST * len(far.peers))
        first.kill()
        let_go(far)
        other.start()
        await promises.rest(house)

    inboxes = {far.inbox_of(one) for one in far.followers}
    times = {inbox: far.arrived[inbox, activity_id] for inbox in inboxes}
    assert under_way < inboxes
    assert times == {inbox: 2 if inbox in under_way else 1 for inbox in inboxes}


async def test_machines_share_the_work_and_nobody_hears_twice(place: Place, tmp_path: Path) -> None:
    more = ("[delivery]\nbatch = 4\n",)
    async with (
        crowd() as far,
        household(place, tmp_path / "house", working=2, more=more[0]) as house,
    ):
        await Load(house, far, random.Random(1)).follow_all()
        ids = [f"{(await published(house))['id']}/activity" for _ in range(10)]
        await promises.rest(house)
        settled = [one.log.read_text().count("deliveries arrived") for one in house.members[-2:]]

    inboxes = {far.inbox_of(one) for one in far.followers}
    assert [far.arrived[inbox, id_] for inbox in inboxes for id_ in ids] == [1] * len(
        inboxes
    ) * len(ids)
    assert all(settled)


def hold(far: Crowd) -> None:
    """What arrives now stays unanswered."""
    for peer in far.peers:
        peer.answering.clear()


def let_go(far: Crowd) -> None:
    for peer in far.peers:
        peer.answering.set()


async def published(house: Household) -> dict[str, str]:
    return dict((await house.publish("The shafts stand still.")).raise_for_status().json())


async def arrived(far: Crowd, activity_id: str, count: int) -> set[str]:
    """The inboxes that it reached, once they are so many."""
    async with asyncio.timeout(20):
        while True:
            found = {inbox for inbox, id_ in far.arrived if id_ == activity_id}
            if len(found) >= count:
                return found
            await asyncio.sleep(0.02)
