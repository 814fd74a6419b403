"""PostgreSQL goes and comes back under load: nothing is lost, and nobody has to help.

It is told to end, which takes back what is under way, or is stopped where it is, as by a power
cut of its machine. Our processes stay up all the time.
"""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import engines
import postgres_server
import promises
import pytest
from crowd import Load, crowd
from engines import Place
from households import Household, household

AWAY_SECONDS = (0.0, 1.0, 2.5)

pytestmark = pytest.mark.skipif(
    engines.POSTGRESQL not in engines.names(), reason="there is no PostgreSQL here"
)


@pytest.fixture
def server() -> Iterator[postgres_server.Server]:
    """One of the test's own; what it has answered is on its disk."""
    programs = postgres_server.programs()
    assert programs is not None
    with postgres_server.running(programs, synchronous_commit="on") as made:
        yield made


@pytest.fixture
def place(server: postgres_server.Server, tmp_path: Path) -> Place:
    return Place(engines.Engine(engines.POSTGRESQL, tmp_path, server), tmp_path)


@pytest.mark.parametrize("cleanly", [True, False], ids=["ended", "cut off"])
async def test_a_database_that_comes_back_finds_everything_going_on(
    server: postgres_server.Server, place: Place, tmp_path: Path, cleanly: bool
) -> None:
    async with crowd() as far, household(place, tmp_path / "house", working=2) as house:
        load = Load(house, far, random.Random(1))
        await load.follow_all()
        loading = asyncio.create_task(load.run())
        for away in AWAY_SECONDS:
            await asyncio.sleep(1)
            await asyncio.to_thread(server.halt, cleanly=cleanly)
            await asyncio.sleep(away)
            assert await readiness(house) == 503
            await asyncio.to_thread(server.begin)
        said = len(load.published)
        while len(load.published) < said + 5:  # noqa: ASYNC110 - whatever time that takes
            await asyncio.sleep(0.05)
        load.stop()
        await loading
        await promises.rest(house)
        await promises.are_kept(house, far, load)
        assert [one.has_ended for one in house.members] == [False] * len(house.members)
        assert "Traceback" not in house.logs()
        assert await readiness(house) == 200
        assert load.refused[503] > 0


async def readiness(house: Household) -> int:
    return (await house.http.get(f"{house.origin}/readyz")).status_code
