"""What came back: replies to our declarations and messages to our coordinations.

Public and unlisted ones are held, approved or rejected. Followers-only and direct ones go
to the moderators' mailbox and can never be approved: the statements themselves refuse it.
A change asked for by a remote actor names that actor in its WHERE (security A7).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from fediverse_coord.protocol.addressing import Visibility
from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Reader, Row, Transaction

State: TypeAlias = Literal["held", "approved", "rejected", "mailbox"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResponse:
    """A response as it came in. `html` is clean; `object` the row of ours that it answers."""

    key: str
    actor: int
    remote_actor: int
    object: int | None
    object_id: str
    in_reply_to: str | None
    visibility: Visibility
    state: State
    language: str | None
    html: str
    url: str | None
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(NewResponse):
    """A response as remembered, with what may be shown of its author."""

    row: int
    edited_at: datetime | None
    received_at: datetime
    author_id: str
    author_name: str
    author_handle: str | None
    author_host: str
    author_url: str | None


SELECT = """
SELECT responses.id, responses.key, responses.actor, responses.remote_actor, responses.object,
       responses.object_id, responses.in_reply_to, responses.visibility, responses.state,
       responses.language, responses.html, responses.url, responses.published_at,
       responses.edited_at, responses.received_at,
       remote_actors.actor_id AS author_id, remote_actors.name AS author_name,
       remote_actors.handle AS author_handle, remote_actors.host AS author_host,
       remote_actors.url AS author_url
  FROM responses JOIN remote_actors ON remote_actors.id = responses.remote_actor
"""

BY_KEY = SELECT + " WHERE responses.key = :key"
BY_OBJECT_ID = SELECT + " WHERE responses.object_id = :object_id ORDER BY responses.id"

PAGE = (
    SELECT
    + """
 WHERE responses.actor = :actor AND responses.state = :state AND responses.id < :before
 ORDER BY responses.id DESC LIMIT :limit
"""
)

APPROVED = (
    SELECT
    + """
 WHERE responses.object = :object AND responses.state = 'approved'
   AND responses.visibility IN ('public', 'unlisted') AND responses.id > :after
 ORDER BY responses.id LIMIT :limit
"""
)

COUNT = "SELECT COUNT(*) FROM responses WHERE actor = :actor AND state = :state"

COUNT_APPROVED = """
SELECT COUNT(*) FROM responses
 WHERE object = :object AND state = 'approved' AND visibility IN ('public', 'unlisted')
"""

INSERT = """
INSERT INTO responses (key, actor, remote_actor, object, object_id, in_reply_to, visibility, state,
                       language, html, url, published_at, received_at)
VALUES (:key, :actor, :remote_actor, :object, :object_id, :in_reply_to, :visibility, :state,
        :language, :html, :url, :published_at, :now)
ON CONFLICT (actor, object_id) DO NOTHING RETURNING object, state
"""

# Monotone by `updated` (security B3): an older edit that comes late changes nothing.
REVISE = """
UPDATE responses SET html = :html, language = :language, url = :url, visibility = :visibility,
       state = :state, edited_at = :edited_at
 WHERE id = :row AND remote_actor = :remote_actor
   AND (edited_at IS NULL OR edited_at < :edited_at)
"""

# A message that was not for everybody is never shown to everybody.
DECIDE = """
UPDATE responses SET state = :state
 WHERE key = :key AND state <> 'mailbox' AND visibility IN ('public', 'unlisted')
   AND state <> :state RETURNING object
"""

DELETE = """
DELETE FROM responses WHERE object_id = :object_id AND remote_actor = :remote_actor
RETURNING object, state
"""

DELETE_ALL_OF = "DELETE FROM responses WHERE remote_actor = :remote_actor RETURNING object, state"

DELETE_BY_KEY = "DELETE FROM responses WHERE key = :key RETURNING object, state"

HIDE = """
UPDATE responses SET state = 'rejected'
 WHERE actor = :actor AND remote_actor = :remote_actor AND state IN ('held', 'approved')
RETURNING object
"""

APPROVED_EARLIER = """
SELECT id FROM remote_actors
 WHERE id IN {listed} AND EXISTS (
       SELECT 1 FROM responses
        WHERE remote_actor = remote_actors.id AND state = 'approved' AND actor = :actor)
"""

THREAD = """
SELECT id, actor, object FROM responses
 WHERE object_id = :object_id AND state = 'approved' ORDER BY id LIMIT 1
"""

OBJECT_ID = "SELECT object_id FROM objects WHERE id = :object"


def _response(row: Row) -> Response:
    edited = row["edited_at"]
    return Response(
        row=row["id"],
        key=row["key"],
        actor=row["actor"],
        remote_actor=row["remote_actor"],
        object=row["object"],
        object_id=row["object_id"],
        in_reply_to=row["in_reply_to"],
        visibility=row["visibility"],
        state=row["state"],
        language=row["language"],
        html=row["html"],
        url=row["url"],
        published_at=from_milliseconds(row["published_at"]),
        edited_at=from_milliseconds(edited) if edited is not None else None,
        received_at=from_milliseconds(row["received_at"]),
        author_id=row["author_id"],
        author_name=row["author_name"],
        author_handle=row["author_handle"],
        author_host=row["author_host"],
        author_url=row["author_url"],
    )


async def by_key(reader: Reader, key: str) -> Response | None:
    row = await reader.fetch_one(BY_KEY, key=key)
    return _response(row) if row else None


async def by_object_id(reader: Reader, object_id: str) -> list[Response]:
    """One for each coordination that the post answers or names."""
    return [_response(row) for row in await reader.fetch_all(BY_OBJECT_ID, object_id=object_id)]


async def page(
    reader: Reader, actor: int, state: State, *, before: int, limit: int
) -> list[Response]:
    """Newest first, below the cursor (a row number)."""
    rows = await reader.fetch_all(PAGE, actor=actor, state=state, before=before, limit=limit)
    return [_response(row) for row in rows]


async def approved(
    reader: Reader, object_row: int, *, after: int = 0, limit: int = 100
) -> list[Response]:
    """What may be shown under one of our objects, oldest first."""
    rows = await reader.fetch_all(APPROVED, object=object_row, after=after, limit=limit)
    return [_response(row) for row in rows]


async def count(reader: Reader, actor: int, state: State) -> int:
    return int(str(await reader.fetch_value(COUNT, actor=actor, state=state)))


async def count_approved(reader: Reader, object_row: int) -> int:
    return int(str(await reader.fetch_value(COUNT_APPROVED, object=object_row)))


async def approved_earlier(reader: Reader, actor: int, remote_actors: Iterable[int]) -> set[int]:
    """Of whom this coordination approved something: they are no strangers to it."""
    rows = json.dumps(list(remote_actors))
    return {row["id"] for row in await reader.fetch_all(APPROVED_EARLIER, rows=rows, actor=actor)}


async def thread_of(reader: Reader, object_id: str) -> tuple[int, int | None] | None:
    """(coordination, our object) that an approved response belongs to: a reply to it does too."""
    row = await reader.fetch_one(THREAD, object_id=object_id)
    return (row["actor"], row["object"]) if row else None


async def insert(tx: Transaction, new: NewResponse, now: datetime) -> bool:
    """Whether it was new."""
    return await insert_all(tx, [new], now) > 0


async def insert_all(tx: Transaction, new: Iterable[NewResponse], now: datetime) -> int:
    """How many of them were new."""
    moment = milliseconds(now)
    # In one order, or two who do this could wait for each other.
    ordered = sorted(new, key=lambda one: (one.actor, one.object_id))
    rows = await tx.fetch_many(INSERT, [_row(one, moment) for one in ordered])
    for object_row in {row["object"] for row in rows if row["state"] == "approved"}:
        await _touch_object(tx, object_row)
    return len(rows)


def _row(new: NewResponse, moment: int) -> dict[str, object]:
    return {
        "key": new.key,
        "actor": new.actor,
        "remote_actor": new.remote_actor,
        "object": new.object,
        "object_id": new.object_id,
        "in_reply_to": new.in_reply_to,
        "visibility": new.visibility,
        "state": new.state,
        "language": new.language,
        "html": new.html,
        "url": new.url,
        "published_at": milliseconds(new.published_at),
        "now": moment,
    }


async def revise(
    tx: Transaction,
    old: Response,
    *,
    html: str,
    language: str | None,
    url: str | None,
    visibility: Visibility,
    state: State,
    edited_at: datetime,
) -> bool:
    """Its author changed it; whether the change is newer than what we have."""
    changed = await tx.execute(
        REVISE,
        row=old.row,
        remote_actor=old.remote_actor,
        html=html,
        language=language,
        url=url,
        visibility=visibility,
        state=state,
        edited_at=milliseconds(edited_at),
    )
    if changed and "approved" in (old.state, state):
        await _touch_object(tx, old.object)
    return changed > 0


async def decide(tx: Transaction, key: str, state: Literal["approved", "rejected", "held"]) -> bool:
    """A moderator's decision; whether it changed something. Mailbox messages are not decided."""
    row = await tx.fetch_one(DECIDE, key=key, state=state)
    if row is not None:
        await _touch_object(tx, row["object"])
    return row is not None


async def hide(tx: Transaction, actor: int, remote_actor: int) -> None:
    """The author blocked the coordination: their words are not shown any longer."""
    for row in await tx.fetch_all(HIDE, actor=actor, remote_actor=remote_actor):
        await _touch_object(tx, row["object"])


async def delete(tx: Transaction, object_id: str, remote_actor: int) -> int:
    """Its author deleted it. How many rows went."""
    rows = await tx.fetch_all(DELETE, object_id=object_id, remote_actor=remote_actor)
    return await _gone(tx, rows)


async def delete_all_of(tx: Transaction, remote_actor: int) -> int:
    """Its author is gone, and every word with them. How many rows went."""
    return await _gone(tx, await tx.fetch_all(DELETE_ALL_OF, remote_actor=remote_actor))


async def delete_by_key(tx: Transaction, key: str) -> bool:
    """A moderator removes it for good."""
    return await _gone(tx, await tx.fetch_all(DELETE_BY_KEY, key=key)) > 0


async def _gone(tx: Transaction, rows: list[Row]) -> int:
    for object_row in {row["object"] for row in rows if row["state"] == "approved"}:
        await _touch_object(tx, object_row)
    return len(rows)


async def _touch_object(tx: Transaction, object_row: int | None) -> None:
    if object_row is not None:
        object_id = await tx.fetch_value(OBJECT_ID, object=object_row)
        await touch(tx, f"object:{object_id}")
