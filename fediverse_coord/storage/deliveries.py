"""Deliveries: one activity to one inbox; what is told of them, and what takes them back.

How the road out claims and settles them is `claims`.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage.claims import Delivery
from fediverse_coord.storage.database import Reader, Transaction

NEXT_DUE = """
SELECT min(CASE WHEN leased_until IS NOT NULL AND leased_until > due_at
                THEN leased_until ELSE due_at END) FROM deliveries WHERE state = 'waiting'
"""

# A later state of the object makes earlier news of it pointless. What is on its way keeps its
# lease, so that the later news waits for its end; it is not tried again.
SUPERSEDE = """
UPDATE deliveries SET state = 'superseded', settled_at = :now
 WHERE state = 'waiting' AND object = :object
   AND activity IN (SELECT id FROM activities WHERE object = :object AND type IN ({types}))
"""

# What was not even fanned out need not be.
STOP_FAN_OUT = """
DELETE FROM fan_outs
 WHERE activity IN (SELECT id FROM activities WHERE object = :object AND type IN ({types}))
"""
STOP_FAN_OUT_ABOUT = """
DELETE FROM fan_outs
 WHERE activity IN (SELECT id FROM activities WHERE object_id = :object_id AND type = :type)
"""
STOP_FAN_OUT_OF = """
DELETE FROM fan_outs
 WHERE activity IN (SELECT id FROM activities
                     WHERE actor = :actor AND type NOT IN ('Delete', 'Undo'))
"""
STOP_FAN_OUT_ACTIVITY = """
DELETE FROM fan_outs
 WHERE activity IN (SELECT id FROM activities WHERE activity_id = :activity_id)
"""

SUPERSEDE_ABOUT = """
UPDATE deliveries SET state = 'superseded', settled_at = :now
 WHERE state = 'waiting'
   AND activity IN (SELECT id FROM activities WHERE object_id = :object_id AND type = :type)
"""

# Nobody speaks after their end; what takes words back goes out all the same.
SUPERSEDE_OF = """
UPDATE deliveries SET state = 'superseded', settled_at = :now
 WHERE state = 'waiting'
   AND activity IN (SELECT id FROM activities
                     WHERE actor = :actor AND type NOT IN ('Delete', 'Undo'))
"""

# What is undone before it went out need not go; on its way it is not tried again.
SUPERSEDE_ACTIVITY = """
UPDATE deliveries SET state = 'superseded', settled_at = :now
 WHERE state = 'waiting'
   AND activity IN (SELECT id FROM activities WHERE activity_id = :activity_id)
"""

# A server that answers again gets everything that waited for it.
HURRY = """
UPDATE deliveries SET due_at = :now
 WHERE state = 'waiting' AND due_at > :now AND leased_until IS NULL
   AND inbox IN (SELECT id FROM inboxes WHERE origin = :origin)
"""

# Who sends us something is alive: what waited for an ailing server need not wait any longer.
HURRY_AILING = """
UPDATE deliveries SET due_at = :now
 WHERE state = 'waiting' AND due_at > :now AND leased_until IS NULL
   AND inbox IN (SELECT inboxes.id FROM origins JOIN inboxes ON inboxes.origin = origins.origin
                  WHERE origins.origin IN {named}
                    AND (origins.failures > 0 OR origins.paused_at IS NOT NULL))
"""

ADD_PERSONAL = """
INSERT INTO deliveries (activity, inbox, object, state, attempts, due_at, created_at)
SELECT :activity, :inbox, object, 'waiting', 0, :now, :now FROM deliveries WHERE id = :sibling
ON CONFLICT (activity, inbox) DO NOTHING
"""

# A shared inbox that is gone: those behind it may still be reached one by one.
BEHIND = """
SELECT DISTINCT r.inbox_url FROM followers f
  JOIN remote_actors r ON r.id = f.remote_actor
 WHERE f.inbox = :inbox AND r.inbox_url <> :url
   AND f.actor = (SELECT actor FROM activities WHERE id = :activity)
"""

QUEUE = """
SELECT count(*) AS depth, min(created_at) AS oldest FROM deliveries WHERE state = 'waiting'
"""


async def next_due(reader: Reader) -> datetime | None:
    """When the earliest waiting delivery is due."""
    value = await reader.fetch_value(NEXT_DUE)
    return from_milliseconds(int(str(value))) if value is not None else None


async def supersede(tx: Transaction, object_: int, types: Sequence[str], now: datetime) -> None:
    """Drops waiting deliveries of these activity types about the object."""
    names = ", ".join(f"'{one}'" for one in types if one.isalpha())
    await tx.execute(STOP_FAN_OUT.replace("{types}", names), object=object_)
    await tx.execute(SUPERSEDE.replace("{types}", names), object=object_, now=milliseconds(now))


async def supersede_about(tx: Transaction, object_id: str, type_: str, now: datetime) -> None:
    """Drops waiting deliveries of one activity type about something that is no object: an actor."""
    await tx.execute(STOP_FAN_OUT_ABOUT, object_id=object_id, type=type_)
    await tx.execute(SUPERSEDE_ABOUT, object_id=object_id, type=type_, now=milliseconds(now))


async def supersede_all_of(tx: Transaction, actor: int, now: datetime) -> None:
    """Drops what waits of an actor that has ended, but for what takes words back."""
    await tx.execute(STOP_FAN_OUT_OF, actor=actor)
    await tx.execute(SUPERSEDE_OF, actor=actor, now=milliseconds(now))


async def supersede_activity(tx: Transaction, activity_id: str, now: datetime) -> None:
    """Drops what waits of one activity: an Undo follows, which must not arrive before it."""
    await tx.execute(STOP_FAN_OUT_ACTIVITY, activity_id=activity_id)
    await tx.execute(SUPERSEDE_ACTIVITY, activity_id=activity_id, now=milliseconds(now))


async def hurry(tx: Transaction, origin: str, now: datetime) -> None:
    """What waits for this server is due now."""
    await tx.execute(HURRY, origin=origin, now=milliseconds(now))


async def hurry_ailing(tx: Transaction, found: Iterable[str], now: datetime) -> None:
    """The same for those of these servers that were left in peace. Before they are revived."""
    await tx.execute(HURRY_AILING, rows=json.dumps(sorted(found)), now=milliseconds(now))


async def inboxes_behind(reader: Reader, delivery: Delivery) -> list[str]:
    """The personal inboxes of the followers who share this one."""
    rows = await reader.fetch_all(
        BEHIND, inbox=delivery.inbox, url=delivery.inbox_url, activity=delivery.message.activity
    )
    return [row["inbox_url"] for row in rows]


async def add_personal(tx: Transaction, delivery: Delivery, inbox: int, now: datetime) -> None:
    """The same activity to one follower's own inbox."""
    await tx.execute(
        ADD_PERSONAL,
        activity=delivery.message.activity,
        inbox=inbox,
        sibling=delivery.row,
        now=milliseconds(now),
    )


async def queue(reader: Reader) -> tuple[int, datetime | None]:
    """How many wait, and since when the oldest does."""
    row = await reader.fetch_one(QUEUE)
    oldest = row["oldest"] if row else None
    depth = row["depth"] if row else 0
    return depth, from_milliseconds(oldest) if oldest is not None else None
