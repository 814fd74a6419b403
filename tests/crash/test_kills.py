"""Nothing is lost when processes are killed: `kill -9` at random moments, under load.

What was promised is held against what there is at the end: who was answered 201 is read by every
follower, who was answered 202 has had their effect, once. Deliveries may arrive twice, and what
arrives twice has the same id; how often that was is told at the end of the run.
COORD_CRASH_KILLS is how many kills there are on each engine, COORD_CRASH_SEED what was printed.
"""

import asyncio
import os
import random
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import promises
import pytest
from crowd import Crowd, Load, crowd
from engines import Place
from households import Household, Member, household

KILLS = int(os.environ.get("COORD_CRASH_KILLS", "18"))
SEED = int(os.environ.get("COORD_CRASH_SEED") or secrets.randbits(32))
IN_A_ROUND = 100
TOLD_EVERY = 10
LONGEST_SECONDS = 1.5
AT_ONCE_IN = 6  # one in so many is killed while it begins

Tell = Callable[[str, str], None]


@dataclass(slots=True)
class Killer:
    """Kills the members, one after another or together, so many times in all."""

    members: list[Member]
    chance: random.Random
    left: int
    killed: dict[str, int] = field(default_factory=dict)

    async def run(self) -> None:
        # Chance for each is drawn here, so that a seed means the same whoever is quicker.
        seeds = [self.chance.random() for _ in self.members]
        async with asyncio.TaskGroup() as group:
            for member, seed in zip(self.members, seeds, strict=True):
                group.create_task(self._haunt(member, random.Random(seed)))

    async def _haunt(self, member: Member, chance: random.Random) -> None:
        while self.left > 0:
            began = time.monotonic()
            if chance.randrange(AT_ONCE_IN):
                await member.up()
            # Where a process takes long to begin, it has as long to work.
            lasting = max(LONGEST_SECONDS, time.monotonic() - began)
            await asyncio.sleep(chance.uniform(0, lasting))
            if self.left <= 0:
                return
            self.left -= 1
            member.kill()
            self._count(member)
            member.start()

    def _count(self, member: Member) -> None:
        self.killed[member.name] = self.killed.get(member.name, 0) + 1
        if self.left % TOLD_EVERY == 0:
            print(f"{self.left} kills to come in this round", file=sys.stderr, flush=True)


def rounds() -> list[tuple[int, int]]:
    """(seed, kills) of each."""
    wholes, rest = divmod(KILLS, IN_A_ROUND)
    kills = [IN_A_ROUND] * wholes + ([rest] if rest else [])
    return [(SEED + number, one) for number, one in enumerate(kills)]


@pytest.mark.parametrize("number", range(len(rounds())))
async def test_nothing_is_lost_and_nothing_happens_twice(
    place: Place, tmp_path: Path, number: int, record_property: Tell
) -> None:
    seed, kills = rounds()[number]
    working = 2 if place.is_postgres else 1
    async with crowd() as far, household(place, tmp_path / "house", working=working) as house:
        load = Load(house, far, random.Random(seed))
        began = time.monotonic()
        await load.follow_all()
        killed = await suffered(house, load, seed, kills)
        await house.begin()
        await promises.rest(house)
        await promises.are_kept(house, far, load)
    told = account(seed, killed, load, far, time.monotonic() - began)
    record_property("crash", f"{place.engine.name}: {told}")
    print(told, file=sys.stderr)


async def suffered(house: Household, load: Load, seed: int, kills: int) -> dict[str, int]:
    """The load goes on while processes are killed; whom, and how often."""
    print(f"COORD_CRASH_SEED={seed} COORD_CRASH_KILLS={kills}", file=sys.stderr)
    killer = Killer(house.members, random.Random(seed), kills)
    loading = asyncio.create_task(load.run())
    await killer.run()
    load.stop()
    await house.begin()
    await loading
    return killer.killed


def account(seed: int, killed: dict[str, int], load: Load, far: Crowd, seconds: float) -> str:
    arrived, twice = far.twice()
    return (
        f"seed {seed}: {sum(killed.values())} kills in {seconds:.0f} s "
        f"({', '.join(f'{name} {n}' for name, n in sorted(killed.items()))}); "
        f"{len(load.published)} published, {len(load.unsure)} cut off, "
        f"{load.sent + len(load.replies)} activities taken, sent again {dict(load.refused)}; "
        f"{arrived} deliveries arrived, {twice} of them more than once"
    )
