"""The same request twice is done once: Idempotency-Key.  INTERFACE: the coordinators' API.

A key is claimed before the work. Whoever comes with it again gets the stored answer; with
another request, or while the first is under way, a refusal. Keys are kept for a day.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import Person
from fediverse_coord.errors import Conflict, FieldFault, Refusal
from fediverse_coord.storage import idempotency
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.idempotency import Remembered

KEPT = timedelta(hours=24)
MAX_KEY = 255
NAME = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it was given the first time."""

    status: int
    location: str | None
    body: bytes = field(repr=False)


async def begin(desk: Desk, person: Person, key: str, fingerprint: bytes) -> Answered | None:
    """The answer given before; nothing where the work is now to be done, or was never named.

    `fingerprint` tells one request from another. Raises Conflict while the first is under way,
    Refusal for a key that was used for something else.
    """
    if not 0 < len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        reason = f"must be 1 to {MAX_KEY} plain characters"
        raise Refusal(f"{NAME} {reason}", faults=[FieldFault(NAME, reason)])
    row, now = _row(person), desk.clock()

    async def work(tx: Transaction) -> Remembered | None:
        await idempotency.forget(tx, row, key, now - KEPT)
        if await idempotency.claim(tx, row, key, fingerprint, now):
            return None
        return await idempotency.find(tx, row, key)

    before = await desk.db.write(work)
    return None if before is None else _answer(before, fingerprint)


def _answer(before: Remembered, fingerprint: bytes) -> Answered:
    if before.fingerprint != fingerprint:
        reason = "was used for another request; take a new one"
        raise Refusal(f"{NAME} {reason}", faults=[FieldFault(NAME, reason)])
    if before.status is None:
        raise Conflict(
            "this request is under way, or was cut off: look whether it was done "
            f"before you send it with another {NAME}"
        )
    return Answered(before.status, before.location, before.body or b"")


async def finish(desk: Desk, person: Person, key: str, answered: Answered) -> None:
    """The work is done: from now on its answer stands."""
    row = _row(person)

    async def work(tx: Transaction) -> None:
        await idempotency.fill(
            tx, row, key, status=answered.status, location=answered.location, body=answered.body
        )

    await desk.db.write(work)


async def give_up(desk: Desk, person: Person, key: str) -> None:
    """The work was refused and nothing was done: the key may be used again."""
    row = _row(person)
    await desk.db.write(lambda tx: idempotency.release(tx, row, key))


def _row(person: Person) -> int:
    if person.row is None:
        raise Conflict("only persons repeat requests")
    return person.row
