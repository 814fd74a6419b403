"""Search: the words of every published version that anybody may read, and finding them again.

A row holds the words of a version as `publishing/search_words` makes them: those of the title
marked as such, then title, summary, text and who signed, then what texts are chosen by. `put` is
called by whatever saves a declaration, in its transaction; what readers leaf through is put with it
(`catalogue`, `organisations`). The engines' indexes (FTS5, tsvector) only answer which rows have
which words; the order of words is looked up in the rows. So both find the same. Filling in older
declarations and cleaning are in `search_upkeep`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from fediverse_coord.protocol.sanitize import words_alone
from fediverse_coord.publishing.declarations import Declaration, State, Version, Visibility
from fediverse_coord.publishing.search_questions import Phrase, Question
from fediverse_coord.publishing.search_words import BREAK, marked, titled, words_of
from fediverse_coord.publishing.signing_off import signed_lines
from fediverse_coord.storage import catalogue, organisations
from fediverse_coord.storage.database import Reader, Row, Transaction
from fediverse_coord.storage.filters import Filter
from fediverse_coord.storage.search_expressions import (
    FTS,
    TSQUERY,
    Sought,
    is_in_title,
    patterns_of,
)

# A place is day, declaration and version in one number, so that each engine counts down from it.
VERSIONS: Final = 1 << 10
DECLARATIONS: Final = 1 << 30
HIGHEST: Final = (1 << 63) - 1

OF = "SELECT place, language, words FROM search WHERE declaration = :row"
KEEPS_TEXT = "SELECT keeps_text FROM declarations WHERE id = :row"
PUT = """
INSERT INTO search (place, declaration, language, words)
VALUES (:place, :row, :language, :words)
"""
DROP = "DELETE FROM search WHERE place = :place"
DROP_ACTORS = """
DELETE FROM search WHERE declaration IN (SELECT id FROM declarations WHERE actor = :actor)
"""

# First all that have the words, by the index alone; then the newest of them. Where the index
# itself counts down, it stops at the last that is asked for. `{phrases}` is `_in_order`'s.
FIND = """
WITH found AS MATERIALIZED (
    SELECT s.place, s.declaration, s.language FROM {searched}
     WHERE {found} AND {found_at} < :before {phrases}
     ORDER BY {found_at} DESC LIMIT :limit)
SELECT f.place, f.declaration, f.language FROM found f ORDER BY f.place DESC LIMIT :limit
"""
ANY = "SELECT s.declaration AS row FROM {searched} WHERE {found} {phrases} LIMIT :limit"
# The same of a few declarations, by their own words.
AMONG = """
SELECT DISTINCT s.declaration AS row FROM search s WHERE s.declaration IN {listed} {phrases}
"""
# Words of a title come first.
TITLES = """
SELECT s.declaration AS row, substr(s.words, 1, 3000) AS words FROM search s
 WHERE s.declaration IN {listed} AND (:language = '' OR s.language = :language) {phrases}
"""
ENDINGS = """
SELECT term AS word FROM {endings} WHERE term >= :first AND term < :end ORDER BY term LIMIT :limit
"""
MOST_ENDINGS: Final = 30
PLACE = """
SELECT s.place, s.words FROM search s JOIN declarations d ON d.id = s.declaration
 WHERE d.key = :key AND s.language = :language
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """A version that was found; `in_title` where all words stand in its title."""

    place: int
    declaration: int
    language: str
    in_title: bool


@dataclass(frozen=True, slots=True)
class Below:
    """Where the last hit of a page stands: what follows it comes next."""

    in_title: bool = True
    place: int = HIGHEST


BEGINNING: Final = Below()
EVERYTHING: Final = Filter()


# --- writing ----------------------------------------------------------------------------


async def put(tx: Transaction, row: int, actor: int, declaration: Declaration) -> None:
    """What can be found of a declaration is what it is now; nothing where it is not for all."""
    told, listed = await _is_told(tx, row, declaration), _is_listed(declaration)
    await organisations.put(tx, row, declaration, told=told)
    await catalogue.put(tx, row, actor, declaration, listed=listed, readable=told)
    entries = _entries(row, actor, declaration) if told else []
    wanted = {one.place: one for one in entries}
    for known in await tx.fetch_all(OF, row=row):
        same = wanted.get(known["place"])
        if same and (same.language, same.words) == (known["language"], known["words"]):
            del wanted[known["place"]]
        else:
            await tx.execute(DROP, place=known["place"])
    for one in wanted.values():
        await tx.execute(PUT, place=one.place, row=row, language=one.language, words=one.words)


async def put_new(tx: Transaction, actor: int, works: Sequence[tuple[int, Declaration]]) -> None:
    """The same of many that are new and published, by their rows."""
    told = [(row, one) for row, one in works if _is_for_all(one)]
    rows = [
        {"place": one.place, "row": row, "language": one.language, "words": one.words}
        for row, declaration in told
        for one in _entries(row, actor, declaration)
    ]
    await tx.execute_many(PUT, rows)
    await organisations.put_new(tx, told)
    await catalogue.put_new(tx, actor, told)


async def drop_actors(tx: Transaction, actor: int) -> None:
    """Nothing of a coordination that ended is found any more."""
    await tx.execute(DROP_ACTORS, actor=actor)
    await catalogue.drop_actors(tx, actor)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row to be."""

    place: int
    language: str
    words: str


def _is_for_all(one: Declaration) -> bool:
    """Whether an archive lists it once it is out."""
    is_out = one.published_at is not None and one.in_reply_to is None
    return is_out and one.visibility is Visibility.PUBLIC


def _is_listed(one: Declaration) -> bool:
    """Whether an archive lists it, be it with the notice that it was withdrawn."""
    return _is_for_all(one) and one.state in {State.PUBLISHED, State.WITHDRAWN}


async def _is_told(tx: Transaction, row: int, one: Declaration) -> bool:
    """Whether anybody may read it: as an archive lists it, and with its words."""
    if not _is_for_all(one):
        return False
    if one.state is State.WITHDRAWN:
        return bool(await tx.fetch_value(KEEPS_TEXT, row=row))
    return one.state is State.PUBLISHED


def _entries(row: int, actor: int, one: Declaration) -> list[Entry]:
    day = one.dated or (one.published_at or LONG_AGO).date()
    return [
        Entry(place_of(day, row, number), version.language, words_in(one, version, actor, day))
        for number, version in enumerate(one.released.versions)
    ]


def place_of(day: date, row: int, number: int) -> int:
    """Newer days are higher, then later declarations, then the original before the others."""
    days = day.toordinal() - EPOCH
    return (days * DECLARATIONS + row) * VERSIONS + VERSIONS - 1 - number % VERSIONS


LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH: Final = LONG_AGO.toordinal()


def words_in(one: Declaration, version: Version, actor: int, day: date) -> str:
    """All words of a version, one space apart."""
    title = words_of(version.title or "")
    parts = [list(map(titled, title)), title, words_of(version.summary or "")]
    parts += [words_of(words_alone(version.html))]
    parts += [words_of(line) for line in signed_lines(one, version.language)]
    parts += [sorted(_marks(one, version, actor, day))]
    return " ".join(word for part in parts for word in (*part, BREAK))


def _marks(one: Declaration, version: Version, actor: int, day: date) -> set[str]:
    return {
        marked("a", actor),
        marked("y", day.year),
        marked("l", version.language),
        *(marked("k", kind) for kind in (one.kind,) if kind),
        *(marked("c", country) for country in one.countries),
        *(marked("o", name) for name in one.organisations),
        *(marked("g", tag) for tag in one.tags),
    }


# --- finding ----------------------------------------------------------------------------


async def find(
    reader: Reader,
    asked: Question,
    chosen: Filter = EVERYTHING,
    *,
    actor: int | None = None,
    below: Below = BEGINNING,
    limit: int = 20,
) -> list[Hit]:
    """Those with all words in the title first, then the others; of each the newest day first.

    Without any word, all that is chosen; of one coordination where `actor` is its row. What is
    no word finds nothing.
    """
    marks = (*chosen.marks, *([] if actor is None else [marked("a", actor)]))
    if not asked.parts and (asked.text or not marks):
        return []
    asked, found = await _spelled_out(reader, asked), list[Hit]()
    for in_title in (True, False) if below.in_title and asked.parts else (False,):
        before = below.place if in_title is below.in_title or not asked.parts else HIGHEST
        sought = Sought(asked, marks, in_title=in_title)
        found += await _found(reader, sought, before, limit - len(found))
        if len(found) >= limit:
            break
    return found


async def works_with(
    reader: Reader, asked: Question, actor: int, most: int
) -> frozenset[int] | None:
    """Rows of the coordination's works that have what is asked for; None where they are more."""
    if not asked.parts:
        return frozenset()
    sought = Sought(await _spelled_out(reader, asked), (marked("a", actor),), in_title=None)
    rows = await _asked(reader, ANY, sought, limit=most + 1)
    return frozenset(row["row"] for row in rows) if len(rows) <= most else None


async def works_among(reader: Reader, asked: Question, rows: Sequence[int]) -> frozenset[int]:
    """Those of the works of these rows that have what is asked for."""
    groups = patterns_of(asked)
    found = await reader.fetch_all(
        AMONG.replace("{phrases}", _in_order(groups)), rows=json.dumps(rows), **_flat(groups)
    )
    return frozenset(row["row"] for row in found) if groups else frozenset()


async def titled_among(
    reader: Reader, asked: Question, rows: Sequence[int], language: str = ""
) -> frozenset[int]:
    """Those of the works of these rows that `find` tells by a title, be it in one language."""
    if not (asked.parts and rows):
        return frozenset()
    groups = Sought(asked).patterns
    found = await reader.fetch_all(
        TITLES.replace("{phrases}", _in_order(groups)),
        rows=json.dumps(rows),
        language=language,
        **_flat(groups),
    )
    return frozenset(row["row"] for row in found if is_in_title(asked, row["words"].split(" ")))


async def _spelled_out(reader: Reader, asked: Question) -> Question:
    """With the words that there are in the place of beginnings, where they are not too many.

    FTS5 joins all rows of a beginning before it tells the first; of whole words it tells at once.
    """
    parts = [
        tuple([one for phrase in part for one in await _endings(reader, phrase)])
        for part in asked.parts
    ]
    return replace(asked, parts=tuple(parts))


async def _endings(reader: Reader, phrase: Phrase) -> list[Phrase]:
    if not phrase.open or len(phrase.words) > 1:
        return [phrase]
    word = phrase.text
    # "0" is the lowest character a word may go on with. The word itself is not asked for: the
    # vocabulary counts the rows of what it tells.
    rows = await reader.fetch_all(
        ENDINGS, first=f"{word}0", end=f"{word}\U0010ffff", limit=MOST_ENDINGS + 1
    )
    if len(rows) > MOST_ENDINGS:
        return [phrase]
    return [Phrase((one,)) for one in (word, *(row["word"] for row in rows))]


async def _asked(reader: Reader, sql: str, sought: Sought, **more: int) -> list[Row]:
    groups = sought.patterns
    return await reader.fetch_all(
        sql.replace("{phrases}", _in_order(groups)),
        by_index=sought.spelled(FTS),
        by_vector=sought.spelled(TSQUERY),
        **more,
        **_flat(groups),
    )


async def _found(reader: Reader, sought: Sought, before: int, limit: int) -> list[Hit]:
    rows = await _asked(reader, FIND, sought, before=before, limit=limit)
    return [
        Hit(row["place"], row["declaration"], row["language"], bool(sought.in_title))
        for row in rows
    ]


def _in_order(patterns: Sequence[Mapping[str, str]]) -> str:
    """The condition that of each group one pattern is in the words: AND (… OR …)."""
    groups = (" OR ".join(f"s.words LIKE :{name}" for name in group) for group in patterns)
    return " ".join(f"AND ({group})" for group in groups)


def _flat(groups: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {name: pattern for group in groups for name, pattern in group.items()}


async def place_of_version(
    reader: Reader, asked: Question, key: str, language: str
) -> Below | None:
    """Where a version stands among the hits; None where it is not to be found (any more)."""
    row = await reader.fetch_one(PLACE, key=key, language=language)
    if row is None:
        return None
    return Below(is_in_title(asked, str(row["words"]).split(" ")), row["place"])
