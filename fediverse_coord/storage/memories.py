"""What came in before.  inbound.md 9.3: two memories, and the graves of others' objects.

*Replay* remembers a signed request (or a proof) for as long as it could be sent again.
*Identity* remembers (actor, activity id), for the kinds of activity where a repetition would
count twice; scoped by actor, so that nobody can occupy another's id. A third keeps deleted
ids, so that a Create which comes late stays dead.
"""

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Reader, Transaction

REPLAY = timedelta(minutes=130)  # twice the 65 minutes for which a signature is fresh
IDENTITY = timedelta(days=60)
GRAVE = timedelta(days=60)

REMEMBERED_BY_ID = frozenset({"Create", "Announce", "Flag", "QuoteRequest"})

SEE_REQUEST = """
INSERT INTO seen_requests (fingerprint, seen_at) VALUES (:fingerprint, :now)
ON CONFLICT (fingerprint) DO NOTHING RETURNING fingerprint
"""

SEE_ACTIVITY = """
INSERT INTO seen_activities (actor_id, activity_id, seen_at) VALUES (:actor_id, :activity_id, :now)
ON CONFLICT (actor_id, activity_id) DO NOTHING RETURNING actor_id, activity_id
"""

BURY = """
INSERT INTO remote_tombstones (object_id, deleted_at) VALUES (:object_id, :now)
ON CONFLICT (object_id) DO NOTHING
"""

BURIED = "SELECT object_id FROM remote_tombstones WHERE object_id IN {named}"

UNBURY = "DELETE FROM remote_tombstones WHERE object_id = :object_id"

PRUNE_REQUESTS = """
DELETE FROM seen_requests WHERE fingerprint IN (
    SELECT fingerprint FROM seen_requests WHERE seen_at < :before ORDER BY seen_at LIMIT :limit)
"""

PRUNE_ACTIVITIES = """
DELETE FROM seen_activities WHERE (actor_id, activity_id) IN (
    SELECT actor_id, activity_id FROM seen_activities
     WHERE seen_at < :before ORDER BY seen_at LIMIT :limit)
"""

PRUNE_GRAVES = """
DELETE FROM remote_tombstones WHERE object_id IN (
    SELECT object_id FROM remote_tombstones
     WHERE deleted_at < :before ORDER BY deleted_at LIMIT :limit)
"""


async def first_requests(
    tx: Transaction, fingerprints: Collection[bytes], now: datetime
) -> set[bytes]:
    """Which of these signed requests were never seen; all of them are from now on."""
    moment = milliseconds(now)
    # In one order, or two who record side by side could wait for each other.
    rows = [{"fingerprint": one, "now": moment} for one in sorted(fingerprints)]
    return {found["fingerprint"] for found in await tx.fetch_many(SEE_REQUEST, rows)}


async def first_activities(
    tx: Transaction, named: Collection[tuple[str, str]], now: datetime
) -> set[tuple[str, str]]:
    """Which (actor, id) were never seen; all of them are from now on."""
    moment = milliseconds(now)
    rows = [{"actor_id": who, "activity_id": what, "now": moment} for who, what in sorted(named)]
    found = await tx.fetch_many(SEE_ACTIVITY, rows)
    return {(row["actor_id"], row["activity_id"]) for row in found}


def grave(actor_id: str, object_id: str) -> str:
    """What a deleted object is remembered by: nobody buries what is another's (security A10)."""
    return f"{actor_id} {object_id}"


async def bury(tx: Transaction, object_id: str, now: datetime) -> None:
    """The object was deleted at its origin."""
    await tx.execute(BURY, object_id=object_id, now=milliseconds(now))


async def unbury(tx: Transaction, object_id: str) -> None:
    """A Delete was taken back, or the actor answers again."""
    await tx.execute(UNBURY, object_id=object_id)


async def is_buried(reader: Reader, object_id: str) -> bool:
    return bool(await buried_among(reader, [object_id]))


async def buried_among(reader: Reader, object_ids: Iterable[str]) -> set[str]:
    """Which of these are dead."""
    rows = await reader.fetch_all(BURIED, rows=json.dumps(list(object_ids)))
    return {row["object_id"] for row in rows}


async def prune(tx: Transaction, now: datetime, limit: int) -> int:
    """Forgets what can no longer be repeated, of each memory at most `limit`. How many went."""
    ends = ((PRUNE_REQUESTS, REPLAY), (PRUNE_ACTIVITIES, IDENTITY), (PRUNE_GRAVES, GRAVE))
    return sum(
        [await tx.execute(sql, before=milliseconds(now - age), limit=limit) for sql, age in ends]
    )
