"""Likes and solidarity boosts: one of each kind for an actor and an object.

Here stands who; how many is `objects.count`, changed by whoever changes a row here and only
when that row really came or went. Nobody is ever told the names.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage import objects
from fediverse_coord.storage.database import Reader, Row, Transaction

Kind: TypeAlias = Literal["like", "boost"]

ADD = """
INSERT INTO interactions (object, remote_actor, kind, activity_id, created_at)
VALUES (:object, :remote_actor, :kind, :activity_id, :now)
ON CONFLICT (object, remote_actor, kind) DO NOTHING RETURNING object, remote_actor
"""

RENAME = """
UPDATE interactions SET activity_id = :activity_id
 WHERE object = :object AND remote_actor = :remote_actor AND kind = :kind
"""

REMOVE = """
DELETE FROM interactions WHERE object = :object AND remote_actor = :remote_actor AND kind = :kind
RETURNING object, kind
"""

REMOVE_BY_ID = """
DELETE FROM interactions WHERE activity_id = :activity_id AND remote_actor = :remote_actor
RETURNING object, kind
"""

REMOVE_ALL_OF = """
DELETE FROM interactions WHERE remote_actor = :remote_actor RETURNING object, kind
"""

BOOSTED = "SELECT 1 FROM interactions WHERE object = :object AND kind = :kind LIMIT 1"


@dataclass(frozen=True, slots=True)
class Interaction:
    """That an actor likes or passes on an object of ours, by their rows."""

    object: int
    remote_actor: int
    activity_id: str | None


async def add(tx: Transaction, kind: Kind, new: Sequence[Interaction], now: datetime) -> None:
    """What is new is counted; a repetition only renews the activity's id."""
    # In one order, or two who count side by side could wait for each other.
    ordered = sorted(new, key=lambda one: (one.object, one.remote_actor))
    rows = {(one.object, one.remote_actor): _named(kind, one, now) for one in ordered}
    added = [
        (row["object"], row["remote_actor"])
        for row in await tx.fetch_many(ADD, list(rows.values()))
    ]
    await tx.execute_many(RENAME, [rows[pair] for pair in rows.keys() - set(added)])
    for object_row, number in sorted(Counter(pair[0] for pair in added).items()):
        await objects.count(tx, object_row, kind, number)


def _named(kind: Kind, one: Interaction, now: datetime) -> dict[str, object]:
    return {
        "object": one.object,
        "remote_actor": one.remote_actor,
        "kind": kind,
        "activity_id": one.activity_id,
        "now": milliseconds(now),
    }


async def remove(tx: Transaction, kind: Kind, *, object_row: int, remote_actor: int) -> bool:
    """Whether there was one."""
    row = await tx.fetch_one(REMOVE, object=object_row, remote_actor=remote_actor, kind=kind)
    return await _uncount(tx, [row] if row else []) > 0


async def remove_by_id(tx: Transaction, activity_id: str, remote_actor: int) -> bool:
    """The like or boost that this actor made with this activity; whether there was one."""
    rows = await tx.fetch_all(REMOVE_BY_ID, activity_id=activity_id, remote_actor=remote_actor)
    return await _uncount(tx, rows) > 0


async def remove_all_of(tx: Transaction, remote_actor: int) -> int:
    """The actor left. How many rows went."""
    return await _uncount(tx, await tx.fetch_all(REMOVE_ALL_OF, remote_actor=remote_actor))


async def has_any(reader: Reader, object_row: int, kind: Kind) -> bool:
    return await reader.fetch_value(BOOSTED, object=object_row, kind=kind) is not None


async def _uncount(tx: Transaction, rows: list[Row]) -> int:
    for row in rows:
        await objects.count(tx, row["object"], row["kind"], -1)
    return len(rows)
