"""Tokens: shown once, known again by whoever holds them, and by nobody else."""

import pytest
from desk_rows import audited, somebody

from fediverse_coord.desk import tokens
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Role
from fediverse_coord.errors import NotAllowed, NotFound, Refusal, Unauthenticated
from fediverse_coord.storage import tokens as rows


async def test_a_token_speaks_for_its_person_role_and_coordinations(desk: Desk) -> None:
    token = await tokens.create(desk, OPERATOR, "Rosa", "editor", ["dockers"])
    person = await tokens.authenticate(desk.db, token)

    assert (person.name, person.role) == ("Rosa", Role.EDITOR)
    assert person.actors == frozenset({"dockers"})
    assert await audited(desk.db) == ["create token"]


async def test_nothing_of_the_secret_is_kept(desk: Desk) -> None:
    token = await tokens.create(desk, OPERATOR, "Rosa", "admin")
    prefix, handle, secret = token.split("_", 2)
    [kept] = await rows.all_tokens(desk.db)
    [shown] = await tokens.all_tokens(desk, OPERATOR)

    assert prefix == "coord"
    assert len(secret) >= 43
    assert kept.handle == shown.handle == handle
    assert secret.encode() not in kept.secret_hash
    assert secret not in repr(kept) + repr(shown)


@pytest.mark.parametrize(
    "change",
    [
        lambda token: "",
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token.upper(),
        lambda token: " " + token,
        lambda token: token + "\n",
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.replace(token[6:14], "aaaaaaaa"),
        lambda token: token[:15],
        lambda token: "coord_' OR 1=1 --_" + token[15:],
        lambda token: token * 100,
    ],
)
async def test_anything_but_the_token_itself_is_nobody(desk: Desk, change: object) -> None:
    token = await tokens.create(desk, OPERATOR, "Rosa", "admin")
    with pytest.raises(Unauthenticated) as refused:
        await tokens.authenticate(desk.db, change(token))  # type: ignore[operator]
    assert token[15:] not in str(refused.value)


async def test_one_persons_secret_does_not_open_anothers_handle(desk: Desk) -> None:
    one = await tokens.create(desk, OPERATOR, "Rosa", "editor")
    other = await tokens.create(desk, OPERATOR, "Karl", "admin")
    with pytest.raises(Unauthenticated):
        await tokens.authenticate(desk.db, other[:15] + one[15:])


@pytest.mark.parametrize("whole", [True, False])
async def test_a_revoked_token_is_nobody_from_then_on(desk: Desk, whole: bool) -> None:
    token = await tokens.create(desk, OPERATOR, "Rosa", "admin")
    await tokens.revoke(desk, OPERATOR, token if whole else token.split("_")[1])
    with pytest.raises(Unauthenticated):
        await tokens.authenticate(desk.db, token)
    with pytest.raises(NotFound):
        await tokens.revoke(desk, OPERATOR, token)


async def test_an_erased_person_has_no_name_and_no_token(desk: Desk) -> None:
    token = await tokens.create(desk, OPERATOR, "Rosa", "admin")
    await tokens.erase(desk, OPERATOR, " Rosa ")

    assert [one.coordinator for one in await tokens.all_tokens(desk, OPERATOR)] == [None]
    with pytest.raises(Unauthenticated):
        await tokens.authenticate(desk.db, token)
    with pytest.raises(NotFound):
        await tokens.erase(desk, OPERATOR, "Rosa")


async def test_every_faulty_field_is_named_and_no_row_is_left(desk: Desk) -> None:
    with pytest.raises(Refusal) as refused:
        await tokens.create(desk, OPERATOR, "\x00 ", "owner")
    assert [one.field for one in refused.value.faults] == ["coordinator", "role"]
    with pytest.raises(NotFound):
        await tokens.create(desk, OPERATOR, "Rosa", "admin", ["nobody"])
    assert await rows.all_tokens(desk.db) == []


async def test_who_speaks_for_one_coordination_makes_no_tokens(desk: Desk) -> None:
    local = await somebody(desk, Role.ADMIN, "dockers")
    with pytest.raises(NotAllowed):
        await tokens.create(desk, local, "Karl", "editor", ["dockers"])
    with pytest.raises(NotAllowed):
        await tokens.all_tokens(desk, local)
