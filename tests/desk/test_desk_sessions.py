"""Sessions of the console: links that work once, cookies that end, and what nobody keeps."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from fediverse_coord.desk import sessions, tokens
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Person, Role
from fediverse_coord.errors import NotAllowed, NotFound, Refusal, Unauthenticated
from fediverse_coord.storage.forgetting import Kept
from fediverse_coord.storage.pruning import Pruner


def later(desk: Desk, **passed: float) -> Desk:
    moment = desk.clock() + timedelta(**passed)
    return replace(desk, clock=lambda: moment)


async def logged_in(desk: Desk, name: str = "Rosa", role: str | None = "editor") -> str:
    return await sessions.follow_link(desk, await sessions.login_link(desk, OPERATOR, name, role))


async def rows(desk: Desk) -> int:
    return int(str(await desk.db.fetch_value("SELECT COUNT(*) FROM sessions")))


async def test_a_link_opens_one_session_with_its_role_and_coordinations(desk: Desk) -> None:
    link = await sessions.login_link(desk, OPERATOR, "Rosa", "publisher", ["dockers"])
    assert await sessions.link_waits(desk, link)
    found = await sessions.authenticate(desk, await sessions.follow_link(desk, link))

    assert (found.person.role, found.person.actors) == (Role.PUBLISHER, frozenset({"dockers"}))
    assert not await sessions.link_waits(desk, link)
    with pytest.raises(Unauthenticated, match="used up"):
        await sessions.follow_link(desk, link)


async def test_of_two_who_follow_a_link_at_once_one_gets_in(desk: Desk) -> None:
    link = await sessions.login_link(desk, OPERATOR, "Rosa", "editor")
    done = await asyncio.gather(
        *(sessions.follow_link(desk, link) for _ in range(4)), return_exceptions=True
    )
    assert len([one for one in done if isinstance(one, str)]) == 1
    assert await rows(desk) == 1


async def test_a_link_is_no_cookie_and_a_cookie_no_link(desk: Desk) -> None:
    link = await sessions.login_link(desk, OPERATOR, "Rosa", "editor")
    with pytest.raises(Unauthenticated):
        await sessions.authenticate(desk, link)
    cookie = await sessions.follow_link(desk, link)
    with pytest.raises(Unauthenticated):
        await sessions.follow_link(desk, cookie)
    for wrong in ("", "x", cookie + "x", cookie.swapcase(), "\udcff", "a" * 100_000):
        with pytest.raises(Unauthenticated):
            await sessions.authenticate(desk, wrong)


@pytest.mark.parametrize("minutes, works", [(14.9, True), (15, False), (60, False)])
async def test_a_link_lives_fifteen_minutes(desk: Desk, minutes: float, works: bool) -> None:
    link = await sessions.login_link(desk, OPERATOR, "Rosa", "editor")
    then = later(desk, minutes=minutes)
    assert await sessions.link_waits(then, link) is works
    if not works:
        with pytest.raises(Unauthenticated):
            await sessions.follow_link(then, link)


async def test_an_idle_session_ends_and_a_used_one_goes_on_for_fourteen_days(desk: Desk) -> None:
    idle, used = await logged_in(desk), await logged_in(desk, "Ana")
    for hours in range(11, 14 * 24, 11):
        await sessions.authenticate(later(desk, hours=hours), used)
    with pytest.raises(Unauthenticated, match="has ended"):
        await sessions.authenticate(later(desk, hours=13), idle)
    with pytest.raises(Unauthenticated):
        await sessions.authenticate(later(desk, days=14), used)


async def test_what_is_kept_names_no_minute_and_no_secret(desk: Desk) -> None:
    cookie = await logged_in(desk)
    await sessions.authenticate(later(desk, minutes=47, seconds=11), cookie)
    (row,) = await desk.db.fetch_all("SELECT * FROM sessions")

    assert row["idle_until"] % 3_600_000 == 0
    assert cookie.encode() not in bytes(row["secret_hash"])
    assert not {"address", "agent", "seen_at"} & set(row.keys())


async def test_without_a_role_a_session_has_that_of_the_persons_token_and_ends_with_it(
    desk: Desk,
) -> None:
    token = await tokens.create(desk, OPERATOR, "Rosa", "moderator", ["porters"])
    cookie = await logged_in(desk, role=None)
    person = (await sessions.authenticate(desk, cookie)).person
    assert (person.role, person.actors) == (Role.MODERATOR, frozenset({"porters"}))

    waiting = await sessions.login_link(desk, OPERATOR, "Rosa")
    await tokens.revoke(desk, OPERATOR, token)
    for ended in (sessions.authenticate(desk, cookie), sessions.follow_link(desk, waiting)):
        with pytest.raises(Unauthenticated):
            await ended
    assert await rows(desk) == 0


async def test_a_role_must_be_known_or_given(desk: Desk) -> None:
    with pytest.raises(Refusal, match="has no token"):
        await sessions.login_link(desk, OPERATOR, "Rosa")
    await tokens.create(desk, OPERATOR, "Rosa", "editor")
    await tokens.create(desk, OPERATOR, "Rosa", "admin")
    with pytest.raises(Refusal, match="several tokens"):
        await sessions.login_link(desk, OPERATOR, "Rosa")
    with pytest.raises(Refusal, match="one of"):
        await sessions.login_link(desk, OPERATOR, "Rosa", "empress")
    with pytest.raises(NotFound, match="there is no coordination"):
        await sessions.login_link(desk, OPERATOR, "Rosa", "editor", ["nobody"])
    assert await rows(desk) == 0


async def test_an_erased_person_is_logged_out_everywhere(desk: Desk) -> None:
    cookie, other = await logged_in(desk), await logged_in(desk, "Ana")
    await tokens.erase(desk, OPERATOR, "Rosa")
    with pytest.raises(Unauthenticated):
        await sessions.authenticate(desk, cookie)
    assert await sessions.authenticate(desk, other)


async def test_people_end_their_own_sessions_and_nobody_elses(desk: Desk) -> None:
    here, there, foreign = [await logged_in(desk, name) for name in ("Rosa", "Rosa", "Ana")]
    own = await sessions.authenticate(desk, here)
    theirs = await sessions.authenticate(desk, foreign)

    with pytest.raises(NotFound):
        await sessions.end(desk, own.person, theirs.handle)
    with pytest.raises(NotAllowed):
        await sessions.all_sessions(desk, own.person)
    assert await sessions.end_others(desk, own.person, own.handle) == 1
    with pytest.raises(Unauthenticated):
        await sessions.authenticate(desk, there)
    assert [one.handle for one in await sessions.own_sessions(desk, own.person)] == [own.handle]
    await sessions.end(desk, own.person, own.handle)
    with pytest.raises(Unauthenticated):
        await sessions.authenticate(desk, here)


async def test_the_operator_ends_any_session_and_all_of_a_person(desk: Desk) -> None:
    await logged_in(desk)
    await logged_in(desk)
    await logged_in(desk, "Ana")
    first, *_ = await sessions.all_sessions(desk, OPERATOR)
    await sessions.end(desk, OPERATOR, first.handle)
    assert await sessions.end_all_of(desk, OPERATOR, "Rosa") == 1
    assert [one.coordinator for one in await sessions.all_sessions(desk, OPERATOR)] == ["Ana"]
    with pytest.raises(NotFound):
        await sessions.end(desk, OPERATOR, first.handle)


async def test_only_operators_make_links(desk: Desk) -> None:
    publisher = Person(1, "Rosa", Role.PUBLISHER, None, None)
    with pytest.raises(NotAllowed):
        await sessions.login_link(desk, publisher, "Rosa", "admin")


async def test_what_is_over_is_forgotten(desk: Desk) -> None:
    await logged_in(desk)
    await sessions.login_link(desk, OPERATOR, "Ana", "editor", ["dockers"])
    pruner = Pruner(desk.db, lambda: desk.clock() + timedelta(hours=2), Kept())
    while await pruner.step():
        pass
    assert await rows(desk) == 1
    pruner = Pruner(desk.db, lambda: desk.clock() + timedelta(hours=14), Kept())
    while await pruner.step():
        pass
    assert await rows(desk) == 0
