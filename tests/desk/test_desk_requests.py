"""Requests to follow that a person answers, and reports that a person looks at."""

from dataclasses import replace

import pytest
from desk_rows import audited, follow_us, somebody, went_out
from far_people import FarServer

from fediverse_coord.desk import reports, requests
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import OPERATOR, Role
from fediverse_coord.errors import NotAllowed, NotFound
from fediverse_coord.storage import followers, inboxes
from fediverse_coord.storage import reports as rows
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.remote_actors import RemoteActor

FOLLOW_ID = "https://far.example/follows/1"


async def asked(desk: Desk, far: FarServer, name: str = "ann") -> RemoteActor:
    """Somebody whose Follow waits for a person."""
    far.person(name)
    who = await desk.peers.handle(far.handle(name))
    actor = await coordination(desk, "dockers")

    async def work(tx: Transaction) -> None:
        await followers.save(
            tx,
            actor=actor.row,
            remote_actor=who.row,
            inbox=await inboxes.row_for(tx, who.delivery_url),
            follow_id=FOLLOW_ID,
            state="requested",
            now=desk.clock(),
        )

    await desk.db.write(work)
    return who


async def count(desk: Desk) -> int:
    return await followers.count(desk.db, (await coordination(desk, "dockers")).row)


async def test_who_is_accepted_follows_and_is_told(
    desk: Desk, far: FarServer, woken: list[bool]
) -> None:
    ann = await asked(desk, far)
    [waiting] = await requests.waiting(desk, OPERATOR, "dockers")
    assert (waiting.actor_id, await count(desk)) == (ann.actor_id, 0)

    await requests.answer(desk, OPERATOR, "dockers", far.handle("ann"), accepted=True)

    assert (await requests.waiting(desk, OPERATOR, "dockers"), await count(desk)) == ([], 1)
    [(type_, document, inbox_url)] = await went_out(desk.db)
    assert (type_, inbox_url) == ("Accept", f"{ann.actor_id}/inbox")
    assert (document["object"]["id"], document["object"]["actor"]) == (FOLLOW_ID, ann.actor_id)
    assert (await audited(desk.db), woken) == (["accept follower"], [True])


async def test_who_is_refused_is_told_and_does_not_follow(desk: Desk, far: FarServer) -> None:
    await asked(desk, far)
    await requests.answer(desk, OPERATOR, "dockers", far.handle("ann"), accepted=False)

    assert (await requests.waiting(desk, OPERATOR, "dockers"), await count(desk)) == ([], 0)
    assert [type_ for type_, *_ in await went_out(desk.db)] == ["Reject"]


async def test_a_follower_can_be_let_go(desk: Desk, far: FarServer) -> None:
    far.person("ann")
    await follow_us(desk, await desk.peers.handle(far.handle("ann")))
    await requests.answer(desk, OPERATOR, "dockers", far.handle("ann"), accepted=False)

    assert await count(desk) == 0
    assert [type_ for type_, *_ in await went_out(desk.db)] == ["Reject"]


@pytest.mark.parametrize("accepted", [True, False])
async def test_nobody_who_did_not_ask_is_answered(
    desk: Desk, far: FarServer, accepted: bool
) -> None:
    with pytest.raises(NotFound):
        await requests.answer(desk, OPERATOR, "dockers", far.handle("ann"), accepted=accepted)
    await asked(desk, far)
    with pytest.raises(NotFound):
        await requests.answer(desk, OPERATOR, "porters", far.handle("ann"), accepted=accepted)
    assert await went_out(desk.db) == []


@pytest.mark.parametrize("role", [Role.EDITOR, Role.PUBLISHER])
async def test_only_moderators_see_and_answer_requests(
    desk: Desk, far: FarServer, role: Role
) -> None:
    await asked(desk, far)
    person = await somebody(desk, role, "dockers")
    with pytest.raises(NotAllowed):
        await requests.waiting(desk, person, "dockers")
    with pytest.raises(NotAllowed):
        await requests.answer(desk, person, "dockers", far.handle("ann"), accepted=True)
    assert await count(desk) == 0


async def test_a_report_waits_until_somebody_has_looked(desk: Desk) -> None:
    now = desk.clock()
    await desk.db.write(
        lambda tx: rows.add(tx, "Flag", "https://far.example/actor", "x", "It is spam.", now)
    )
    [report] = await reports.waiting(desk, OPERATOR)
    assert (report.type, report.content) == ("Flag", "It is spam.")

    await reports.done(desk, OPERATOR, report.row)
    assert await reports.waiting(desk, OPERATOR) == []
    assert await audited(desk.db) == ["settle report"]
    with pytest.raises(NotFound):
        await reports.done(desk, OPERATOR, report.row)


async def test_reports_are_not_for_one_coordinations_people(desk: Desk) -> None:
    person = await somebody(desk, Role.MODERATOR, "dockers")
    with pytest.raises(NotAllowed):
        await reports.waiting(desk, person)
    assert await reports.waiting(desk, replace(person, actors=None)) == []
