"""Lists of declarations for coordinators, in every state; what is pinned, due, to be revealed.

A page is asked for below a cursor, so that what is added meanwhile moves nothing.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.publishing.search_questions import question
from fediverse_coord.storage import declarations, search, spellings
from fediverse_coord.storage.database import Reader, Value
from fediverse_coord.storage.declarations import Work

# The newest first; `before` is the row of the last one shown. `{chosen}` are the conditions below
# that are asked for: each has an index that leads to the rows in their order.
CHOSEN = "FROM declarations d WHERE d.actor = :actor AND d.id < :before {chosen}"
PAGE = f"SELECT d.id AS row {CHOSEN} ORDER BY d.id DESC LIMIT :limit"
CONDITIONS = {
    "state": "AND d.state = :state",
    "kind": "AND d.kind = :kind",
    "language": "AND d.id IN (SELECT v.declaration FROM declaration_versions v"
    " WHERE v.language = :language)",
}
NO_MAILBOX = "AND (d.in_reply_to IS NULL OR d.visibility IN ('public', 'unlisted'))"
AMONG = "AND d.id IN {listed}"

# What search does not know is found as it is written: in drafts, answers, what is withdrawn.
AS_WRITTEN = """
(lower(v.title) LIKE :words OR lower(v.source) LIKE :words OR lower(v.inserted) LIKE :words)
"""
WRITTEN = f"""
SELECT v.declaration AS row FROM declarations d CROSS JOIN declaration_versions v
 WHERE d.actor = :actor AND v.declaration = d.id AND {AS_WRITTEN}
   AND (d.state <> 'published' OR d.visibility <> 'public' OR d.in_reply_to IS NOT NULL)
UNION
SELECT v.declaration FROM declaration_versions v CROSS JOIN declarations d
 WHERE v.state <> 'published' AND d.id = v.declaration AND d.actor = :actor AND {AS_WRITTEN}
"""  # noqa: S608
WRITTEN_AMONG = f"""
SELECT DISTINCT v.declaration AS row FROM declaration_versions v
 WHERE v.declaration IN {{listed}} AND {AS_WRITTEN}
   AND NOT EXISTS (SELECT 1 FROM search s
                    WHERE s.declaration = v.declaration AND s.language = v.language)
"""  # noqa: S608

MANY = 2_000  # works with a word that one list may hold; beyond, every few of all works have it
PORTION = 200

PINNED = """
SELECT key FROM declarations
 WHERE actor = :actor AND pinned_at IS NOT NULL AND state = 'published'
   AND visibility IN ('public', 'unlisted')
 ORDER BY pinned_at DESC LIMIT :limit
"""
COUNT_PUBLISHED = """
SELECT count(*) FROM declarations
 WHERE state = 'published' AND visibility IN ('public', 'unlisted')
"""
IS_OPEN = """
SELECT 1 FROM declarations WHERE id = :row AND visibility IN ('public', 'unlisted')
"""
DUE = """
SELECT d.key FROM declarations d JOIN actors a ON a.id = d.actor
 WHERE d.state = 'scheduled' AND d.scheduled_at <= :now AND a.retired_at IS NULL
 ORDER BY d.scheduled_at LIMIT :limit
"""

TO_REVEAL = """
SELECT d.key FROM declarations d JOIN actors a ON a.id = d.actor
 WHERE d.reveal_on <= :today AND d.state NOT IN ('deleted', 'withdrawn') AND a.retired_at IS NULL
 ORDER BY d.reveal_on LIMIT :limit
"""


async def page(
    reader: Reader,
    actor: int,
    *,
    state: str = "",
    kind: str = "",
    language: str = "",
    words: str = "",
    before: int = 2**62,
    limit: int = 50,
    mailbox: bool = True,
) -> list[Work]:
    """For coordinators: every state, newest first, below the cursor row.

    `words` are found in what is published as readers find them (`search`), elsewhere as they are
    written. Without `mailbox`, answers to what was not for everybody are left out.
    """
    given = {"state": state, "kind": kind, "language": language}
    wished = {name: value for name, value in given.items() if value}
    conditions = [CONDITIONS[name] for name in wished] + ([] if mailbox else [NO_MAILBOX])
    listing = _Listing(reader, actor, " ".join(conditions), wished)
    rows = await (
        listing.with_words(words, before, limit) if words else listing.page(before, limit)
    )
    return await declarations.by_rows(reader, rows)


@dataclass(frozen=True, slots=True)
class _Listing:
    """The declarations that are chosen from, by their rows."""

    reader: Reader
    actor: int
    conditions: str
    wished: Mapping[str, str]

    async def page(self, before: int, limit: int, among: Iterable[int] | None = None) -> list[int]:
        more = {} if among is None else {"rows": json.dumps(sorted(among))}
        sql = PAGE.replace("{chosen}", f"{self.conditions} {AMONG if more else ''}")
        given: dict[str, Value] = {
            "actor": self.actor,
            "before": before,
            "limit": limit,
            **self.wished,
            **more,
        }
        return [row["row"] for row in await self.reader.fetch_all(sql, **given)]

    async def with_words(self, words: str, before: int, limit: int) -> list[int]:
        """A word that few have leads to them; one that many have is met on the way."""
        asked = await spellings.widened(self.reader, question(words))
        pattern = f"%{words.lower()}%"
        found = await search.works_with(self.reader, asked, self.actor, MANY)
        if found is not None:
            written = await self.reader.fetch_all(WRITTEN, actor=self.actor, words=pattern)
            return await self.page(before, limit, found | {row["row"] for row in written})
        rows: list[int] = []
        while len(rows) < limit and (portion := await self.page(before, PORTION)):
            listed = json.dumps(portion)
            written = await self.reader.fetch_all(WRITTEN_AMONG, rows=listed, words=pattern)
            having = await search.works_among(self.reader, asked, portion)
            having |= {row["row"] for row in written}
            rows += [row for row in portion if row in having]
            before = portion[-1]
        return rows[:limit]


async def pinned_keys(reader: Reader, actor: int, limit: int) -> list[str]:
    rows = await reader.fetch_all(PINNED, actor=actor, limit=limit)
    return [row["key"] for row in rows]


async def count_published(reader: Reader) -> int:
    """Those that anybody may fetch: what is said to one person is not counted in public."""
    return int(str(await reader.fetch_value(COUNT_PUBLISHED)))


async def is_open(reader: Reader, row: int) -> bool:
    """Whether anybody may fetch it: public and unlisted ones."""
    return await reader.fetch_one(IS_OPEN, row=row) is not None


async def due_keys(reader: Reader, now: datetime, limit: int = 50) -> list[str]:
    """Scheduled declarations whose hour has come."""
    rows = await reader.fetch_all(DUE, now=milliseconds(now), limit=limit)
    return [row["key"] for row in rows]


async def to_reveal(reader: Reader, now: datetime, limit: int = 50) -> list[str]:
    """Declarations that seal a name whose day has come."""
    rows = await reader.fetch_all(TO_REVEAL, today=now.date().isoformat(), limit=limit)
    return [row["key"] for row in rows]
