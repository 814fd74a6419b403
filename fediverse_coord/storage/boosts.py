"""Boosts of ours: which coordination announces which object, with the Announce that says so."""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Boost:
    """A standing boost; `activity` is the row of its Announce."""

    row: int
    actor: int
    object_id: str
    activity: int
    activity_id: str
    document: bytes


FIND = """
SELECT b.id, b.actor, b.object_id, b.activity, a.activity_id, a.document
  FROM boosts b JOIN activities a ON a.id = b.activity
 WHERE b.actor = :actor AND b.object_id = :object_id
"""

ADD = """
INSERT INTO boosts (actor, object_id, activity, created_at)
VALUES (:actor, :object_id, :activity, :now)
"""

REMOVE = "DELETE FROM boosts WHERE id = :row"

# The id of an undone Announce answers no longer, and the outbox does not list it.
RETIRE = "UPDATE activities SET listed = 0, fetchable = 0 WHERE id = :activity"

# Those it went to by name: the author's inbox, besides the followers'.
TOLD = """
SELECT i.url FROM deliveries d JOIN inboxes i ON i.id = d.inbox
 WHERE d.activity = :activity
   AND NOT EXISTS (SELECT 1 FROM audience a WHERE a.actor = :actor AND a.inbox = d.inbox)
 ORDER BY d.id LIMIT 10
"""


async def find(reader: Reader, actor: int, object_id: str) -> Boost | None:
    row = await reader.fetch_one(FIND, actor=actor, object_id=object_id)
    if row is None:
        return None
    return Boost(
        row=row["id"],
        actor=row["actor"],
        object_id=row["object_id"],
        activity=row["activity"],
        activity_id=row["activity_id"],
        document=row["document"],
    )


async def add(tx: Transaction, actor: int, object_id: str, activity: int, now: datetime) -> None:
    """One for a coordination and an object: ask `find` in the same transaction first."""
    await tx.execute(
        ADD, actor=actor, object_id=object_id, activity=activity, now=milliseconds(now)
    )


async def remove(tx: Transaction, boost: Boost) -> None:
    await tx.execute(REMOVE, row=boost.row)
    await tx.execute(RETIRE, activity=boost.activity)
    await touch(tx, f"outbox:{boost.actor}")


async def told(reader: Reader, boost: Boost) -> tuple[str, ...]:
    """The personal inboxes that the Announce was sent to: the author's."""
    rows = await reader.fetch_all(TOLD, activity=boost.activity, actor=boost.actor)
    return tuple(row["url"] for row in rows)
