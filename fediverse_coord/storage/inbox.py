"""The queue between an answer of 202 and its side effects.

A row is recorded with its memories in one transaction, claimed by lease, and deleted once
its effect is committed: we keep no stranger's document without need. What fails five times
is parked for the operator. One actor's rows are taken in the order in which they came.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Literal, TypeAlias

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage import memories
from fediverse_coord.storage.changes import ROADS
from fediverse_coord.storage.database import Reader, Row, Transaction
from fediverse_coord.storage.leases import Lease

LEASE = Lease().length
STEP_BACK = timedelta(seconds=1)
MAX_ATTEMPTS = 5
RETRY_AFTER = (timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))

Kind: TypeAlias = Literal["activity", "notice"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is recorded. `actor_id` is the actor of an activity, the signer of a notice."""

    kind: Kind
    type: str
    actor_id: str
    activity_id: str | None
    object_id: str | None
    document: bytes | None
    fingerprint: bytes  # the same signed request again has no effect
    proof_fingerprint: bytes | None = None  # nor has the same proof, carried by somebody else
    by_proof: bool = False


class Recorded(Enum):
    """What became of an arrival; the sender hears 202 in each case."""

    NEW = "new"
    REPLAYED = "replayed"  # the same signed request or proof
    KNOWN = "known"  # the same activity id of the same actor


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours until its lease ends."""

    row: int
    kind: str
    type: str
    actor_id: str
    activity_id: str | None
    object_id: str | None
    document: bytes | None
    received_at: datetime
    attempts: int
    token: str


@dataclass(frozen=True, slots=True)
class Parked:
    """A row that failed too often, as the operator sees it."""

    row: int
    type: str
    actor_id: str
    fault: str
    parked_at: datetime


INSERT = """
INSERT INTO inbox (kind, type, actor_id, activity_id, object_id, document,
                   received_at, due_at, attempts)
VALUES (:kind, :type, :actor_id, :activity_id, :object_id, :document, :now, :now, 0)
"""

# An actor's later row waits while an earlier one is in work or waits for its next attempt.
CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM inbox
     WHERE parked_at IS NULL AND due_at <= :now AND (leased_until IS NULL OR leased_until < :now)
       AND NOT EXISTS (SELECT 1 FROM inbox AS earlier
                        WHERE earlier.actor_id = inbox.actor_id AND earlier.id < inbox.id
                          AND earlier.parked_at IS NULL
                          AND (earlier.due_at > :now OR earlier.leased_until >= :now))
     ORDER BY due_at, id LIMIT :limit {skip_locked})
UPDATE inbox SET leased_until = :lease, lease_token = :token, attempts = attempts + 1
 WHERE id IN (SELECT id FROM due)
RETURNING id, kind, type, actor_id, activity_id, object_id, document, received_at, attempts
"""

BEFORE = """
SELECT id FROM inbox WHERE actor_id = :actor_id AND id < :row AND parked_at IS NULL
 ORDER BY id DESC LIMIT 1
"""

SETTLE = "DELETE FROM inbox WHERE id = :row AND lease_token = :token"

POSTPONE = """
UPDATE inbox SET due_at = :due, leased_until = NULL, lease_token = NULL, fault = :fault
 WHERE id = :row AND lease_token = :token
"""

PARK = """
UPDATE inbox SET parked_at = :now, leased_until = NULL, lease_token = NULL, fault = :fault
 WHERE id = :row AND lease_token = :token
"""

RELEASE = """
UPDATE inbox SET leased_until = NULL, lease_token = NULL, attempts = attempts - 1,
       due_at = COALESCE(:due, due_at)
 WHERE id = :row AND lease_token = :token
"""

UNPARK = """
UPDATE inbox SET parked_at = NULL, attempts = 0, due_at = :now WHERE id = :row
   AND parked_at IS NOT NULL
"""

DISCARD = "DELETE FROM inbox WHERE id = :row AND parked_at IS NOT NULL"

PARKED = """
SELECT id, type, actor_id, fault, parked_at FROM inbox WHERE parked_at IS NOT NULL ORDER BY id
"""

WAITING = """
SELECT COUNT(*) FROM (SELECT 1 FROM inbox WHERE parked_at IS NULL LIMIT :cap) AS waiting
"""

PRUNE_PARKED = "DELETE FROM inbox WHERE parked_at < :before"
PARKED_FOR = timedelta(days=90)


async def record(tx: Transaction, arrival: Arrival, now: datetime) -> Recorded:
    """Into the queue, unless one of the memories knows it."""
    if not await _first_time(tx, arrival, now):
        return Recorded.REPLAYED
    if _has_identity(arrival) and not await memories.first_activity(
        tx, arrival.actor_id, arrival.activity_id or "", now
    ):
        return Recorded.KNOWN
    await tx.execute(
        INSERT,
        kind=arrival.kind,
        type=arrival.type,
        actor_id=arrival.actor_id,
        activity_id=arrival.activity_id,
        object_id=arrival.object_id,
        document=arrival.document,
        now=milliseconds(now),
    )
    tx.announce(ROADS, 0)
    return Recorded.NEW


async def _first_time(tx: Transaction, arrival: Arrival, now: datetime) -> bool:
    first = await memories.first_request(tx, arrival.fingerprint, now)
    if arrival.proof_fingerprint is None:
        return first
    first_proof = await memories.first_request(tx, arrival.proof_fingerprint, now)
    # An actor may send the same activity again under a new signature; others may not.
    return first and (first_proof or not arrival.by_proof)


def _has_identity(arrival: Arrival) -> bool:
    return (
        arrival.kind == "activity"
        and arrival.activity_id is not None
        and arrival.type in memories.REMEMBERED_BY_ID
    )


async def claim(
    tx: Transaction, limit: int, token: str, now: datetime, lease: timedelta = LEASE
) -> list[Claimed]:
    """Up to `limit` rows, ours for the length of `lease`, in the order in which they came."""
    await tx.alone("inbox claims")  # two at once would not see the actors the other took
    rows = await tx.fetch_all(
        CLAIM,
        now=milliseconds(now),
        lease=milliseconds(now + lease),
        token=token,
        limit=limit,
    )
    claimed = sorted((_claimed(row, token) for row in rows), key=lambda one: one.row)
    return await _in_order(tx, claimed, now + STEP_BACK)


async def _in_order(tx: Transaction, claimed: list[Claimed], due: datetime) -> list[Claimed]:
    """Without those that another row of their actor comes before, which is not ours.

    It may have been due later, or be another process's claim that we cannot see yet. They step
    back to `due`, so that the next claim finds what they wait for.
    """
    kept: list[Claimed] = []
    last: dict[str, int | None] = {}
    for one in claimed:
        before = await tx.fetch_value(BEFORE, actor_id=one.actor_id, row=one.row)
        if before == last.get(one.actor_id):
            kept.append(one)
            last[one.actor_id] = one.row
        else:
            await release(tx, one, due)
    return kept


def _claimed(row: Row, token: str) -> Claimed:
    return Claimed(
        row=row["id"],
        kind=row["kind"],
        type=row["type"],
        actor_id=row["actor_id"],
        activity_id=row["activity_id"],
        object_id=row["object_id"],
        document=row["document"],
        received_at=from_milliseconds(row["received_at"]),
        attempts=row["attempts"],
        token=token,
    )


async def settle(tx: Transaction, claimed: Claimed) -> bool:
    """Done, in the transaction of the effect; whether the row was still ours."""
    return await tx.execute(SETTLE, row=claimed.row, token=claimed.token) > 0


async def release(tx: Transaction, claimed: Claimed, due: datetime | None = None) -> None:
    """Back into the queue as if it had not been taken; behind others where a moment is given."""
    moment = milliseconds(due) if due else None
    await tx.execute(RELEASE, row=claimed.row, token=claimed.token, due=moment)


async def fail(tx: Transaction, claimed: Claimed, fault: str, now: datetime) -> bool:
    """Another attempt later, or parked after the fifth; whether it was parked."""
    if claimed.attempts >= MAX_ATTEMPTS:
        await tx.execute(
            PARK, row=claimed.row, token=claimed.token, fault=fault[:500], now=milliseconds(now)
        )
        return True
    due = now + RETRY_AFTER[min(claimed.attempts, len(RETRY_AFTER)) - 1]
    await tx.execute(
        POSTPONE, row=claimed.row, token=claimed.token, fault=fault[:500], due=milliseconds(due)
    )
    return False


async def parked(reader: Reader) -> list[Parked]:
    return [
        Parked(
            row["id"],
            row["type"],
            row["actor_id"],
            row["fault"] or "",
            from_milliseconds(row["parked_at"]),
        )
        for row in await reader.fetch_all(PARKED)
    ]


async def unpark(tx: Transaction, row: int, now: datetime) -> bool:
    """The operator mended something and asks for five more attempts."""
    return await tx.execute(UNPARK, row=row, now=milliseconds(now)) > 0


async def discard(tx: Transaction, row: int) -> bool:
    """The operator has seen it."""
    return await tx.execute(DISCARD, row=row) > 0


async def waiting(reader: Reader, cap: int) -> int:
    """How many rows wait, counted no further than `cap`."""
    return int(str(await reader.fetch_value(WAITING, cap=cap)))


async def prune(tx: Transaction, now: datetime) -> int:
    """Parked rows nobody looked at for 90 days, and the memories that have run out."""
    old = await tx.execute(PRUNE_PARKED, before=milliseconds(now - PARKED_FOR))
    return old + await memories.prune(tx, now)
