"""Whom a coordination follows: its partners, once they have accepted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Reader, Row, Transaction

State: TypeAlias = Literal["requested", "accepted", "rejected"]


@dataclass(frozen=True, slots=True)
class Following:
    """A Follow of ours and how it stands."""

    row: int
    actor: int
    remote_actor: int
    follow_id: str
    state: str
    created_at: datetime


COLUMNS = "id, actor, remote_actor, follow_id, state, created_at"

FIND = f"""
SELECT {COLUMNS} FROM following WHERE actor = :actor AND remote_actor = :remote_actor
"""  # noqa: S608

OF = f"SELECT {COLUMNS} FROM following WHERE actor = :actor ORDER BY id"  # noqa: S608

OF_REMOTE = f"SELECT {COLUMNS} FROM following WHERE remote_actor = :remote_actor"  # noqa: S608

BEGIN = """
INSERT INTO following (actor, remote_actor, follow_id, state, created_at)
VALUES (:actor, :remote_actor, :follow_id, 'requested', :now)
ON CONFLICT (actor, remote_actor)
DO UPDATE SET follow_id = excluded.follow_id, state = excluded.state
"""

# Rule 7: only the one we asked answers, and only for the Follow that we sent.
ANSWER_BY_ID = """
UPDATE following SET state = :state WHERE follow_id = :follow_id AND remote_actor = :remote_actor
RETURNING actor
"""

ANSWER_BY_ACTOR = """
UPDATE following SET state = :state WHERE actor = :actor AND remote_actor = :remote_actor
RETURNING actor
"""

REMOVE = "DELETE FROM following WHERE actor = :actor AND remote_actor = :remote_actor"
REMOVE_EVERYWHERE = "DELETE FROM following WHERE remote_actor = :remote_actor"

IS_PARTNER = """
SELECT 1 FROM following WHERE remote_actor = :remote_actor AND state = 'accepted' LIMIT 1
"""

COUNT = "SELECT COUNT(*) FROM following WHERE actor = :actor AND state = 'accepted'"


def _following(row: Row) -> Following:
    return Following(
        row=row["id"],
        actor=row["actor"],
        remote_actor=row["remote_actor"],
        follow_id=row["follow_id"],
        state=row["state"],
        created_at=from_milliseconds(row["created_at"]),
    )


async def find(reader: Reader, actor: int, remote_actor: int) -> Following | None:
    row = await reader.fetch_one(FIND, actor=actor, remote_actor=remote_actor)
    return _following(row) if row else None


async def of(reader: Reader, actor: int) -> list[Following]:
    return [_following(row) for row in await reader.fetch_all(OF, actor=actor)]


async def of_remote(reader: Reader, remote_actor: int) -> list[Following]:
    """Which of our coordinations follow that actor."""
    rows = await reader.fetch_all(OF_REMOTE, remote_actor=remote_actor)
    return [_following(row) for row in rows]


async def begin(
    tx: Transaction, actor: int, remote_actor: int, follow_id: str, now: datetime
) -> None:
    """We asked; asking again replaces the Follow's id."""
    await tx.execute(
        BEGIN,
        actor=actor,
        remote_actor=remote_actor,
        follow_id=follow_id,
        now=milliseconds(now),
    )


async def answered(tx: Transaction, remote_actor: int, state: State, *, follow_id: str) -> bool:
    """The followed actor answered the Follow with this id; whether we had sent it one."""
    row = await tx.fetch_one(
        ANSWER_BY_ID, state=state, follow_id=follow_id, remote_actor=remote_actor
    )
    return await _told(tx, row)


async def answered_to(tx: Transaction, remote_actor: int, state: State, *, actor: int) -> bool:
    """The same where only who follows whom was told, not the id."""
    row = await tx.fetch_one(ANSWER_BY_ACTOR, state=state, actor=actor, remote_actor=remote_actor)
    return await _told(tx, row)


async def _told(tx: Transaction, row: Row | None) -> bool:
    if row is None:
        return False
    await touch(tx, f"following:{row['actor']}")
    return True


async def remove(tx: Transaction, actor: int, remote_actor: int) -> bool:
    removed = await tx.execute(REMOVE, actor=actor, remote_actor=remote_actor) > 0
    if removed:
        await touch(tx, f"following:{actor}")
    return removed


async def remove_everywhere(tx: Transaction, remote_actor: int) -> int:
    """Nobody here follows that actor any longer. How many rows went."""
    for one in await of_remote(tx, remote_actor):
        await touch(tx, f"following:{one.actor}")
    return await tx.execute(REMOVE_EVERYWHERE, remote_actor=remote_actor)


async def is_partner(reader: Reader, remote_actor: int) -> bool:
    """Whether a coordination of ours follows that actor, and was accepted."""
    return await reader.fetch_value(IS_PARTNER, remote_actor=remote_actor) is not None


async def count(reader: Reader, actor: int) -> int:
    return int(str(await reader.fetch_value(COUNT, actor=actor)))
