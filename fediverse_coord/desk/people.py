"""Who acts, and what their role lets them do.  INTERFACE: Roles.

The table is the whole of it: every function of the desk asks `require` first. A person who
speaks for named coordinations speaks for no other, and never for the server as a whole.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from fediverse_coord.errors import NotAllowed


class Role(StrEnum):
    EDITOR = "editor"
    PUBLISHER = "publisher"
    MODERATOR = "moderator"
    ADMIN = "admin"


class Duty(StrEnum):
    """What one may be allowed to do; the value completes "… needs the role"."""

    LOOK = "looking"
    DRAFT = "writing drafts"
    PUBLISH = "publishing"
    MODERATE = "answering what came in"
    ADMINISTER = "administering"


MAY = {
    Duty.LOOK: frozenset(Role),
    Duty.DRAFT: frozenset({Role.EDITOR, Role.PUBLISHER, Role.ADMIN}),
    Duty.PUBLISH: frozenset({Role.PUBLISHER, Role.ADMIN}),
    Duty.MODERATE: frozenset({Role.MODERATOR, Role.ADMIN}),
    Duty.ADMINISTER: frozenset({Role.ADMIN}),
}


@dataclass(frozen=True, slots=True)
class Person:
    """The one who acts: `row` in the audit; `actors` None means every coordination."""

    row: int | None
    name: str | None = field(repr=False)
    role: Role
    actors: frozenset[str] | None
    token: int | None


OPERATOR = Person(None, None, Role.ADMIN, None, None)
"""Whoever has the command line of the server."""


def speaks_for(person: Person, actor_name: str | None) -> bool:
    """Whether it is one of theirs; None asks for the whole server."""
    return person.actors is None or (actor_name or "").lower() in person.actors


def require(person: Person, may: Duty, actor_name: str | None) -> None:
    """Raises NotAllowed; the sentence says which role is needed, or for whom one speaks."""
    if not speaks_for(person, actor_name):
        theirs = ", ".join(sorted(person.actors or ()))
        raise NotAllowed(f"this token speaks for {theirs} only")
    if person.role not in MAY[may]:
        needed = " or ".join(role.value for role in Role if role in MAY[may])
        raise NotAllowed(f"{may.value} needs the role {needed}; this token's is {person.role}")
