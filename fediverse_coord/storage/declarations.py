"""Declarations and their versions: one work, one row a language.

What the interface calls details (addressees, sources, dates …) stands in one JSON column, which
is read whole with the work; what lists are filtered by has rows of its own besides. Every saved
state leaves its revision. Lists of works are in `declaration_lists`, corrections in `corrections`.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.publishing.corrections import Correction
from fediverse_coord.publishing.declarations import (
    Declaration,
    Details,
    Form,
    State,
    Version,
    VersionState,
    Visibility,
)
from fediverse_coord.publishing.fields import DETAIL_FIELDS, Fields, details
from fediverse_coord.publishing.inline import tag_key
from fediverse_coord.publishing.naming import reveal_day
from fediverse_coord.storage import corrections, edition_objects, media, papers, passages, search
from fediverse_coord.storage.catalogue import stands_at
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Reader, Row, Transaction
from fediverse_coord.storage.edition_objects import EditionObject


@dataclass(frozen=True, slots=True)
class Work:
    """A declaration as remembered: the value, and what only rows know of it."""

    row: int
    actor: int
    actor_name: str
    declaration: Declaration
    created_at: datetime
    saved_at: datetime
    scheduled_at: datetime | None
    pinned_at: datetime | None
    reason: str | None  # why it was withdrawn
    keeps_text: bool  # whether the withdrawn text is still shown under its notice
    corrected_at: datetime | None  # the last edit that is told to readers
    url_revision: int  # `?r=N` on the wire `url`, so that link cards are fetched anew
    schedule_zone: str | None = None  # IANA name of the zone that the hour was given in
    corrections: tuple[Correction, ...] = ()  # those that readers are told of, oldest first
    editions: tuple[EditionObject, ...] = ()  # what actors of its languages have published of it
    imported_at: datetime | None = None  # from an earlier site, and never sent to anybody


COLUMNS = """
d.id, d.actor, a.name AS actor_name, d.key, d.slug, d.state, d.form, d.kind, d.language,
d.visibility, d.in_reply_to, d.fields, d.reason, d.keeps_text, d.corrected_at, d.revision,
d.url_revision, d.created_at, d.updated_at, d.scheduled_at, d.schedule_zone, d.published_at,
d.edited_at, d.pinned_at, d.imported_at,
EXISTS (SELECT 1 FROM editions e WHERE e.declaration = d.id) AS has_editions,
EXISTS (SELECT 1 FROM declaration_media m WHERE m.declaration = d.id) AS is_illustrated
"""
FROM = "FROM declarations d JOIN actors a ON a.id = d.actor"

BY_KEY = f"SELECT {COLUMNS} {FROM} WHERE d.key = :key"
BY_ROW = f"SELECT {COLUMNS} {FROM} WHERE d.id = :row"
BY_ROWS = f"SELECT {COLUMNS} {FROM} WHERE d.id IN {{listed}}"
BY_SLUG = f"""
SELECT {COLUMNS} {FROM} JOIN slugs s ON s.declaration = d.id
 WHERE s.actor = :actor AND s.slug = :slug
"""

VERSIONS = """
SELECT declaration, language, title, summary, source, html, translator, state, changed_in, inserted
  FROM declaration_versions WHERE declaration IN {listed} ORDER BY declaration, language
"""

TAGS = """
SELECT declaration, name FROM declaration_tags WHERE declaration IN {listed}
 ORDER BY declaration, tag
"""

INSERT = """
INSERT INTO declarations
       (actor, key, slug, state, form, kind, language, visibility, in_reply_to, fields, stands_at,
        reveal_on, revision, url_revision, keeps_text, created_by, created_at, updated_at)
VALUES (:actor, :key, :slug, :state, :form, :kind, :language, :visibility, :in_reply_to, :fields,
        :stands_at, :reveal_on, :revision, 0, 0, :person, :now, :now)
RETURNING id
"""

SAVE = """
UPDATE declarations
   SET slug = :slug, state = :state, form = :form, kind = :kind, language = :language,
       visibility = :visibility, fields = :fields, stands_at = :stands_at, reveal_on = :reveal_on,
       revision = :revision, updated_at = :now, schedule_zone = :schedule_zone,
       published_at = :published_at, edited_at = :edited_at, scheduled_at = :scheduled_at,
       pinned_at = :pinned_at, reason = :reason, url_revision = :url_revision,
       keeps_text = :keeps_text, corrected_at = :corrected_at, imported_at = :imported_at
 WHERE id = :row
"""

PUT_VERSION = """
INSERT INTO declaration_versions
       (declaration, language, title, summary, source, html, translator, state, changed_in,
        inserted, updated_at)
VALUES (:row, :language, :title, :summary, :source, :html, :translator, :state, :changed_in,
        :inserted, :now)
ON CONFLICT (declaration, language) DO UPDATE
   SET title = excluded.title, summary = excluded.summary, source = excluded.source,
       html = excluded.html, translator = excluded.translator, state = excluded.state,
       changed_in = excluded.changed_in, inserted = excluded.inserted,
       updated_at = excluded.updated_at
"""
LANGUAGES = "SELECT language FROM declaration_versions WHERE declaration = :row"
DROP_VERSION = """
DELETE FROM declaration_versions WHERE declaration = :row AND language = :language
"""

PUT_REVISION = """
INSERT INTO declaration_revisions
       (declaration, revision, language, title, summary, source, person, made_at)
VALUES (:row, :revision, :language, :title, :summary, :source, :person, :now)
ON CONFLICT (declaration, revision, language) DO NOTHING
"""

PUT_DOCUMENT = """
UPDATE declaration_versions SET document = :document
 WHERE declaration = :row AND language = :language
"""
DOCUMENT = """
SELECT document FROM declaration_versions WHERE declaration = :row AND language = :language
"""

CLEAR_TAGS = "DELETE FROM declaration_tags WHERE declaration = :row"
PUT_TAG = """
INSERT INTO declaration_tags (declaration, tag, name) VALUES (:row, :tag, :name)
ON CONFLICT (declaration, tag) DO NOTHING
"""

CLEAR_COUNTRIES = "DELETE FROM declaration_countries WHERE declaration = :row"
PUT_COUNTRY = """
INSERT INTO declaration_countries (declaration, country) VALUES (:row, :country)
ON CONFLICT (declaration, country) DO NOTHING
"""

SLUG_TAKEN = "SELECT declaration FROM slugs WHERE actor = :actor AND slug = :slug"
PUT_SLUG = """
INSERT INTO slugs (actor, slug, declaration) VALUES (:actor, :slug, :row)
ON CONFLICT (actor, slug) DO NOTHING
"""


async def by_key(reader: Reader, key: str) -> Work | None:
    row = await reader.fetch_one(BY_KEY, key=key)
    return await _work_from(reader, row) if row else None


async def hold(tx: Transaction, row: int) -> None:
    """Nobody else changes this declaration until the transaction's end."""
    await tx.alone(f"declaration {row}")


async def by_row(reader: Reader, row: int) -> Work | None:
    found = await reader.fetch_one(BY_ROW, row=row)
    return await _work_from(reader, found) if found else None


async def by_slug(reader: Reader, actor: int, slug: str) -> Work | None:
    """The declaration that has or once had this slug."""
    row = await reader.fetch_one(BY_SLUG, actor=actor, slug=slug)
    return await _work_from(reader, row) if row else None


async def by_rows(reader: Reader, rows: Sequence[int]) -> list[Work]:
    """Those of them that there are, in this order."""
    found = await reader.fetch_all(BY_ROWS, rows=json.dumps(rows))
    known = {one.row: one for one in await works_from(reader, found)}
    return [known[row] for row in rows if row in known]


async def works_from(reader: Reader, rows: Sequence[Row]) -> list[Work]:
    """The whole works of rows with COLUMNS, for as many questions as one of them costs."""
    if not rows:
        return []
    listed = json.dumps([row["id"] for row in rows])
    versions = _by_declaration(await reader.fetch_all(VERSIONS, rows=listed))
    tags = _by_declaration(await reader.fetch_all(TAGS, rows=listed))
    return [await _work(reader, row, versions[row["id"]], tags[row["id"]]) for row in rows]


def _by_declaration(rows: Sequence[Row]) -> defaultdict[int, list[Row]]:
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["declaration"]].append(row)
    return found


async def _work_from(reader: Reader, row: Row) -> Work:
    [work] = await works_from(reader, [row])
    return work


async def _work(reader: Reader, row: Row, versions: list[Row], tags: list[Row]) -> Work:
    versions.sort(key=lambda one: one["language"] != row["language"])  # the original first
    shared = details(Fields(json.loads(row["fields"])))
    declaration = _declaration(row, versions, [one["name"] for one in tags], shared)
    if row["is_illustrated"]:
        declaration = await media.illustrated(reader, row["id"], declaration)
    return Work(
        row=row["id"],
        actor=row["actor"],
        actor_name=row["actor_name"],
        declaration=declaration,
        created_at=from_milliseconds(row["created_at"]),
        saved_at=from_milliseconds(row["updated_at"]),
        scheduled_at=_moment(row["scheduled_at"]),
        pinned_at=_moment(row["pinned_at"]),
        reason=row["reason"],
        keeps_text=bool(row["keeps_text"]),
        corrected_at=_moment(row["corrected_at"]),
        url_revision=row["url_revision"],
        schedule_zone=row["schedule_zone"],
        imported_at=_moment(row["imported_at"]),
        corrections=await corrections.of(reader, row["id"]) if row["corrected_at"] else (),
        editions=await edition_objects.of(reader, row["id"]) if row["has_editions"] else (),
    )


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_milliseconds(value)


def _declaration(
    row: Row, versions: Sequence[Row], tags: Sequence[str], shared: Details
) -> Declaration:
    return Declaration(
        key=row["key"],
        actor_name=row["actor_name"],
        form=Form(row["form"]),
        state=State(row["state"]),
        language=row["language"],
        slug=row["slug"],
        versions=tuple(_version(one) for one in versions),
        revision=row["revision"],
        kind=row["kind"],
        tags=tuple(tags),
        visibility=Visibility(row["visibility"]),
        in_reply_to=row["in_reply_to"],
        published_at=_moment(row["published_at"]),
        updated_at=_moment(row["edited_at"]),
        **{name: getattr(shared, name) for name in DETAIL_FIELDS},
    )


def _version(row: Row) -> Version:
    parts = {name: row[name] for name in VERSION_FIELDS}
    held = passages.from_text(row["inserted"])
    return Version(**parts, state=VersionState(row["state"]), inserted=held)


VERSION_FIELDS = ("language", "title", "summary", "source", "html", "translator", "changed_in")


async def insert(
    tx: Transaction, actor: int, declaration: Declaration, person: int | None, now: datetime
) -> int:
    """The new work's row number; its versions, tags, slug and first revision are there too."""
    row = await tx.fetch_one(
        INSERT,
        actor=actor,
        key=declaration.key,
        slug=declaration.slug,
        state=declaration.state,
        form=declaration.form,
        kind=declaration.kind,
        language=declaration.language,
        visibility=declaration.visibility,
        in_reply_to=declaration.in_reply_to,
        fields=fields_text(declaration),
        stands_at=milliseconds(stands_at(declaration, now)),
        reveal_on=_reveal_on(declaration),
        revision=declaration.revision,
        person=person,
        now=milliseconds(now),
    )
    made = int(row["id"]) if row else 0
    await _put_parts(tx, actor, made, declaration, person, now)
    return made


def fields_text(declaration: Declaration) -> str:
    return json.dumps(declaration.details_as_fields(), ensure_ascii=False)


def _reveal_on(declaration: Declaration) -> str | None:
    day = reveal_day(declaration)
    return day.isoformat() if day else None


async def save(tx: Transaction, work: Work, person: int | None, now: datetime) -> None:
    """Writes the work's present value, and its revision."""
    one = work.declaration
    await tx.execute(
        SAVE,
        row=work.row,
        slug=one.slug,
        state=one.state,
        form=one.form,
        kind=one.kind,
        language=one.language,
        visibility=one.visibility,
        fields=fields_text(one),
        stands_at=milliseconds(stands_at(one, now)),
        reveal_on=_reveal_on(one),
        revision=one.revision,
        schedule_zone=work.schedule_zone,
        published_at=_value(one.published_at),
        edited_at=_value(one.updated_at),
        scheduled_at=_value(work.scheduled_at),
        pinned_at=_value(work.pinned_at),
        reason=work.reason,
        url_revision=work.url_revision,
        keeps_text=int(work.keeps_text),
        corrected_at=_value(work.corrected_at),
        imported_at=_value(work.imported_at),
        now=milliseconds(now),
    )
    await _put_parts(tx, work.actor, work.row, one, person, now)
    await papers.drop(tx, work.row)


def _value(moment: datetime | None) -> int | None:
    return None if moment is None else milliseconds(moment)


async def _put_parts(
    tx: Transaction, actor: int, row: int, declaration: Declaration, by: int | None, now: datetime
) -> None:
    moment = milliseconds(now)
    for one in declaration.versions:
        parts = {name: getattr(one, name) for name in ("language", "title", "summary", "source")}
        more = {name: getattr(one, name) for name in ("html", "translator", "state", "changed_in")}
        held = passages.as_text(one.inserted)
        await tx.execute(PUT_VERSION, row=row, inserted=held, now=moment, **parts, **more)
        await tx.execute(
            PUT_REVISION, row=row, revision=declaration.revision, person=by, now=moment, **parts
        )
    spoken = {one.language for one in declaration.versions}
    for known in await tx.fetch_all(LANGUAGES, row=row):
        if known["language"] not in spoken:
            await tx.execute(DROP_VERSION, row=row, language=known["language"])
    await tx.execute(CLEAR_TAGS, row=row)
    for tag in declaration.tags:
        await tx.execute(PUT_TAG, row=row, tag=tag_key(tag), name=tag)
    await tx.execute(CLEAR_COUNTRIES, row=row)
    for country in declaration.countries:
        await tx.execute(PUT_COUNTRY, row=row, country=country)
    await media.put_links(tx, row, declaration, now)
    await passages.put_uses(tx, actor, row, declaration)
    await search.put(tx, row, actor, declaration)
    await tx.execute(PUT_SLUG, actor=actor, slug=declaration.slug, row=row)
    await touch(tx, f"declaration:{declaration.key}", now)
    await touch(tx, f"list:{declaration.actor_name}", now)


async def slug_is_free(reader: Reader, actor: int, slug: str, row: int | None = None) -> bool:
    """Whether the slug is nobody's, or this declaration's own."""
    found = await reader.fetch_one(SLUG_TAKEN, actor=actor, slug=slug)
    return found is None or found["declaration"] == row


async def put_document(tx: Transaction, row: int, language: str, document: bytes) -> None:
    """The proved bytes of one language version."""
    await tx.execute(PUT_DOCUMENT, row=row, language=language, document=document)


async def version_document(reader: Reader, row: int, language: str) -> bytes | None:
    found = await reader.fetch_one(DOCUMENT, row=row, language=language)
    return found["document"] if found else None
