"""Followers and their audience: two tables that must never tell different things."""

from collections.abc import AsyncIterator

import pytest
from engines import Place
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from incoming_rows import MINERS, NOW, PORTERS, inbox_row, known, settle_in

from fediverse_coord.storage import followers, following
from fediverse_coord.storage.database import Database, open_database
from fediverse_coord.storage.followers import State


@pytest.fixture
async def db(place: Place) -> AsyncIterator[Database]:
    opened = await open_database(place.migrated().url)
    await settle_in(opened)
    yield opened
    await opened.close()


async def follow(
    db: Database,
    remote: int,
    inbox: int,
    *,
    actor: int = MINERS,
    state: State = "follower",
    follow_id: str = "https://far.example/1",
) -> None:
    await db.write(
        lambda tx: followers.save(
            tx,
            actor=actor,
            remote_actor=remote,
            inbox=inbox,
            follow_id=follow_id,
            state=state,
            now=NOW,
        )
    )


async def audience(db: Database) -> dict[tuple[int, int], int]:
    rows = await db.fetch_all("SELECT actor, inbox, followers FROM audience")
    return {(row["actor"], row["inbox"]): row["followers"] for row in rows}


async def test_two_followers_on_one_server_are_one_inbox(db: Database) -> None:
    inbox = await inbox_row(db, "https://far.example/inbox")
    for name in ("ann", "ben"):
        await follow(db, (await known(db, name)).row, inbox)

    assert await audience(db) == {(MINERS, inbox): 2}
    assert await followers.count(db, MINERS) == 2
    assert await followers.count(db, PORTERS) == 0


async def test_a_repeated_follow_counts_once_and_keeps_the_newest_id(db: Database) -> None:
    ann, inbox = await known(db, "ann"), await inbox_row(db, "https://far.example/inbox")
    await follow(db, ann.row, inbox, follow_id="https://far.example/1")
    await follow(db, ann.row, inbox, follow_id="https://far.example/2")

    found = await followers.find(db, MINERS, ann.row)
    assert found is not None
    assert found.follow_id == "https://far.example/2"
    assert await audience(db) == {(MINERS, inbox): 1}


async def test_one_who_waits_for_an_answer_is_no_audience_yet(db: Database) -> None:
    ann, inbox = await known(db, "ann"), await inbox_row(db, "https://far.example/inbox")
    await follow(db, ann.row, inbox, state="requested")
    assert await audience(db) == {}

    await follow(db, ann.row, inbox)
    assert await audience(db) == {(MINERS, inbox): 1}


async def test_a_moved_inbox_moves_the_audience(db: Database) -> None:
    ann = await known(db, "ann")
    old = await inbox_row(db, "https://far.example/users/ann/inbox")
    new = await inbox_row(db, "https://far.example/inbox")
    await follow(db, ann.row, old)
    await follow(db, ann.row, new)

    assert await audience(db) == {(MINERS, new): 1}


async def test_the_last_follower_takes_the_inbox_along(db: Database) -> None:
    ann, inbox = await known(db, "ann"), await inbox_row(db, "https://far.example/inbox")
    await follow(db, ann.row, inbox)

    assert await db.write(lambda tx: followers.remove(tx, MINERS, ann.row))
    assert not await db.write(lambda tx: followers.remove(tx, MINERS, ann.row))
    assert await audience(db) == {}


async def test_one_who_leaves_leaves_every_coordination(db: Database) -> None:
    ann, inbox = await known(db, "ann"), await inbox_row(db, "https://far.example/inbox")
    await follow(db, ann.row, inbox)
    await follow(db, ann.row, inbox, actor=PORTERS)

    assert await db.write(lambda tx: followers.remove_everywhere(tx, ann.row)) == 2
    assert await audience(db) == {}


async def test_personal_inboxes_behind_a_shared_one_are_found(db: Database) -> None:
    ann, inbox = await known(db, "ann"), await inbox_row(db, "https://far.example/inbox")
    await follow(db, ann.row, inbox)

    found = await followers.personal_inboxes(db, MINERS, inbox)
    assert [row["inbox_url"] for row in found] == ["https://far.example/users/ann/inbox"]


async def test_a_miscount_is_found(db: Database) -> None:
    ann, inbox = await known(db, "ann"), await inbox_row(db, "https://far.example/inbox")
    await follow(db, ann.row, inbox)
    await db.write(lambda tx: tx.execute("UPDATE audience SET followers = 7"))

    assert await followers.recount(db) == [followers.Miscount(MINERS, inbox, 1, 7)]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["follower", "requested", "leave", "vanish"]),
        st.integers(0, 2),
        st.sampled_from([MINERS, PORTERS]),
        st.integers(0, 1),
    ),
    max_size=25,
)


@given(steps=STEPS)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_audience_and_followers_agree_whatever_happens(
    db: Database, steps: list[tuple[str, int, int, int]]
) -> None:
    people = [(await known(db, name)).row for name in ("ann", "ben", "cleo")]
    inboxes = [await inbox_row(db, f"https://far.example/{name}") for name in ("inbox", "other")]
    for step, who, actor, where in steps:
        if step == "leave":
            await db.write(lambda tx, a=actor, w=who: followers.remove(tx, a, people[w]))  # type: ignore[misc]
        elif step == "vanish":
            await db.write(lambda tx, w=who: followers.remove_everywhere(tx, people[w]))  # type: ignore[misc]
        else:
            state: State = "follower" if step == "follower" else "requested"
            await follow(db, people[who], inboxes[where], actor=actor, state=state)
        assert await followers.recount(db) == []


async def test_only_the_one_we_asked_can_accept_our_follow(db: Database) -> None:
    ann, eve = await known(db, "ann"), await known(db, "eve")
    ours = "https://here.example/actors/miners/activities/f1"
    await db.write(lambda tx: following.begin(tx, MINERS, ann.row, ours, NOW))

    assert not await db.write(
        lambda tx: following.answered(tx, eve.row, "accepted", follow_id=ours)
    )
    assert not await following.is_partner(db, ann.row)
    assert await db.write(lambda tx: following.answered(tx, ann.row, "accepted", follow_id=ours))
    assert await following.is_partner(db, ann.row)
