"""Rows become effects in groups: together where nobody is asked, alone where something is amiss."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from engines import Place
from peers import Peer, Person, running_peer
from receiving import DECLARATION, INBOX, MINERS, Clock, Here, our_server

from fediverse_coord.incoming.side_effects import SideEffects, prune
from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.protocol.vocabulary import PUBLIC
from fediverse_coord.storage import blocks, followers, responses
from fediverse_coord.storage.followers import Following


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def far(clock: Clock) -> AsyncIterator[Peer]:
    async with running_peer(clock=clock) as peer:
        yield peer


@pytest.fixture
async def here(place: Place, clock: Clock) -> AsyncIterator[Here]:
    async with our_server(place, clock) as server:
        yield server


def note(who: Person, post: str) -> dict[str, object]:
    return {
        "id": post,
        "type": "Note",
        "attributedTo": who.actor_id,
        "inReplyTo": DECLARATION,
        "content": "<p>With you.</p>",
        "to": [PUBLIC],
    }


async def send(here: Here, who: Person, type_: str, about: object, **more: object) -> None:
    answer = await here.receive(who.signed(INBOX, who.activity(type_, about, **more)))
    assert answer.status == 202


@contextlib.asynccontextmanager
async def walking(here: Here) -> AsyncIterator[None]:
    """The road in as the worker runs it."""
    task = asyncio.create_task(SideEffects(here.services).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_left(here: Here, rows: int) -> None:
    async with asyncio.timeout(60):
        while len(await here.db.fetch_all("SELECT id FROM inbox")) != rows:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_many_actors_rows_are_done_and_counted_once_each(here: Here, far: Peer) -> None:
    people = [far.person(f"p{number}") for number in range(12)]
    async with walking(here):
        for one in people:
            await send(here, one, "Like", DECLARATION)
            await send(here, one, "Like", DECLARATION, id=f"{one.actor_id}#again")
            await send(here, one, "Follow", MINERS)
        await until_left(here, 0)
    assert (await here.object()).likes == len(people)
    assert await here.followers() == len(people)
    assert await followers.recount(here.db) == []
    assert len(await here.sent("Accept")) == len(people)


async def test_many_answers_are_each_judged_for_themselves(here: Here, far: Peer) -> None:
    people = [far.person(f"p{number}") for number in range(6)]
    posts = [f"{one.actor_id}/notes/1" for one in people]
    await here.set_policy(hold="strangers")
    await here.services.peers.actor(people[0].actor_id)
    earlier = f"{people[0].actor_id}/notes/0"
    await send(here, people[0], "Create", note(people[0], earlier), id=f"{earlier}/activity")
    await here.settle()
    [first] = await here.responses()
    await here.db.write(lambda tx: responses.decide(tx, first.key, "approved"))
    await send(here, people[1], "Delete", posts[1])
    await here.settle()
    for one, post in zip(people, posts, strict=True):
        await here.services.peers.actor(one.actor_id)
        await send(here, one, "Create", note(one, post))
    # Nobody has to be asked, also not for what an author is called.
    await here.db.write(lambda tx: tx.execute("UPDATE remote_actors SET handle = '@them'"))
    written = sum(here.db.counts.group_sizes.read()[0])
    await here.settle()
    found = {one.object_id: one.state for one in await here.responses()}
    held = dict.fromkeys(posts[2:], "held")
    assert found == {earlier: "approved", posts[0]: "approved"} | held
    assert sum(here.db.counts.group_sizes.read()[0]) - written <= 3  # a claim, and one for all
    assert len(await here.reach()) == 1  # one server, and its shared inbox


async def test_one_actors_rows_are_done_in_their_order(here: Here, far: Peer) -> None:
    ann, ben = far.person("ann"), far.person("ben")
    for _ in range(5):
        for who in (ann, ben):
            here.clock.pass_(seconds=1)
            await send(here, who, "Follow", MINERS)
            await send(here, who, "Undo", who.activity("Follow", MINERS))
    here.clock.pass_(seconds=1)
    await send(here, ben, "Follow", MINERS)
    async with walking(here):
        await until_left(here, 0)
    rows = await here.db.fetch_all(
        "SELECT actor_id FROM followers JOIN remote_actors ON remote_actors.id = remote_actor"
    )
    assert [row["actor_id"] for row in rows] == [ben.actor_id]


async def test_a_row_whose_effect_fails_takes_nobody_elses_along(here: Here, far: Peer) -> None:
    people = [far.person(f"p{number}") for number in range(6)]
    for one in people:
        await here.services.peers.actor(one.actor_id)
        await send(here, one, "Follow", MINERS)
    # Nothing can be delivered there: only when its effect is written does that show.
    await here.db.write(
        lambda tx: tx.execute(
            "UPDATE remote_actors SET shared_inbox_url = NULL, inbox_url = 'nowhere'"
            " WHERE actor_id = :actor_id",
            actor_id=people[2].actor_id,
        )
    )
    async with walking(here):
        await until_left(here, 0)
    assert await here.followers() == len(people) - 1
    assert here.services.counts.effects.read()["let_go"] == 1


async def test_a_fault_of_ours_is_tried_again_alone(
    here: Here, far: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [far.person(f"p{number}") for number in range(4)]
    save, faulty = followers.save_all, []

    async def broken(tx: object, actor: int, found: list[Following], now: datetime) -> None:
        if any(one.remote_actor in faulty for one in found):
            raise ZeroDivisionError
        await save(tx, actor, found, now)  # type: ignore[arg-type]

    for one in people:
        await send(here, one, "Follow", MINERS)
    known = await here.services.peers.known(people[0].actor_id)
    assert known is not None
    faulty.append(known.row)
    monkeypatch.setattr(followers, "save_all", broken)
    await here.settle()
    assert await here.followers() == 3
    [row] = await here.db.fetch_all("SELECT attempts, fault, leased_until FROM inbox")
    assert (row["attempts"], row["fault"], row["leased_until"]) == (1, "ZeroDivisionError", None)


async def test_who_is_blocked_between_reading_and_writing_has_no_effect(
    here: Here, far: Peer
) -> None:
    ann, ben = far.person("ann"), far.person("ben")
    for who in (ann, ben):
        await send(here, who, "Like", DECLARATION)
    await here.db.write(lambda tx: blocks.add(tx, "actor", ann.actor_id, None, here.clock()))
    await here.settle()
    assert (await here.object()).likes == 1
    assert await here.db.fetch_all("SELECT id FROM inbox") == []


async def test_others_are_done_while_one_server_lets_us_wait(here: Here, far: Peer) -> None:
    async with running_peer("127.0.0.2", here.clock) as slow:
        eve = slow.person("eve")
        people = [far.person(f"p{number}") for number in range(30)]
        await send(here, eve, "Create", f"{eve.actor_id}/slow")
        slow.gate.clear()
        async with walking(here):
            await slow.wait_asked(2)
            for one in people:
                await send(here, one, "Like", DECLARATION)
            await until_left(here, 1)
            assert (await here.object()).likes == len(people)
            slow.gate.set()


async def test_what_has_run_out_is_forgotten_in_portions(here: Here) -> None:
    old = milliseconds(here.clock()) - 1000 * 60 * 60 * 24 * 365
    rows = [{"print": number.to_bytes(4, "big"), "old": old} for number in range(4_500)]
    insert = "INSERT INTO seen_requests (fingerprint, seen_at) VALUES (:print, :old)"
    await here.db.write(lambda tx: tx.execute_many(insert, rows))
    written = here.db.counts.group_sizes
    before = sum(written.read()[0])
    assert await prune(here.services) == 4_500
    assert sum(written.read()[0]) - before >= 3
    assert await here.db.fetch_all("SELECT seen_at FROM seen_requests") == []
