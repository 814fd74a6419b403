"""Who follows a coordination, and the audience that follows from it.

`audience` counts the followers behind each inbox, so that fan-out costs inboxes and not
followers. It is changed here and nowhere else, in the follower's own transaction, and only
where the follower's row really changed; `recount` checks the two against each other.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage import inboxes
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Reader, Row, Transaction

State: TypeAlias = Literal["requested", "follower"]


@dataclass(frozen=True, slots=True)
class Follower:
    """A follower, or one who asked to be; `inbox` is the row that posts go to."""

    row: int
    actor: int
    remote_actor: int
    inbox: int
    follow_id: str | None
    state: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Following:
    """How a remote actor is to follow from now on; `inbox` is the row that posts go to."""

    remote_actor: int
    inbox: int
    follow_id: str | None
    state: State


@dataclass(frozen=True, slots=True)
class Miscount:
    """An inbox whose audience row does not tell what the followers' rows tell."""

    actor: int
    inbox: int
    counted: int
    kept: int


COLUMNS = "id, actor, remote_actor, inbox, follow_id, state, created_at"

FIND = f"""
SELECT {COLUMNS} FROM followers WHERE actor = :actor AND remote_actor = :remote_actor
"""  # noqa: S608

STATES = (
    "SELECT remote_actor, state FROM followers WHERE actor = :actor AND remote_actor IN {listed}"
)

OF_REMOTE = f"SELECT {COLUMNS} FROM followers WHERE remote_actor = :remote_actor"  # noqa: S608

REQUESTED = f"""
SELECT {COLUMNS} FROM followers WHERE actor = :actor AND state = 'requested' ORDER BY id
"""  # noqa: S608

INSERT = """
INSERT INTO followers (actor, remote_actor, inbox, follow_id, state, created_at)
VALUES (:actor, :remote_actor, :inbox, :follow_id, :state, :now)
ON CONFLICT (actor, remote_actor) DO NOTHING RETURNING remote_actor, inbox, state
"""

# Names what it replaces: of two who saw the same row, one changes it and the other looks again.
CHANGE = """
UPDATE followers SET inbox = :inbox, follow_id = :follow_id, state = :state
 WHERE id = :row AND inbox = :old_inbox AND state = :old_state
"""

REMOVE = """
DELETE FROM followers WHERE actor = :actor AND remote_actor = :remote_actor
RETURNING inbox, state
"""

MORE = """
INSERT INTO audience (actor, inbox, followers) VALUES (:actor, :inbox, :number)
ON CONFLICT (actor, inbox) DO UPDATE SET followers = audience.followers + excluded.followers
"""

FEWER = "UPDATE audience SET followers = followers - 1 WHERE actor = :actor AND inbox = :inbox"

NONE_LEFT = "DELETE FROM audience WHERE actor = :actor AND inbox = :inbox AND followers <= 0"

COUNT = "SELECT COALESCE(SUM(followers), 0) FROM audience WHERE actor = :actor"

PERSONAL_INBOXES = """
SELECT remote_actors.id AS remote_actor, remote_actors.actor_id, remote_actors.inbox_url
  FROM followers JOIN remote_actors ON remote_actors.id = followers.remote_actor
 WHERE followers.inbox = :inbox AND followers.actor = :actor AND followers.state = 'follower'
 ORDER BY followers.id
"""

RECOUNT = """
SELECT actor, inbox, SUM(counted) AS counted, SUM(kept) AS kept
  FROM (SELECT actor, inbox, COUNT(*) AS counted, 0 AS kept
          FROM followers WHERE state = 'follower' GROUP BY actor, inbox
        UNION ALL
        SELECT actor, inbox, 0 AS counted, followers AS kept FROM audience) AS both_sides
 GROUP BY actor, inbox HAVING SUM(counted) <> SUM(kept)
"""


def _follower(row: Row) -> Follower:
    return Follower(
        row=row["id"],
        actor=row["actor"],
        remote_actor=row["remote_actor"],
        inbox=row["inbox"],
        follow_id=row["follow_id"],
        state=row["state"],
        created_at=from_milliseconds(row["created_at"]),
    )


async def find(reader: Reader, actor: int, remote_actor: int) -> Follower | None:
    row = await reader.fetch_one(FIND, actor=actor, remote_actor=remote_actor)
    return _follower(row) if row else None


async def of_remote(reader: Reader, remote_actor: int) -> list[Follower]:
    """Everything that one remote actor follows here."""
    return [_follower(row) for row in await reader.fetch_all(OF_REMOTE, remote_actor=remote_actor)]


async def requested(reader: Reader, actor: int) -> list[Follower]:
    """Those who wait for an answer."""
    return [_follower(row) for row in await reader.fetch_all(REQUESTED, actor=actor)]


async def count(reader: Reader, actor: int) -> int:
    """How many follow; their names are told to nobody."""
    return int(str(await reader.fetch_value(COUNT, actor=actor)))


async def states(reader: Reader, actor: int, remote_actors: Iterable[int]) -> dict[int, str]:
    """How these stand to the coordination, as far as they stand to it somehow."""
    rows = json.dumps(list(remote_actors))
    found = await reader.fetch_all(STATES, actor=actor, rows=rows)
    return {row["remote_actor"]: row["state"] for row in found}


async def save(
    tx: Transaction,
    *,
    actor: int,
    remote_actor: int,
    inbox: int,
    follow_id: str | None,
    state: State,
    now: datetime,
) -> None:
    """The follower is so from now on, whatever was before."""
    await save_all(tx, actor, [Following(remote_actor, inbox, follow_id, state)], now)


async def save_all(
    tx: Transaction, actor: int, followers: Sequence[Following], now: datetime
) -> None:
    """The same for several remote actors."""
    moment = milliseconds(now)
    # In one order, or two who do this could wait for each other.
    rows = [_row(actor, one, moment) for one in sorted(followers, key=lambda one: one.remote_actor)]
    made = await tx.fetch_many(INSERT, rows)
    await _count(tx, actor, [row["inbox"] for row in made if row["state"] == "follower"])
    new = {row["remote_actor"] for row in made}
    for one in followers:
        if one.remote_actor not in new:
            await _change(tx, actor, one)


def _row(actor: int, one: Following, moment: int) -> dict[str, object]:
    return {
        "actor": actor,
        "remote_actor": one.remote_actor,
        "inbox": one.inbox,
        "follow_id": one.follow_id,
        "state": one.state,
        "now": moment,
    }


async def _change(tx: Transaction, actor: int, one: Following) -> None:
    while (old := await find(tx, actor, one.remote_actor)) is not None:
        changed = await tx.execute(
            CHANGE,
            row=old.row,
            inbox=one.inbox,
            follow_id=one.follow_id,
            state=one.state,
            old_inbox=old.inbox,
            old_state=old.state,
        )
        if changed:
            before = old.inbox if old.state == "follower" else None
            await _recount_one(tx, actor, one.inbox if one.state == "follower" else None, before)
            return


async def move(tx: Transaction, remote_actor: int, inbox_url: str, now: datetime) -> None:
    """The remote actor is reached there from now on, whomever it follows here."""
    for one in await of_remote(tx, remote_actor):
        inbox = await inboxes.row_for(tx, inbox_url)
        if one.inbox != inbox:
            await save(
                tx,
                actor=one.actor,
                remote_actor=remote_actor,
                inbox=inbox,
                follow_id=one.follow_id,
                state="follower" if one.state == "follower" else "requested",
                now=now,
            )


async def remove(tx: Transaction, actor: int, remote_actor: int) -> bool:
    """Whether there was such a follower."""
    gone = await tx.fetch_one(REMOVE, actor=actor, remote_actor=remote_actor)
    if gone is None:
        return False
    await _recount_one(tx, actor, None, gone["inbox"] if gone["state"] == "follower" else None)
    return True


async def remove_everywhere(tx: Transaction, remote_actor: int) -> int:
    """The remote actor left or was blocked: it follows nobody here. How many rows went."""
    rows = await of_remote(tx, remote_actor)
    return sum([await remove(tx, one.actor, remote_actor) for one in rows])


async def personal_inboxes(reader: Reader, actor: int, inbox: int) -> list[Row]:
    """The followers behind a shared inbox: `remote_actor`, `actor_id`, `inbox_url`."""
    return await reader.fetch_all(PERSONAL_INBOXES, actor=actor, inbox=inbox)


async def recount(reader: Reader) -> list[Miscount]:
    """Where audience and followers disagree: nowhere, or something is broken."""
    return [
        Miscount(row["actor"], row["inbox"], row["counted"], row["kept"])
        for row in await reader.fetch_all(RECOUNT)
    ]


async def _count(tx: Transaction, actor: int, new_at: Sequence[int]) -> None:
    """New followers, by the inboxes that they are behind."""
    numbers = [
        {"actor": actor, "inbox": inbox, "number": number}
        for inbox, number in sorted(Counter(new_at).items())
    ]
    if numbers:
        await tx.execute_many(MORE, numbers)
        await touch(tx, f"followers:{actor}")


async def _recount_one(tx: Transaction, actor: int, now_at: int | None, before: int | None) -> None:
    if now_at == before:
        return
    if before is not None:
        await tx.execute(FEWER, actor=actor, inbox=before)
        await tx.execute(NONE_LEFT, actor=actor, inbox=before)
    if now_at is not None:
        await tx.execute(MORE, actor=actor, inbox=now_at, number=1)
    if (before is None) != (now_at is None):
        await touch(tx, f"followers:{actor}")
