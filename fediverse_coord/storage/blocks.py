"""Blocked actors and domains.  A domain's block covers every name below it.

Asked at each entrance (security F3): on arrival, before a fetch, and again when an activity
is processed. One statement answers, with the host's parents as parameters.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.protocol.uris import host_in, host_of
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Reader, Row, Transaction

Kind: TypeAlias = Literal["actor", "domain"]

KEY = "blocks"  # of what changed (`changes`)
PARENTS = 8  # the shortest so many parents are looked at, and the whole name


@dataclass(frozen=True, slots=True)
class Block:
    """One block, as an operator made it."""

    kind: str
    value: str
    reason: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Blocklist:
    """Every block at one moment, to be held in memory and asked without a query."""

    actors: frozenset[str]
    domains: frozenset[str]

    def covers(self, host: str, actor_id: str = "") -> bool:
        """What `is_blocked` says of the rows: the host, a domain above it, or this actor."""
        if actor_id in self.actors:
            return True
        return bool(self.domains) and not self.domains.isdisjoint((host, *_parents(host)))


ADD = """
INSERT INTO blocks (kind, value, reason, created_at) VALUES (:kind, :value, :reason, :now)
ON CONFLICT (kind, value) DO UPDATE SET reason = excluded.reason
"""

REMOVE = "DELETE FROM blocks WHERE kind = :kind AND value = :value"

ALL = "SELECT kind, value, reason, created_at FROM blocks ORDER BY kind, value"

VALUES = "SELECT kind, value FROM blocks"
AMONG = "SELECT kind, value FROM blocks WHERE kind IN ('actor', 'domain') AND value IN {named}"

MATCHING = """
SELECT CAST(:actor_id AS TEXT) AS actor_id FROM blocks
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
    await touch(tx, KEY, now)


async def remove(tx: Transaction, kind: Kind, value: str) -> bool:
    """Whether there was such a block."""
    spelled = domain_in(value) if kind == "domain" else value
    removed = await tx.execute(REMOVE, kind=kind, value=spelled) > 0
    if removed:
        await touch(tx, KEY)
    return removed


async def all_blocks(reader: Reader) -> list[Block]:
    return [
        Block(row["kind"], row["value"], row["reason"], from_milliseconds(row["created_at"]))
        for row in await reader.fetch_all(ALL)
    ]


async def blocklist(reader: Reader) -> Blocklist:
    """All of it, as it is now."""
    return _listed(await reader.fetch_all(VALUES))


def _listed(rows: Sequence[Row]) -> Blocklist:
    return Blocklist(
        frozenset(row["value"] for row in rows if row["kind"] == "actor"),
        frozenset(row["value"] for row in rows if row["kind"] == "domain"),
    )


async def is_blocked(reader: Reader, *, host: str, actor_id: str = "") -> bool:
    """Whether the host, a domain above it, or this actor is blocked."""
    found = await reader.fetch_value(MATCHING, **_named(host, actor_id))
    return found is not None


async def blocked_among(reader: Reader, actor_ids: Iterable[str]) -> set[str]:
    """Which of them are blocked, each as `is_blocked` would say of the actor and its host."""
    hosts = {one: host_in(one) or "" for one in actor_ids}
    domains = {one for host in set(hosts.values()) for one in (host, *_parents(host))}
    named = json.dumps([*hosts, *domains])
    found = _listed(await reader.fetch_all(AMONG, rows=named))
    return {one for one, host in hosts.items() if found.covers(host, one)}


def _named(host: str, actor_id: str) -> dict[str, str]:
    parents = _parents(host)
    parents += [""] * (PARENTS - len(parents))
    return {"host": host, "actor_id": actor_id} | {f"d{n}": one for n, one in enumerate(parents)}


def _parents(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[-n:]) for n in range(1, len(labels) + 1)][:PARENTS]
