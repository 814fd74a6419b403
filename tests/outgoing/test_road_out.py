"""The whole road out: a published declaration arrives at real inboxes, signed and proved."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from engines import Place
from peers import Peer, Person, running_peer
from servers import free_port, write_folder

from fediverse_coord import app, config
from fediverse_coord.app import Services, roads
from fediverse_coord.desk import drafts, edits, redacting, releases
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.protocol.keys import public_keys_in
from fediverse_coord.protocol.signatures import holds, read_claim
from fediverse_coord.protocol.signatures.integrity import proof_holds, proof_of
from fediverse_coord.protocol.uris import parse
from fediverse_coord.storage import actors, deliveries, followers, inboxes, instance, receipts
from fediverse_coord.storage.database import Database

ARTICLE = {
    "title": "On the northern shafts",
    "summary": "Five demands.",
    "content": "We demand **five** things. #solidarity",
}


@dataclass(slots=True)
class Clock:
    now: datetime = datetime(2026, 10, 14, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class Sender:
    """Our server without its faces: services, and the roads that run beside."""

    services: Services
    clock: Clock
    wake: Callable[[], None]

    @property
    def desk(self) -> Any:
        return self.services.desk

    async def followed_by(self, person: Person, *, shared: bool = True) -> None:
        """As if their Follow had been accepted."""
        known = await self.services.peers.actor(person.actor_id)
        url = known.delivery_url if shared else known.inbox_url

        async def work(tx: Any) -> None:
            await followers.save(
                tx,
                actor=2,
                remote_actor=known.row,
                inbox=await inboxes.row_for(tx, url),
                follow_id=None,
                state="follower",
                now=self.clock(),
            )

        await self.services.db.write(work)

    async def publish(self, **fields: object) -> str:
        """The key of a new published declaration."""
        saved = await drafts.create(
            self.desk, OPERATOR, "pits", {**ARTICLE, **fields}, publish=True
        )
        self.wake()
        return saved.work.declaration.key

    def object_id(self, key: str) -> str:
        return self.services.config.uris.object("pits", key)

    async def until(self, happened: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(10):
            while not await happened():
                self.wake()
                await asyncio.sleep(0.02)

    async def settled(self, key: str, **expected: int) -> None:
        """Waits until the deliveries about it are in these states."""

        async def are() -> bool:
            return await receipts.counts(self.services.db, self.object_id(key)) == expected

        try:
            await self.until(are)
        except TimeoutError:
            found = await receipts.page(self.services.db, self.object_id(key))
            raise AssertionError(f"expected {expected}, found {found}") from None


@pytest.fixture
async def sender(place: Place, tmp_path: Path) -> AsyncIterator[Sender]:
    write_folder(tmp_path, free_port(), ("pits",))
    place.settle(tmp_path)
    clock = Clock()
    async with app.opened(config.load(tmp_path / "config.toml"), clock=clock) as services:
        worker, wake = roads(services)
        running = asyncio.create_task(worker.run())
        yield Sender(services, clock, wake)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@pytest.fixture
async def peer(sender: Sender) -> AsyncIterator[Peer]:
    async with running_peer(clock=sender.clock) as found:
        yield found


def types(peer: Peer) -> list[str]:
    return [one.document["type"] for one in peer.received]


async def test_a_declaration_arrives_once_for_each_server(sender: Sender, peer: Peer) -> None:
    for name in ("ann", "ben", "clo"):
        await sender.followed_by(peer.person(name))
    key = await sender.publish()
    await sender.settled(key, delivered=1)

    [request] = peer.received
    assert request.target == "/inbox"
    created = request.document
    assert created["type"] == "Create"
    assert created["object"]["id"] == sender.object_id(key)
    assert created["object"]["name"] == "On the northern shafts"


async def test_request_and_both_documents_prove_their_origin(sender: Sender, peer: Peer) -> None:
    await sender.followed_by(peer.person("ann"))
    await sender.settled(await sender.publish(), delivered=1)

    [request] = peer.received
    local = await actors.by_name(sender.services.db, "pits")
    assert local is not None
    actor = json.loads(local.document)
    keys = {key.key_id: key for key in public_keys_in(actor)}
    claim = read_claim(
        request.as_inbound,
        authority=parse(peer.origin).authority,
        scheme="http",
        now=sender.clock(),
    )
    assert holds(claim, keys[claim.key_id])
    for document in (request.document, request.document["object"]):
        proof = proof_of(document)
        assert proof is not None
        assert proof_holds(document, proof, keys[proof.verification_method], sender.clock())


async def test_somebody_mentioned_gets_it_without_following(sender: Sender, peer: Peer) -> None:
    ann = peer.person("ann")
    key = await sender.publish(content=f"For {ann.handle} and all.")
    await sender.settled(key, delivered=1)

    [request] = peer.received
    assert request.target == "/users/ann/inbox"
    assert {"type": "Mention", "href": ann.actor_id, "name": ann.handle} in (
        request.document["object"]["tag"]
    )


async def test_an_edit_follows_where_the_text_went(sender: Sender, peer: Peer) -> None:
    ann = peer.person("ann")
    await sender.followed_by(ann)
    key = await sender.publish()
    await sender.settled(key, delivered=1)
    known = await sender.services.peers.actor(ann.actor_id)
    await sender.services.db.write(lambda tx: followers.remove(tx, actor=2, remote_actor=known.row))
    sender.clock.now += timedelta(minutes=1)
    await edits.edit(sender.desk, OPERATOR, key, {"content": "We demand six things."})
    await sender.settled(key, delivered=2)

    assert types(peer) == ["Create", "Update"]
    told = peer.received[1].document["object"]
    assert "six" in told["content"]
    assert told["updated"] > told["published"]
    assert told["summary"].startswith("<p>(corrected 2026-10-14)</p>")


async def test_a_quiet_correction_tells_readers_nothing(sender: Sender, peer: Peer) -> None:
    await sender.followed_by(peer.person("ann"))
    key = await sender.publish()
    await sender.settled(key, delivered=1)
    await edits.edit(sender.desk, OPERATOR, key, {"content": "We demand 5 things."}, quiet=True)
    await sender.settled(key, delivered=2)
    assert peer.received[1].document["object"]["summary"] == "<p>Five demands.</p>"


async def test_a_server_that_was_down_gets_the_edited_text_first(
    sender: Sender, peer: Peer
) -> None:
    peer.answer = 503
    await sender.followed_by(peer.person("ann"))
    key = await sender.publish()
    await sender.settled(key, waiting=1)
    await sender.until(lambda: _received(peer, 1))
    await edits.edit(sender.desk, OPERATOR, key, {"content": "We demand six things."})
    peer.answer = 202
    sender.clock.now += timedelta(minutes=10)
    await sender.settled(key, delivered=2)

    after = [one.document for one in peer.received[1:]]
    assert [one["type"] for one in after] == ["Create", "Update"]
    assert all("six" in one["object"]["content"] for one in after)


async def _received(peer: Peer, count: int) -> bool:
    return len(peer.received) >= count


async def test_a_deleted_text_never_reaches_a_server_that_was_down(
    sender: Sender, peer: Peer
) -> None:
    peer.answer = 503
    await sender.followed_by(peer.person("ann"))
    key = await sender.publish()
    await sender.until(lambda: _received(peer, 1))
    await releases.delete(sender.desk, OPERATOR, key)
    peer.answer = 202
    sender.clock.now += timedelta(minutes=10)
    await sender.settled(key, superseded=1, delivered=1)

    gone = peer.received[-1].document
    assert gone["type"] == "Delete"
    assert gone["object"]["type"] == "Tombstone"
    rows = await sender.services.db.fetch_all("SELECT document FROM activities")
    assert not any(b"five" in row["document"] for row in rows)


async def test_withdrawing_puts_the_reason_in_the_place_of_the_text(
    sender: Sender, peer: Peer
) -> None:
    await sender.followed_by(peer.person("ann"))
    key = await sender.publish()
    await sender.settled(key, delivered=1)
    await releases.withdraw(sender.desk, OPERATOR, key, "The talks go on.")
    await sender.settled(key, delivered=2)
    told = peer.received[1].document["object"]
    assert told["name"] == "Withdrawn: On the northern shafts"
    assert "five" not in json.dumps(told)
    assert told["url"].endswith("?r=1")


async def test_a_server_that_knows_only_rfc_9421_is_knocked_at_twice_then_remembered(
    sender: Sender, peer: Peer
) -> None:
    await sender.followed_by(peer.person("ann"))
    peer.decide = lambda request: 202 if "signature-input" in request.headers else 401
    first = await sender.publish()
    await sender.settled(first, delivered=1)
    assert ["signature-input" in one.headers for one in peer.received] == [False, True]
    await sender.settled(await sender.publish(), delivered=1)
    assert "signature-input" in peer.received[2].headers
    assert len(peer.received) == 3


@pytest.mark.parametrize(
    "status, state",
    [(202, "delivered"), (301, "refused"), (404, "refused"), (501, "refused"), (410, "gone")],
)
async def test_each_answer_has_its_receipt(
    sender: Sender, peer: Peer, status: int, state: str
) -> None:
    ann = peer.person("ann", endpoints={})
    await sender.followed_by(ann)
    peer.answer = status
    key = await sender.publish()
    await sender.settled(key, **{state: 1})
    [receipt], _ = await receipts.page(sender.services.db, sender.object_id(key))
    assert (receipt.state, receipt.status, receipt.attempts) == (state, status, 1)
    assert await followers.count(sender.services.db, 2) == 1


async def test_a_server_that_sends_us_something_gets_what_waited_for_it(
    sender: Sender, peer: Peer
) -> None:
    await sender.followed_by(peer.person("ann"))
    peer.answer = 503
    key = await sender.publish()
    await sender.until(lambda: _received(peer, 1))
    await sender.settled(key, waiting=1)
    peer.answer = 202
    db, now = sender.services.db, sender.clock()
    await sender.until(lambda: _is_ailing(db, peer.origin))
    await db.write(lambda tx: deliveries.hurry_ailing(tx, {"https://other.example"}, now))
    assert len(peer.received) == 1
    await db.write(lambda tx: deliveries.hurry_ailing(tx, {peer.origin}, now))
    await sender.settled(key, delivered=1)


async def _is_ailing(db: Database, origin: str) -> bool:
    sql = "SELECT count(*) FROM origins WHERE origin = :origin AND failures > 0"
    return await db.fetch_value(sql, origin=origin) == 1


async def test_a_follower_goes_only_when_the_actor_itself_says_410(
    sender: Sender, peer: Peer
) -> None:
    ann = peer.person("ann", endpoints={})
    await sender.followed_by(ann)
    peer.answer = 410
    peer.bury(ann.actor_id)
    sender.clock.now += timedelta(minutes=5)
    key = await sender.publish()
    await sender.settled(key, gone=1)
    assert await followers.count(sender.services.db, 2) == 0


async def test_a_shared_inbox_that_is_gone_removes_nobody(sender: Sender, peer: Peer) -> None:
    for name in ("ann", "ben"):
        await sender.followed_by(peer.person(name))
    peer.decide = lambda request: 410 if request.target == "/inbox" else 202
    key = await sender.publish()
    await sender.settled(key, gone=1, delivered=2)
    assert await followers.count(sender.services.db, 2) == 2
    assert {one.target for one in peer.received} == {
        "/inbox",
        "/users/ann/inbox",
        "/users/ben/inbox",
    }


async def test_a_restored_server_sends_nothing_until_it_is_resumed(
    sender: Sender, peer: Peer
) -> None:
    await sender.followed_by(peer.person("ann"))
    db = sender.services.db
    await db.write(lambda tx: instance.set_sending(tx, on=False))
    key = await sender.publish()
    await sender.settled(key, waiting=1)
    assert peer.received == []
    await db.write(lambda tx: instance.set_sending(tx, on=True))
    await sender.settled(key, delivered=1)


async def test_a_scheduled_declaration_goes_out_at_its_hour(sender: Sender, peer: Peer) -> None:
    await sender.followed_by(peer.person("ann"))
    saved = await drafts.create(sender.desk, OPERATOR, "pits", ARTICLE)
    key, at = saved.work.declaration.key, sender.clock() + timedelta(hours=1)
    await releases.schedule(sender.desk, OPERATOR, key, at)
    assert peer.received == []
    sender.clock.now += timedelta(hours=1, seconds=1)
    await sender.settled(key, delivered=1)
    published = peer.received[0].document["object"]["published"]
    assert published == "2026-10-14T13:00:01Z"


async def test_a_dead_server_is_probed_and_then_left_in_peace(sender: Sender, peer: Peer) -> None:
    await sender.followed_by(peer.person("ann"))
    peer.answer = 500
    keys = [await sender.publish(title=f"Number {n}") for n in range(8)]

    async def ailing() -> bool:
        sql = "SELECT failures FROM origins WHERE origin = :origin"
        return int(str(await sender.services.db.fetch_value(sql, origin=peer.origin) or 0)) >= 5

    await sender.until(ailing)
    knocked = len(peer.received)
    sender.clock.now += timedelta(minutes=20)
    await asyncio.sleep(0.5)
    assert len(peer.received) - knocked <= 1
    peer.answer = 202
    sender.clock.now += timedelta(hours=13)
    for key in keys:
        await sender.settled(key, delivered=1)


async def test_a_server_that_was_down_never_receives_a_name_that_was_taken_out(
    sender: Sender, peer: Peer
) -> None:
    peer.answer = 503
    await sender.followed_by(peer.person("ann"))
    key = await sender.publish(
        content="Signed in haste.", signatories=[{"name": "Rosa Lux"}, {"name": "Ben Okafor"}]
    )
    await edits.edit(sender.desk, OPERATOR, key, {"content": "Rosa Lux signed in haste."})
    await sender.until(lambda: _received(peer, 1))
    before = len(peer.received)
    await redacting.redact(sender.desk, OPERATOR, key, "Rosa Lux")
    peer.answer = 202
    sender.clock.now += timedelta(minutes=10)
    await sender.settled(key, delivered=2, superseded=1)

    after = [one.document for one in peer.received[before:]]
    assert [one["type"] for one in after] == ["Create", "Update"]
    assert "Rosa" not in json.dumps(after)
    assert all("Ben Okafor" in one["object"]["content"] for one in after)
