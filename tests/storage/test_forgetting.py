"""What has served its time goes, in portions; what anything refers to stays."""

import asyncio
import re
from datetime import timedelta

import pytest
from engines import Place
from forgettable import Rows

from fediverse_coord.storage import forgetting, inboxes, receipts
from fediverse_coord.storage.database import Transaction, Value
from fediverse_coord.storage.forgetting import PORTION
from fediverse_coord.storage.migrate import MIGRATIONS, migrations_in

TABLE = re.compile(r"CREATE TABLE (\w+) \((.*?)\n\);", re.DOTALL)


def references(to: str) -> set[tuple[str, str]]:
    """(table, column) of all that refers to a table, as the migrations say."""
    script = "\n".join(one.script for one in migrations_in(MIGRATIONS))
    return {
        (table, column)
        for table, body in TABLE.findall(script)
        for column in re.findall(rf"(\w+)\s+BIGINT[^,]*REFERENCES {to} ", body)
    }


@pytest.mark.parametrize(
    ("to", "statement"),
    [
        ("remote_actors", forgetting.FORGET_STRANGERS),
        ("inboxes", forgetting.FORGET_INBOXES),
        ("activities", forgetting.FORGET_ANSWERS),
    ],
)
def test_every_table_that_refers_to_it_is_asked(to: str, statement: str) -> None:
    asked = set(re.findall(r"FROM (\w+)\s+WHERE (\w+) = \w+\.id", statement))
    assert asked == references(to) != set()


BY_STRANGER: dict[str, dict[str, Value]] = {
    "followers": {"actor": 1, "inbox": 1, "state": "requested", "created_at": 1},
    "following": {"actor": 1, "follow_id": "https://here/f", "state": "rejected", "created_at": 1},
    "declaration_mentions": {"declaration": 1, "handle": "@p7@far"},
    "responses": {
        "key": "r", "actor": 1, "object_id": "https://far/n", "visibility": "public",
        "state": "rejected", "html": "", "published_at": 1, "received_at": 1,
    },
    "interactions": {"object": 1, "kind": "like", "created_at": 1},
    "stamps": {
        "key": "s", "actor": 1, "object": 1, "quoting_id": "https://far/q", "document": b"",
        "created_at": 1,
    },
}  # fmt: skip


def test_each_reference_to_a_stranger_is_tried() -> None:
    assert set(BY_STRANGER) == {table for table, _ in references("remote_actors")}


@pytest.mark.parametrize("table", BY_STRANGER)
async def test_whoever_is_referred_to_stays_and_goes_with_the_reference(
    rows: Rows, table: str
) -> None:
    await rows.insert("remote_actors", **rows.stranger(7))
    await rows.insert(table, remote_actor=7, **BY_STRANGER[table])
    await rows.rounds()
    assert await rows.count("remote_actors") == 1

    await rows.execute(f"DELETE FROM {table}")
    rows.now += timedelta(days=1)
    await rows.rounds()
    assert await rows.count("remote_actors") == 0


async def test_whoever_is_blocked_or_reported_stays(rows: Rows) -> None:
    await rows.insert_many("remote_actors", [rows.stranger(one) for one in (1, 2, 3)])
    blocked = {"kind": "actor", "value": "https://far/p1", "created_at": 1}
    await rows.insert("blocks", **blocked)
    report = {"type": "Flag", "about": "", "content": "", "created_at": 1}
    await rows.insert("reports", actor_id="https://far/p2", **report)
    await rows.insert("reports", actor_id="https://far/p3", handled_at=1, **report)
    await rows.rounds()
    assert await rows.count("remote_actors", "id IN (1, 2)") == 2
    assert await rows.count("remote_actors") == 2


async def test_who_was_met_lately_stays_and_keys_go_with_their_owner(rows: Rows) -> None:
    await rows.insert_many("remote_actors", [rows.stranger(1, days=29), rows.stranger(2)])
    for row, days in ((1, 31), (2, 31), (3, 29)):
        key = {"key_id": f"https://far/p{row}#k", "owner_id": f"https://far/p{row}"}
        await rows.insert("remote_keys", public_key="", fetched_at=rows.ago(days), **key)
    await rows.rounds()
    assert await rows.count("remote_actors", "id = 1") == 1
    assert await rows.count("remote_actors") == 1
    # The second one's owner is forgotten; the third's is not known, but asked lately.
    left = await rows.db.fetch_all("SELECT key_id FROM remote_keys ORDER BY key_id")
    assert [row["key_id"] for row in left] == ["https://far/p1#k", "https://far/p3#k"]


async def test_a_transaction_looks_at_a_thousand_and_the_next_follows_at_once(rows: Rows) -> None:
    many = [rows.stranger(one) for one in range(1, 2 * PORTION + 501)]
    await rows.insert_many("remote_actors", many)
    left = [await rows.count("remote_actors")]
    while await rows.pruner.step():
        if (now := await rows.count("remote_actors")) != left[-1]:
            left.append(now)
    assert left == [2_500, 1_500, 500, 0]
    assert await rows.rounds() == 0  # everything rests
    rows.now += timedelta(hours=6)
    assert await rows.rounds() > 0


async def test_settled_receipts_go_and_their_counts_stay(rows: Rows) -> None:
    for inbox in range(2, 9):
        await rows.inbox(inbox)
    old, young = rows.ago(91), rows.ago(89)
    await rows.delivery(2, settled_at=old)
    await rows.delivery(3, settled_at=old)
    await rows.delivery(4, settled_at=old, state="refused")
    await rows.delivery(5, settled_at=young, state="abandoned")
    await rows.delivery(6, settled_at=None, state="waiting")
    await rows.delivery(7, settled_at=old, state="superseded", leased_until=rows.ago(-1))
    before = await receipts.counts(rows.db, "https://here/o1")
    await rows.rounds()
    left = await rows.db.fetch_all("SELECT inbox FROM deliveries ORDER BY inbox")
    assert [row["inbox"] for row in left] == [5, 6, 7]
    assert await receipts.counts(rows.db, "https://here/o1") == before
    assert before == {
        "delivered": 2, "refused": 1, "abandoned": 1, "waiting": 1, "superseded": 1
    }  # fmt: skip

    rows.now += timedelta(days=2)
    await rows.rounds()
    assert await rows.count("deliveries") == 1
    assert await receipts.counts(rows.db, "https://here/o1") == before


async def test_answers_go_after_a_week_and_everything_else_that_was_said_stays(rows: Rows) -> None:
    told: dict[str, Value] = {"object": None, "fetchable": 0, "listed": 0}
    cases: list[tuple[str, float, dict[str, Value]]] = [
        ("Accept", 8, {}), ("Reject", 8, {}), ("Accept", 6, {}),
        ("Accept", 8, {"fetchable": 1}), ("Undo", 800, {}), ("Update", 800, {}),
        ("Accept", 8, {}), ("Accept", 8, {}),
    ]  # fmt: skip
    for number, (type_, days, changed) in enumerate(cases, start=10):
        made = {"type": type_, "created_at": rows.ago(days), **told, **changed}
        await rows.activity(number, **made)
        await rows.delivery(1, activity=number, object=None, settled_at=rows.ago(days))
    await rows.execute("UPDATE deliveries SET state = 'waiting' WHERE activity = 16")
    fan_out = {"to_followers": 1, "to_reach": 0, "after_inbox": 0, "created_at": 1}
    await rows.insert("fan_outs", activity=17, **fan_out)
    await rows.rounds()
    left = await rows.db.fetch_all("SELECT id FROM activities ORDER BY id")
    assert [row["id"] for row in left] == [1, 12, 13, 14, 15, 16, 17]


async def test_reach_stays_with_its_object_and_ninety_days_after(rows: Rows) -> None:
    await rows.object(2, deleted_at=rows.ago(89))
    await rows.object(3, deleted_at=rows.ago(91))
    reached = [
        {"object_id": f"https://here/o{one}", "inbox": 1, "reached_at": 1} for one in (1, 2, 3)
    ]
    await rows.insert_many("reach", [*reached, reached[0] | {"object_id": "https://here/pits"}])
    await rows.rounds()
    left = await rows.db.fetch_all("SELECT object_id FROM reach ORDER BY object_id")
    assert [row["object_id"][13:] for row in left] == ["o1", "o2", "pits"]


async def test_reach_of_what_is_gone_goes_in_portions(rows: Rows) -> None:
    await rows.object(3, deleted_at=rows.ago(91))
    there = [{"id": one, "url": f"https://f/{one}", "origin": "f"} for one in range(2, 1_502)]
    await rows.insert_many("inboxes", there)
    await rows.insert_many(
        "reach", [{"object_id": "https://here/o3", "inbox": one["id"], "reached_at": 1}
                  for one in there],
    )  # fmt: skip
    left = [await rows.count("reach")]
    while await rows.pruner.step():
        if (now := await rows.count("reach")) != left[-1]:
            left.append(now)
    assert left == [1_500, 500, 0]
    assert await rows.count("inboxes") == 0  # in the same round


async def test_inboxes_and_origins_stay_while_anything_goes_there(rows: Rows) -> None:
    for inbox in (2, 3, 4, 5):
        await rows.inbox(inbox, origin=f"https://s{inbox}")
        await rows.insert("origins", origin=f"https://s{inbox}", failures=3, paused_at=1)
    await rows.insert("remote_actors", **rows.stranger(9))
    follows = {"actor": 1, "remote_actor": 9, "state": "follower", "created_at": 1}
    await rows.insert("followers", inbox=2, **follows)
    await rows.insert("audience", actor=1, inbox=3, followers=1)
    await rows.delivery(4, settled_at=rows.ago(1))
    await rows.insert("reach", object_id="https://here/o1", inbox=5, reached_at=1)
    spec = {"failures": 0, "spec": "cavage"}
    await rows.insert("origins", origin="https://new", spec_until=rows.ago(-1), **spec)
    await rows.insert("origins", origin="https://old", spec_until=rows.ago(1), **spec)
    await rows.rounds()
    left = await rows.db.fetch_all("SELECT id FROM inboxes ORDER BY id")
    assert [row["id"] for row in left] == [2, 3, 4, 5]
    left = await rows.db.fetch_all("SELECT origin FROM origins ORDER BY origin")
    assert [row["origin"][8:] for row in left] == ["new", "s2", "s3", "s4", "s5"]


async def test_an_inbox_that_somebody_is_about_to_use_stays(rows: Rows, place: Place) -> None:
    if not place.is_postgres:
        pytest.skip("SQLite has one writer: nobody is about to")
    found, go_on = asyncio.Event(), asyncio.Event()

    async def use(tx: Transaction) -> None:
        inbox = await inboxes.row_for(tx, "https://far/inbox1")
        found.set()
        await go_on.wait()
        sql = "INSERT INTO reach (object_id, inbox, reached_at) VALUES ('o', :inbox, 1)"
        await tx.execute(sql, inbox=inbox)

    using = asyncio.create_task(rows.db.write(use))
    await found.wait()
    await rows.rounds()
    go_on.set()
    await using
    assert await rows.count("inboxes") == 1


async def test_keys_of_requests_changes_and_revoked_tokens_have_their_time(rows: Rows) -> None:
    for number, days in enumerate((0.9, 1.1)):
        claim = {"key": f"k{number}", "fingerprint": b"", "created_at": rows.ago(days)}
        await rows.insert("idempotency", person=1, **claim)
    for number, revoked in enumerate((None, rows.ago(89), rows.ago(91)), start=1):
        token = {"handle": f"h{number}", "secret_hash": b"", "role": "editor", "created_at": 1}
        await rows.insert("tokens", id=number, person=1, revoked_at=revoked, **token)
        await rows.insert("token_actors", token=number, actor=1)
    hours = [{"key": "x", "changed_at": rows.ago(2 / 24)} for _ in range(2_100)]
    await rows.insert_many("changes", [*hours, {"key": "x", "changed_at": rows.ago(0)}])
    await rows.insert("audit", person=1, verb="publish", subject="x", at=1)
    await rows.rounds()
    assert await rows.count("idempotency", "key = 'k0'") == 1
    assert await rows.count("idempotency") == 1
    assert await rows.count("tokens") == await rows.count("token_actors") == 2
    assert await rows.count("changes") == 1
    assert await rows.count("audit") == 1
