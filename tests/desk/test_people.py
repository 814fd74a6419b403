"""Every duty, by every role, for one's own coordination, another's and the whole server."""

import pytest

from fediverse_coord.desk.people import OPERATOR, Duty, Person, Role, require
from fediverse_coord.errors import NotAllowed

# The specification (INTERFACE: Roles), written out rather than taken from the code.
ALLOWED = """
looking                 editor publisher moderator admin
writing drafts          editor publisher           admin
publishing                     publisher           admin
answering what came in                   moderator admin
administering                                      admin
"""
ROWS = [line for line in ALLOWED.splitlines() if line]
TABLE = [
    (duty, role, role.value in next(row for row in ROWS if row.startswith(duty.value)).split())
    for duty in Duty
    for role in Role
]


def allowed(person: Person, duty: Duty, actor_name: str | None) -> bool:
    try:
        require(person, duty, actor_name)
    except NotAllowed:
        return False
    return True


def of(role: Role, *actors: str) -> Person:
    return Person(1, "Rosa", role, frozenset(actors) or None, 1)


@pytest.mark.parametrize("duty, role, may", TABLE)
def test_a_role_covers_what_the_table_says(duty: Duty, role: Role, may: bool) -> None:
    assert allowed(of(role), duty, "dockers") is may
    assert allowed(of(role), duty, None) is may
    assert allowed(of(role, "dockers"), duty, "dockers") is may


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("duty", Duty)
@pytest.mark.parametrize("other", ["porters", "dockers2", "", None])
def test_no_role_covers_another_coordination_or_the_server(
    duty: Duty, role: Role, other: str | None
) -> None:
    assert not allowed(of(role, "dockers"), duty, other)


@pytest.mark.parametrize("duty", Duty)
def test_the_operator_may_everything(duty: Duty) -> None:
    assert allowed(OPERATOR, duty, None)
    assert allowed(OPERATOR, duty, "dockers")


def test_a_refusal_says_which_role_is_needed() -> None:
    with pytest.raises(NotAllowed, match="publishing needs the role publisher or admin"):
        require(of(Role.EDITOR), Duty.PUBLISH, "dockers")
    with pytest.raises(NotAllowed, match="speaks for dockers only"):
        require(of(Role.ADMIN, "dockers"), Duty.LOOK, "porters")


def test_a_person_does_not_print_their_name() -> None:
    assert "Rosa" not in repr(of(Role.EDITOR))
