"""The last step of the road out where things go wrong: leases, silence, what cannot be sent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from engines import Place
from peers import Peer, running_peer
from servers import free_port, write_folder

from fediverse_coord import app, config
from fediverse_coord.app import Services
from fediverse_coord.counts import DeliveryCounts
from fediverse_coord.desk import drafts, follows
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.outgoing import deliver
from fediverse_coord.outgoing.deliver import Deliverer, Pace
from fediverse_coord.protocol.chance import random_key
from fediverse_coord.storage import claims, receipts
from fediverse_coord.storage.claims import LEASE
from fediverse_coord.storage.receipts import Receipt

START = datetime(2026, 10, 14, 12, tzinfo=UTC)
BREAK_KEY = "UPDATE activities SET signed_by = 'no such key' WHERE object_id = :object_id"


@dataclass(slots=True)
class LeapingClock:
    """Between any two looks at it most of a lease goes by."""

    now: datetime = START
    asked: int = field(default=0)
    often: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self) -> datetime:
        self.asked += 1
        self.now += timedelta(seconds=100)
        if self.asked >= 6:
            self.often.set()
        return self.now


@pytest.fixture
async def services(place: Place, tmp_path: Path) -> AsyncIterator[Services]:
    write_folder(tmp_path, free_port(), ("pits",))
    place.settle(tmp_path)
    settings = config.load(tmp_path / "config.toml")
    async with app.opened(settings, clock=lambda: START) as opened:
        yield opened


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with running_peer(clock=lambda: START) as found:
        yield found


@contextlib.asynccontextmanager
async def delivering(
    services: Services,
    clock: Callable[[], datetime] = lambda: START,
    counts: DeliveryCounts | None = None,
    **pace: Any,
) -> AsyncIterator[asyncio.Task[None]]:
    deliverer = Deliverer(
        services.db,
        services.client,
        services.peers,
        services.keyring,
        clock,
        random_key,
        Pace(**pace),
        counts=counts or DeliveryCounts(),
    )
    running = asyncio.create_task(deliverer.run())
    try:
        yield running
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def published(services: Services, handle: str) -> str:
    fields = {"content": f"For {handle}."}
    saved = await drafts.create(services.desk, OPERATOR, "pits", fields, publish=True)
    return services.config.uris.object("pits", saved.work.declaration.key)


async def receipt(services: Services, object_id: str, ready: Callable[[Receipt], bool]) -> Receipt:
    async with asyncio.timeout(10):
        while True:
            [found], _ = await receipts.page(services.db, object_id)
            if ready(found):
                return found
            await asyncio.sleep(0.02)


async def test_what_waited_too_long_for_its_turn_is_not_begun_under_its_old_lease(
    services: Services, peer: Peer
) -> None:
    object_id, clock = await published(services, peer.person("ann").handle), LeapingClock()
    async with delivering(services, clock):
        async with asyncio.timeout(10):
            await clock.often.wait()
    assert peer.received == []
    async with delivering(services, lambda: clock.now):
        found = await receipt(services, object_id, lambda one: one.state == "delivered")
    assert len(peer.received) == 1
    assert found.attempts == 1  # what was only put back, or left by a lease that ended, is none


async def test_processes_that_die_use_up_no_attempt(services: Services, peer: Peer) -> None:
    """Nine of them, as many as there are attempts: it still arrives, and counts once."""
    object_id, now = await published(services, peer.person("ann").handle), services.clock()
    for number in range(9):
        token, at = f"dead{number}", now + number * (LEASE + timedelta(seconds=1))
        taken = await services.db.write(lambda tx, t=token, a=at: claims.claim(tx, t, 10, a))  # type: ignore[misc]
        assert [one.attempts for one in taken] == [1]
    later = now + 9 * (LEASE + timedelta(seconds=1))
    async with delivering(services, lambda: later):
        found = await receipt(services, object_id, lambda one: one.state == "delivered")
    assert found.attempts == 1


async def test_a_server_that_says_nothing_is_left_after_the_deadline(
    services: Services, peer: Peer
) -> None:
    silent = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    ann = peer.person("ann")
    object_id = await published(services, ann.handle)
    sql = "UPDATE inboxes SET url = :url"
    url = f"http://127.0.0.1:{port}/inbox"
    await services.db.write(lambda tx: tx.execute(sql, url=url))
    async with delivering(services, first_seconds=0.05):
        found = await receipt(services, object_id, lambda one: one.fault is not None)
    silent.set()
    server.close()
    assert (found.state, found.fault) == ("waiting", "no answer in time")


async def test_one_that_cannot_be_signed_stops_no_other(services: Services, peer: Peer) -> None:
    handle = peer.person("ann").handle
    broken = await published(services, handle)
    await services.db.write(lambda tx: tx.execute(BREAK_KEY, object_id=broken))
    sound = await published(services, handle)
    async with delivering(services) as running:
        await receipt(services, sound, lambda one: one.state == "delivered")
        assert not running.done()
    [left], _ = await receipts.page(services.db, broken)
    assert left.state == "waiting"


async def test_only_where_our_own_words_went_is_remembered(services: Services, peer: Peer) -> None:
    ann = peer.person("ann")
    await follows.follow(services.desk, OPERATOR, "pits", ann.handle)
    object_id = await published(services, ann.handle)
    async with delivering(services):
        await receipt(services, object_id, lambda one: one.state == "delivered")
        await peer.wait_for(2)
    assert {one.document["type"] for one in peer.received} == {"Follow", "Create"}
    rows = await services.db.fetch_all("SELECT object_id FROM reach")
    assert [row["object_id"] for row in rows] == [object_id]


async def test_what_arrived_is_written_down_at_the_end_though_it_waited_for_company(
    services: Services, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "SETTLE_AFTER_SECONDS", 60)
    object_id = await published(services, peer.person("ann").handle)
    counts = DeliveryCounts()
    async with delivering(services, counts=counts):
        async with asyncio.timeout(10):
            while not counts.outcomes.read()["delivered"]:  # noqa: ASYNC110 - it has the answer
                await asyncio.sleep(0.01)
        [waits], _ = await receipts.page(services.db, object_id)
        assert waits.state == "waiting"
    [found], _ = await receipts.page(services.db, object_id)
    assert (found.state, found.attempts) == ("delivered", 1)
