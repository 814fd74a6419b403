"""Boosts and follows: what is asked of others, what goes out, and what is refused."""

import pytest
from desk_rows import audited, fan_outs, somebody, went_out
from far_people import PUBLIC, FarServer

from fediverse_coord.desk import blocks, boosts, drafts
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Role
from fediverse_coord.errors import Conflict, NotAllowed, NotFound, Refusal, Unreachable
from fediverse_coord.protocol.vocabulary import PUBLIC as OURS


async def test_a_boost_goes_to_followers_and_to_the_author(
    desk: Desk, far: FarServer, woken: list[bool]
) -> None:
    author, post = far.person("ann"), far.post("ann")
    activity_id = await boosts.boost(desk, OPERATOR, "dockers", post)

    [(type_, document, inbox_url)] = await went_out(desk.db)
    assert (type_, document["id"], document["object"]) == ("Announce", activity_id, post)
    assert (document["to"], inbox_url) == ([OURS], f"{author}/inbox")
    assert document["cc"] == [desk.uris.followers("dockers"), author]
    assert document["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    assert await fan_outs(desk.db) == 1
    assert (await audited(desk.db), woken) == (["boost"], [True])


async def test_the_same_boost_twice_is_one(desk: Desk, far: FarServer) -> None:
    far.person("ann")
    post = far.post("ann", 1)
    far.documents["/@ann/1"] = far.documents["/users/ann/posts/1"]
    first = await boosts.boost(desk, OPERATOR, "dockers", post)
    assert await boosts.boost(desk, OPERATOR, "dockers", post) == first
    assert await boosts.boost(desk, OPERATOR, "dockers", f"{far.origin}/@ann/1") == first
    assert await boosts.boost(desk, OPERATOR, "porters", post) != first
    assert [type_ for type_, _, _ in await went_out(desk.db)] == ["Announce", "Announce"]


async def test_an_unboost_undoes_the_announce_where_it_went(desk: Desk, far: FarServer) -> None:
    author, post = far.person("ann"), far.post("ann")
    activity_id = await boosts.boost(desk, OPERATOR, "dockers", post)
    far.documents.clear()
    await boosts.unboost(desk, OPERATOR, "dockers", post)

    _, (type_, undo, inbox_url) = await went_out(desk.db)
    assert (type_, undo["object"]["id"], inbox_url) == ("Undo", activity_id, f"{author}/inbox")
    assert undo["to"] == [OURS]
    assert await fan_outs(desk.db) == 1  # the Announce went to no follower yet, and will not
    with pytest.raises(Refusal):
        await boosts.unboost(desk, OPERATOR, "dockers", post)


async def test_after_an_unboost_it_can_be_boosted_again(desk: Desk, far: FarServer) -> None:
    far.person("ann")
    post = far.post("ann")
    first = await boosts.boost(desk, OPERATOR, "dockers", post)
    await boosts.unboost(desk, OPERATOR, "dockers", post)
    with pytest.raises(NotFound):
        await boosts.unboost(desk, OPERATOR, "dockers", post)
    assert await boosts.boost(desk, OPERATOR, "dockers", post) != first


REFUSED = {
    "for followers only": {"to": ["{origin}/users/ann/followers"], "cc": []},
    "for one person": {"to": ["{origin}/users/ben"], "cc": []},
    "without an author": {"attributedTo": None},
    "by an author elsewhere": {"attributedTo": "https://other.example/users/ann"},
    "no post": {"type": "Person"},
    "by nobody who answers": {"attributedTo": "{origin}/users/gone"},
}


@pytest.mark.parametrize("changed", REFUSED.values(), ids=REFUSED)
async def test_what_should_not_be_passed_on_is_refused_and_leaves_nothing(
    desk: Desk, far: FarServer, changed: dict[str, object]
) -> None:
    far.person("ann")
    post = far.post("ann", 1, **filled(changed, far.origin))
    with pytest.raises(Refusal) as refused:
        await boosts.boost(desk, OPERATOR, "dockers", post)
    assert [one.field for one in refused.value.faults] == ["url"]
    assert await went_out(desk.db) == []
    assert await audited(desk.db) == []


def filled(changed: dict[str, object], origin: str) -> dict[str, object]:
    def one(value: object) -> object:
        if isinstance(value, list):
            return [one(inner) for inner in value]
        return value.replace("{origin}", origin) if isinstance(value, str) else value

    return {name: one(value) for name, value in changed.items()}


async def test_unlisted_posts_may_be_passed_on(desk: Desk, far: FarServer) -> None:
    far.person("ann")
    post = far.post("ann", to=[f"{far.origin}/users/ann/followers"], cc=[PUBLIC])
    assert await boosts.boost(desk, OPERATOR, "dockers", post)


async def test_a_blocked_authors_post_is_not_passed_on(desk: Desk, far: FarServer) -> None:
    author, post = far.person("ann"), far.post("ann")
    await blocks.block(desk, OPERATOR, author)
    with pytest.raises(Conflict, match="blocked"):
        await boosts.boost(desk, OPERATOR, "dockers", post)
    assert await went_out(desk.db) == []


async def test_a_server_that_is_away_may_be_asked_later(desk: Desk) -> None:
    with pytest.raises(Unreachable):
        await boosts.boost(desk, OPERATOR, "dockers", "http://127.0.0.1:1/posts/1")


async def test_our_own_public_declarations_may_be_passed_on(desk: Desk) -> None:
    fields = {"content": "The quay is shut."}
    saved = await drafts.create(desk, OPERATOR, "dockers", fields, publish=True)
    one = saved.work.declaration
    object_id = desk.uris.object("dockers", one.key)
    first = await boosts.boost(desk, OPERATOR, "porters", object_id)
    page = desk.uris.page("dockers", one.slug)
    assert await boosts.boost(desk, OPERATOR, "porters", page) == first

    _, (_, document, inbox_url) = await went_out(desk.db)
    assert (document["object"], inbox_url) == (object_id, None)


@pytest.mark.parametrize("visibility, publish", [("public", False), ("followers", True)])
async def test_our_drafts_and_narrow_texts_are_not_passed_on(
    desk: Desk, visibility: str, publish: bool
) -> None:
    fields = {"content": "The quay is shut.", "visibility": visibility}
    saved = await drafts.create(desk, OPERATOR, "dockers", fields, publish=publish)
    object_id = desk.uris.object("dockers", saved.work.declaration.key)
    with pytest.raises(Refusal):
        await boosts.boost(desk, OPERATOR, "porters", object_id)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.MODERATOR])
async def test_boosting_is_publishing(desk: Desk, far: FarServer, role: Role) -> None:
    person = await somebody(desk, role, "dockers")
    with pytest.raises(NotAllowed):
        await boosts.boost(desk, person, "dockers", f"{far.origin}/users/ann/posts/1")
    assert far.asked == []
