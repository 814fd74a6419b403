"""News of one thing arrives in its order, and what is outdated does not arrive at all."""

from dataclasses import replace
from datetime import timedelta

from desk_rows import follow_us
from far_people import FarServer

from fediverse_coord.desk import coordinations, drafts, edits, receipts, releases
from fediverse_coord.desk.coordinations import actor_update
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.outgoing.fan_out import fan_out
from fediverse_coord.outgoing.release import release_due
from fediverse_coord.storage import claims, inboxes, outbox, reach
from fediverse_coord.storage.claims import Delivery, Settlement
from fediverse_coord.storage.database import Transaction

TEXT = {"content": "The quay is shut."}
ACTIVITIES = "SELECT type, object_id FROM activities ORDER BY id"
STATES = """
SELECT a.type, d.state FROM deliveries d JOIN activities a ON a.id = d.activity ORDER BY d.id
"""


async def follower(desk: Desk, far: FarServer, name: str = "ann") -> None:
    far.person(name)
    await follow_us(desk, await desk.peers.handle(far.handle(name)))


async def published(desk: Desk, **fields: object) -> str:
    saved = await drafts.create(desk, OPERATOR, "dockers", TEXT | fields, publish=True)
    return saved.work.declaration.key


async def claimed(desk: Desk, token: str) -> list[Delivery]:
    await fan_out(desk.db, desk.clock)
    return await desk.db.write(lambda tx: claims.claim(tx, token, 10, desk.clock()))


async def settled(desk: Desk, one: Delivery, state: str) -> None:
    due = desk.clock() if state == "waiting" else None
    end = Settlement(one.row, one.token, state, None, None, due)
    await desk.db.write(lambda tx: claims.settle(tx, [end], desk.clock()))


async def states(desk: Desk) -> list[tuple[str, str]]:
    return [(row["type"], row["state"]) for row in await desk.db.fetch_all(STATES)]


async def test_a_delete_waits_for_the_create_that_is_on_its_way(desk: Desk, far: FarServer) -> None:
    await follower(desk, far)
    key = await published(desk)
    [on_its_way] = await claimed(desk, "first")
    await releases.delete(desk, OPERATOR, key)
    assert await claimed(desk, "second") == []
    await settled(desk, on_its_way, "delivered")

    [gone] = await claimed(desk, "third")
    assert b"Delete" in gone.message.document
    assert await states(desk) == [("Create", "delivered"), ("Delete", "waiting")]


async def test_what_was_deleted_on_its_way_is_not_tried_again(desk: Desk, far: FarServer) -> None:
    await follower(desk, far)
    key = await published(desk)
    [on_its_way] = await claimed(desk, "first")
    await releases.delete(desk, OPERATOR, key)
    await settled(desk, on_its_way, "waiting")
    assert [one.message.activity for one in await claimed(desk, "second")] != [
        on_its_way.message.activity
    ]
    assert await states(desk) == [("Create", "superseded"), ("Delete", "waiting")]


async def test_a_process_that_died_holds_up_a_delete_no_longer_than_its_lease(
    desk: Desk, far: FarServer
) -> None:
    await follower(desk, far)
    key = await published(desk)
    await claimed(desk, "died")
    await releases.delete(desk, OPERATOR, key)
    later = replace(desk, clock=lambda: desk.clock() + claims.LEASE + timedelta(seconds=1))
    assert len(await claimed(later, "second")) == 1


async def test_a_text_deleted_before_it_was_fanned_out_sends_its_delete_alone(
    desk: Desk, far: FarServer
) -> None:
    await follower(desk, far)
    await releases.delete(desk, OPERATOR, await published(desk))
    await fan_out(desk.db, desk.clock)
    assert await states(desk) == [("Delete", "waiting")]


async def test_a_second_edit_before_the_first_was_fanned_out_is_told_once(
    desk: Desk, far: FarServer
) -> None:
    await follower(desk, far)
    key = await published(desk)
    for text in ("The quay is open.", "The quay is shut again."):
        await edits.edit(desk, OPERATOR, key, {"content": text})
    await fan_out(desk.db, desk.clock)
    assert await states(desk) == [("Create", "waiting"), ("Update", "waiting")]


async def test_of_what_is_deleted_only_the_delete_is_sent_again(desk: Desk, far: FarServer) -> None:
    await follower(desk, far)
    key = await published(desk)
    [create] = await claimed(desk, "first")
    await settled(desk, create, "refused")
    await releases.delete(desk, OPERATOR, key)
    [gone] = await claimed(desk, "second")
    await settled(desk, gone, "refused")
    assert await receipts.resend(desk, OPERATOR, key) == 1
    assert await states(desk) == [("Create", "refused"), ("Delete", "waiting")]


async def test_an_older_actor_document_does_not_come_after_a_newer(
    desk: Desk, far: FarServer
) -> None:
    await follower(desk, far)
    actor, key = await coordination(desk, "dockers"), desk.publisher.keyring.proof("dockers")
    for _ in range(2):
        told = actor_update(desk.uris, actor, actor.document, key, desk.clock())
        await desk.db.write(lambda tx, told=told: coordinations.tell(tx, told, desk.clock()))  # type: ignore[misc]
        await fan_out(desk.db, desk.clock)
    assert await states(desk) == [("Update", "superseded"), ("Update", "waiting")]


async def test_news_of_an_actor_goes_wherever_its_words_have_gone(
    desk: Desk, far: FarServer
) -> None:
    key = await published(desk)
    object_id = desk.uris.object("dockers", key)
    actor = await coordination(desk, "dockers")
    proof = desk.publisher.keyring.proof("dockers")
    told = actor_update(desk.uris, actor, actor.document, proof, desk.clock())

    async def work(tx: Transaction) -> None:
        inbox = await inboxes.row_for(tx, f"{far.origin}/inbox")
        await reach.add(tx, object_id, inbox, desk.clock())
        await outbox.append(tx, told, desk.clock())

    await desk.db.write(work)
    await fan_out(desk.db, desk.clock)
    assert await states(desk) == [("Update", "waiting")]


async def test_after_its_end_a_coordination_says_nothing_more(desk: Desk, far: FarServer) -> None:
    await follower(desk, far)
    saved = await drafts.create(desk, OPERATOR, "dockers", TEXT)
    at = desk.clock() + timedelta(hours=1)
    await releases.schedule(desk, OPERATOR, saved.work.declaration.key, at)
    await published(desk)
    await coordinations.retire(desk, OPERATOR, "dockers")
    assert await release_due(desk.db, desk.publisher, lambda: at) == 0
    await fan_out(desk.db, desk.clock)
    assert await states(desk) == [("Delete", "waiting")]


async def test_a_schedule_that_cannot_be_kept_holds_up_no_other(desk: Desk) -> None:
    at = desk.clock() + timedelta(hours=1)
    keys = []
    for text in ("First.", "Second."):
        saved = await drafts.create(desk, OPERATOR, "dockers", {"content": text})
        keys.append(saved.work.declaration.key)
        await releases.schedule(desk, OPERATOR, keys[-1], at)
    broken = "UPDATE declarations SET fields = '{' WHERE key = :key"
    await desk.db.write(lambda tx: tx.execute(broken, key=keys[0]))
    assert await release_due(desk.db, desk.publisher, lambda: at) == 1
