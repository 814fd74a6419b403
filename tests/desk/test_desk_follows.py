"""Follows: whom we ask, how we end it; and followers, of whom only numbers are told."""

import pytest
from desk_rows import audited, follow_us, somebody, went_out
from far_people import FarServer

from fediverse_coord.desk import followers, follows
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Role
from fediverse_coord.errors import Conflict, NotAllowed, NotFound, Refusal, Unreachable
from fediverse_coord.storage import following, remote_actors


async def test_a_follow_goes_to_the_inbox_of_whom_we_follow(
    desk: Desk, far: FarServer, woken: list[bool]
) -> None:
    actor_id = far.person("ann")
    assert await follows.follow(desk, OPERATOR, "dockers", far.handle("ann")) == "requested"

    [(type_, document, inbox_url)] = await went_out(desk.db)
    assert (type_, document["object"]) == ("Follow", actor_id)
    assert inbox_url == f"{actor_id}/inbox"
    [followed] = await follows.followed(desk, OPERATOR, "dockers")
    assert (followed.actor_id, followed.state) == (actor_id, "requested")
    assert (await audited(desk.db), woken) == (["follow"], [True])


async def test_who_has_accepted_is_not_asked_again(desk: Desk, far: FarServer) -> None:
    actor_id = far.person("ann")
    await follows.follow(desk, OPERATOR, "dockers", actor_id)
    [(_, document, _)] = await went_out(desk.db)
    ann = await remote_actors.by_id(desk.db, actor_id)
    assert ann is not None
    await desk.db.write(
        lambda tx: following.answered(tx, ann.row, "accepted", follow_id=document["id"])
    )
    assert await follows.follow(desk, OPERATOR, "dockers", actor_id) == "accepted"
    assert len(await went_out(desk.db)) == 1


async def test_an_unfollow_undoes_the_follow_by_its_id(desk: Desk, far: FarServer) -> None:
    far.person("ann")
    await follows.follow(desk, OPERATOR, "dockers", far.handle("ann"))
    far.documents.clear()
    await follows.unfollow(desk, OPERATOR, "dockers", far.handle("ann"))

    (_, follow, first), (type_, undo, second) = await went_out(desk.db)
    assert (type_, undo["object"]["id"], first) == ("Undo", follow["id"], second)
    assert await follows.followed(desk, OPERATOR, "dockers") == []
    with pytest.raises(NotFound):
        await follows.unfollow(desk, OPERATOR, "dockers", far.handle("ann"))


async def test_nobody_and_ourselves_are_not_followed(desk: Desk, far: FarServer) -> None:
    for named in (far.handle("nobody"), "ann", f"{far.origin}/nothing"):
        with pytest.raises((Refusal, Unreachable)):
            await follows.follow(desk, OPERATOR, "dockers", named)
    for named in ("@porters@localhost:8000", desk.uris.actor("porters")):
        with pytest.raises(Conflict):
            await follows.follow(desk, OPERATOR, "dockers", named)
    assert await went_out(desk.db) == []


async def test_only_administrators_follow(desk: Desk, far: FarServer) -> None:
    person = await somebody(desk, Role.PUBLISHER, "dockers")
    with pytest.raises(NotAllowed):
        await follows.follow(desk, person, "dockers", far.handle("ann"))
    assert far.asked == []


async def test_followers_are_numbers(desk: Desk, far: FarServer) -> None:
    for name in ("ann", "ben"):
        far.person(name)
        await follow_us(desk, await desk.peers.handle(far.handle(name)))
    editor = await somebody(desk, Role.EDITOR, "dockers")

    assert (await followers.counts(desk, editor, "dockers")).followers == 2
    assert await followers.by_host(desk, OPERATOR, "dockers") == [(far.origin, 2)]
    for person in (editor, await somebody(desk, Role.ADMIN, "dockers")):
        with pytest.raises(NotAllowed):
            await followers.by_host(desk, person, "dockers")
    with pytest.raises(NotAllowed):
        await followers.counts(desk, editor, "porters")
