"""Edits of what is published, where a coordination asks for more than one coordinator.

INTERFACE: policies.approvals. Nobody alone changes words that went out in everybody's name: an
edit is kept as what it would make of the text, not as text, and takes effect once as many
others have sent the same. Whatever else happens to the declaration in between makes it void.
Taking words back (withdraw, delete) waits for nobody, nor does an answer, which is a moderator's.
"""

import hashlib
import json
from dataclasses import asdict

from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import Person
from fediverse_coord.storage import audit
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work

AGREE = "agree"


async def awaited(desk: Desk, person: Person, before: Work, after: Work) -> int:
    """How many others still have to send this edit. The person's own wish is recorded."""
    policies = (await coordination(desk, before.actor_name)).profile["policies"]
    approvals = int(policies["approvals"])
    if not approvals or person.row is None or before.declaration.in_reply_to is not None:
        return 0
    subject, now = subject_of(after), desk.clock()
    agreed = await audit.people(desk.db, AGREE, subject) | {person.row}
    missing = approvals + 1 - len(agreed)
    if missing <= 0:
        return 0

    async def write(tx: Transaction) -> None:
        await audit.record(tx, person.row, AGREE, subject, now)

    await desk.db.write(write)
    return missing


def subject_of(after: Work) -> str:
    """Names the edit by what it would make of the declaration, from the revision it was seen in."""
    said = json.dumps(asdict(after.declaration), default=str, sort_keys=True)
    digest = hashlib.sha256(said.encode()).hexdigest()[:32]
    return f"edit:{after.declaration.key}:{digest}"


def told(missing: int) -> str:
    who = "another coordinator sends" if missing == 1 else f"{missing} other coordinators send"
    return f"nothing is changed yet: it takes effect once {who} the same edit"
