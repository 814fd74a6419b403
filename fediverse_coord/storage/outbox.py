"""What goes out: an activity's bytes, and in the same transaction the rows that deliver it.

`append` is the only way an activity comes to be. Named inboxes get their delivery at once;
followers and reach are a fan-out row, turned into deliveries by `outgoing/fan_out`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage import inboxes
from fediverse_coord.storage.changes import ROADS, touch
from fediverse_coord.storage.database import Reader, Row, Transaction


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An activity ready to go. `object` is our object's row, `object_id` what it is about.

    `fetchable` ones answer a GET on their id, `listed` ones stand in the outbox.
    `inbox_urls` are personal inboxes it goes to whoever follows. `signed_by` names a key other
    than the actor's present one: news of a new key is signed by the old.
    """

    actor: int
    activity_id: str
    type: str
    document: bytes
    object: int | None = None
    object_id: str | None = None
    fetchable: bool = False
    listed: bool = False
    inbox_urls: tuple[str, ...] = ()
    to_followers: bool = False
    to_reach: bool = False
    signed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """An activity as remembered."""

    row: int
    actor: int
    activity_id: str
    type: str
    object_id: str | None
    document: bytes
    fetchable: bool


INSERT = """
INSERT INTO activities
       (actor, activity_id, type, object, object_id, document, signed_by, fetchable, listed,
        created_at)
VALUES (:actor, :activity_id, :type, :object, :object_id, :document, :signed_by, :fetchable,
        :listed, :now)
RETURNING id, activity_id
"""

DELIVER = """
INSERT INTO deliveries (activity, inbox, object, state, attempts, due_at, created_at)
VALUES (:activity, :inbox, :object, 'waiting', 0, :now, :now)
ON CONFLICT (activity, inbox) DO NOTHING
"""

FAN_OUT = """
INSERT INTO fan_outs (activity, to_followers, to_reach, after_inbox, created_at)
VALUES (:activity, :to_followers, :to_reach, 0, :now)
"""

COLUMNS = "id, actor, activity_id, type, object_id, document, fetchable"
BY_ID = f"SELECT {COLUMNS} FROM activities WHERE activity_id = :activity_id"  # noqa: S608

REWRITE = "UPDATE activities SET document = :document WHERE activity_id = :activity_id"
BURY = "UPDATE activities SET listed = 0, fetchable = 0, document = :grave WHERE object = :object"
LISTED_OF = "SELECT DISTINCT actor FROM activities WHERE object = :object AND listed = 1"
RETIRE_UPDATES = """
UPDATE activities SET fetchable = 0, document = :document
 WHERE object = :object AND type = 'Update'
"""

LISTED = """
SELECT id, activity_id FROM activities
 WHERE actor = :actor AND listed = 1 AND id < :before ORDER BY id DESC LIMIT :limit
"""

COUNT_LISTED = "SELECT count(*) FROM activities WHERE actor = :actor AND listed = 1"


async def append(tx: Transaction, outgoing: Outgoing, now: datetime) -> int:
    """The activity's row number; its deliveries and fan-out are rows of the same transaction."""
    return (await append_all(tx, [outgoing], now))[outgoing.activity_id]


async def append_all(
    tx: Transaction, outgoing: Sequence[Outgoing], now: datetime
) -> dict[str, int]:
    """The row numbers of several activities by their ids."""
    moment = milliseconds(now)
    made = await tx.fetch_many(INSERT, [_row(one, moment) for one in outgoing])
    numbers = {row["activity_id"]: int(row["id"]) for row in made}
    inbox_rows = await inboxes.rows_for(tx, [url for one in outgoing for url in one.inbox_urls])
    deliveries = [
        {"activity": numbers[one.activity_id], "inbox": inbox_rows[url], "object": one.object}
        for one in outgoing
        for url in dict.fromkeys(one.inbox_urls)
    ]
    await tx.execute_many(DELIVER, [one | {"now": moment} for one in deliveries])
    fan_outs = [
        {
            "activity": numbers[one.activity_id],
            "to_followers": int(one.to_followers),
            "to_reach": int(one.to_reach),
            "now": moment,
        }
        for one in outgoing
        if one.to_followers or one.to_reach
    ]
    await tx.execute_many(FAN_OUT, fan_outs)
    if fan_outs:
        await touch(tx, ROADS, now)  # work for every process, and soon
    tx.announce(ROADS, 0)
    for actor in sorted({one.actor for one in outgoing if one.listed}):
        await touch(tx, f"outbox:{actor}", now)
    return numbers


def _row(outgoing: Outgoing, moment: int) -> dict[str, object]:
    return {
        "actor": outgoing.actor,
        "activity_id": outgoing.activity_id,
        "type": outgoing.type,
        "object": outgoing.object,
        "object_id": outgoing.object_id,
        "document": outgoing.document,
        "signed_by": outgoing.signed_by,
        "fetchable": int(outgoing.fetchable),
        "listed": int(outgoing.listed),
        "now": moment,
    }


def _stored(row: Row) -> Stored:
    return Stored(
        row=row["id"],
        actor=row["actor"],
        activity_id=row["activity_id"],
        type=row["type"],
        object_id=row["object_id"],
        document=row["document"],
        fetchable=bool(row["fetchable"]),
    )


async def by_id(reader: Reader, activity_id: str) -> Stored | None:
    row = await reader.fetch_one(BY_ID, activity_id=activity_id)
    return _stored(row) if row else None


async def rewrite(tx: Transaction, activity_id: str, document: bytes) -> None:
    """New bytes for what is not yet delivered: an edit reaches those whom nothing reached."""
    await tx.execute(REWRITE, activity_id=activity_id, document=document)


async def bury(tx: Transaction, object_: int, grave: bytes) -> None:
    """The activities of a deleted object no longer tell its words."""
    for row in await tx.fetch_all(LISTED_OF, object=object_):
        await touch(tx, f"outbox:{row['actor']}")
    await tx.execute(BURY, object=object_, grave=grave)


async def retire_updates(tx: Transaction, object_: int, document: bytes) -> None:
    """Earlier Updates no longer tell earlier words."""
    await tx.execute(RETIRE_UPDATES, object=object_, document=document)


async def listed(reader: Reader, actor: int, before: int, limit: int) -> list[tuple[int, str]]:
    """(row, id) of what the outbox lists, newest first, below the cursor."""
    rows = await reader.fetch_all(LISTED, actor=actor, before=before, limit=limit)
    return [(row["id"], row["activity_id"]) for row in rows]


async def count_listed(reader: Reader, actor: int) -> int:
    return int(str(await reader.fetch_value(COUNT_LISTED, actor=actor)))
