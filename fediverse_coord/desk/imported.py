"""An imported text that is published by name: from then on a declaration like any other.  ADR 0018.

It gets a key, and so an id, that nobody has seen: the old one answered nobody. The page stays
where it is; the day of the document too. `published` is the moment of release.
"""

from dataclasses import replace

from fediverse_coord.desk import confidential, inserting
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.drafts import Saved, guard, reached_by, warnings_of
from fediverse_coord.desk.people import Person
from fediverse_coord.errors import Conflict
from fediverse_coord.outgoing.publish import write_release
from fediverse_coord.publishing.declarations import Declaration, State
from fediverse_coord.storage import audit, imports
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work

NOT_SENT = "this text was imported and never sent; publish it by name first: `publish ID`"


def is_imported(work: Work) -> bool:
    """Whether it is shown here and was never sent to anybody."""
    return work.imported_at is not None and work.declaration.state is State.PUBLISHED


async def publish(desk: Desk, person: Person, seen: Work) -> Saved:
    """Raises Conflict where a second coordinator must approve: that takes a draft."""
    actor = await coordination(desk, seen.actor_name)
    confidential.require_cleared(seen.declaration, actor)
    inserting.require_spoken(seen.declaration)
    if actor.profile["policies"]["approvals"] and person.row is not None:
        raise Conflict("an imported text is published from the server's own command line here")
    now, old = desk.clock(), seen.declaration.key
    work = replace(seen, declaration=_renamed(desk, seen.declaration), imported_at=None)
    release = desk.publisher.released(work, await reached_by(desk.db, seen), now)

    async def write(tx: Transaction) -> Work:
        await guard(tx, seen)
        await imports.rename(tx, seen.row, old, work.declaration.key, now)
        await write_release(tx, release, person.row, now)
        subject = f"declaration:{work.declaration.key}"
        await audit.record(tx, person.row, "publish", subject, now)
        return release.work

    saved = await desk.db.write(write)
    desk.wake()
    return Saved(saved, warnings_of(None, release))


def _renamed(desk: Desk, one: Declaration) -> Declaration:
    """With a new key; what is sealed under the old one is sealed again, and dated as it was."""
    key, dated = desk.new_key(), one.dated or (one.published_at and one.published_at.date())
    signatories = confidential.sealed_for(desk, one, key)
    revision = one.revision + 1
    return replace(one, key=key, dated=dated, signatories=signatories, revision=revision)
