"""Repetition, floods, blocks, and what is found again.  inbound.md 9.3, security B3, B5, D8, F3."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import pytest
from engines import Place
from peers import PUBLIC, Peer, Person, running_peer
from receiving import DECLARATION, INBOX, MINERS, Clock, Here, our_server

from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.incoming.services import Floods
from fediverse_coord.incoming.side_effects import process
from fediverse_coord.remote.keys import KeyLimits
from fediverse_coord.remote.limits import Buckets
from fediverse_coord.remote.peers import PeerLimits
from fediverse_coord.storage import blocks, followers
from fediverse_coord.storage.database import Database, Work


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def far(clock: Clock) -> AsyncIterator[Peer]:
    async with running_peer(clock=clock) as peer:
        yield peer


@pytest.fixture
async def evil(clock: Clock) -> AsyncIterator[Peer]:
    async with running_peer("127.0.0.2", clock) as peer:
        yield peer


@pytest.fixture
async def ann(far: Peer) -> Person:
    return far.person("ann")


@pytest.fixture
async def here(place: Place, clock: Clock) -> AsyncIterator[Here]:
    async with our_server(place, clock) as server:
        yield server


def follow(who: Person, **more: Any) -> dict[str, Any]:
    return who.activity("Follow", MINERS, **more)


def reply(who: Person, **more: Any) -> dict[str, Any]:
    return who.note(**({"inReplyTo": DECLARATION, "cc": [MINERS]} | more))


async def test_a_captured_request_has_no_effect_after_the_undo(here: Here, ann: Person) -> None:
    captured = ann.signed(INBOX, follow(ann))
    await here.take(captured)
    here.clock.pass_(minutes=1)
    await here.take(ann.signed(INBOX, ann.activity("Undo", follow(ann))))

    for _ in range(3):
        here.clock.pass_(minutes=20)
        assert await here.take(captured) == 202
    assert await here.followers() == 0
    here.clock.pass_(minutes=10)
    assert await here.take(captured) == 401


async def test_a_captured_request_cannot_be_played_to_another_inbox(
    here: Here, ann: Person
) -> None:
    captured = ann.signed(f"{MINERS}/inbox", follow(ann))
    assert await here.take(replace(captured, target="/inbox")) == 401


async def test_distinct_key_ids_make_us_ask_only_so_often(
    place: Place, clock: Clock, far: Peer
) -> None:
    limits = PeerLimits(KeyLimits(by_host=Buckets(40, 0.1), by_client=Buckets(20, 0.1)))
    async with our_server(place, clock, limits) as here:
        for number in range(200):
            eve = Person(far, f"eve{number}")
            answer = await here.receive(eve.signed(INBOX, follow(eve)), client="one")
            assert answer.status in {401, 503}
        assert 0 < len(far.asked) <= 20
        assert await here.followers() == 0


async def test_by_default_a_thousand_key_ids_are_not_a_thousand_questions(
    here: Here, far: Peer
) -> None:
    for number in range(1000):
        eve = Person(far, f"eve{number}")
        await here.receive(eve.signed(INBOX, b'{"type":"Like","actor":"https://a.example/x"}'))
    assert 0 < len(far.asked) <= 100


async def test_one_client_with_made_up_keys_keeps_nobody_else_of_that_server_out(
    here: Here, far: Peer, ann: Person
) -> None:
    for number in range(100):
        eve = Person(far, f"eve{number}")
        await here.receive(eve.signed(INBOX, follow(eve)), client="one")
    assert (await here.receive(ann.signed(INBOX, follow(ann)), client="two")).status == 202


async def test_the_same_missing_key_is_asked_for_once(here: Here, far: Peer) -> None:
    eve = Person(far, "eve")
    for _ in range(5):
        here.clock.pass_(minutes=5)
        assert (await here.receive(eve.signed(INBOX, follow(eve)))).status == 401
    assert len(far.asked) == 1


async def test_many_who_wait_for_one_key_ask_once(here: Here, far: Peer, ann: Person) -> None:
    far.gate.clear()
    requests = [
        here.receive(ann.signed(INBOX, ann.activity("Like", DECLARATION, id=f"{ann.actor_id}/{n}")))
        for n in range(10)
    ]
    running = asyncio.gather(*requests)
    await far.wait_asked(1)
    far.gate.set()
    assert {answer.status for answer in await running} == {202}
    assert len(far.asked) == 1


async def test_a_flood_of_verified_activities_is_slowed(here: Here, far: Peer, ann: Person) -> None:
    floods = Floods(by_actor=Buckets(5, 1))
    here.services = replace(here.services, floods=floods)
    statuses = []
    for number in range(8):
        activity = ann.activity("Like", DECLARATION, id=f"{ann.actor_id}/{number}")
        answer = await here.receive(ann.signed(INBOX, activity))
        statuses.append(answer.status)
    assert statuses == [202] * 5 + [429] * 3
    assert answer.headers["Retry-After"]

    ben = far.person("ben")
    assert await here.take(ben.signed(INBOX, follow(ben))) == 202


async def test_a_full_queue_says_later(here: Here, ann: Person) -> None:
    here.services = replace(here.services, floods=Floods(queue=1))
    assert (await here.receive(ann.signed(INBOX, follow(ann)))).status == 202
    here.clock.pass_(seconds=2)
    answer = await here.receive(ann.signed(INBOX, ann.activity("Like", DECLARATION)))
    assert answer.status == 503
    await here.settle()
    here.clock.pass_(seconds=2)
    assert (await here.receive(ann.signed(INBOX, ann.activity("Like", DECLARATION)))).status == 202


async def test_follow_and_undo_a_hundred_times_leave_one_truth(here: Here, ann: Person) -> None:
    for _ in range(30):
        here.clock.pass_(seconds=1)
        await here.receive(ann.signed(INBOX, follow(ann)))
        here.clock.pass_(seconds=1)
        await here.receive(ann.signed(INBOX, ann.activity("Undo", follow(ann))))
    await here.settle()
    assert await here.followers() == 0
    assert await followers.recount(here.db) == []


async def test_reports_without_end_fill_no_table(here: Here, ann: Person) -> None:
    for number in range(40):
        named = [DECLARATION, f"{DECLARATION}{number}"]
        flag = ann.activity("Flag", named, content="spam", id=f"{ann.actor_id}/{number}")
        await here.receive(ann.signed(INBOX, flag))
    await here.settle()
    assert len(await here.db.fetch_all("SELECT id FROM reports")) == 30


@pytest.mark.parametrize("kind", ["actor", "domain"])
async def test_a_blocked_sender_is_refused_before_its_key_is_asked_for(
    here: Here, far: Peer, ann: Person, kind: str
) -> None:
    value = ann.actor_id if kind == "actor" else "127.0.0.1"
    await here.db.write(lambda tx: blocks.add(tx, kind, value, None, here.clock()))  # type: ignore[arg-type]
    assert await here.take(ann.signed(INBOX, follow(ann))) == 403
    assert far.asked == []


async def test_a_block_also_stops_what_was_already_received(here: Here, ann: Person) -> None:
    assert (await here.receive(ann.signed(INBOX, follow(ann)))).status == 202
    await here.db.write(lambda tx: blocks.add(tx, "domain", "127.0.0.1", None, here.clock()))
    await here.settle()
    assert await here.followers() == 0
    assert await here.db.fetch_all("SELECT id FROM inbox") == []


async def test_blocked_words_do_not_come_in_through_a_relay(
    here: Here, evil: Peer, ann: Person
) -> None:
    relay = evil.person("relay", type="Group")
    await here.services.peers.actor(ann.actor_id)
    await here.db.write(lambda tx: blocks.add(tx, "actor", ann.actor_id, None, here.clock()))
    create = ann.create(reply(ann))
    for activity in (create, relay.activity("Announce", create, to=[PUBLIC])):
        assert await here.take(relay.signed(INBOX, activity)) in {202, 403}
    assert await here.responses() == []


async def test_an_actors_delete_is_believed_when_its_key_is_gone_with_it(
    here: Here, far: Peer, ann: Person
) -> None:
    await here.take(ann.signed(INBOX, follow(ann)))
    await here.db.write(lambda tx: tx.execute("DELETE FROM remote_keys"))
    far.bury(ann.actor_id)
    gone = ann.activity("Delete", ann.actor_id, id=None)
    assert await here.take(ann.signed(INBOX, gone)) == 202
    assert await here.followers() == 0


async def test_nobody_elses_word_makes_an_actor_gone(
    here: Here, far: Peer, evil: Peer, ann: Person
) -> None:
    await here.take(ann.signed(INBOX, follow(ann)))
    eve = evil.person("eve")
    forged = eve.activity("Delete", ann.actor_id, actor=ann.actor_id, id=None)
    for status in (404, 503):
        far.bury(ann.actor_id, status=status)
        here.clock.pass_(minutes=1)
        assert await here.take(eve.signed(INBOX, forged)) == 202
    assert await here.followers() == 1


async def test_a_relayed_delete_is_believed_once_the_origin_says_so(
    here: Here, far: Peer, evil: Peer, ann: Person
) -> None:
    note = reply(ann)
    await here.take(ann.signed(INBOX, ann.create(note)))
    relay = evil.person("relay")
    delete = ann.activity("Delete", note["id"])
    await here.take(relay.signed(INBOX, delete))
    assert len(await here.responses()) == 1

    far.bury(note["id"], status=404)
    here.clock.pass_(minutes=1)
    await here.take(relay.signed(INBOX, delete))
    assert await here.responses() == []


async def test_servers_that_let_us_wait_hold_up_no_other(here: Here, far: Peer, evil: Peer) -> None:
    services = replace(here.services, effect_seconds=0.2, patience=Buckets(1, 0))
    people = [far.person(f"eve{number}") for number in range(20)]
    for one in people:
        await here.receive(one.signed(INBOX, one.activity("Create", f"{one.actor_id}/slow")))
    mia = evil.person("mia")
    await here.receive(mia.signed(INBOX, follow(mia)))
    before = len(far.asked)
    far.gate.clear()
    await process(services)

    assert await here.followers() == 1
    asked = len(far.asked) - before
    rows = await here.db.fetch_all("SELECT attempts, due_at, received_at, leased_until FROM inbox")
    assert 0 < asked < len(people)
    assert sorted(row["attempts"] for row in rows) == [0] * (20 - asked) + [1] * asked
    assert all(row["due_at"] > row["received_at"] for row in rows)
    assert all(row["leased_until"] is None for row in rows)
    far.gate.set()


class Away:
    """A database that takes a claim and is locked from then on."""

    def __init__(self, db: Database) -> None:
        self.db, self.writes = db, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.db, name)

    async def write(self, work: Work[Any], /) -> Any:
        self.writes += 1
        if self.writes > 1:
            raise StorageUnavailable("locked")
        return await self.db.write(work)


async def test_a_database_that_is_away_is_told_as_such_and_loses_nothing(
    here: Here, far: Peer
) -> None:
    for name in ("ann", "ben"):
        who = far.person(name)
        await here.receive(who.signed(INBOX, follow(who)))
    away = cast("Database", Away(here.db))
    with pytest.raises(StorageUnavailable):
        await process(replace(here.services, db=away))

    here.clock.pass_(minutes=3)
    await here.settle()
    assert await here.followers() == 2


async def test_what_cannot_be_fetched_now_is_tried_again_and_then_shown_to_the_operator(
    here: Here, far: Peer, ann: Person
) -> None:
    note = reply(ann)
    far.bury(note["id"], status=503)
    await here.take(ann.signed(INBOX, ann.create(note) | {"object": note["id"]}))
    assert await here.responses() == []
    for _ in range(6):
        here.clock.pass_(hours=7)
        await here.settle()
    [row] = await here.db.fetch_all("SELECT attempts, parked_at, fault FROM inbox")
    assert (row["attempts"], row["parked_at"] is not None) == (5, True)
    assert "503" in row["fault"]
