"""Blocks: what they take away, whom they meet, and that they can be lifted."""

import pytest
from desk_rows import audited, follow_us, respond, somebody
from far_people import FarServer

from fediverse_coord.desk import blocks, drafts, follows, responses
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import OPERATOR, Role
from fediverse_coord.errors import Conflict, NotAllowed, NotFound, Refusal
from fediverse_coord.storage import blocks as rows
from fediverse_coord.storage import (
    followers,
    following,
    interactions,
    objects,
    remote_actors,
    stamps,
)
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.interactions import Interaction
from fediverse_coord.storage.objects import LocalObject
from fediverse_coord.storage.remote_actors import ActorProfile, RemoteActor
from fediverse_coord.storage.stamps import Stamp

HOSTS = ["far.example", "deep.far.example", "nearfar.example"]


async def known(desk: Desk, name: str, host: str) -> RemoteActor:
    actor_id = f"https://{host}/users/{name}"
    profile = ActorProfile(
        actor_id=actor_id,
        host=host,
        type="Person",
        username=name,
        name=name.title(),
        inbox_url=f"{actor_id}/inbox",
        shared_inbox_url=f"https://{host}/inbox",
    )
    return await desk.db.write(lambda tx: remote_actors.remember(tx, profile, desk.clock()))


async def left_here(desk: Desk, one: RemoteActor) -> tuple[bool, str]:
    """Whether the actor still follows the dockers, and the state of their response."""
    actor = await coordination(desk, "dockers")
    follower = await followers.find(desk.db, actor.row, one.row)
    page = await responses.page(desk, OPERATOR, "dockers")
    [state] = [found.state for found in page.responses if found.remote_actor == one.row]
    return follower is not None, state


@pytest.mark.parametrize("named", ["far.example", "*.FAR.example", "@far.example"])
async def test_a_blocked_domain_takes_everyone_on_it_and_below(desk: Desk, named: str) -> None:
    people = [await known(desk, "ann", host) for host in HOSTS]
    for number, one in enumerate(people):
        await follow_us(desk, one)
        await respond(desk, one, f"r{number}")
    assert (await blocks.block(desk, OPERATOR, named)).value == "far.example"

    assert [await left_here(desk, one) for one in people] == [
        (False, "rejected"),
        (False, "rejected"),
        (True, "held"),
    ]
    assert await followers.recount(desk.db) == []
    assert await rows.is_blocked(desk.db, host="deep.far.example")


async def test_a_blocked_actor_goes_alone(desk: Desk) -> None:
    ann, ben = await known(desk, "ann", HOSTS[0]), await known(desk, "ben", HOSTS[0])
    for number, one in enumerate((ann, ben)):
        await follow_us(desk, one)
        await respond(desk, one, f"r{number}")
    await blocks.block(desk, OPERATOR, ann.actor_id, "sells watches")

    assert await left_here(desk, ann) == (False, "rejected")
    assert await left_here(desk, ben) == (True, "held")
    assert await followers.recount(desk.db) == []
    [block] = await blocks.all_blocks(desk, OPERATOR)
    assert (block.kind, block.value, block.reason) == ("actor", ann.actor_id, "sells watches")
    assert await audited(desk.db) == ["block"]


async def test_a_handle_is_blocked_as_its_actor_and_lifted_without_asking(
    desk: Desk, far: FarServer
) -> None:
    actor_id = far.person("ann")
    assert (await blocks.block(desk, OPERATOR, far.handle("ann"))).value == actor_id
    far.documents.clear()
    assert (await blocks.unblock(desk, OPERATOR, far.handle("ann"))).value == actor_id

    assert await blocks.all_blocks(desk, OPERATOR) == []
    with pytest.raises(NotFound):
        await blocks.unblock(desk, OPERATOR, actor_id)


async def test_a_blocked_partner_is_followed_no_longer(desk: Desk, far: FarServer) -> None:
    far.person("ann")
    await follows.follow(desk, OPERATOR, "dockers", far.handle("ann"))
    await blocks.block(desk, OPERATOR, "127.0.0.1")

    assert await following.of(desk.db, (await coordination(desk, "dockers")).row) == []
    with pytest.raises(Conflict, match="blocked"):
        await follows.follow(desk, OPERATOR, "dockers", far.handle("ann"))


async def test_the_blocked_boost_and_quote_nothing_any_longer(desk: Desk) -> None:
    ann, ben = await known(desk, "ann", HOSTS[0]), await known(desk, "ben", HOSTS[2])
    fields = {"content": "The quay is shut."}
    saved = await drafts.create(desk, OPERATOR, "dockers", fields, publish=True)
    work, now = saved.work, desk.clock()

    async def ours() -> LocalObject:
        found = await objects.by_declaration(desk.db, work.row)
        assert found is not None
        return found

    async def passed_on(tx: Transaction) -> None:
        for one in (ann, ben):
            row = found.row
            await interactions.add(tx, "boost", [Interaction(row, one.row, None)], now)
            await stamps.insert(tx, stamped(one, work, row), now)

    found = await ours()
    await desk.db.write(passed_on)
    await blocks.block(desk, OPERATOR, HOSTS[0])

    assert (await ours()).shares == 1
    given = [await stamps.by_key(desk.db, work.actor, one.host) for one in (ann, ben)]
    assert [one is not None and one.revoked for one in given] == [True, False]


def stamped(one: RemoteActor, work: Work, object_row: int) -> Stamp:
    """A stamp under the key of their host."""
    return Stamp(
        key=one.host,
        actor=work.actor,
        object=object_row,
        remote_actor=one.row,
        quoting_id=f"{one.actor_id}/quote",
        document=b"{}",
    )


async def test_an_approved_response_of_a_blocked_actor_is_approved_no_more(desk: Desk) -> None:
    ann = await known(desk, "ann", HOSTS[0])
    await respond(desk, ann)
    await responses.approve(desk, OPERATOR, "r1")
    await blocks.block(desk, OPERATOR, HOSTS[0])

    assert await left_here(desk, ann) == (False, "rejected")
    with pytest.raises(Conflict, match="blocked"):
        await responses.approve(desk, OPERATOR, "r1")
    with pytest.raises(Conflict, match="blocked"):
        await responses.answer(desk, OPERATOR, "r1", {"content": "No."})


@pytest.mark.parametrize(
    "named", ["", "not a domain", "http://", "https://user@far.example/ann", "1.2.3", "@ann@"]
)
async def test_what_names_nobody_is_refused(desk: Desk, named: str) -> None:
    with pytest.raises(Refusal):
        await blocks.block(desk, OPERATOR, named)
    assert await blocks.all_blocks(desk, OPERATOR) == []


@pytest.mark.parametrize("named", ["localhost", "http://localhost:8000/actors/dockers"])
async def test_this_server_does_not_block_itself(desk: Desk, named: str) -> None:
    with pytest.raises(Conflict):
        await blocks.block(desk, OPERATOR, named)


async def test_only_who_speaks_for_the_server_blocks(desk: Desk) -> None:
    for person in (
        await somebody(desk, Role.MODERATOR),
        await somebody(desk, Role.ADMIN, "dockers"),
    ):
        with pytest.raises(NotAllowed):
            await blocks.block(desk, person, "far.example")
        with pytest.raises(NotAllowed):
            await blocks.all_blocks(desk, person)
