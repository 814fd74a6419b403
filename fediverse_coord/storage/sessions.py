"""Sessions of the console: links that open one, and those that are open. Never their secrets.

A session begins as a link; following it takes the link's hash away and puts the cookie's in its
place, so that a link works once. One that is over is deleted. No address and no browser is kept,
and the hour until which a session may be idle is a full one (`desk/sessions`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage.database import Reader, Row, Transaction, Value


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as remembered. Without `actors` it speaks for every coordination."""

    row: int
    handle: str
    person: int
    person_name: str | None = field(repr=False)
    token: int | None
    role: str
    actors: frozenset[str] | None
    opened_at: datetime | None
    idle_until: datetime
    ends_at: datetime


SELECT = """
SELECT s.id, s.handle, s.person, p.name AS person_name, s.token, s.role, s.opened_at,
       s.idle_until, s.ends_at
  FROM sessions s JOIN people p ON p.id = s.person
  LEFT JOIN tokens t ON t.id = s.token
 WHERE s.idle_until > :now AND s.ends_at > :now AND p.name IS NOT NULL AND t.revoked_at IS NULL
"""
BY_SECRET = SELECT + " AND s.secret_hash = :secret_hash AND s.opened_at IS NOT NULL"
BY_LINK = SELECT + " AND s.secret_hash = :secret_hash AND s.opened_at IS NULL"
ALL = SELECT + " AND (:person = 0 OR s.person = :person) ORDER BY s.id"

ACTORS = """
SELECT a.name FROM session_actors x JOIN actors a ON a.id = x.actor WHERE x.session = :session
"""

INSERT = """
INSERT INTO sessions (handle, person, token, role, secret_hash, idle_until, ends_at)
VALUES (:handle, :person, :token, :role, :secret_hash, :ends_at, :ends_at) RETURNING id
"""
PUT_ACTOR = "INSERT INTO session_actors (session, actor) VALUES (:session, :actor)"

OPEN = """
UPDATE sessions
   SET secret_hash = :secret_hash, opened_at = :now, idle_until = :idle_until, ends_at = :ends_at
 WHERE secret_hash = :link_hash AND opened_at IS NULL AND ends_at > :now RETURNING id
"""
PROLONG = """
UPDATE sessions SET idle_until = :idle_until WHERE id = :row AND idle_until < :idle_until
"""

# Which sessions end, by what is not 0 or empty; rows of their coordinations go first.
ENDED = """
(SELECT id FROM sessions
  WHERE (:handle <> '' AND handle = :handle AND (:person = 0 OR person = :person))
     OR (:handle = '' AND :person <> 0 AND person = :person AND handle <> :but)
     OR (:token <> '' AND token = (SELECT id FROM tokens WHERE handle = :token)))
"""
END_ACTORS = f"DELETE FROM session_actors WHERE session IN {ENDED}"  # noqa: S608
END = f"DELETE FROM sessions WHERE id IN {ENDED}"  # noqa: S608

FORGET_ACTORS = """
DELETE FROM session_actors
 WHERE session IN (SELECT id FROM sessions WHERE idle_until <= :now OR ends_at <= :now)
"""
FORGET = "DELETE FROM sessions WHERE idle_until <= :now OR ends_at <= :now"


async def by_secret(reader: Reader, secret_hash: bytes, now: datetime) -> SessionRow | None:
    """The open session of that cookie."""
    return await _one(reader, BY_SECRET, secret_hash, now)


async def by_link(reader: Reader, secret_hash: bytes, now: datetime) -> SessionRow | None:
    """The link that still waits to be followed."""
    return await _one(reader, BY_LINK, secret_hash, now)


async def _one(reader: Reader, sql: str, secret_hash: bytes, now: datetime) -> SessionRow | None:
    row = await reader.fetch_one(sql, secret_hash=secret_hash, now=milliseconds(now))
    return await _session(reader, row) if row else None


async def living(reader: Reader, now: datetime, *, person: int = 0) -> list[SessionRow]:
    """Those that are open and links that wait, oldest first; of one person, or of everybody."""
    rows = await reader.fetch_all(ALL, now=milliseconds(now), person=person)
    return [await _session(reader, row) for row in rows]


async def _session(reader: Reader, row: Row) -> SessionRow:
    named = await reader.fetch_all(ACTORS, session=row["id"])
    opened = row["opened_at"]
    return SessionRow(
        row=row["id"],
        handle=row["handle"],
        person=row["person"],
        person_name=row["person_name"],
        token=row["token"],
        role=row["role"],
        actors=frozenset(one["name"] for one in named) or None,
        opened_at=None if opened is None else from_milliseconds(opened),
        idle_until=from_milliseconds(row["idle_until"]),
        ends_at=from_milliseconds(row["ends_at"]),
    )


async def insert(
    tx: Transaction,
    *,
    handle: str,
    person: int,
    token: int | None,
    role: str,
    actors: Sequence[int],
    link_hash: bytes,
    ends_at: datetime,
) -> None:
    """A link that waits; `actors` are row numbers, none of them means all."""
    row = await tx.fetch_one(
        INSERT,
        handle=handle,
        person=person,
        token=token,
        role=role,
        secret_hash=link_hash,
        ends_at=milliseconds(ends_at),
    )
    for actor in actors:
        await tx.execute(PUT_ACTOR, session=int(row["id"]) if row else 0, actor=actor)


async def open_link(
    tx: Transaction,
    *,
    link_hash: bytes,
    secret_hash: bytes,
    now: datetime,
    idle_until: datetime,
    ends_at: datetime,
) -> bool:
    """Whether the link still waited; whoever comes second finds none."""
    row = await tx.fetch_one(
        OPEN,
        link_hash=link_hash,
        secret_hash=secret_hash,
        now=milliseconds(now),
        idle_until=milliseconds(idle_until),
        ends_at=milliseconds(ends_at),
    )
    return row is not None


async def prolong(tx: Transaction, row: int, idle_until: datetime) -> None:
    await tx.execute(PROLONG, row=row, idle_until=milliseconds(idle_until))


async def end(tx: Transaction, handle: str, *, person: int = 0) -> bool:
    """Whether there was that one, of that person where one is named."""
    return await _end(tx, handle=handle, person=person) > 0


async def end_all_of(tx: Transaction, person: int, *, but: str = "") -> int:
    """How many of the person's ended; `but` is the handle of one that stays."""
    return await _end(tx, person=person, but=but)


async def end_of_token(tx: Transaction, handle: str) -> int:
    """How many ended that were opened on the token of that handle."""
    return await _end(tx, token=handle)


async def _end(
    tx: Transaction, *, handle: str = "", person: int = 0, token: str = "", but: str = ""
) -> int:
    which: dict[str, Value] = {"handle": handle, "person": person, "token": token, "but": but}
    await tx.execute(END_ACTORS, **which)
    return await tx.execute(END, **which)


async def forget(tx: Transaction, now: datetime) -> None:
    """Those that are over: a handful."""
    await tx.execute(FORGET_ACTORS, now=milliseconds(now))
    await tx.execute(FORGET, now=milliseconds(now))
