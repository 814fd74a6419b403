"""Blocked actors and domains.  A domain's block covers every name below it.

Asked at each entrance (security F3): on arrival, before a fetch, and again when an activity
is processed. One statement answers, with the host's parents as parameters.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.protocol.uris import host_of
from fediverse_coord.storage.database import Reader, Transaction

Kind: TypeAlias = Literal["actor", "domain"]

PARENTS = 8  # the shortest so many parents are looked at, and the whole name


@dataclass(frozen=True, slots=True)
class Block:
    """One block, as an operator made it."""

    kind: str
    value: str
    reason: str | None
    created_at: datetime


ADD = """
INSERT INTO blocks (kind, value, reason, created_at) VALUES (:kind, :value, :reason, :now)
ON CONFLICT (kind, value) DO UPDATE SET reason = excluded.reason
"""

REMOVE = "DELETE FROM blocks WHERE kind = :kind AND value = :value"

ALL = "SELECT kind, value, reason, created_at FROM blocks ORDER BY kind, value"

MATCHING = """
SELECT 1 FROM blocks
 WHERE (kind = 'actor' AND value = :actor_id)
    OR (kind = 'domain' AND value IN (:d0, :d1, :d2, :d3, :d4, :d5, :d6, :d7, :host))
 LIMIT 1
"""


def domain_in(text: str) -> str:
    """The one spelling of a domain to block: `*.Example.ORG` is `example.org`.

    Raises MalformedDocument where it is no host name.
    """
    return host_of(text.strip().removeprefix("*.").removeprefix("@").strip("."))


async def add(tx: Transaction, kind: Kind, value: str, reason: str | None, now: datetime) -> None:
    """Raises MalformedDocument where a domain is no host name."""
    spelled = domain_in(value) if kind == "domain" else value
    await tx.execute(ADD, kind=kind, value=spelled, reason=reason, now=milliseconds(now))


async def remove(tx: Transaction, kind: Kind, value: str) -> bool:
    """Whether there was such a block."""
    spelled = domain_in(value) if kind == "domain" else value
    return await tx.execute(REMOVE, kind=kind, value=spelled) > 0


async def all_blocks(reader: Reader) -> list[Block]:
    return [
        Block(row["kind"], row["value"], row["reason"], from_milliseconds(row["created_at"]))
        for row in await reader.fetch_all(ALL)
    ]


async def is_blocked(reader: Reader, *, host: str, actor_id: str = "") -> bool:
    """Whether the host, a domain above it, or this actor is blocked."""
    parents = dict(zip((f"d{n}" for n in range(PARENTS)), _parents(host), strict=True))
    found = await reader.fetch_value(MATCHING, host=host, actor_id=actor_id, **parents)
    return found is not None


def _parents(host: str) -> list[str]:
    labels = host.split(".")
    shortest = [".".join(labels[-n:]) for n in range(1, len(labels) + 1)][:PARENTS]
    return shortest + [""] * (PARENTS - len(shortest))
