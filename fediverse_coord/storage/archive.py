"""What readers leaf through: published works by year, kind, country, organisation, language
and topic.

Public ones that are no answers, as the `catalogue` has them: a page is read from the rows of one
heading, in their order, and costs the same wherever it begins and however many there are. Where
several headings are chosen it is the rarest, and the others are asked of each row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import from_milliseconds
from fediverse_coord.publishing.inline import tag_key
from fediverse_coord.publishing.search_words import spelling_of
from fediverse_coord.storage import declarations
from fediverse_coord.storage.catalogue import ALL, Heading
from fediverse_coord.storage.database import Reader
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.filters import Filter as Filter

NEWEST = (2**62, 2**62)
EVERYTHING = Filter()


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to choose from, each with how many works can be read there."""

    years: Mapping[int, int]
    kinds: Mapping[str, int]
    countries: Mapping[str, int]
    organisations: Mapping[str, int]
    languages: Mapping[str, int]
    topics: Mapping[str, int]


HEADING = """
SELECT id, listed FROM headings WHERE actor = :actor AND subject = :subject AND mark = :mark
"""
BY_DAY = """
SELECT c.declaration AS row FROM catalogue c
 WHERE c.heading = :heading AND (c.stands_at, c.declaration) < (:before, :before_row) {also}
 ORDER BY c.stands_at DESC, c.declaration DESC LIMIT :limit
"""
BY_RELEASE = """
SELECT c.declaration AS row FROM catalogue c
 WHERE c.heading = :heading AND (c.published_at, c.declaration) < (:before, :before_row) {also}
 ORDER BY c.published_at DESC, c.declaration DESC LIMIT :limit
"""
# With an OFFSET PostgreSQL looks row by row, as many as a page needs, and joins no whole headings.
ALSO = """
AND EXISTS (SELECT 1 FROM catalogue o
             WHERE o.declaration = c.declaration AND o.heading = :{name} LIMIT 1 OFFSET 0)
"""

COUNTED = """
SELECT subject, mark, works FROM headings
 WHERE actor = :actor AND subject IN ('year', 'kind', 'country', 'language') AND works > 0
 ORDER BY works DESC, mark
"""
# The most frequent, each named as the latest text that bears it writes it.
MOST = """
SELECT n.name, h.works
  FROM (SELECT id, mark, works FROM headings
         WHERE actor = :actor AND subject = :subject AND works > 0
         ORDER BY works DESC, mark LIMIT :limit) h
  JOIN {names} n ON n.{column} = h.mark AND n.declaration = (
        SELECT c.declaration FROM catalogue c WHERE c.heading = h.id AND c.readable = 1
         ORDER BY c.published_at DESC, c.declaration DESC LIMIT 1)
 ORDER BY h.works DESC, h.mark
"""
NAMES = {
    "organisation": ("declaration_organisations", "organisation"),
    "topic": ("declaration_tags", "tag"),
}

EVERYWHERE = """
SELECT coalesce(sum(h.works), 0) FROM actors a CROSS JOIN headings h
 WHERE a.retired_at IS NULL AND h.actor = a.id AND h.subject = 'all' AND h.mark = ''
"""
ADDRESSES = """
SELECT d.id, d.slug, d.language, d.updated_at, a.name FROM declarations d
  JOIN actors a ON a.id = d.actor
 WHERE d.key >= :first AND d.key < :end AND d.state = 'published' AND d.visibility = 'public'
   AND d.in_reply_to IS NULL AND a.retired_at IS NULL
 ORDER BY d.key
"""
SPOKEN = """
SELECT declaration, language FROM declaration_versions
 WHERE declaration IN (SELECT id FROM declarations WHERE key >= :first AND key < :end)
   AND state = 'published'
 ORDER BY declaration, language
"""


@dataclass(frozen=True, slots=True)
class Address:
    """A page for a sitemap: `languages` begin with the original's."""

    actor_name: str
    slug: str
    languages: tuple[str, ...]
    changed_at: datetime


def _headings(chosen: Filter) -> list[Heading]:
    given = {
        "year": f"{chosen.year:04}" if chosen.year else "",
        "kind": chosen.kind,
        "country": chosen.country,
        "organisation": spelling_of(chosen.organisation),
        "language": chosen.language,
        "topic": tag_key(chosen.topic),
    }
    return [Heading(subject, mark) for subject, mark in given.items() if mark] or [ALL]


async def page(
    reader: Reader,
    actor: int,
    chosen: Filter,
    *,
    before: tuple[int, int] = NEWEST,
    limit: int = 20,
) -> list[Work]:
    """Newest day first, below the cursor: where the last one shown stands, and its row."""
    return await _leafed(reader, BY_DAY, actor, chosen, before, limit)


async def newly(
    reader: Reader,
    actor: int,
    chosen: Filter = EVERYTHING,
    *,
    before: tuple[int, int] = NEWEST,
    limit: int = 20,
) -> list[Work]:
    """Newest release first, below the cursor: when the last one shown was released, and its row."""
    return await _leafed(reader, BY_RELEASE, actor, chosen, before, limit)


async def _leafed(
    reader: Reader, sql: str, actor: int, chosen: Filter, before: tuple[int, int], limit: int
) -> list[Work]:
    found = await _rarest_first(reader, actor, _headings(chosen))
    if not found:
        return []
    heading, *others = found
    also = {f"also_{number}": one for number, one in enumerate(others)}
    rows = await reader.fetch_all(
        sql.replace("{also}", "".join(ALSO.replace("{name}", name) for name in also)),
        heading=heading,
        before=before[0],
        before_row=before[1],
        limit=limit,
        **also,
    )
    return await declarations.by_rows(reader, [row["row"] for row in rows])


async def _rarest_first(reader: Reader, actor: int, wanted: Sequence[Heading]) -> list[int]:
    """Their rows; none where nothing stands under one of them."""
    found = [await reader.fetch_one(HEADING, actor=actor, **one._asdict()) for one in wanted]
    known = sorted((row["listed"], row["id"]) for row in found if row is not None)
    return [row for _, row in known] if len(known) == len(wanted) else []


async def shelf(reader: Reader, actor: int, topics: int = 60) -> Shelf:
    """All there is of one coordination; of topics and organisations the most frequent."""
    counted: dict[str, dict[str, int]] = {}
    for row in await reader.fetch_all(COUNTED, actor=actor):
        counted.setdefault(row["subject"], {})[row["mark"]] = row["works"]
    years = {int(year): number for year, number in counted.get("year", {}).items()}
    return Shelf(
        years=dict(sorted(years.items(), reverse=True)),
        kinds=counted.get("kind", {}),
        countries=counted.get("country", {}),
        organisations=await _most(reader, actor, "organisation", topics),
        languages=counted.get("language", {}),
        topics=await _most(reader, actor, "topic", topics),
    )


async def _most(reader: Reader, actor: int, subject: str, limit: int) -> dict[str, int]:
    table, column = NAMES[subject]
    sql = MOST.replace("{names}", table).replace("{column}", column)
    rows = await reader.fetch_all(sql, actor=actor, subject=subject, limit=limit)
    return {row["name"]: row["works"] for row in rows}


async def count_everywhere(reader: Reader) -> int:
    """How many pages of all coordinations search engines may know."""
    return int(str(await reader.fetch_value(EVERYWHERE)))


async def addresses(reader: Reader, first: str, end: str) -> list[Address]:
    """Pages of all coordinations that search engines may know, of keys from `first` to before
    `end`."""
    spoken: dict[int, list[str]] = {}
    for one in await reader.fetch_all(SPOKEN, first=first, end=end):
        spoken.setdefault(one["declaration"], []).append(one["language"])
    return [
        Address(
            row["name"],
            row["slug"],
            tuple(sorted(spoken.get(row["id"], ()), key=lambda tag: tag != row["language"])),
            from_milliseconds(row["updated_at"]),
        )
        for row in await reader.fetch_all(ADDRESSES, first=first, end=end)
    ]
