"""What came in from earlier sites: many works at once, what they were called there, old paths.

Written in bulk, since years come in within a minute: the same rows as `declarations` writes, but
never an object, an activity or anything that is sent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.publishing.importing.entries import hidden
from fediverse_coord.publishing.inline import tag_key
from fediverse_coord.publishing.slugs import numbered
from fediverse_coord.storage import media, passages, search
from fediverse_coord.storage.catalogue import stands_at
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.declarations import (
    PUT_COUNTRY,
    PUT_REVISION,
    PUT_TAG,
    PUT_VERSION,
    fields_text,
)

KNOWN = """
SELECT identity FROM imported_entries
 WHERE actor = :actor AND (identity = :identity OR identity = :hidden)
"""
KNOWN_TITLE = """
SELECT identity FROM imported_entries WHERE actor = :actor AND title_hash = :title_hash LIMIT 1
"""
INSERT = """
INSERT INTO declarations
       (actor, key, slug, state, form, kind, language, visibility, in_reply_to, fields, stands_at,
        reveal_on, revision, url_revision, keeps_text, created_by, created_at, updated_at,
        published_at, imported_at)
VALUES (:actor, :key, :slug, :state, :form, :kind, :language, :visibility, NULL, :fields,
        :stands_at, NULL, 1, 0, 0, :person, :now, :now, :published_at, :now)
RETURNING id, key
"""
TAKEN = "SELECT slug FROM slugs WHERE actor = :actor AND slug = :slug"
PUT_SLUG = "INSERT INTO slugs (actor, slug, declaration) VALUES (:actor, :slug, :row)"
PUT_ENTRY = """
INSERT INTO imported_entries (actor, identity, title_hash, declaration, language, imported_at)
VALUES (:actor, :identity, :title_hash, :row, :language, :now)
"""
PUT_PATH = """
INSERT INTO old_paths (path, declaration, language) VALUES (:path, :row, :language)
ON CONFLICT (path) DO NOTHING
"""
BY_PATH = """
SELECT a.name, d.slug, d.language AS original, o.language
  FROM old_paths o JOIN declarations d ON d.id = o.declaration JOIN actors a ON a.id = d.actor
 WHERE o.path = :path AND d.state IN ('published', 'withdrawn', 'deleted')
"""
RENAME = "UPDATE declarations SET key = :new WHERE id = :row"
MOST_NUMBERS = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A version's name in its source, and the path it was read at."""

    identity: str
    title_hash: str
    language: str
    old_path: str | None = None


@dataclass(frozen=True, slots=True)
class NewWork:
    """A work ready to be written; its slug is numbered where it is taken."""

    declaration: Declaration
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class OldPath:
    """Where what was read at an old path stands now; `language` only where it is a translation."""

    actor_name: str
    slug: str
    language: str | None


async def is_known(reader: Reader, actor: int, identity: str) -> bool:
    """Whether this text of a source has come in."""
    return await reader.fetch_value(KNOWN, **_asked(actor, identity)) is not None


def _asked(actor: int, identity: str) -> dict[str, str | int]:
    return {"actor": actor, "identity": identity, "hidden": hidden(identity)}


async def is_known_title(reader: Reader, actor: int, title_hash: str) -> bool:
    """Whether a text of this title has come in."""
    return await reader.fetch_value(KNOWN_TITLE, actor=actor, title_hash=title_hash) is not None


async def insert(
    tx: Transaction, actor: int, works: Sequence[NewWork], person: int | None, now: datetime
) -> int:
    """Writes those of which nothing is here yet; how many. Nobody is told anything."""
    await tx.alone(f"imports {actor}")
    fresh = await _fresh(tx, actor, works)
    if not fresh:
        return 0
    slugs = await _slugs(tx, actor, [one.declaration for one in fresh])
    moment = milliseconds(now)
    rows = await _rows(tx, actor, fresh, slugs, person, now)
    whole = list(zip(fresh, rows, slugs, strict=True))
    put = [{"actor": actor, "slug": slug, "row": row} for _, row, slug in whole]
    await tx.execute_many(PUT_SLUG, put)
    await _put_versions(tx, whole, person, moment)
    await _put_names(tx, actor, whole, moment)
    await search.put_new(tx, actor, [(row, work.declaration) for work, row, _ in whole])
    for one, row, _ in whole:
        if any(version.pictures for version in one.declaration.versions):
            await media.put_links(tx, row, one.declaration, now)
        if any(version.inserted for version in one.declaration.versions):
            await passages.put_uses(tx, actor, row, one.declaration)
    await touch(tx, f"list:{fresh[0].declaration.actor_name}", now)
    return len(fresh)


async def _fresh(tx: Transaction, actor: int, works: Sequence[NewWork]) -> list[NewWork]:
    asked = [_asked(actor, one.identity) for work in works for one in work.entries]
    known = {row["identity"] for row in await tx.fetch_many(KNOWN, asked)}
    if not known:
        return list(works)
    return [
        work
        for work in works
        if known.isdisjoint(name for one in work.entries for name in _names(one))
    ]


def _names(one: Entry) -> tuple[str, str]:
    return one.identity, hidden(one.identity)


async def _slugs(tx: Transaction, actor: int, works: Sequence[Declaration]) -> list[str]:
    """Each once, numbered where it is another's."""
    asked = [{"actor": actor, "slug": slug} for slug in dict.fromkeys(one.slug for one in works)]
    taken = {str(row["slug"]) for row in await tx.fetch_many(TAKEN, asked)}
    chosen = []
    for one in works:
        free = one.slug if one.slug not in taken else await _numbered(tx, actor, one, taken)
        taken.add(free)
        chosen.append(free)
    return chosen


async def _numbered(tx: Transaction, actor: int, one: Declaration, taken: Collection[str]) -> str:
    """A number while they are small; the thousandth of a title has its key for one."""
    for number in range(2, MOST_NUMBERS):
        candidate = numbered(one.slug, number)
        if candidate not in taken and not await tx.fetch_one(TAKEN, actor=actor, slug=candidate):
            return candidate
    return f"{one.slug[:60].rstrip('-')}-{one.key}"


async def _rows(
    tx: Transaction,
    actor: int,
    works: Sequence[NewWork],
    slugs: Sequence[str],
    person: int | None,
    now: datetime,
) -> list[int]:
    values = [
        _values(actor, work.declaration, slug, person, now)
        for work, slug in zip(works, slugs, strict=True)
    ]
    made = {row["key"]: int(row["id"]) for row in await tx.fetch_many(INSERT, values)}
    return [made[one.declaration.key] for one in works]


def _values(
    actor: int, one: Declaration, slug: str, person: int | None, now: datetime
) -> Mapping[str, object]:
    return {
        "actor": actor,
        "key": one.key,
        "slug": slug,
        "state": one.state,
        "form": one.form,
        "kind": one.kind,
        "language": one.language,
        "visibility": one.visibility,
        "fields": fields_text(one),
        "stands_at": milliseconds(stands_at(one, now)),
        "person": person,
        "now": milliseconds(now),
        "published_at": milliseconds(one.published_at or now),
    }


Written = Sequence[tuple[NewWork, int, str]]


async def _put_versions(tx: Transaction, works: Written, person: int | None, moment: int) -> None:
    versions, revisions, tags, countries = [], [], [], []
    for work, row, _ in works:
        one = work.declaration
        for version in one.versions:
            parts = {
                "row": row,
                "language": version.language,
                "title": version.title,
                "summary": version.summary,
                "source": version.source,
                "now": moment,
            }
            more = {
                "html": version.html,
                "translator": version.translator,
                "inserted": passages.as_text(version.inserted),
            }
            versions.append({**parts, **more, "state": version.state, "changed_in": 1})
            revisions.append({**parts, "revision": 1, "person": person})
        tags += [{"row": row, "tag": tag_key(tag), "name": tag} for tag in one.tags]
        countries += [{"row": row, "country": country} for country in one.countries]
    await tx.execute_many(PUT_VERSION, versions)
    await tx.execute_many(PUT_REVISION, revisions)
    await tx.execute_many(PUT_TAG, tags)
    await tx.execute_many(PUT_COUNTRY, countries)


async def _put_names(tx: Transaction, actor: int, works: Written, moment: int) -> None:
    entries, paths = [], []
    for work, row, _ in works:
        for one in work.entries:
            named = {"identity": one.identity, "title_hash": one.title_hash}
            entries.append(
                {"actor": actor, "row": row, "language": one.language, "now": moment, **named}
            )
            if one.old_path:
                paths.append({"path": one.old_path, "row": row, "language": one.language})
    await tx.execute_many(PUT_ENTRY, entries)
    await tx.execute_many(PUT_PATH, paths)


async def by_path(reader: Reader, path: str) -> OldPath | None:
    """What was read at this path of an earlier site."""
    row = await reader.fetch_one(BY_PATH, path=path)
    if row is None:
        return None
    language = row["language"] if row["language"] != row["original"] else None
    return OldPath(row["name"], row["slug"], language)


async def rename(tx: Transaction, row: int, old: str, new: str, now: datetime) -> None:
    """Gives a declaration a key that nobody has seen."""
    await tx.execute(RENAME, row=row, new=new)
    await touch(tx, f"declaration:{old}", now)
