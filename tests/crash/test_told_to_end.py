"""A process that is told to end (SIGTERM, as at every restart) gives back what it holds."""

import random
from pathlib import Path

from crowd import Load, crowd
from engines import Place
from households import household

PER_HOST = 2  # deliveries to one host at a time

HELD = "SELECT count(*) FROM deliveries WHERE state = 'waiting' AND leased_until IS NOT NULL"


async def test_what_was_claimed_is_another_s_at_once(place: Place, tmp_path: Path) -> None:
    async with crowd() as far, household(place, tmp_path / "house") as house:
        await Load(house, far, random.Random(1)).follow_all()
        far.hold()
        activity_id = await house.sent()
        await far.reached(activity_id, PER_HOST * len(far.peers))
        house.members[-1].stop()
        assert await house.number(HELD) == 0
