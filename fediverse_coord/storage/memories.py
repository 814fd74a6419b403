"""What came in before.  inbound.md 9.3: two memories, and the graves of others' objects.

*Replay* remembers a signed request (or a proof) for as long as it could be sent again.
*Identity* remembers (actor, activity id), for the kinds of activity where a repetition would
count twice; scoped by actor, so that nobody can occupy another's id. A third keeps deleted
ids, so that a Create which comes late stays dead.
"""

from datetime import datetime, timedelta

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Reader, Transaction

REPLAY = timedelta(minutes=130)  # twice the 65 minutes for which a signature is fresh
IDENTITY = timedelta(days=60)
GRAVE = timedelta(days=60)

REMEMBERED_BY_ID = frozenset({"Create", "Announce", "Flag", "QuoteRequest"})

SEE_REQUEST = """
INSERT INTO seen_requests (fingerprint, seen_at) VALUES (:fingerprint, :now)
ON CONFLICT (fingerprint) DO NOTHING RETURNING seen_at
"""

SEE_ACTIVITY = """
INSERT INTO seen_activities (actor_id, activity_id, seen_at) VALUES (:actor_id, :activity_id, :now)
ON CONFLICT (actor_id, activity_id) DO NOTHING RETURNING seen_at
"""

BURY = """
INSERT INTO remote_tombstones (object_id, deleted_at) VALUES (:object_id, :now)
ON CONFLICT (object_id) DO NOTHING
"""

BURIED = "SELECT 1 FROM remote_tombstones WHERE object_id = :object_id"

UNBURY = "DELETE FROM remote_tombstones WHERE object_id = :object_id"

PRUNE_REQUESTS = "DELETE FROM seen_requests WHERE seen_at < :before"
PRUNE_ACTIVITIES = "DELETE FROM seen_activities WHERE seen_at < :before"
PRUNE_GRAVES = "DELETE FROM remote_tombstones WHERE deleted_at < :before"


async def first_request(tx: Transaction, fingerprint: bytes, now: datetime) -> bool:
    """Whether this signed request was never seen; it is from now on."""
    row = await tx.fetch_one(SEE_REQUEST, fingerprint=fingerprint, now=milliseconds(now))
    return row is not None


async def first_activity(tx: Transaction, actor_id: str, activity_id: str, now: datetime) -> bool:
    """Whether this actor never sent this id; it has from now on."""
    row = await tx.fetch_one(
        SEE_ACTIVITY, actor_id=actor_id, activity_id=activity_id, now=milliseconds(now)
    )
    return row is not None


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
    return await reader.fetch_value(BURIED, object_id=object_id) is not None


async def prune(tx: Transaction, now: datetime) -> int:
    """Forgets what can no longer be repeated. How many rows went."""
    requests = await tx.execute(PRUNE_REQUESTS, before=milliseconds(now - REPLAY))
    activities = await tx.execute(PRUNE_ACTIVITIES, before=milliseconds(now - IDENTITY))
    graves = await tx.execute(PRUNE_GRAVES, before=milliseconds(now - GRAVE))
    return requests + activities + graves
