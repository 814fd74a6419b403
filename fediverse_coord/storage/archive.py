"""What readers leaf through: published works by year, kind, country, organisation, language
and topic.

Of the same works as a profile: public ones that are no answers. The year is that of the day on the
document, else of its release. What the filters offer is counted by the same conditions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.publishing.inline import tag_key
from fediverse_coord.publishing.search_words import spelling_of
from fediverse_coord.storage import declarations
from fediverse_coord.storage.database import Reader
from fediverse_coord.storage.declarations import COLUMNS, FROM, Work
from fediverse_coord.storage.filters import Filter as Filter

NEWEST = (2**62, 2**62)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to choose from, each with how many works stand there."""

    years: Mapping[int, int]
    kinds: Mapping[str, int]
    countries: Mapping[str, int]
    organisations: Mapping[str, int]
    languages: Mapping[str, int]
    topics: Mapping[str, int]


SHOWN = """
       d.actor = :actor AND d.state IN ('published', 'withdrawn')
   AND d.visibility = 'public' AND d.in_reply_to IS NULL
"""
CHOSEN = f"""{SHOWN}
   AND d.stands_at >= :since AND d.stands_at < :until
   AND (:kind = '' OR d.kind = :kind)
   AND (:country = '' OR EXISTS (SELECT 1 FROM declaration_countries c
         WHERE c.declaration = d.id AND c.country = :country))
   AND (:organisation = '' OR EXISTS (SELECT 1 FROM declaration_organisations o
         WHERE o.declaration = d.id AND o.organisation = :organisation))
   AND (:language = '' OR EXISTS (SELECT 1 FROM declaration_versions v
         WHERE v.declaration = d.id AND v.language = :language AND v.state = 'published'))
   AND (:topic = '' OR EXISTS (SELECT 1 FROM declaration_tags t
         WHERE t.declaration = d.id AND t.tag = :topic))
"""  # noqa: S608

PAGE = f"""
SELECT {COLUMNS}, d.stands_at {FROM}
 WHERE {CHOSEN}
   AND (d.stands_at < :before OR (d.stands_at = :before AND d.id < :before_row))
 ORDER BY d.stands_at DESC, d.id DESC LIMIT :limit
"""
# By the moment of release: what a feed's reader has not seen yet.
NEWLY = f"""
SELECT {COLUMNS} {FROM}
 WHERE {CHOSEN}
   AND (d.published_at < :before OR (d.published_at = :before AND d.id < :before_row))
 ORDER BY d.published_at DESC, d.id DESC LIMIT :limit
"""

ENDS = (
    f"SELECT min(d.stands_at) AS first, max(d.stands_at) AS last FROM declarations d WHERE {SHOWN}"  # noqa: S608
)
IN_YEAR = f"""
SELECT count(*) FROM declarations d WHERE {SHOWN}
   AND d.stands_at >= :since AND d.stands_at < :until
"""  # noqa: S608
KINDS = f"""
SELECT d.kind AS name, count(*) AS number FROM declarations d
 WHERE {SHOWN} AND d.kind IS NOT NULL GROUP BY d.kind ORDER BY number DESC, name
"""  # noqa: S608
COUNTRIES = f"""
SELECT c.country AS name, count(*) AS number
  FROM declarations d JOIN declaration_countries c ON c.declaration = d.id
 WHERE {SHOWN} GROUP BY c.country ORDER BY number DESC, name
"""  # noqa: S608
ORGANISATIONS = f"""
SELECT min(o.name) AS name, count(*) AS number
  FROM declarations d JOIN declaration_organisations o ON o.declaration = d.id
 WHERE {SHOWN} GROUP BY o.organisation ORDER BY number DESC, name LIMIT :limit
"""  # noqa: S608
LANGUAGES = f"""
SELECT v.language AS name, count(*) AS number
  FROM declarations d JOIN declaration_versions v ON v.declaration = d.id
 WHERE {SHOWN} AND v.state = 'published' GROUP BY v.language ORDER BY number DESC, name
"""  # noqa: S608
TOPICS = f"""
SELECT min(t.name) AS name, count(*) AS number
  FROM declarations d JOIN declaration_tags t ON t.declaration = d.id
 WHERE {SHOWN} GROUP BY t.tag ORDER BY number DESC, name LIMIT :limit
"""  # noqa: S608
ADDRESSES = """
SELECT d.id, d.slug, d.language, d.updated_at, a.name FROM declarations d
  JOIN actors a ON a.id = d.actor
 WHERE d.id > :after AND d.state = 'published' AND d.visibility = 'public'
   AND d.in_reply_to IS NULL AND a.retired_at IS NULL
 ORDER BY d.id LIMIT :limit
"""
EVERY_NTH = """
SELECT id FROM (
    SELECT d.id, row_number() OVER (ORDER BY d.id) AS place FROM declarations d
      JOIN actors a ON a.id = d.actor
     WHERE d.state = 'published' AND d.visibility = 'public'
       AND d.in_reply_to IS NULL AND a.retired_at IS NULL) AS numbered
 WHERE place % :portion = 0 ORDER BY id
"""
SPOKEN = """
SELECT declaration, language FROM declaration_versions
 WHERE declaration > :after AND declaration <= :last AND state = 'published'
 ORDER BY declaration, language
"""


@dataclass(frozen=True, slots=True)
class Address:
    """A page for a sitemap: `languages` begin with the original's."""

    row: int
    actor_name: str
    slug: str
    languages: tuple[str, ...]
    changed_at: datetime


def _chosen(actor: int, chosen: Filter) -> dict[str, int | str]:
    since, until = _year(chosen.year)
    return {
        "actor": actor,
        "since": since,
        "until": until,
        "kind": chosen.kind,
        "country": chosen.country,
        "organisation": spelling_of(chosen.organisation),
        "language": chosen.language,
        "topic": tag_key(chosen.topic),
    }


def _year(year: int | None) -> tuple[int, int]:
    if year is None:
        return -(2**62), 2**62
    begins = [datetime(one, 1, 1, tzinfo=UTC) for one in (year, year + 1)]
    return milliseconds(begins[0]), milliseconds(begins[1])


async def page(
    reader: Reader,
    actor: int,
    chosen: Filter,
    *,
    before: tuple[int, int] = NEWEST,
    limit: int = 20,
) -> list[Work]:
    """Newest day first, below the cursor: where the last one shown stands, and its row."""
    parameters = _chosen(actor, chosen)
    rows = await reader.fetch_all(
        PAGE, **parameters, before=before[0], before_row=before[1], limit=limit
    )
    return [await declarations.work_from(reader, row) for row in rows]


async def newly(
    reader: Reader,
    actor: int,
    chosen: Filter,
    *,
    before: tuple[int, int] = NEWEST,
    limit: int = 20,
) -> list[Work]:
    """Newest release first, below the cursor: when the last one shown was released, and its row."""
    parameters = _chosen(actor, chosen)
    rows = await reader.fetch_all(
        NEWLY, **parameters, before=before[0], before_row=before[1], limit=limit
    )
    return [await declarations.work_from(reader, row) for row in rows]


async def shelf(reader: Reader, actor: int, topics: int = 60) -> Shelf:
    """All there is of one coordination; of topics and organisations the most frequent."""
    return Shelf(
        years=await _years(reader, actor),
        kinds=await _counted(reader, KINDS, actor=actor),
        countries=await _counted(reader, COUNTRIES, actor=actor),
        organisations=await _counted(reader, ORGANISATIONS, actor=actor, limit=topics),
        languages=await _counted(reader, LANGUAGES, actor=actor),
        topics=await _counted(reader, TOPICS, actor=actor, limit=topics),
    )


async def _counted(reader: Reader, sql: str, **parameters: int) -> dict[str, int]:
    return {row["name"]: row["number"] for row in await reader.fetch_all(sql, **parameters)}


async def _years(reader: Reader, actor: int) -> dict[int, int]:
    """Newest first, those with anything in them."""
    ends = await reader.fetch_one(ENDS, actor=actor)
    if ends is None or ends["first"] is None:
        return {}
    first, last = (from_milliseconds(ends[name]).year for name in ("first", "last"))
    found = {}
    for year in range(last, first - 1, -1):
        since, until = _year(year)
        number = await reader.fetch_value(IN_YEAR, actor=actor, since=since, until=until)
        found[year] = int(str(number))
    return {year: number for year, number in found.items() if number}


async def addresses(reader: Reader, *, after: int = 0, limit: int = 1000) -> list[Address]:
    """Pages of all coordinations that search engines may know, by row."""
    rows = await reader.fetch_all(ADDRESSES, after=after, limit=limit)
    if not rows:
        return []
    spoken: dict[int, list[str]] = {}
    for one in await reader.fetch_all(SPOKEN, after=after, last=rows[-1]["id"]):
        spoken.setdefault(one["declaration"], []).append(one["language"])
    return [
        Address(
            row["id"],
            row["name"],
            row["slug"],
            tuple(sorted(spoken.get(row["id"], ()), key=lambda tag: tag != row["language"])),
            from_milliseconds(row["updated_at"]),
        )
        for row in rows
    ]


async def every_nth(reader: Reader, portion: int) -> list[int]:
    """The rows after which a further file of `portion` addresses begins."""
    rows = await reader.fetch_all(EVERY_NTH, portion=portion)
    return [row["id"] for row in rows]
