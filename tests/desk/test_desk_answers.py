"""Answers of a coordination: whom they reach, who may read and change them."""

import pytest
from desk_rows import respond, somebody, went_out
from far_people import FarServer

from fediverse_coord.desk import coordinations, drafts, edits, receipts, releases, responses
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Person, Role
from fediverse_coord.errors import Conflict, NotAllowed
from fediverse_coord.storage import remote_actors
from fediverse_coord.storage.remote_actors import RemoteActor

THANKS = {"content": "Thank you."}


@pytest.fixture
async def ann(desk: Desk, far: FarServer) -> RemoteActor:
    far.person("ann")
    return await desk.peers.handle(far.handle("ann"))


@pytest.fixture
async def moderator(desk: Desk) -> Person:
    return await somebody(desk, Role.MODERATOR, "dockers")


async def answered(desk: Desk, ann: RemoteActor, visibility: str, **fields: object) -> str:
    """The key of an answer to such a message."""
    state = "held" if visibility == "public" else "mailbox"
    await respond(desk, ann, visibility=visibility, state=state)
    saved = await responses.answer(desk, OPERATOR, "r1", THANKS | fields)
    return saved.work.declaration.key


async def test_what_was_said_to_others_followers_is_not_answered_to_ours(
    desk: Desk, ann: RemoteActor
) -> None:
    await answered(desk, ann, "followers")
    [(_, created, _)] = await went_out(desk.db)
    assert (created["to"], created["cc"]) == ([ann.actor_id], [])


@pytest.mark.parametrize("is_away", [False, True])
async def test_an_edited_answer_still_reaches_whom_it_answers(
    desk: Desk, far: FarServer, ann: RemoteActor, is_away: bool
) -> None:
    key = await answered(desk, ann, "direct")
    if is_away:
        await desk.db.write(lambda tx: tx.execute("UPDATE remote_actors SET handle = NULL"))
        far.documents.clear()
    await edits.edit(desk, OPERATOR, key, {"content": "Thank you very much."})
    *_, (type_, told, inbox_url) = await went_out(desk.db)
    assert (type_, told["to"], inbox_url) == ("Update", [ann.actor_id], ann.inbox_url)
    assert [one["href"] for one in told["object"]["tag"]] == [ann.actor_id]

    await releases.delete(desk, OPERATOR, key)
    *_, (type_, gone, inbox_url) = await went_out(desk.db)
    assert (type_, gone["to"], inbox_url) == ("Delete", [ann.actor_id], ann.inbox_url)


async def test_moderators_may_change_and_delete_what_they_answered(
    desk: Desk, ann: RemoteActor, moderator: Person
) -> None:
    key = await answered(desk, ann, "direct")
    await edits.edit(desk, moderator, key, {"content": "Thanks."})
    await releases.delete(desk, moderator, key)
    await drafts.create(desk, OPERATOR, "dockers", THANKS)
    other = (await drafts.create(desk, OPERATOR, "dockers", THANKS)).work.declaration.key
    with pytest.raises(NotAllowed):
        await edits.edit(desk, moderator, other, {"content": "Thanks."})


@pytest.mark.parametrize("role", [Role.EDITOR, Role.PUBLISHER])
async def test_answers_to_the_mailbox_are_read_by_moderators_alone(
    desk: Desk, ann: RemoteActor, moderator: Person, role: Role
) -> None:
    key = await answered(desk, ann, "direct")
    other = await somebody(desk, role, "dockers")
    for asked in (drafts.find(desk, other, key), receipts.page(desk, other, key)):
        with pytest.raises(NotAllowed):
            await asked
    for who, number in ((other, 0), (moderator, 1), (OPERATOR, 1)):
        found = await drafts.page(desk, who, "dockers")
        assert len(found) == number
    assert (await drafts.find(desk, moderator, key)).declaration.key == key


async def test_public_answers_are_read_by_all_and_changed_by_publishers_too(
    desk: Desk, ann: RemoteActor
) -> None:
    key = await answered(desk, ann, "public")
    editor = await somebody(desk, Role.EDITOR, "dockers")
    publisher = await somebody(desk, Role.PUBLISHER, "dockers")
    assert (await drafts.find(desk, editor, key)).declaration.key == key
    await edits.edit(desk, publisher, key, {"content": "Thanks."})


async def test_nobody_answers_who_has_ended_or_whom_there_is_no_more(
    desk: Desk, ann: RemoteActor
) -> None:
    await respond(desk, ann)
    await desk.db.write(lambda tx: remote_actors.forget(tx, ann.row, desk.clock()))
    with pytest.raises(Conflict, match="left"):
        await responses.answer(desk, OPERATOR, "r1", THANKS)
    await coordinations.retire(desk, OPERATOR, "dockers")
    with pytest.raises(Conflict, match="ended"):
        await responses.answer(desk, OPERATOR, "r1", THANKS)
