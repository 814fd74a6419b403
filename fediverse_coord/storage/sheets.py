"""What a coordination has besides its declarations, as the lines of an export: its sheets.

A sheet is a family of rows: how they are read, page by page in the order in which they were made,
and how they are put back. `sealed` ones tell who did what and never leave in plain. A table that
is new becomes a sheet here, a part of a declaration's folder, or a line in docs/export-format.md
that says why it is neither.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from fediverse_coord.protocol.wire import dumps, loads
from fediverse_coord.storage import told_people
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Reader, Row, Transaction
from fediverse_coord.storage.inboxes import row_for
from fediverse_coord.storage.told_people import column, plain

AT_ONCE = 500

Line: TypeAlias = dict[str, Any]
Read: TypeAlias = Callable[[Reader, int], AsyncIterator[Line]]
"""The lines of the actor of that row."""
Put: TypeAlias = Callable[[Transaction, int, Line], Awaitable[None]]
"""Writes a line for the actor of that row. Raises KeyError, TypeError, ValueError."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of one kind. `whole` ones belong to the server and not to an actor."""

    name: str
    read: Read
    put: Put
    sealed: bool = True
    whole: bool = False


def _paged(select: str, columns: tuple[str, ...]) -> Read:
    """A page at a time; `select` goes on after the row :after."""

    async def read(reader: Reader, actor: int) -> AsyncIterator[Line]:
        after = 0
        while rows := await reader.fetch_all(select, actor=actor, after=after, limit=AT_ONCE):
            for row in rows:
                yield _line(row, columns)
            after = rows[-1]["id"]

    return read


def _line(row: Row, columns: tuple[str, ...]) -> Line:
    values = {name: plain(name, row[name]) for name in columns}
    known = {name: value for name, value in values.items() if value is not None}
    if "who_actor_id" in row.keys():  # noqa: SIM118 - a row is no mapping
        known["who"] = told_people.told(row)
    if isinstance(known.get("document"), bytes):
        known["document"] = loads(known["document"])
    return known


OBJECT = "SELECT id FROM objects WHERE object_id = :object_id"

# Nothing is told of letters to single people, nor of what others did with them.
TOLD = """
(o.declaration IS NULL OR EXISTS (
    SELECT 1 FROM declarations d WHERE d.id = o.declaration AND d.visibility <> 'direct'
       AND (d.in_reply_to IS NULL OR d.visibility IN ('public', 'unlisted'))))
"""


async def _object(tx: Transaction, line: Line) -> int | None:
    """The row of ours that it is about; nothing where that is not here."""
    found = await tx.fetch_value(OBJECT, object_id=line["about"])
    return int(str(found)) if found is not None else None


def _values(columns: tuple[str, ...], line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: column(name, line.get(name)) for name in columns}


# --- what everybody may read --------------------------------------------------------------------

RESPONSES = f"""
SELECT r.id, r.key, o.object_id AS about, r.object_id, r.in_reply_to, r.visibility, r.state,
       r.language, r.html, r.url, r.published_at, r.edited_at, r.received_at, {told_people.COLUMNS}
  FROM responses r JOIN remote_actors p ON p.id = r.remote_actor
  LEFT JOIN objects o ON o.id = r.object
 WHERE r.actor = :actor AND r.visibility IN ('public', 'unlisted') AND r.state <> 'mailbox'
   AND (r.object IS NULL OR {TOLD}) AND r.id > :after ORDER BY r.id LIMIT :limit
"""  # noqa: S608
RESPONSE = (
    "key", "object_id", "in_reply_to", "visibility", "state", "language", "html", "url",
    "published_at", "edited_at", "received_at",
)  # fmt: skip
PUT_RESPONSE = f"""
INSERT INTO responses (actor, remote_actor, object, {", ".join(RESPONSE)})
VALUES (:actor, :remote_actor, :object, {", ".join(f":{name}" for name in RESPONSE)})
"""  # noqa: S608


async def _put_response(tx: Transaction, actor: int, line: Line) -> None:
    who = await told_people.put(tx, line["who"])
    about = await _object(tx, line) if line.get("about") else None
    values = _values(RESPONSE, line)
    await tx.execute(PUT_RESPONSE, actor=actor, remote_actor=who, object=about, **values)


BOOSTS = """
SELECT b.id, b.object_id, b.created_at, v.activity_id, v.document
  FROM boosts b JOIN activities v ON v.id = b.activity
 WHERE b.actor = :actor AND b.id > :after ORDER BY b.id LIMIT :limit
"""
BOOST = ("object_id", "created_at", "activity_id", "document")
PUT_ANNOUNCE = """
INSERT INTO activities
       (actor, activity_id, type, object_id, document, fetchable, listed, created_at)
VALUES (:actor, :activity_id, 'Announce', :object_id, :document, 1, 1, :created_at) RETURNING id
"""
PUT_BOOST = """
INSERT INTO boosts (actor, object_id, activity, created_at)
VALUES (:actor, :object_id, :activity, :created_at)
"""


async def _put_boost(tx: Transaction, actor: int, line: Line) -> None:
    values = _values(BOOST, line) | {"document": dumps(line["document"])}
    made = await tx.fetch_one(PUT_ANNOUNCE, actor=actor, **values)
    await tx.execute(
        PUT_BOOST,
        actor=actor,
        activity=made["id"] if made else 0,
        object_id=values["object_id"],
        created_at=values["created_at"],
    )


# --- what leaves sealed alone -------------------------------------------------------------------

FOLLOWERS = f"""
SELECT f.id, f.follow_id, f.state, f.created_at, i.url AS inbox_url, {told_people.COLUMNS}
  FROM followers f JOIN remote_actors p ON p.id = f.remote_actor JOIN inboxes i ON i.id = f.inbox
 WHERE f.actor = :actor AND f.id > :after ORDER BY f.id LIMIT :limit
"""  # noqa: S608
FOLLOWER = ("follow_id", "state", "created_at")
PUT_FOLLOWER = """
INSERT INTO followers (actor, remote_actor, inbox, follow_id, state, created_at)
VALUES (:actor, :remote_actor, :inbox, :follow_id, :state, :created_at)
ON CONFLICT (actor, remote_actor) DO NOTHING RETURNING state
"""
AUDIENCE = """
INSERT INTO audience (actor, inbox, followers) VALUES (:actor, :inbox, 1)
ON CONFLICT (actor, inbox) DO UPDATE SET followers = audience.followers + 1
"""


async def _put_follower(tx: Transaction, actor: int, line: Line) -> None:
    who = await told_people.put(tx, line["who"])
    inbox = await row_for(tx, line["inbox_url"])
    values = _values(FOLLOWER, line)
    made = await tx.fetch_one(PUT_FOLLOWER, actor=actor, remote_actor=who, inbox=inbox, **values)
    if made and made["state"] == "follower":
        await tx.execute(AUDIENCE, actor=actor, inbox=inbox)


FOLLOWING = f"""
SELECT f.id, f.follow_id, f.state, f.created_at, {told_people.COLUMNS}
  FROM following f JOIN remote_actors p ON p.id = f.remote_actor
 WHERE f.actor = :actor AND f.id > :after ORDER BY f.id LIMIT :limit
"""  # noqa: S608
PUT_FOLLOWING = """
INSERT INTO following (actor, remote_actor, follow_id, state, created_at)
VALUES (:actor, :remote_actor, :follow_id, :state, :created_at)
ON CONFLICT (actor, remote_actor) DO NOTHING
"""


async def _put_following(tx: Transaction, actor: int, line: Line) -> None:
    who = await told_people.put(tx, line["who"])
    values = _values(FOLLOWER, line)
    await tx.execute(PUT_FOLLOWING, actor=actor, remote_actor=who, **values)


INTERACTIONS = f"""
SELECT n.id, o.object_id AS about, n.kind, n.activity_id, n.created_at, {told_people.COLUMNS}
  FROM interactions n JOIN objects o ON o.id = n.object
  JOIN remote_actors p ON p.id = n.remote_actor
 WHERE o.actor = :actor AND {TOLD} AND n.id > :after ORDER BY n.id LIMIT :limit
"""  # noqa: S608
INTERACTION = ("kind", "activity_id", "created_at")
PUT_INTERACTION = """
INSERT INTO interactions (object, remote_actor, kind, activity_id, created_at)
VALUES (:object, :remote_actor, :kind, :activity_id, :created_at)
ON CONFLICT (object, remote_actor, kind) DO NOTHING
"""


async def _put_interaction(tx: Transaction, _actor: int, line: Line) -> None:
    """Who it was; how many there are stands with the object."""
    who, about = await told_people.put(tx, line["who"]), await _object(tx, line)
    values = _values(INTERACTION, line)
    if about is not None:
        await tx.execute(PUT_INTERACTION, object=about, remote_actor=who, **values)


STAMPS = f"""
SELECT s.id, s.key, o.object_id AS about, s.quoting_id, s.document, s.created_at, s.revoked_at,
       {told_people.COLUMNS}
  FROM stamps s JOIN objects o ON o.id = s.object JOIN remote_actors p ON p.id = s.remote_actor
 WHERE s.actor = :actor AND {TOLD} AND s.id > :after ORDER BY s.id LIMIT :limit
"""  # noqa: S608
STAMP = ("key", "quoting_id", "created_at", "revoked_at")
PUT_STAMP = """
INSERT INTO stamps (key, actor, object, remote_actor, quoting_id, document, created_at, revoked_at)
VALUES (:key, :actor, :object, :remote_actor, :quoting_id, :document, :created_at, :revoked_at)
"""


async def _put_stamp(tx: Transaction, actor: int, line: Line) -> None:
    who, about = await told_people.put(tx, line["who"]), await _object(tx, line)
    if about is None:
        return
    await tx.execute(
        PUT_STAMP,
        actor=actor,
        object=about,
        remote_actor=who,
        document=dumps(line["document"]),
        **_values(STAMP, line),
    )


REACHED = f"SELECT o.object_id FROM objects o WHERE o.actor = :actor AND {TOLD}"  # noqa: S608
REACH = """
SELECT r.object_id, i.url AS inbox_url, r.reached_at
  FROM reach r JOIN inboxes i ON i.id = r.inbox WHERE r.object_id = :object_id
"""
REACHES = ("object_id", "inbox_url", "reached_at")


async def _reach(reader: Reader, actor: int) -> AsyncIterator[Line]:
    """In the order of ids and addresses, which is the same on every engine."""
    rows = await reader.fetch_all(REACHED, actor=actor)
    for object_id in sorted(str(row["object_id"]) for row in rows):
        found = await reader.fetch_all(REACH, object_id=object_id)
        for row in sorted(found, key=lambda one: str(one["inbox_url"])):
            yield _line(row, REACHES)


PUT_REACH = """
INSERT INTO reach (object_id, inbox, reached_at) VALUES (:object_id, :inbox, :reached_at)
ON CONFLICT (object_id, inbox) DO NOTHING
"""


async def _put_reach(tx: Transaction, _actor: int, line: Line) -> None:
    inbox = await row_for(tx, line["inbox_url"])
    await tx.execute(PUT_REACH, inbox=inbox, **_values(("object_id", "reached_at"), line))


BLOCKS = """
SELECT id, kind, value, reason, created_at FROM blocks
 WHERE :actor > 0 AND id > :after ORDER BY id LIMIT :limit
"""
PUT_BLOCK = """
INSERT INTO blocks (kind, value, reason, created_at) VALUES (:kind, :value, :reason, :created_at)
ON CONFLICT (kind, value) DO NOTHING
"""
BLOCK = ("kind", "value", "reason", "created_at")


async def _put_block(tx: Transaction, _actor: int, line: Line) -> None:
    await tx.execute(PUT_BLOCK, **_values(BLOCK, line))
    await touch(tx, "blocks")


SHEETS = (
    Sheet("responses", _paged(RESPONSES, ("about", *RESPONSE)), _put_response, sealed=False),
    Sheet("boosts", _paged(BOOSTS, BOOST), _put_boost, sealed=False),
    Sheet("followers", _paged(FOLLOWERS, (*FOLLOWER, "inbox_url")), _put_follower),
    Sheet("following", _paged(FOLLOWING, FOLLOWER), _put_following),
    Sheet("interactions", _paged(INTERACTIONS, ("about", *INTERACTION)), _put_interaction),
    Sheet("stamps", _paged(STAMPS, ("about", "document", *STAMP)), _put_stamp),
    Sheet("reach", _reach, _put_reach),
    Sheet("blocks", _paged(BLOCKS, BLOCK), _put_block, whole=True),
)
BY_NAME = {sheet.name: sheet for sheet in SHEETS}
