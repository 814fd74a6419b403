"""Deliveries as the road out takes them: claimed by lease in batches, settled by the lease's token.

A process that dies keeps its lease until it runs out; then the row is due again, and what it began
counts as no attempt: only one that ended does. Of one object, an inbox receives activities in the
order in which they were made: a later one is not claimed while an earlier one waits. Whatever a
batch shares is read once: an activity's bytes, what one outcome writes down. What people see of
deliveries, and what takes them back, is `deliveries`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage.database import Row, Transaction
from fediverse_coord.storage.leases import Lease

LEASE = Lease().length
COMES_BACK = timedelta(seconds=30)  # what too much waits for, if nobody asks for it before


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """An activity as it is delivered. Read with the claim, so that an edit is in its bytes."""

    activity: int
    object_id: str | None
    document: bytes = field(repr=False)
    key_id: str  # the key that signs it, as the database says now


@dataclass(frozen=True, slots=True)
class Ailing:
    """A server whose last deliveries failed: `answering` ones say so at once, others are silent."""

    failures: int
    answering: bool
    paused: bool
    probe_at: datetime | None


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """A claimed delivery: one message to one inbox. `attempts` counts the one to come."""

    row: int
    token: str
    message: Message
    inbox: int
    inbox_url: str
    origin: str
    attempts: int
    claimed_at: datetime
    spec: str | None  # the signature format that last worked there
    ailing: Ailing | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a claimed delivery ended, or when it is due again (`due_at` with state "waiting")."""

    row: int
    token: str
    state: str
    status: int | None
    fault: str | None
    due_at: datetime | None = None
    untried: bool = False  # put back without an attempt


# `waiting` is implied for a later one of the same object and inbox; a lease holds it back too,
# where what it follows was superseded on its way.
def _due(which: str) -> str:
    return f"""
SELECT d.id, d.activity, d.attempts, d.inbox, i.url, i.origin,
       CASE WHEN o.spec_until > :now THEN o.spec END AS spec,
       COALESCE(o.failures, 0) AS failures, o.answering, o.paused_at, o.probe_at
  FROM (SELECT w.id, w.activity, w.attempts, w.inbox, w.due_at FROM deliveries w
         WHERE w.state = 'waiting' AND {which}
           AND (w.leased_until IS NULL OR w.leased_until < :now)
           AND (w.object IS NULL OR NOT EXISTS (
                SELECT 1 FROM deliveries e
                 WHERE (e.state = 'waiting' OR e.leased_until IS NOT NULL)
                   AND e.inbox = w.inbox AND e.object = w.object AND e.id < w.id
                   AND (e.state = 'waiting' OR e.leased_until >= :now)))
         ORDER BY w.due_at, w.id LIMIT :limit {{skip_locked}}) AS d
  JOIN inboxes i ON i.id = d.inbox
  LEFT JOIN origins o ON o.origin = i.origin
 ORDER BY d.due_at, d.id
"""  # noqa: S608


DUE_ANYWHERE = _due("w.due_at <= :now")
# What was put back untried because too much waited for its server need not wait any longer.
DUE_THERE = _due(
    """w.inbox IN (SELECT id FROM inboxes WHERE origin = :origin)
           AND (w.due_at <= :now OR (w.attempts = 0 AND w.due_at <= :soon))""",
)

LEASED = """
UPDATE deliveries SET leased_until = :lease, lease_token = :token WHERE id IN {listed}
"""

MESSAGES = """
SELECT a.id, a.object_id, a.document,
       COALESCE(a.signed_by, (SELECT k.key_id FROM keys k
                               WHERE k.actor = a.actor AND k.algorithm = 'rsa'
                                 AND k.retired_at IS NULL)) AS key_id
  FROM activities a WHERE a.id IN {listed}
"""

# Of our own objects and actors alone: that an answer went to somebody, or what of others' was
# passed on, needs no memory, and would tell for ever who once followed.
REACHED = """
INSERT INTO reach (object_id, inbox, reached_at)
SELECT a.object_id, d.inbox, CAST(:now AS BIGINT)
  FROM deliveries d JOIN activities a ON a.id = d.activity
 WHERE d.id IN {listed}
   AND (EXISTS (SELECT 1 FROM objects WHERE objects.object_id = a.object_id)
        OR EXISTS (SELECT 1 FROM actors WHERE actors.actor_id = a.object_id))
ON CONFLICT (object_id, inbox) DO NOTHING
"""

# What was superseded on its way stays so, unless it has arrived.
ENDED = """
UPDATE deliveries
   SET state = CASE WHEN state = 'waiting' OR :state = 'delivered' THEN :state ELSE state END,
       status = :status, fault = :fault, attempts = attempts + 1,
       leased_until = NULL, lease_token = NULL, settled_at = :now
 WHERE id IN {listed} AND lease_token = :token
"""

PUT_BACK = """
UPDATE deliveries
   SET status = :status, fault = :fault, due_at = :due_at, attempts = attempts + 1,
       leased_until = NULL, lease_token = NULL,
       settled_at = CASE WHEN state = 'waiting' THEN NULL ELSE CAST(:now AS BIGINT) END
 WHERE id = :row AND lease_token = :token
"""

# Without a word of its own, what its last attempt said stays in the receipt.
PUT_BACK_UNTRIED = """
UPDATE deliveries
   SET due_at = :due_at, fault = COALESCE(:fault, fault),
       leased_until = NULL, lease_token = NULL,
       settled_at = CASE WHEN state = 'waiting' THEN NULL ELSE CAST(:now AS BIGINT) END
 WHERE id IN {listed} AND lease_token = :token
"""


async def claim(
    tx: Transaction,
    token: str,
    limit: int,
    now: datetime,
    *,
    lease: timedelta = LEASE,
    origin: str | None = None,
) -> list[Delivery]:
    """Takes up to `limit` of what is due, for the length of `lease`; of one server where named.

    The token says whose the lease is. Reach is written with it: from now on the words may be
    there, and an Update or a Delete must follow them.
    """
    moment = milliseconds(now)
    if origin is None:
        rows = await tx.fetch_all(DUE_ANYWHERE, now=moment, limit=limit)
    else:
        soon = milliseconds(now + COMES_BACK)
        rows = await tx.fetch_all(DUE_THERE, now=moment, soon=soon, limit=limit, origin=origin)
    if not rows:
        return []
    ids = _listed(row["id"] for row in rows)
    await tx.execute(LEASED, lease=milliseconds(now + lease), token=token, rows=ids)
    await tx.execute(REACHED, now=moment, rows=ids)
    messages = await _messages(tx, {row["activity"] for row in rows})
    return [_delivery(row, token, messages[row["activity"]], now) for row in rows]


async def _messages(tx: Transaction, activities: Iterable[int]) -> dict[int, Message]:
    rows = await tx.fetch_all(MESSAGES, rows=_listed(activities))
    return {
        row["id"]: Message(row["id"], row["object_id"], row["document"], row["key_id"])
        for row in rows
    }


def _delivery(row: Row, token: str, message: Message, now: datetime) -> Delivery:
    return Delivery(
        row["id"],
        token,
        message,
        row["inbox"],
        row["url"],
        row["origin"],
        row["attempts"] + 1,
        now,
        row["spec"],
        _ailing(row) if row["failures"] else None,
    )


def _ailing(row: Row) -> Ailing:
    probe = from_milliseconds(row["probe_at"]) if row["probe_at"] else None
    return Ailing(row["failures"], bool(row["answering"]), row["paused_at"] is not None, probe)


async def settle(tx: Transaction, settlements: Sequence[Settlement], now: datetime) -> None:
    """Writes down how they ended; a lease that ran out meanwhile settles nothing."""
    ended: dict[tuple[str, str, int | None, str | None], list[int]] = defaultdict(list)
    untried: dict[tuple[str, str | None, int], list[int]] = defaultdict(list)
    for one in settlements:
        if one.due_at is None:
            ended[one.token, one.state, one.status, one.fault].append(one.row)
        elif one.untried:
            untried[one.token, one.fault, milliseconds(one.due_at)].append(one.row)
        else:
            await _put_back(tx, one, now)
    moment = milliseconds(now)
    for (token, fault, due), rows in untried.items():
        await tx.execute(
            PUT_BACK_UNTRIED, token=token, fault=fault, due_at=due, now=moment, rows=_listed(rows)
        )
    for (token, state, status, fault), rows in ended.items():
        await tx.execute(
            ENDED,
            token=token,
            state=state,
            status=status,
            fault=fault,
            now=moment,
            rows=_listed(rows),
        )


async def _put_back(tx: Transaction, one: Settlement, now: datetime) -> None:
    assert one.due_at is not None
    await tx.execute(
        PUT_BACK,
        row=one.row,
        token=one.token,
        status=one.status,
        fault=one.fault,
        due_at=milliseconds(one.due_at),
        now=milliseconds(now),
    )


def _listed(rows: Iterable[int]) -> str:
    """Row numbers as the slot `{listed}` reads them from the parameter `rows`."""
    return json.dumps(list(rows))
