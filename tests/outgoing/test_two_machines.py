"""Two machines' roads on one database: a post arrives once, in order, whoever takes it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from engines import Place
from peers import Peer, running_peer
from servers import free_port, write_folder

from fediverse_coord import app, config
from fediverse_coord.app import Services, roads
from fediverse_coord.desk import drafts, edits
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage import followers, inboxes, receipts
from fediverse_coord.storage.database import Transaction

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)
FOLLOWERS = 25


@contextlib.asynccontextmanager
async def machine(folder: Path) -> AsyncIterator[Services]:
    """The roads of one machine."""
    settings = config.load(folder / "config.toml")
    async with app.opened(settings, clock=lambda: NOON) as services:
        worker, _ = roads(services)
        async with app.running(worker.run()):
            yield services


@pytest.fixture
async def machines(place: Place, tmp_path: Path) -> AsyncIterator[list[Services]]:
    write_folder(tmp_path, free_port(), ("pits",))
    place.settle(tmp_path)
    async with machine(tmp_path) as one, machine(tmp_path) as other:
        yield [one, other]


async def followed(services: Services, peer: Peer) -> None:
    """By so many, each at an inbox of their own."""
    for number in range(FOLLOWERS):
        known = await services.peers.actor(peer.person(f"p{number}").actor_id)

        async def work(tx: Transaction, row: int = known.row, url: str = known.inbox_url) -> None:
            inbox = await inboxes.row_for(tx, url)
            await followers.save(
                tx,
                actor=2,
                remote_actor=row,
                inbox=inbox,
                follow_id=None,
                state="follower",
                now=NOON,
            )

        await services.db.write(work)


async def test_a_post_and_its_edit_arrive_once_each_and_in_order(machines: list[Services]) -> None:
    async with running_peer(clock=lambda: NOON) as peer:
        one, other = machines
        await followed(one, peer)
        text = {"content": "The shafts stand still."}
        saved = await drafts.create(one.desk, OPERATOR, "pits", text, publish=True)
        key = saved.work.declaration.key
        await edits.edit(other.desk, OPERATOR, key, {"content": "All shafts stand still."})

        async with asyncio.timeout(60):
            await _end(one, one.config.uris.object("pits", key))

        arrived = [(got.target, got.document["type"]) for got in peer.received]
        assert len(set(arrived)) == len(arrived)
        news: dict[str, list[str]] = {}
        for target, type_ in arrived:
            news.setdefault(target, []).append(type_)
        assert len(news) == FOLLOWERS
        # An edit rewrites what waits: who had the old words hears of the new ones after them.
        assert all(types in (["Create"], ["Create", "Update"]) for types in news.values())


async def _end(services: Services, object_id: str) -> None:
    """Returns once everything is fanned out and delivered."""
    while True:
        left = await services.db.fetch_value("SELECT count(*) FROM fan_outs")
        counts = await receipts.counts(services.db, object_id)
        if left == 0 and set(counts) == {"delivered"}:
            return
        await asyncio.sleep(0.05)
