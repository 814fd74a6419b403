"""Introductions of the pages that texts are chosen on: by topic, by country, by organisation."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.publishing.introductions import Place, Subject
from fediverse_coord.storage.database import Reader, Row, Transaction

COLUMNS: Final = "id, subject, mark, name, texts, revision, updated_at"
ONE = f"""
SELECT {COLUMNS} FROM introductions WHERE actor = :actor AND subject = :subject AND mark = :mark
"""  # noqa: S608
PAGE = f"""
SELECT {COLUMNS} FROM introductions WHERE actor = :actor AND id > :after ORDER BY id LIMIT :limit
"""  # noqa: S608
PUT = """
INSERT INTO introductions (actor, subject, mark, name, texts, revision, updated_at)
VALUES (:actor, :subject, :mark, :name, :texts, :revision, :now)
ON CONFLICT (actor, subject, mark) DO UPDATE
   SET name = excluded.name, texts = excluded.texts, revision = excluded.revision,
       updated_at = excluded.updated_at
"""
DROP = "DELETE FROM introductions WHERE id = :row"


@dataclass(frozen=True, slots=True)
class Introduction:
    """`texts` begins with the language that stands for those it lacks."""

    row: int
    place: Place
    texts: Mapping[str, str] = field(repr=False)
    revision: int
    updated_at: datetime


def _introduction(row: Row) -> Introduction:
    place = Place(Subject(row["subject"]), row["mark"], row["name"])
    updated = from_milliseconds(row["updated_at"])
    return Introduction(row["id"], place, json.loads(row["texts"]), row["revision"], updated)


async def hold(tx: Transaction, actor: int) -> None:
    """Nobody else changes introductions of the coordination until the transaction's end."""
    await tx.alone(f"introductions {actor}")


async def find(reader: Reader, actor: int, place: Place) -> Introduction | None:
    row = await reader.fetch_one(ONE, actor=actor, subject=place.subject, mark=place.mark)
    return _introduction(row) if row else None


async def page(reader: Reader, actor: int, *, after: int = 0, limit: int) -> list[Introduction]:
    """In the order in which they were first written, behind the one of that row."""
    rows = await reader.fetch_all(PAGE, actor=actor, after=after, limit=limit)
    return [_introduction(row) for row in rows]


async def put(
    tx: Transaction,
    actor: int,
    place: Place,
    texts: Mapping[str, str],
    revision: int,
    now: datetime,
) -> None:
    """The caller holds the coordination's introductions."""
    await tx.execute(
        PUT,
        actor=actor,
        subject=place.subject,
        mark=place.mark,
        name=place.name,
        texts=json.dumps(dict(texts), ensure_ascii=False),
        revision=revision,
        now=milliseconds(now),
    )


async def drop(tx: Transaction, row: int) -> None:
    await tx.execute(DROP, row=row)
