"""Fan-out: a row that becomes deliveries, hosts at a time, and then is gone.

Costs inboxes, not followers: the audience table is kept as followers come and go. The
cursor is written with each chunk, so a process that dies leaves nothing twice or undone.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Row, Transaction

CHUNK = 500


@dataclass(frozen=True, slots=True)
class FanOut:
    """What one chunk did: whether more is left."""

    done: bool
    deliveries: int


NEXT = """
SELECT f.id, f.activity, f.to_followers, f.to_reach, f.after_inbox,
       a.actor, a.object, a.object_id, l.actor_id
  FROM (SELECT * FROM fan_outs ORDER BY id LIMIT 1 {skip_locked}) AS f
  JOIN activities a ON a.id = f.activity JOIN actors l ON l.id = a.actor
"""

# News of the actor itself goes wherever any of its words have gone.
RECIPIENTS = """
SELECT inbox FROM (
    SELECT inbox FROM audience
     WHERE :to_followers = 1 AND actor = :actor AND inbox > :after
    UNION
    SELECT inbox FROM reach
     WHERE :to_reach = 1 AND object_id = :object_id AND inbox > :after
    UNION
    SELECT r.inbox FROM objects o JOIN reach r ON r.object_id = o.object_id
     WHERE :of_actor = 1 AND :to_reach = 1 AND o.actor = :actor AND r.inbox > :after
) AS recipients ORDER BY inbox LIMIT :limit
"""
FOLLOWERS = """
SELECT inbox FROM audience WHERE actor = :actor AND inbox > :after ORDER BY inbox LIMIT :limit
"""

DELIVER = """
INSERT INTO deliveries (activity, inbox, object, state, attempts, due_at, created_at)
SELECT CAST(:activity AS BIGINT), inbox.number, CAST(:object AS BIGINT), 'waiting', 0,
       CAST(:now AS BIGINT), CAST(:now AS BIGINT)
  FROM (SELECT value AS number FROM {listed} AS listed) AS inbox
 WHERE 1 = 1
ON CONFLICT (activity, inbox) DO NOTHING
"""

ADVANCE = "UPDATE fan_outs SET after_inbox = :after WHERE id = :row"
FINISH = "DELETE FROM fan_outs WHERE id = :row"


async def step(tx: Transaction, now: datetime, *, limit: int = CHUNK) -> FanOut | None:
    """Turns the next chunk of the oldest fan-out into deliveries; nothing where none waits."""
    await tx.alone("fan-outs")  # or an Update's would overtake its Create's
    row = await tx.fetch_one(NEXT)
    if row is None:
        return None
    inboxes = await _recipients(tx, row, limit)
    if inboxes:
        await tx.execute(
            DELIVER,
            activity=row["activity"],
            object=row["object"],
            now=milliseconds(now),
            rows=json.dumps(inboxes),
        )
    if len(inboxes) < limit:
        await tx.execute(FINISH, row=row["id"])
        return FanOut(done=True, deliveries=len(inboxes))
    await tx.execute(ADVANCE, row=row["id"], after=inboxes[-1])
    return FanOut(done=False, deliveries=len(inboxes))


async def _recipients(tx: Transaction, row: Row, limit: int) -> list[int]:
    """The next inboxes in the order of their numbers."""
    if not row["to_reach"]:
        found = await tx.fetch_all(
            FOLLOWERS, actor=row["actor"], after=row["after_inbox"], limit=limit
        )
    else:
        found = await tx.fetch_all(
            RECIPIENTS,
            to_followers=row["to_followers"],
            to_reach=row["to_reach"],
            of_actor=int(row["object_id"] == row["actor_id"]),
            actor=row["actor"],
            object_id=row["object_id"] or "",
            after=row["after_inbox"],
            limit=limit,
        )
    return [one["inbox"] for one in found]
