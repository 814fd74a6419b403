"""The clock is set back an hour, or forward a day: what waits goes on, and comes once.

Moments in the tables are those of the clock that wrote them. What was left by a process that died
under the old time must not wait until the new time has come so far.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from engines import Place
from peers import Peer, Person, running_peer
from receiving import Clock
from servers import free_port, write_folder

from fediverse_coord import app, config
from fediverse_coord.app import Services, roads
from fediverse_coord.desk import drafts, releases
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.incoming.receive import receive
from fediverse_coord.outgoing.fan_out import fan_out
from fediverse_coord.storage import claims, inbox

BACK, FORWARD = timedelta(hours=-1), timedelta(days=1)
UNDONE = """
SELECT (SELECT count(*) FROM fan_outs) + (SELECT count(*) FROM inbox)
     + (SELECT count(*) FROM deliveries WHERE state = 'waiting')
"""
LEASES = "SELECT max(leased_until) FROM deliveries"


@dataclass(slots=True)
class House:
    """Our server without its faces, on a clock that is moved, and somebody who hears from it."""

    services: Services
    clock: Clock
    peer: Peer
    ann: Person
    said: int = 0

    async def publish(self) -> str:
        """The id of the Create of something that Ann gets."""
        fields = {"content": f"For {self.ann.handle}."}
        saved = await drafts.create(self.services.desk, OPERATOR, "pits", fields, publish=True)
        key = saved.work.declaration.key
        return f"{self.services.config.uris.object('pits', key)}/activity"

    async def follows(self) -> str:
        """The id of a new Follow of Ann's, which has been taken."""
        self.said += 1
        follow_id = f"{self.ann.actor_id}/follows/{self.said}"
        us = self.services.config.uris
        activity = self.ann.activity("Follow", us.actor("pits"), id=follow_id)
        request = self.ann.signed(us.shared_inbox, activity, now=self.clock())
        answer = await receive(request, self.services.incoming)
        assert answer.status == 202, answer.reason
        return follow_id

    async def rest(self) -> None:
        """Until nothing is left undone."""
        async with asyncio.timeout(20):
            while await self.services.db.fetch_value(UNDONE):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    def heard(self) -> dict[str, int]:
        """How often Ann got each activity; an answer stands under the Follow that it answers."""
        found: dict[str, int] = {}
        for one in self.peer.received:
            document = one.document
            name = document["object"]["id"] if document["type"] == "Accept" else document["id"]
            found[name] = found.get(name, 0) + 1
        return found

    @contextlib.asynccontextmanager
    async def roads(self) -> AsyncIterator[None]:
        worker, _ = roads(self.services)
        async with app.running(worker.run()):
            yield


@pytest.fixture
async def house(place: Place, tmp_path: Path) -> AsyncIterator[House]:
    write_folder(tmp_path, free_port(), ("pits",))
    place.settle(tmp_path)
    clock = Clock()
    async with (
        app.opened(config.load(tmp_path / "config.toml"), clock=clock) as services,
        running_peer(clock=clock) as peer,
    ):
        yield House(services, clock, peer, peer.person("ann", endpoints={}))


async def taken_by_one_that_died(house: House) -> list[str]:
    """A delivery and an activity, claimed by a process of which nothing more is heard."""
    ids = [await house.publish(), await house.follows()]
    db, now = house.services.db, house.clock()
    await fan_out(db, house.clock)
    assert len(await db.write(lambda tx: claims.claim(tx, "dead", 100, now))) == 1
    assert len(await db.write(lambda tx: inbox.claim(tx, 100, "dead", now))) == 1
    return ids


async def waiting_for_their_turn(house: House) -> list[str]:
    ids = [await house.publish(), await house.follows()]
    await fan_out(house.services.db, house.clock)
    return ids


async def said_only(house: House) -> list[str]:
    """Not even fanned out."""
    return [await house.publish()]


Left = Callable[[House], Awaitable[list[str]]]
LEFT = [taken_by_one_that_died, waiting_for_their_turn, said_only]


def each_once(ids: list[str]) -> dict[str, int]:
    return dict.fromkeys(ids, 1)


@pytest.mark.parametrize("left", LEFT)
@pytest.mark.parametrize("moved", [BACK, FORWARD], ids=["back", "forward"])
async def test_what_was_left_before_the_clock_was_set_is_done_after_it(
    house: House, left: Left, moved: timedelta
) -> None:
    ids = await left(house)
    house.clock.moment += moved
    async with house.roads():
        await _leases_end_with_the_new_time(house)
        ids += [await house.publish(), await house.follows()]
        await house.rest()
    assert house.heard() == each_once(ids)


async def _leases_end_with_the_new_time(house: House) -> None:
    """What a dead process held is nobody's for longer than a lease; then it is over."""
    async with asyncio.timeout(20):
        while (until := await house.services.db.fetch_value(LEASES)) is not None:
            now = house.clock().timestamp() * 1000
            if int(str(until)) <= now + claims.LEASE.total_seconds() * 1000:
                break
            await asyncio.sleep(0.05)
    house.clock.moment += claims.LEASE + timedelta(seconds=1)


async def test_the_roads_notice_that_the_clock_was_set_back_under_them(house: House) -> None:
    ids = await taken_by_one_that_died(house)
    async with house.roads():
        ids.append(await house.publish())
        await house.peer.wait_for(1)  # the roads run, and leave alone what the dead one held
        house.clock.moment += BACK
        await _leases_end_with_the_new_time(house)
        ids += [await house.publish(), await house.follows()]
        await house.rest()
    assert house.heard() == each_once(ids)


async def test_what_is_under_way_when_the_clock_is_set_back_comes_once(house: House) -> None:
    house.peer.answering.clear()
    async with house.roads():
        ids = [await house.publish()]
        await house.peer.wait_for(1)
        house.clock.moment += BACK
        house.peer.answering.set()
        ids.append(await house.publish())
        await house.rest()
    assert house.heard() == each_once(ids)


async def test_a_schedule_waits_for_its_hour_whatever_the_clock_does(house: House) -> None:
    at = house.clock() + timedelta(minutes=30)
    saved = await drafts.create(
        house.services.desk, OPERATOR, "pits", {"content": f"For {house.ann.handle}."}
    )
    key = saved.work.declaration.key
    await releases.schedule(house.services.desk, OPERATOR, key, at)
    async with house.roads():
        house.clock.moment += BACK
        await house.follows()
        await house.rest()
        assert "Create" not in [one.document["type"] for one in house.peer.received]
        house.clock.moment = at + timedelta(seconds=1)
        await house.peer.wait_for(2)
        await house.rest()
    assert sorted(one.document["type"] for one in house.peer.received) == ["Accept", "Create"]
