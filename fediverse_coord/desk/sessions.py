"""Sessions of the console: a link made, followed once, and what it opened known again and ended.

A link lives 15 minutes. A session ends 12 hours after it was last used and after 14 days in any
case, and at once with the token it was opened on, or with its person's name. Secrets are 256 bits
of chance of which a hash is kept. When somebody was at work is not written down: what is renewed
is a full hour, some thirteen hours ahead.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fediverse_coord.desk import tokens
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import Duty, Person, Role, require
from fediverse_coord.errors import FieldFault, NotFound, Refusal, Unauthenticated
from fediverse_coord.protocol.chance import Chance, random_secret
from fediverse_coord.protocol.text import single_line
from fediverse_coord.storage import audit, people
from fediverse_coord.storage import sessions as rows
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.sessions import SessionRow
from fediverse_coord.storage.tokens import Token
from fediverse_coord.storage.tokens import all_tokens as token_rows

LINK_LIVES = timedelta(minutes=15)
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=14)
LONGEST_SECRET = 128
OVER = "this session has ended: ask for a new link to log in"
USED = "this link is used up or older than 15 minutes: ask for a new one"
NO_ROLE = "is needed: this person has no token whose role the session could have"
SEVERAL = "is needed: this person has several tokens with different roles"


@dataclass(frozen=True, slots=True)
class Session:
    """An open one, as its cookie proves it."""

    person: Person
    handle: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as it may be shown; one that is not `opened` is a link that waits."""

    handle: str
    coordinator: str | None = field(repr=False)
    role: Role
    actors: tuple[str, ...]  # none of them: all
    opened_at: datetime | None
    ends_at: datetime


async def login_link(
    desk: Desk,
    person: Person,
    coordinator: str,
    role: str | None = None,
    actor_names: Sequence[str] = (),
    *,
    new_secret: Chance = random_secret,
) -> str:
    """The secret of a link, to be handed over this once.

    Without a role the session has that of the person's token, and ends with it. Raises
    NotAllowed, NotFound for a coordination, Refusal where a role is needed or unknown.
    """
    require(person, Duty.ADMINISTER, None)
    name = single_line(coordinator)
    right = await _of_token(desk, name) if role is None and not actor_names else None
    if right is None:
        name, chosen = tokens.checked(coordinator, role or "")
        names = list(dict.fromkeys(actor_names))
    else:
        chosen, names = Role(right.role), sorted(right.actors or ())
    actors = [(await coordination(desk, one)).row for one in names]
    secret, now, handle = new_secret(), desk.clock(), desk.new_key()[: tokens.HANDLE_CHARACTERS]

    async def work(tx: Transaction) -> None:
        await rows.insert(
            tx,
            handle=handle,
            person=await people.ensure(tx, name, now),
            token=right.row if right else None,
            role=chosen,
            actors=actors,
            link_hash=_hash(secret),
            ends_at=now + LINK_LIVES,
        )
        await audit.record(tx, person.row, "make login link", f"session:{handle}", now)

    await desk.db.write(work)
    return secret


async def _of_token(desk: Desk, name: str) -> Token:
    """The person's token, whose rights the session has. Raises Refusal where none is the one."""
    known = [one for one in await token_rows(desk.db) if one.person_name == name]
    valid = [one for one in known if not one.revoked]
    if len({(one.role, one.actors) for one in valid}) != 1:
        reason = SEVERAL if valid else NO_ROLE
        raise Refusal(f"--role {reason}", faults=[FieldFault("role", reason)])
    return valid[-1]


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret[:LONGEST_SECRET].encode("utf-8", "replace")).digest()


async def link_waits(desk: Desk, secret: str) -> bool:
    """Whether following it would open a session. It stays as it is."""
    return await rows.by_link(desk.db, _hash(secret), desk.clock()) is not None


async def follow_link(desk: Desk, secret: str, *, new_secret: Chance = random_secret) -> str:
    """Opens the session and uses the link up; the cookie's secret. Raises Unauthenticated."""
    cookie, now = new_secret(), desk.clock()

    async def work(tx: Transaction) -> None:
        link = await rows.by_link(tx, _hash(secret), now)
        opened = link is not None and await rows.open_link(
            tx,
            link_hash=_hash(secret),
            secret_hash=_hash(cookie),
            now=now,
            idle_until=_idle_until(now),
            ends_at=now + LONGEST,
        )
        if link is None or not opened:
            raise Unauthenticated(USED)
        await audit.record(tx, link.person, "log in", f"session:{link.handle}", now)

    await desk.db.write(work)
    return cookie


def _idle_until(now: datetime) -> datetime:
    """The next full hour after the hours of idleness."""
    return (now + IDLE).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


async def authenticate(desk: Desk, secret: str) -> Session:
    """The session of that cookie, which is renewed. Raises Unauthenticated."""
    now = desk.clock()
    found = await _found(desk.db, secret, now)
    if found is None:
        raise Unauthenticated(OVER)
    until = _idle_until(now)
    if found.idle_until < until:
        row = found.row
        await desk.db.write(lambda tx: rows.prolong(tx, row, until))
    role = Role(found.role)
    who = Person(found.person, found.person_name, role, found.actors, found.token)
    return Session(who, found.handle)


async def _found(reader: Reader, secret: str, now: datetime) -> SessionRow | None:
    return await rows.by_secret(reader, _hash(secret), now) if secret else None


async def all_sessions(desk: Desk, person: Person) -> list[Listed]:
    """Everybody's. Raises NotAllowed for whoever does not administer the server."""
    require(person, Duty.ADMINISTER, None)
    return [_listed(one) for one in await rows.living(desk.db, desk.clock())]


async def own_sessions(desk: Desk, person: Person) -> list[Listed]:
    found = await rows.living(desk.db, desk.clock(), person=person.row or 0)
    return [_listed(one) for one in found] if person.row else []


def _listed(one: SessionRow) -> Listed:
    names = tuple(sorted(one.actors or ()))
    role = Role(one.role)
    return Listed(one.handle, one.person_name, role, names, one.opened_at, one.ends_at)


async def end(desk: Desk, person: Person, handle: str) -> None:
    """Ends one: of the person's own, or anybody's for the operator. Raises NotFound."""
    if person.row is None:
        require(person, Duty.ADMINISTER, None)
    now = desk.clock()

    async def work(tx: Transaction) -> None:
        if not await rows.end(tx, handle, person=person.row or 0):
            raise NotFound("there is no such session; `sessions list` shows those that are open")
        await audit.record(tx, person.row, "end session", f"session:{handle}", now)

    await desk.db.write(work)


async def end_others(desk: Desk, person: Person, handle: str) -> int:
    """Ends all of the person's but this one; how many."""
    now = desk.clock()

    async def work(tx: Transaction) -> int:
        ended = await rows.end_all_of(tx, person.row or 0, but=handle)
        await audit.record(tx, person.row, "end other sessions", f"session:{handle}", now)
        return ended

    return await desk.db.write(work)


async def end_all_of(desk: Desk, person: Person, coordinator: str) -> int:
    """Ends every session and link of that person; how many. Raises NotFound, NotAllowed."""
    require(person, Duty.ADMINISTER, None)
    now = desk.clock()

    async def work(tx: Transaction) -> int:
        who = await people.by_name(tx, single_line(coordinator))
        if who is None:
            raise NotFound("there is no coordinator of that name; `sessions list` shows them")
        ended = await rows.end_all_of(tx, who.row)
        await audit.record(tx, person.row, "end sessions", f"person:{who.row}", now)
        return ended

    return await desk.db.write(work)
