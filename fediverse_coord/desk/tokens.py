"""Tokens: made, shown once, known again, revoked; and the names of persons, which can go.

`coord_<handle>_<secret>`: the handle finds the row, the secret (256 bits of chance) proves it.
Only its SHA-256 is kept. Which role may do what is in `people`; the API never makes tokens.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import Duty, Person, Role, require
from fediverse_coord.errors import FieldFault, NotFound, Refusal, Unauthenticated
from fediverse_coord.protocol.chance import Chance, random_secret
from fediverse_coord.protocol.text import single_line
from fediverse_coord.storage import audit, people, sessions, tokens
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.tokens import Token

PREFIX = "coord"
HANDLE_CHARACTERS = 8
MAX_NAME = 100
FORM = re.compile(rf"{PREFIX}_([a-z2-7]{{{HANDLE_CHARACTERS}}})_([A-Za-z0-9_-]{{43,128}})\Z")
NO_HASH = bytes(hashlib.sha256().digest_size)


@dataclass(frozen=True, slots=True)
class Listed:
    """A token as it may be shown. `coordinator` is None where the name was erased."""

    handle: str
    coordinator: str | None = field(repr=False)
    role: Role
    actors: tuple[str, ...]  # none of them: all
    created_at: datetime
    revoked: bool


async def create(
    desk: Desk,
    person: Person,
    coordinator: str,
    role: str,
    actor_names: Sequence[str] = (),
    *,
    new_secret: Chance = random_secret,
) -> str:
    """The token, to be shown this once. Without names it speaks for every coordination.

    Raises NotAllowed, NotFound for a coordination, Refusal naming each faulty field.
    """
    require(person, Duty.ADMINISTER, None)
    name, chosen = checked(coordinator, role)
    rows = [(await coordination(desk, one)).row for one in dict.fromkeys(actor_names)]
    handle, secret, now = desk.new_key()[:HANDLE_CHARACTERS], new_secret(), desk.clock()

    async def work(tx: Transaction) -> None:
        row = await people.ensure(tx, name, now)
        await tokens.insert(
            tx,
            person=row,
            handle=handle,
            secret_hash=_hash(secret),
            role=chosen,
            actors=rows,
            now=now,
        )
        await audit.record(tx, person.row, "create token", f"token:{handle}", now)

    await desk.db.write(work)
    return f"{PREFIX}_{handle}_{secret}"


def checked(coordinator: str, role: str) -> tuple[str, Role]:
    """The name and the role as they are kept. Raises Refusal naming each faulty one."""
    faults, name = [], single_line(coordinator)
    if not 0 < len(name) <= MAX_NAME:
        faults.append(FieldFault("coordinator", f"must be a name of at most {MAX_NAME} characters"))
    if role not in tuple(Role):
        faults.append(FieldFault("role", f"must be one of: {', '.join(Role)}"))
    if faults:
        told = "; ".join(f"{one.field} {one.reason}" for one in faults)
        raise Refusal(told, faults=faults)
    return name, Role(role)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


async def all_tokens(desk: Desk, person: Person) -> list[Listed]:
    """Every token, revoked ones too, without what would let anybody use it."""
    require(person, Duty.ADMINISTER, None)
    return [_listed(one) for one in await tokens.all_tokens(desk.db)]


def _listed(one: Token) -> Listed:
    names = tuple(sorted(one.actors or ()))
    return Listed(one.handle, one.person_name, Role(one.role), names, one.created_at, one.revoked)


async def revoke(desk: Desk, person: Person, named: str) -> None:
    """Ends a token, named by its handle or its whole text, and its sessions. Raises NotFound."""
    require(person, Duty.ADMINISTER, None)
    parts = named.strip().split("_")
    handle, now = parts[1] if parts[0] == PREFIX and len(parts) > 1 else parts[0], desk.clock()

    async def work(tx: Transaction) -> None:
        if not await tokens.revoke(tx, handle, now):
            raise NotFound("there is no such token in use; `token list` shows them")
        await sessions.end_of_token(tx, handle)
        await audit.record(tx, person.row, "revoke token", f"token:{handle}", now)

    await desk.db.write(work)


async def erase(desk: Desk, person: Person, coordinator: str) -> None:
    """Takes a person's name away and ends their tokens; the audit keeps the row's number."""
    require(person, Duty.ADMINISTER, None)
    now = desk.clock()

    async def work(tx: Transaction) -> None:
        row = await people.erase(tx, single_line(coordinator), now)
        if row is None:
            raise NotFound("there is no coordinator of that name; `token list` shows them")
        await tokens.revoke_all_of(tx, row, now)
        await sessions.end_all_of(tx, row)
        await audit.record(tx, person.row, "erase person", f"person:{row}", now)

    await desk.db.write(work)


async def authenticate(reader: Reader, presented: str) -> Person:
    """The person whom the token speaks for. Raises Unauthenticated, without saying why."""
    form = FORM.match(presented)
    found = await tokens.by_handle(reader, form[1]) if form else None
    # Compared in any case and in constant time: a wrong handle answers like a wrong secret.
    proven = hmac.compare_digest(_hash(form[2] if form else ""), _known_hash(found))
    if found is None or found.revoked or not proven:
        raise Unauthenticated("this needs a valid token: send 'Authorization: Bearer coord_…'")
    return Person(found.person, found.person_name, Role(found.role), found.actors, found.row)


def _known_hash(found: Token | None) -> bytes:
    return found.secret_hash if found else NO_HASH
