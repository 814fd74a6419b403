"""How what came in is recorded: into the queue of `inbox`, unless a memory knows it.

Many arrivals are recorded in one transaction, each as if it were alone: a statement for each
memory and one for the queue. inbound.md 9.3; the memories themselves stand in `memories`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal, TypeAlias

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage import memories
from fediverse_coord.storage.changes import ROADS
from fediverse_coord.storage.database import Transaction

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


INSERT = """
INSERT INTO inbox (kind, type, actor_id, activity_id, object_id, document,
                   received_at, due_at, attempts)
VALUES (:kind, :type, :actor_id, :activity_id, :object_id, :document, :now, :now, 0)
"""


async def record(tx: Transaction, arrivals: Sequence[Arrival], now: datetime) -> list[Recorded]:
    """Into the queue, in this order; what became of each."""
    found = await _first_times(tx, arrivals, now)
    new = [one for one, recorded in zip(arrivals, found, strict=True) if recorded is Recorded.NEW]
    if new:
        moment = milliseconds(now)
        await tx.execute_many(INSERT, [_row(one, moment) for one in new])
        tx.announce(ROADS, 0)
    return found


async def _first_times(
    tx: Transaction, arrivals: Sequence[Arrival], now: datetime
) -> list[Recorded]:
    requests = _Firsts(await memories.first_requests(tx, [a.fingerprint for a in arrivals], now))
    prints = [one.proof_fingerprint for one in arrivals if one.proof_fingerprint is not None]
    proofs = _Firsts(await memories.first_requests(tx, prints, now))
    firsts = [_is_first(one, requests, proofs) for one in arrivals]
    named = [
        (one.actor_id, one.activity_id or "")
        for one, first in zip(arrivals, firsts, strict=True)
        if first and _has_identity(one)
    ]
    ids = _Firsts(await memories.first_activities(tx, named, now))
    return [
        _verdict(one, first=first, ids=ids) for one, first in zip(arrivals, firsts, strict=True)
    ]


class _Firsts:
    """What a memory did not know. Of several that are the same, the first is the first."""

    def __init__(self, found: Iterable[object]) -> None:
        self._found = set(found)

    def take(self, one: object) -> bool:
        if one not in self._found:
            return False
        self._found.discard(one)
        return True


def _is_first(one: Arrival, requests: _Firsts, proofs: _Firsts) -> bool:
    first = requests.take(one.fingerprint)
    if one.proof_fingerprint is None:
        return first
    first_proof = proofs.take(one.proof_fingerprint)
    # An actor may send the same activity again under a new signature; others may not.
    return first and (first_proof or not one.by_proof)


def _verdict(one: Arrival, *, first: bool, ids: _Firsts) -> Recorded:
    if not first:
        return Recorded.REPLAYED
    if _has_identity(one) and not ids.take((one.actor_id, one.activity_id)):
        return Recorded.KNOWN
    return Recorded.NEW


def _has_identity(arrival: Arrival) -> bool:
    return (
        arrival.kind == "activity"
        and arrival.activity_id is not None
        and arrival.type in memories.REMEMBERED_BY_ID
    )


def _row(one: Arrival, moment: int) -> dict[str, object]:
    return {
        "kind": one.kind,
        "type": one.type,
        "actor_id": one.actor_id,
        "activity_id": one.activity_id,
        "object_id": one.object_id,
        "document": one.document,
        "now": moment,
    }
