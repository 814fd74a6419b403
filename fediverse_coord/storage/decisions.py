"""What a moderator's or operator's decision touches beyond the one row it is about.

A decided response stands, or no longer stands, on a declaration's page and in `replies`; a
block takes away everything that the blocked actors left here: they follow and are followed no
longer, answer, like and boost nothing, and quote without our consent.
"""

from collections.abc import Callable
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage import followers, following, interactions, stamps
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Reader, Transaction

SHOWN_UNDER = """
SELECT objects.object_id, declarations.key
  FROM objects LEFT JOIN declarations ON declarations.id = objects.declaration
 WHERE objects.id = :object
"""

REJECT_ALL_OF = """
UPDATE responses SET state = 'rejected'
 WHERE remote_actor = :remote_actor AND state IN ('held', 'approved') RETURNING object
"""

# Those on the host, or on a name below it, who left something here.
ON_HOST = """
SELECT r.id FROM remote_actors r
 WHERE (r.host = :host OR substr(r.host, length(r.host) - length(:below) + 1) = :below)
   AND (EXISTS (SELECT 1 FROM followers f WHERE f.remote_actor = r.id)
     OR EXISTS (SELECT 1 FROM following g WHERE g.remote_actor = r.id)
     OR EXISTS (SELECT 1 FROM responses p
                 WHERE p.remote_actor = r.id AND p.state IN ('held', 'approved'))
     OR EXISTS (SELECT 1 FROM interactions n WHERE n.remote_actor = r.id)
     OR EXISTS (SELECT 1 FROM stamps s WHERE s.remote_actor = r.id))
 ORDER BY r.id
"""


# Where something still waits, for an inbox behind which nobody follows that coordination. What
# takes words back goes out all the same: blocked servers should forget them too.
WAITING = """
SELECT DISTINCT i.id, i.url FROM deliveries d
  JOIN inboxes i ON i.id = d.inbox
  JOIN activities a ON a.id = d.activity
 WHERE d.state = 'waiting' AND a.type NOT IN ('Delete', 'Undo', 'Update')
   AND NOT EXISTS (SELECT 1 FROM audience u WHERE u.actor = a.actor AND u.inbox = d.inbox)
"""

STOP = """
UPDATE deliveries SET state = 'superseded', settled_at = :now
 WHERE state = 'waiting' AND inbox = :inbox
   AND activity IN (SELECT a.id FROM activities a
                     WHERE a.type NOT IN ('Delete', 'Undo', 'Update')
                       AND NOT EXISTS (SELECT 1 FROM audience u
                                        WHERE u.actor = a.actor AND u.inbox = :inbox))
"""


async def touch_shown(tx: Transaction, object_row: int | None) -> None:
    """The page and the `replies` of one of our objects are to be made anew."""
    row = await tx.fetch_one(SHOWN_UNDER, object=object_row) if object_row is not None else None
    if row is None:
        return
    await touch(tx, f"object:{row['object_id']}")
    if row["key"] is not None:
        await touch(tx, f"declaration:{row['key']}")


async def remote_actors_on(reader: Reader, host: str) -> list[int]:
    """Rows of the actors on that host or below it who left something here, or are followed."""
    rows = await reader.fetch_all(ON_HOST, host=host, below=f".{host}")
    return [row["id"] for row in rows]


async def stop_deliveries(tx: Transaction, is_theirs: Callable[[str], bool], now: datetime) -> None:
    """Nothing new goes to inboxes that are now a blocked one's alone, by their addresses."""
    for row in await tx.fetch_all(WAITING):
        if is_theirs(row["url"]):
            await tx.execute(STOP, inbox=row["id"], now=milliseconds(now))


async def take_away(tx: Transaction, remote_actor: int, now: datetime) -> None:
    """A blocked actor follows nobody here, is followed by nobody, is seen and counted nowhere."""
    await followers.remove_everywhere(tx, remote_actor)
    await following.remove_everywhere(tx, remote_actor)
    await interactions.remove_all_of(tx, remote_actor)
    await stamps.revoke_all_of(tx, remote_actor, now)
    rows = await tx.fetch_all(REJECT_ALL_OF, remote_actor=remote_actor)
    for object_row in {row["object"] for row in rows}:
        await touch_shown(tx, object_row)
