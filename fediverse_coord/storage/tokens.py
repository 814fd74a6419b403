"""Tokens: whose they are, what they may do, for which coordinations. Never the secret itself.

The secret is 256 bits of chance, so a plain SHA-256 keeps it; what slows down the guessing of
passwords would only slow down us. When a token was last used is not written down: it would
tell when its person is at work.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage.database import Reader, Row, Transaction


@dataclass(frozen=True, slots=True)
class Token:
    """A token as remembered. Without `actors` it speaks for every coordination."""

    row: int
    handle: str
    person: int
    person_name: str | None = field(repr=False)
    role: str
    actors: frozenset[str] | None
    secret_hash: bytes = field(repr=False)
    created_at: datetime
    revoked: bool


SELECT = """
SELECT t.id, t.handle, t.person, p.name AS person_name, t.role, t.secret_hash, t.created_at,
       t.revoked_at
  FROM tokens t JOIN people p ON p.id = t.person
"""
BY_HANDLE = SELECT + " WHERE t.handle = :handle"
ALL = SELECT + " ORDER BY t.id"

ACTORS = """
SELECT a.name FROM token_actors x JOIN actors a ON a.id = x.actor WHERE x.token = :token
"""

INSERT = """
INSERT INTO tokens (person, handle, secret_hash, role, created_at)
VALUES (:person, :handle, :secret_hash, :role, :now) RETURNING id
"""

PUT_ACTOR = "INSERT INTO token_actors (token, actor) VALUES (:token, :actor)"

REVOKE = "UPDATE tokens SET revoked_at = :now WHERE handle = :handle AND revoked_at IS NULL"

REVOKE_ALL_OF = """
UPDATE tokens SET revoked_at = :now WHERE person = :person AND revoked_at IS NULL
"""


async def by_handle(reader: Reader, handle: str) -> Token | None:
    row = await reader.fetch_one(BY_HANDLE, handle=handle)
    return await _token(reader, row) if row else None


async def all_tokens(reader: Reader) -> list[Token]:
    """Also the revoked ones, oldest first."""
    return [await _token(reader, row) for row in await reader.fetch_all(ALL)]


async def _token(reader: Reader, row: Row) -> Token:
    named = await reader.fetch_all(ACTORS, token=row["id"])
    return Token(
        row=row["id"],
        handle=row["handle"],
        person=row["person"],
        person_name=row["person_name"],
        role=row["role"],
        actors=frozenset(one["name"] for one in named) or None,
        secret_hash=row["secret_hash"],
        created_at=from_milliseconds(row["created_at"]),
        revoked=row["revoked_at"] is not None,
    )


async def insert(
    tx: Transaction,
    *,
    person: int,
    handle: str,
    secret_hash: bytes,
    role: str,
    actors: Sequence[int],
    now: datetime,
) -> int:
    """The new token's row number; `actors` are row numbers, none of them means all."""
    row = await tx.fetch_one(
        INSERT,
        person=person,
        handle=handle,
        secret_hash=secret_hash,
        role=role,
        now=milliseconds(now),
    )
    made = int(row["id"]) if row else 0
    for actor in actors:
        await tx.execute(PUT_ACTOR, token=made, actor=actor)
    return made


async def revoke(tx: Transaction, handle: str, now: datetime) -> bool:
    """Whether there was such a token in use."""
    return await tx.execute(REVOKE, handle=handle, now=milliseconds(now)) > 0


async def revoke_all_of(tx: Transaction, person: int, now: datetime) -> int:
    """How many of the person's tokens ended."""
    return await tx.execute(REVOKE_ALL_OF, person=person, now=milliseconds(now))
