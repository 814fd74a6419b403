"""Responses: decided by moderators, shown only when they were for everybody."""

import pytest
from desk_rows import audited, respond, somebody, went_out
from far_people import FarServer

from fediverse_coord.desk import drafts, responses
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Person, Role
from fediverse_coord.errors import Conflict, NotAllowed, NotFound, Refusal
from fediverse_coord.protocol.vocabulary import PUBLIC
from fediverse_coord.storage import memories, objects
from fediverse_coord.storage.database import Database
from fediverse_coord.storage.remote_actors import RemoteActor


@pytest.fixture
async def ann(desk: Desk, far: FarServer) -> RemoteActor:
    far.person("ann")
    return await desk.peers.handle(far.handle("ann"))


@pytest.fixture
async def moderator(desk: Desk) -> Person:
    return await somebody(desk, Role.MODERATOR, "dockers")


def heard(db: Database) -> list[str]:
    """The changed keys, as the caches hear of them."""
    keys: list[str] = []
    db.listen(lambda key, number: keys.append(key))
    return keys


async def test_an_approved_response_drops_the_page_and_the_object_from_the_caches(
    desk: Desk, ann: RemoteActor, moderator: Person
) -> None:
    fields = {"content": "The quay is shut."}
    saved = await drafts.create(desk, OPERATOR, "dockers", fields, publish=True)
    key = saved.work.declaration.key
    object_id = desk.uris.object("dockers", key)
    ours = await objects.by_id(desk.db, object_id)
    assert ours is not None
    await respond(desk, ann, object=ours.row, in_reply_to=object_id)
    for act, state in ((responses.approve, "approved"), (responses.reject, "rejected")):
        keys = heard(desk.db)
        assert (await act(desk, moderator, "r1")).state == state
        assert {f"declaration:{key}", f"object:{object_id}"} <= set(keys)

    assert await audited(desk.db) == ["create", "publish", "approve response", "reject response"]


async def test_the_same_decision_twice_is_one(
    desk: Desk, ann: RemoteActor, moderator: Person
) -> None:
    await respond(desk, ann)
    for _ in range(2):
        assert (await responses.approve(desk, moderator, "r1")).state == "approved"
    assert await audited(desk.db) == ["approve response"]


@pytest.mark.parametrize("visibility", ["followers", "direct"])
@pytest.mark.parametrize("state", ["mailbox", "held"])
async def test_what_was_not_for_everybody_is_never_approved(
    desk: Desk, ann: RemoteActor, visibility: str, state: str
) -> None:
    await respond(desk, ann, visibility=visibility, state=state)
    with pytest.raises(Conflict, match="not meant for everybody"):
        await responses.approve(desk, OPERATOR, "r1")
    [found] = (await responses.page(desk, OPERATOR, "dockers", state)).responses
    assert found.state == state
    assert await audited(desk.db) == []


async def test_a_message_of_the_mailbox_can_be_deleted_for_good(
    desk: Desk, ann: RemoteActor, moderator: Person
) -> None:
    await respond(desk, ann, visibility="direct", state="mailbox")
    await responses.delete(desk, moderator, "r1")
    assert (await responses.page(desk, moderator, "dockers")).responses == ()
    assert await audited(desk.db) == ["delete response"]


async def test_what_a_moderator_deleted_does_not_come_back_when_it_is_told_again(
    desk: Desk, ann: RemoteActor, moderator: Person
) -> None:
    found = await respond(desk, ann, state="rejected")
    await responses.delete(desk, moderator, "r1")
    assert await memories.is_buried(desk.db, memories.grave(ann.actor_id, found.object_id))


@pytest.mark.parametrize("state", ["held", "approved"])
async def test_a_response_that_is_not_rejected_is_not_deleted(
    desk: Desk, ann: RemoteActor, moderator: Person, state: str
) -> None:
    await respond(desk, ann, state=state)
    with pytest.raises(Conflict, match="reject it first"):
        await responses.delete(desk, moderator, "r1")


@pytest.mark.parametrize("role", [Role.EDITOR, Role.PUBLISHER])
async def test_who_is_no_moderator_sees_no_mailbox_and_decides_nothing(
    desk: Desk, ann: RemoteActor, role: Role
) -> None:
    await respond(desk, ann, "r1")
    await respond(desk, ann, "r2", visibility="direct", state="mailbox")
    person = await somebody(desk, role, "dockers")

    page = await responses.page(desk, person, "dockers")
    assert [one.key for one in page.responses] == ["r1"]
    with pytest.raises(NotAllowed):
        await responses.page(desk, person, "dockers", "mailbox")
    for act in (responses.approve, responses.reject, responses.delete):
        with pytest.raises(NotAllowed):
            await act(desk, person, "r1")
    with pytest.raises(NotAllowed):
        await responses.answer(desk, person, "r1", {"content": "No."})


async def test_a_moderator_of_another_coordination_touches_nothing(
    desk: Desk, ann: RemoteActor
) -> None:
    await respond(desk, ann)
    other = await somebody(desk, Role.MODERATOR, "porters")
    for act in (responses.approve, responses.reject, responses.delete):
        with pytest.raises(NotAllowed):
            await act(desk, other, "r1")
    with pytest.raises(NotAllowed):
        await responses.page(desk, other, "dockers")
    assert await audited(desk.db) == []


async def test_pages_follow_each_other_over_all_states(desk: Desk, ann: RemoteActor) -> None:
    states = ["held", "approved", "rejected", "held", "mailbox"]
    for number, state in enumerate(states):
        await respond(desk, ann, f"r{number}", state=state)
    seen, cursor = [], None
    while True:
        page = await responses.page(desk, OPERATOR, "dockers", None, cursor, limit=2)
        seen.append([one.key for one in page.responses])
        cursor = page.following
        if cursor is None:
            break
    assert seen == [["r4", "r3"], ["r2", "r1"], ["r0"]]


async def test_unknown_keys_and_states_are_named(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await responses.approve(desk, OPERATOR, "nothing")
    with pytest.raises(Refusal) as refused:
        await responses.page(desk, OPERATOR, "dockers", "lost")
    assert [one.field for one in refused.value.faults] == ["state"]


@pytest.mark.parametrize(
    "visibility, asked, to_all",
    [
        ("public", None, True),
        ("direct", None, False),
        ("followers", None, False),
        ("direct", "public", True),
    ],
)
async def test_an_answer_is_never_wider_than_its_message_unless_asked(
    desk: Desk,
    ann: RemoteActor,
    moderator: Person,
    visibility: str,
    asked: str | None,
    to_all: bool,
) -> None:
    state = "held" if visibility == "public" else "mailbox"
    response = await respond(desk, ann, visibility=visibility, state=state)
    fields = {"content": "Thank you."} | ({"visibility": asked} if asked else {})
    await responses.answer(desk, moderator, "r1", fields)

    [(type_, document, inbox_url)] = await went_out(desk.db)
    note = document["object"]
    assert (type_, inbox_url) == ("Create", ann.inbox_url)
    assert note["inReplyTo"] == response.object_id
    assert (PUBLIC in note["to"] + note["cc"]) is to_all
    assert ann.actor_id in note["to"] + note["cc"]
