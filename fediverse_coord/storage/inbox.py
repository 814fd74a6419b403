"""The queue between an answer of 202 and its side effects.

A row is recorded with its memories (`arrivals`), claimed by lease, and deleted once
its effect is committed: we keep no stranger's document without need. What fails five times
is parked for the operator. One actor's rows are taken in the order in which they came.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage import memories
from fediverse_coord.storage.database import Reader, Row, Transaction
from fediverse_coord.storage.leases import Lease

LEASE = Lease().length
STEP_BACK = timedelta(seconds=1)
MAX_ATTEMPTS = 5
RETRY_AFTER = (timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))


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


# By the index alone, whatever waits: an actor's order is looked at for what was claimed (BEFORE).
CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM inbox
     WHERE parked_at IS NULL AND due_at <= :now AND (leased_until IS NULL OR leased_until < :now)
     ORDER BY due_at, id LIMIT :limit {skip_locked})
UPDATE inbox SET leased_until = :lease, lease_token = :token, attempts = attempts + 1
 WHERE id IN (SELECT id FROM due)
RETURNING id, kind, type, actor_id, activity_id, object_id, document, received_at, attempts
"""

BEFORE = """
SELECT claimed.id AS row, earlier.id, earlier.due_at
  FROM inbox AS claimed JOIN inbox AS earlier ON earlier.id = (
       SELECT max(id) FROM inbox
        WHERE actor_id = claimed.actor_id AND id < claimed.id AND parked_at IS NULL)
 WHERE claimed.id IN {listed}
"""

SETTLE = "DELETE FROM inbox WHERE id IN {listed} AND lease_token = :token RETURNING id"

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

PRUNE_PARKED = """
DELETE FROM inbox WHERE id IN (
    SELECT id FROM inbox WHERE parked_at < :before ORDER BY id LIMIT :limit)
"""
PARKED_FOR = timedelta(days=90)
PRUNED_AT_ONCE = 2_000


async def claim(
    tx: Transaction,
    limit: int,
    token: str,
    now: datetime,
    lease: timedelta = LEASE,
    *,
    held: Collection[int] = (),
) -> list[Claimed]:
    """Up to `limit` rows, ours for the length of `lease`, in the order in which they came.

    An actor's row waits while one before it is not done, unless that one is claimed with it or
    is `held`: claimed before by the same process, which does them in their order.
    """
    await tx.alone("inbox claims")  # two at once would not see the actors the other took
    rows = await tx.fetch_all(
        CLAIM,
        now=milliseconds(now),
        lease=milliseconds(now + lease),
        token=token,
        limit=limit,
    )
    claimed = sorted((_claimed(row, token) for row in rows), key=lambda one: one.row)
    return await _in_order(tx, claimed, set(held), milliseconds(now + STEP_BACK))


async def _in_order(
    tx: Transaction, claimed: list[Claimed], ours: set[int], due: int
) -> list[Claimed]:
    """Without those that another row of their actor comes before, which is not ours.

    It may have been due later, or be another process's. They step back behind it, so that the
    next claim finds others, and each of them is looked at once and not at every claim.
    """
    rows = json.dumps([one.row for one in claimed])
    before = {found["row"]: found for found in await tx.fetch_all(BEFORE, rows=rows)}
    kept: list[Claimed] = []
    put_back: list[Mapping[str, object]] = []
    for one in claimed:
        earlier = before.get(one.row)
        if earlier is None or earlier["id"] in ours:
            kept.append(one)
            ours.add(one.row)
        else:
            put_back.append(_put_back(one, max(due, earlier["due_at"])))
    await tx.execute_many(RELEASE, put_back)
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
    return bool(await settle_all(tx, [claimed]))


async def settle_all(tx: Transaction, claimed: Sequence[Claimed]) -> set[int]:
    """Done, in the transaction of their effects; which of the rows were still ours."""
    ours: set[int] = set()
    for token in {one.token for one in claimed}:  # one for each claim that they came by
        rows = json.dumps([one.row for one in claimed if one.token == token])
        ours |= {found["id"] for found in await tx.fetch_all(SETTLE, rows=rows, token=token)}
    return ours


async def release(tx: Transaction, claimed: Claimed, due: datetime | None = None) -> None:
    """Back into the queue as if it had not been taken; behind others where a moment is given."""
    await release_all(tx, [claimed], due)


async def release_all(tx: Transaction, claimed: Sequence[Claimed], due: datetime | None) -> None:
    """The same for several."""
    moment = milliseconds(due) if due else None
    await tx.execute_many(RELEASE, [_put_back(one, moment) for one in claimed])


def _put_back(claimed: Claimed, due: int | None) -> Mapping[str, object]:
    return {"row": claimed.row, "token": claimed.token, "due": due}


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


async def prune(tx: Transaction, now: datetime, limit: int = PRUNED_AT_ONCE) -> int:
    """Of each kind at most `limit`: parked rows nobody looked at for 90 days, and the memories
    that have run out. How many rows went; nothing is left to prune where it is 0.
    """
    before = milliseconds(now - PARKED_FOR)
    old = await tx.execute(PRUNE_PARKED, before=before, limit=limit)
    return old + await memories.prune(tx, now, limit)
