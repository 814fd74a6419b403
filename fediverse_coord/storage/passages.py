"""Passages of coordinations, and which versions of which declarations hold them.

What a version holds stands with the version (`declaration_versions.inserted`); the rows here say
where to look for it. `put_uses` is called by whatever saves a declaration, in its transaction.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.publishing.passages import Inserted, Origin, as_rows, from_rows
from fediverse_coord.publishing.slugs import is_slug
from fediverse_coord.storage.database import Reader, Row, Transaction

COLUMNS: Final = """
p.id, p.slug, p.texts, p.source, p.revision, p.created_at, p.updated_at,
(SELECT count(DISTINCT u.declaration) FROM passage_uses u WHERE u.passage = p.id) AS uses
"""
ONE = f"SELECT {COLUMNS} FROM passages p WHERE p.actor = :actor AND p.slug = :slug"  # noqa: S608
NAMED = f"""
SELECT {COLUMNS} FROM passages p WHERE p.actor = :actor AND p.slug IN {{named}} ORDER BY p.slug
"""  # noqa: S608
PAGE = f"""
SELECT {COLUMNS} FROM passages p
 WHERE p.actor = :actor
   AND p.slug > COALESCE((SELECT c.slug FROM passages c WHERE c.id = :after), '')
 ORDER BY p.slug LIMIT :limit
"""  # noqa: S608
INSERT = """
INSERT INTO passages (actor, slug, texts, source, revision, created_at, updated_at)
VALUES (:actor, :slug, :texts, :source, :revision, :created, :now)
"""
UPDATE = """
UPDATE passages SET texts = :texts, source = :source, revision = :revision, updated_at = :now
 WHERE id = :row
"""
DROP = "DELETE FROM passages WHERE id = :row"
USES = """
SELECT declaration, language FROM passage_uses
 WHERE passage = :row AND declaration IN (
    SELECT d.declaration FROM (
        SELECT DISTINCT declaration FROM passage_uses
         WHERE passage = :row AND declaration < :before
         ORDER BY declaration DESC LIMIT :limit) d)
 ORDER BY declaration DESC, language
"""
HAS_USES = "SELECT 1 FROM passage_uses WHERE passage = :row LIMIT 1"
CLEAR_USES = "DELETE FROM passage_uses WHERE declaration = :row"
PUT_USE = """
INSERT INTO passage_uses (passage, declaration, language)
SELECT p.id, :row, :language FROM passages p WHERE p.actor = :actor AND p.slug = :slug
"""


@dataclass(frozen=True, slots=True)
class Passage:
    """`texts` begins with the language that stands for those it lacks; `uses` counts texts."""

    row: int
    slug: str
    texts: Mapping[str, str] = field(repr=False)
    origin: Origin
    revision: int
    created_at: datetime
    updated_at: datetime
    uses: int = 0


def _passage(row: Row) -> Passage:
    return Passage(
        row=row["id"],
        slug=row["slug"],
        texts=json.loads(row["texts"]),
        origin=Origin(**json.loads(row["source"])),
        revision=row["revision"],
        created_at=from_milliseconds(row["created_at"]),
        updated_at=from_milliseconds(row["updated_at"]),
        uses=row["uses"],
    )


def as_text(inserted: Sequence[Inserted]) -> str | None:
    """As it stands in the row of a version; nothing for most."""
    return json.dumps(as_rows(inserted), ensure_ascii=False) if inserted else None


def from_text(text: str | None) -> tuple[Inserted, ...]:
    return from_rows(json.loads(text)) if text else ()


async def hold(tx: Transaction, actor: int) -> None:
    """Nobody else changes or uses passages of the coordination until the transaction's end."""
    await tx.alone(f"passages {actor}")


async def by_slug(reader: Reader, actor: int, slug: str) -> Passage | None:
    row = await reader.fetch_one(ONE, actor=actor, slug=slug) if is_slug(slug) else None
    return _passage(row) if row else None


async def named(reader: Reader, actor: int, slugs: Iterable[str]) -> dict[str, Passage]:
    """Those that there are, by slug."""
    asked = json.dumps(sorted(filter(is_slug, set(slugs))))
    rows = await reader.fetch_all(NAMED, actor=actor, rows=asked)
    return {row["slug"]: _passage(row) for row in rows}


async def page(reader: Reader, actor: int, *, after: int = 0, limit: int) -> list[Passage]:
    """By their slugs, behind the one of that row."""
    rows = await reader.fetch_all(PAGE, actor=actor, after=after, limit=limit)
    return [_passage(row) for row in rows]


async def put(tx: Transaction, actor: int, one: Passage, now: datetime) -> None:
    """A new one has no row yet. The caller holds the coordination's passages.

    `now` is the moment of the change; a new one was made at its own `created_at`.
    """
    given: dict[str, str | int] = {
        "texts": json.dumps(dict(one.texts), ensure_ascii=False),
        "source": json.dumps(one.origin.as_fields(), ensure_ascii=False),
        "revision": one.revision,
        "now": milliseconds(now),
    }
    if one.row:
        await tx.execute(UPDATE, row=one.row, **given)
    else:
        created = milliseconds(one.created_at)
        await tx.execute(INSERT, actor=actor, slug=one.slug, created=created, **given)


async def drop(tx: Transaction, row: int) -> bool:
    """False where a text holds it. The caller holds the coordination's passages."""
    if await tx.fetch_one(HAS_USES, row=row):
        return False
    await tx.execute(DROP, row=row)
    return True


async def uses(
    reader: Reader, row: int, *, before: int = 2**62, limit: int
) -> list[tuple[int, str]]:
    """(row of a declaration, language) of at most so many declarations, the latest first."""
    rows = await reader.fetch_all(USES, row=row, before=before, limit=limit)
    return [(one["declaration"], one["language"]) for one in rows]


async def put_uses(tx: Transaction, actor: int, row: int, declaration: Declaration) -> None:
    """Those of the declaration as it is now."""
    held = [(one.slug, text.language) for text in declaration.versions for one in text.inserted]
    if held:
        await hold(tx, actor)
    await tx.execute(CLEAR_USES, row=row)
    for slug, language in held:
        await tx.execute(PUT_USE, row=row, actor=actor, slug=slug, language=language)
