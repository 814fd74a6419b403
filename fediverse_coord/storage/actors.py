"""Local actors: the coordinations and the instance actor."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Reader, Row, Transaction


@dataclass(frozen=True, slots=True)
class LocalActor:
    """A local actor as remembered; `document` is what its id answers, byte for byte."""

    row: int
    name: str
    actor_id: str
    type: str
    role: str  # "coordination" or "instance"
    profile: dict[str, Any]
    revision: int
    document: bytes
    created_at: datetime
    retired: bool


COLUMNS = "id, name, actor_id, type, role, profile, revision, document, created_at, retired_at"
ALL = f"SELECT {COLUMNS} FROM actors ORDER BY id"  # noqa: S608
BY_NAME = f"SELECT {COLUMNS} FROM actors WHERE name = :name"  # noqa: S608
BY_ID = f"SELECT {COLUMNS} FROM actors WHERE actor_id = :actor_id"  # noqa: S608
BY_ROW = f"SELECT {COLUMNS} FROM actors WHERE id = :row"  # noqa: S608

INSERT = """
INSERT INTO actors (name, actor_id, type, role, profile, revision, document, created_at, updated_at)
VALUES (:name, :actor_id, :type, :role, :profile, :revision, :document, :now, :now)
RETURNING id
"""

REVISE = """
UPDATE actors SET profile = :profile, revision = :revision, document = :document, updated_at = :now
 WHERE id = :row
"""

CHOOSE = "UPDATE actors SET profile = :profile WHERE id = :row"

RETIRE = "UPDATE actors SET retired_at = :now, document = :document WHERE id = :row"


def _actor(row: Row) -> LocalActor:
    return LocalActor(
        row=row["id"],
        name=row["name"],
        actor_id=row["actor_id"],
        type=row["type"],
        role=row["role"],
        profile=msgspec.json.decode(row["profile"]),
        revision=row["revision"],
        document=row["document"],
        created_at=from_milliseconds(row["created_at"]),
        retired=row["retired_at"] is not None,
    )


async def all_actors(reader: Reader) -> list[LocalActor]:
    return [_actor(row) for row in await reader.fetch_all(ALL)]


async def by_name(reader: Reader, name: str) -> LocalActor | None:
    row = await reader.fetch_one(BY_NAME, name=name)
    return _actor(row) if row else None


async def by_id(reader: Reader, actor_id: str) -> LocalActor | None:
    row = await reader.fetch_one(BY_ID, actor_id=actor_id)
    return _actor(row) if row else None


async def by_row(reader: Reader, row: int) -> LocalActor | None:
    found = await reader.fetch_one(BY_ROW, row=row)
    return _actor(found) if found else None


async def insert(
    tx: Transaction,
    *,
    name: str,
    actor_id: str,
    type_: str,
    role: str,
    profile: dict[str, Any],
    revision: int,
    document: bytes,
    now: datetime,
) -> int:
    """The new actor's row number."""
    row = await tx.fetch_one(
        INSERT,
        name=name,
        actor_id=actor_id,
        type=type_,
        role=role,
        profile=json.dumps(profile, ensure_ascii=False),
        revision=revision,
        document=document,
        now=milliseconds(now),
    )
    await touch(tx, f"actor:{name}")
    return int(row["id"]) if row else 0


async def revise(
    tx: Transaction,
    actor: LocalActor,
    profile: dict[str, Any],
    revision: int,
    document: bytes,
    now: datetime,
) -> None:
    """A file with a higher `revision` was applied, or the keys changed."""
    await tx.execute(
        REVISE,
        row=actor.row,
        profile=json.dumps(profile, ensure_ascii=False),
        revision=revision,
        document=document,
        now=milliseconds(now),
    )
    await touch(tx, f"actor:{actor.name}")


async def choose_form(tx: Transaction, row: int, form: str) -> None:
    """As what titled texts go out from now on; a revision of the file leaves it as it is."""
    actor = await by_row(tx, row)
    if actor is not None:
        profile = {**actor.profile, "chosen_form": form}
        await tx.execute(CHOOSE, row=row, profile=json.dumps(profile, ensure_ascii=False))
        await touch(tx, f"actor:{actor.name}")


async def retire(tx: Transaction, actor: LocalActor, grave: bytes, now: datetime) -> None:
    """The only way to an actor's 410 (security F6)."""
    await tx.execute(RETIRE, row=actor.row, document=grave, now=milliseconds(now))
    await touch(tx, f"actor:{actor.name}")
