"""The queue of what came in: recorded once, claimed by one, tried five times, then shown."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from engines import Place
from incoming_rows import NOW, settle_in

from fediverse_coord.storage import arrivals, inbox, memories
from fediverse_coord.storage.arrivals import Arrival, Recorded
from fediverse_coord.storage.database import Database, open_database
from fediverse_coord.storage.inbox import Claimed

FOLLOW = Arrival(
    kind="activity",
    type="Follow",
    actor_id="https://far.example/users/ann",
    activity_id="https://far.example/follows/1",
    object_id="https://here.example/actors/miners",
    document=b"{}",
    fingerprint=b"first",
)
CREATE = replace(FOLLOW, type="Create", activity_id="https://far.example/notes/1/activity")


@pytest.fixture
async def db(place: Place) -> AsyncIterator[Database]:
    opened = await open_database(place.migrated().url)
    await settle_in(opened)
    yield opened
    await opened.close()


async def record(db: Database, arrival: Arrival, fingerprint: bytes = b"first") -> Recorded:
    one = replace(arrival, fingerprint=fingerprint)
    [recorded] = await db.write(lambda tx: arrivals.record(tx, [one], NOW))
    return recorded


async def claim(db: Database, minutes: float = 0, limit: int = 10) -> list[Claimed]:
    now = NOW + timedelta(minutes=minutes)
    return await db.write(lambda tx: inbox.claim(tx, limit, f"t{minutes}", now))


async def test_the_same_signed_request_again_has_no_effect(db: Database) -> None:
    assert await record(db, FOLLOW) is Recorded.NEW
    assert await record(db, FOLLOW) is Recorded.REPLAYED
    assert await inbox.waiting(db, 10) == 1


@pytest.mark.parametrize("type_", ["Create", "Announce", "Flag", "QuoteRequest"])
async def test_what_would_count_twice_is_known_by_its_id(db: Database, type_: str) -> None:
    assert await record(db, replace(CREATE, type=type_), b"1") is Recorded.NEW
    assert await record(db, replace(CREATE, type=type_), b"2") is Recorded.KNOWN


@pytest.mark.parametrize("type_", ["Follow", "Undo", "Like", "Accept", "Update", "Delete", "Move"])
async def test_what_sets_state_is_processed_each_time(db: Database, type_: str) -> None:
    assert await record(db, replace(FOLLOW, type=type_), b"1") is Recorded.NEW
    assert await record(db, replace(FOLLOW, type=type_), b"2") is Recorded.NEW


async def test_nobody_can_occupy_anothers_activity_id(db: Database) -> None:
    evil = replace(CREATE, actor_id="https://evil.example/users/eve")
    assert await record(db, evil, b"1") is Recorded.NEW
    assert await record(db, CREATE, b"2") is Recorded.NEW


async def test_a_proof_carried_by_another_counts_once(db: Database) -> None:
    like = replace(FOLLOW, type="Like", proof_fingerprint=b"proof")
    assert await record(db, like, b"direct") is Recorded.NEW
    assert await record(db, replace(like, by_proof=True), b"relayed") is Recorded.REPLAYED
    assert await record(db, like, b"sent again") is Recorded.NEW


async def test_a_claimed_row_is_nobody_elses_until_its_lease_ends(db: Database) -> None:
    await record(db, FOLLOW)
    assert len(await claim(db)) == 1
    assert await claim(db, minutes=1) == []
    assert len(await claim(db, minutes=3)) == 1


async def test_only_the_holder_of_the_lease_settles(db: Database) -> None:
    await record(db, FOLLOW)
    [late] = await claim(db)
    [now_ours] = await claim(db, minutes=3)

    assert not await db.write(lambda tx: inbox.settle(tx, late))
    assert await db.write(lambda tx: inbox.settle(tx, now_ours))
    assert await db.fetch_all("SELECT id FROM inbox") == []


async def test_five_failures_park_a_row_where_the_operator_sees_it(db: Database) -> None:
    await record(db, FOLLOW)
    for attempt in range(5):
        minutes = attempt * 600
        [one] = await claim(db, minutes=minutes)
        moment = NOW + timedelta(minutes=minutes)
        parked = await db.write(lambda tx, c=one, m=moment: inbox.fail(tx, c, "no", m))  # type: ignore[misc]
        assert parked is (attempt == 4)

    assert await claim(db, minutes=10_000) == []
    [shown] = await inbox.parked(db)
    assert (shown.type, shown.fault) == ("Follow", "no")
    assert await db.write(lambda tx: inbox.unpark(tx, shown.row, NOW))
    assert len(await claim(db)) == 1


async def test_an_actors_later_row_waits_for_the_earlier_one(db: Database) -> None:
    await record(db, FOLLOW, b"1")
    [first] = await claim(db)
    await record(db, replace(FOLLOW, type="Undo"), b"2")
    await record(db, replace(FOLLOW, actor_id="https://far.example/users/ben"), b"3")

    [other] = await claim(db, minutes=0.5)
    assert other.actor_id.endswith("/ben")
    await db.write(lambda tx: inbox.settle(tx, first))
    assert [one.type for one in await claim(db, minutes=1)] == ["Undo"]


async def test_an_actors_rows_keep_their_order_when_one_became_due_later(db: Database) -> None:
    await record(db, FOLLOW, b"1")
    [first] = await claim(db)
    await db.write(lambda tx: tx.execute("UPDATE inbox SET attempts = 5"))
    await db.write(lambda tx: inbox.fail(tx, replace(first, attempts=5), "x", NOW))
    await record(db, replace(FOLLOW, type="Undo"), b"2")
    await db.write(lambda tx: inbox.unpark(tx, first.row, NOW + timedelta(minutes=1)))

    assert await claim(db, 2, limit=1) == []  # the Undo was due first, and waits for its Follow
    assert [one.type for one in await claim(db, 2, limit=1)] == ["Follow"]
    assert [one.type for one in await claim(db, 6, limit=2)] == ["Follow", "Undo"]


async def test_a_released_row_has_not_used_an_attempt(db: Database) -> None:
    await record(db, FOLLOW)
    [one] = await claim(db)
    await db.write(lambda tx: inbox.release(tx, one))
    [again] = await claim(db)
    assert again.attempts == 1


async def test_memories_end_when_nothing_can_be_repeated(db: Database) -> None:
    await record(db, CREATE, b"1")
    await db.write(lambda tx: memories.bury(tx, "https://far.example/notes/9", NOW))
    await db.write(lambda tx: inbox.prune(tx, NOW + timedelta(minutes=129)))
    assert await record(db, CREATE, b"1") is Recorded.REPLAYED
    await db.write(lambda tx: inbox.prune(tx, NOW + timedelta(minutes=131)))
    assert await record(db, CREATE, b"1") is Recorded.KNOWN
    assert await memories.is_buried(db, "https://far.example/notes/9")
    await db.write(lambda tx: inbox.prune(tx, NOW + timedelta(days=61)))
    assert await record(db, CREATE, b"2") is Recorded.NEW
    assert not await memories.is_buried(db, "https://far.example/notes/9")


async def test_an_actors_rows_are_claimed_behind_those_its_process_holds(db: Database) -> None:
    await record(db, FOLLOW, b"1")
    [first] = await claim(db)
    await record(db, replace(FOLLOW, type="Undo"), b"2")
    held = [first.row]
    [second] = await db.write(lambda tx: inbox.claim(tx, 10, "more", NOW, held=held))
    assert second.type == "Undo"


async def test_what_waits_for_a_postponed_row_is_due_with_it(db: Database) -> None:
    await record(db, FOLLOW, b"1")
    [first] = await claim(db)
    await db.write(lambda tx: inbox.fail(tx, first, "later", NOW))
    await record(db, replace(FOLLOW, type="Undo"), b"2")
    assert await claim(db, minutes=0.1) == []
    rows = await db.fetch_all("SELECT due_at FROM inbox ORDER BY id")
    assert rows[0]["due_at"] == rows[1]["due_at"]
    assert [one.type for one in await claim(db, minutes=1)] == ["Follow", "Undo"]


async def test_a_portion_of_what_ran_out_goes_at_a_time(db: Database) -> None:
    await db.write(lambda tx: memories.first_requests(tx, [bytes([n]) for n in range(10)], NOW))
    later = NOW + timedelta(days=1)
    gone = [await db.write(lambda tx: inbox.prune(tx, later, 4)) for _ in range(4)]
    assert gone == [4, 4, 2, 0]
