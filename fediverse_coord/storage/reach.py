"""Which inboxes an object's words have gone to: whom an Update or a Delete must reach.

Written at the first delivery attempt, and at each Announce, reply or quote received and
each signed fetch. Never pruned while the object exists, nor for 90 days after.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Reader, Transaction

# Of our own objects and actors alone: that an answer went to somebody, or what of others' was
# passed on, needs no memory, and would tell for ever who once followed.
OURS = """
SELECT object_id FROM objects WHERE object_id IN {named}
 UNION ALL SELECT actor_id FROM actors WHERE actor_id IN {named}
"""

ADD = """
INSERT INTO reach (object_id, inbox, reached_at) VALUES (:object_id, :inbox, :now)
ON CONFLICT (object_id, inbox) DO NOTHING
"""

COUNT = "SELECT count(*) FROM reach WHERE object_id = :object_id"


async def add(tx: Transaction, object_id: str, inbox: int, now: datetime) -> None:
    await add_many(tx, [(object_id, inbox)], now)


async def add_many(tx: Transaction, pairs: Iterable[tuple[str, int]], now: datetime) -> None:
    """The same for a batch of (object id, inbox row)."""
    moment, wanted = milliseconds(now), sorted(set(pairs))
    named = json.dumps(sorted({object_id for object_id, _ in wanted}))
    ours = {row["object_id"] for row in await tx.fetch_all(OURS, rows=named)}
    rows = [
        {"object_id": object_id, "inbox": inbox, "now": moment}
        for object_id, inbox in wanted
        if object_id in ours
    ]
    await tx.execute_many(ADD, rows)


async def size(reader: Reader, object_id: str) -> int:
    return int(str(await reader.fetch_value(COUNT, object_id=object_id)))
