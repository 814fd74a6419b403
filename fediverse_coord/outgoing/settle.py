"""How attempts end: rows settled, servers remembered as well or ailing.  HOUSE: Outcomes.

A personal inbox that is gone makes us ask its actor: only the actor's own 410 removes the
follower. A shared inbox that is gone removes nobody: each follower behind it is tried once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fediverse_coord.errors import DereferenceError, Gone
from fediverse_coord.outgoing.attempt import Attempt
from fediverse_coord.outgoing.retry import (
    FAILING_BEFORE_PAUSE,
    FAILURES_BEFORE_PROBING,
    PROBE_EVERY,
    SOON_AGAIN,
    Outcome,
    next_attempt,
)
from fediverse_coord.outgoing.signing import first_spec
from fediverse_coord.remote.peers import Peers
from fediverse_coord.storage import (
    breaker,
    claims,
    deliveries,
    followers,
    inboxes,
    origins,
    remote_actors,
)
from fediverse_coord.storage.claims import Delivery, Settlement
from fediverse_coord.storage.database import Transaction

SPEC_MEMORY = timedelta(days=30)


def settlement_of(made: Attempt, allowed: int, now: datetime, jitter: float) -> Settlement:
    """What to write down of an attempt. Pure."""
    row = made.delivery
    if made.outcome is not Outcome.LATER:
        state = made.outcome.value
        return Settlement(row.row, row.token, state, made.status, made.fault)
    answered = made.status in SOON_AGAIN
    due = next_attempt(row.attempts, allowed, now, jitter, made.wait, answered=answered)
    state = "waiting" if due else "abandoned"
    return Settlement(row.row, row.token, state, made.status, made.fault, due)


def held_back(delivery: Delivery, now: datetime, probed: set[str]) -> Settlement | None:
    """Where a server is being left in peace: put back until it is due for a probe. Pure.

    `probed` collects the origins that got their one probe in this batch.
    """
    ailing = delivery.ailing
    if ailing is None or ailing.failures < FAILURES_BEFORE_PROBING:
        return None
    if ailing.paused:
        fault = "the server has not answered for seven days"
        return Settlement(delivery.row, delivery.token, "abandoned", None, fault)
    if (ailing.probe_at is None or ailing.probe_at <= now) and delivery.origin not in probed:
        probed.add(delivery.origin)
        return None
    until = max(ailing.probe_at or now, now + PROBE_EVERY / 10)
    return put_back(delivery, until, "the server does not answer; it is tried every half hour")


def put_back(delivery: Delivery, due: datetime, fault: str | None = None) -> Settlement:
    """Due then, as if it had not been claimed; without a fault its receipt says what it said."""
    return Settlement(
        delivery.row, delivery.token, "waiting", None, fault, due_at=due, untried=True
    )


async def departed(actor_ids: Sequence[str], peers: Peers) -> tuple[str, ...]:
    """Which of the actors behind a gone or missing personal inbox say themselves that they left."""
    left = []
    for actor_id in actor_ids:
        try:
            await peers.actor(actor_id, refresh=True)
        except Gone:
            left.append(actor_id)
        except DereferenceError:
            continue
    return tuple(left)


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt with what to write down of it.

    `personal` ones went to somebody's own inbox; `left` are those behind it who have gone.
    """

    attempt: Attempt
    settlement: Settlement
    personal: bool = False
    left: tuple[str, ...] = ()


async def write_down(
    tx: Transaction,
    made: Sequence[Ended],
    now: datetime,
) -> None:
    """Settles a batch: rows, memory of origins, followers who left."""
    await claims.settle(tx, [one.settlement for one in made], now)
    for one in made:
        await _remember_origin(tx, one.attempt, now)
        for actor_id in one.left:
            await _forget(tx, actor_id)
        if one.attempt.outcome is Outcome.GONE and not one.personal:
            await _try_personally(tx, one.attempt.delivery, now)


async def _forget(tx: Transaction, actor_id: str) -> None:
    known = await remote_actors.by_id(tx, actor_id)
    if known is not None:
        await followers.remove_everywhere(tx, known.row)


async def _remember_origin(tx: Transaction, made: Attempt, now: datetime) -> None:
    origin = made.delivery.origin
    if made.outcome is Outcome.DELIVERED:
        if made.spec is not None and made.spec is not first_spec(made.delivery):
            await origins.remember_spec(tx, origin, made.spec.value, now + SPEC_MEMORY)
        if made.delivery.ailing is not None:
            await breaker.succeeded(tx, origin)
            await deliveries.hurry(tx, origin, now)
    elif made.outcome is Outcome.LATER and (made.status is None or made.status >= 500):
        await breaker.failed(
            tx,
            origin,
            now,
            probe_every=PROBE_EVERY,
            pause_after=FAILING_BEFORE_PAUSE,
            answering=made.status is not None,
        )


async def _try_personally(tx: Transaction, delivery: Delivery, now: datetime) -> None:
    for url in await deliveries.inboxes_behind(tx, delivery):
        await deliveries.add_personal(tx, delivery, await inboxes.row_for(tx, url), now)
