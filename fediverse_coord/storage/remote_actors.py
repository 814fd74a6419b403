"""Actors elsewhere, as their own documents described them when last read.

`remote/actors` reads and checks the documents; here they are only kept. A row is never
removed while something points to it: a person who left is emptied instead, and marked gone.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage.database import Reader, Row, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorProfile:
    """What an actor's document says, within our limits. `handle` only once its loop has closed."""

    actor_id: str  # compared, never dialled
    host: str
    type: str
    username: str
    name: str
    inbox_url: str  # dialled, never compared
    shared_inbox_url: str | None = None
    followers_id: str | None = None
    featured_id: str | None = None
    also_known_as: tuple[str, ...] = ()
    url: str | None = None
    handle: str | None = None

    @property
    def delivery_url(self) -> str:
        """Where public things are delivered: the server's shared inbox where it has one."""
        return self.shared_inbox_url or self.inbox_url

    @property
    def label(self) -> str:
        """What may be shown of it: the proven handle, else the host alone (security A11)."""
        return self.handle or self.host


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteActor(ActorProfile):
    """A profile with its row number, and when it was read."""

    row: int
    fetched_at: datetime
    gone: bool = False


COLUMNS = """id, actor_id, host, type, username, name, handle, inbox_url, shared_inbox_url,
       followers_id, featured_id, also_known_as, url, fetched_at, gone_at"""

BY_ID = f"SELECT {COLUMNS} FROM remote_actors WHERE actor_id = :actor_id"  # noqa: S608
BY_IDS = f"SELECT {COLUMNS} FROM remote_actors WHERE actor_id IN {{named}}"  # noqa: S608
BY_ROW = f"SELECT {COLUMNS} FROM remote_actors WHERE id = :row"  # noqa: S608
BY_HANDLE = f"""
SELECT {COLUMNS} FROM remote_actors WHERE handle = :handle AND gone_at IS NULL
 ORDER BY fetched_at DESC LIMIT 1
"""  # noqa: S608

# A new reading without a handle keeps the one proven before for the same user name.
REMEMBER = f"""
INSERT INTO remote_actors
       (actor_id, host, type, username, name, handle, inbox_url, shared_inbox_url,
        followers_id, featured_id, also_known_as, url, fetched_at)
VALUES (:actor_id, :host, :type, :username, :name, :handle, :inbox_url, :shared_inbox_url,
        :followers_id, :featured_id, :also_known_as, :url, :now)
ON CONFLICT (actor_id) DO UPDATE SET
       host = excluded.host, type = excluded.type, name = excluded.name,
       handle = CASE WHEN excluded.handle IS NOT NULL THEN excluded.handle
                     WHEN remote_actors.username = excluded.username THEN remote_actors.handle
                END,
       username = excluded.username, inbox_url = excluded.inbox_url,
       shared_inbox_url = excluded.shared_inbox_url, followers_id = excluded.followers_id,
       featured_id = excluded.featured_id, also_known_as = excluded.also_known_as,
       url = excluded.url, fetched_at = excluded.fetched_at, gone_at = NULL
RETURNING {COLUMNS}
"""  # noqa: S608

SET_HANDLE = "UPDATE remote_actors SET handle = :handle WHERE id = :row"

FORGET = """
UPDATE remote_actors
   SET name = '', username = '', handle = NULL, url = NULL, also_known_as = '[]', gone_at = :now
 WHERE id = :row AND gone_at IS NULL
"""

KNOWN_HOST = "SELECT 1 FROM remote_actors WHERE host = :host LIMIT 1"

AT_INBOX = """
SELECT actor_id FROM remote_actors WHERE inbox_url = :inbox_url AND gone_at IS NULL LIMIT 10
"""


def _actor(row: Row) -> RemoteActor:
    return RemoteActor(
        row=row["id"],
        actor_id=row["actor_id"],
        host=row["host"],
        type=row["type"],
        username=row["username"],
        name=row["name"],
        handle=row["handle"],
        inbox_url=row["inbox_url"],
        shared_inbox_url=row["shared_inbox_url"],
        followers_id=row["followers_id"],
        featured_id=row["featured_id"],
        also_known_as=tuple(json.loads(row["also_known_as"])),
        url=row["url"],
        fetched_at=from_milliseconds(row["fetched_at"]),
        gone=row["gone_at"] is not None,
    )


async def by_id(reader: Reader, actor_id: str) -> RemoteActor | None:
    row = await reader.fetch_one(BY_ID, actor_id=actor_id)
    return _actor(row) if row else None


async def by_ids(reader: Reader, actor_ids: Iterable[str]) -> dict[str, RemoteActor]:
    """Those whom we remember, by their ids."""
    rows = await reader.fetch_all(BY_IDS, rows=json.dumps(list(actor_ids)))
    return {row["actor_id"]: _actor(row) for row in rows}


async def by_row(reader: Reader, row: int) -> RemoteActor | None:
    found = await reader.fetch_one(BY_ROW, row=row)
    return _actor(found) if found else None


async def by_handle(reader: Reader, handle: str) -> RemoteActor | None:
    """`handle` as `@name@host`, lower case."""
    row = await reader.fetch_one(BY_HANDLE, handle=handle)
    return _actor(row) if row else None


async def remember(tx: Transaction, profile: ActorProfile, now: datetime) -> RemoteActor:
    """The latest reading replaces the one before; an actor that answers again is not gone."""
    row = await tx.fetch_one(
        REMEMBER,
        actor_id=profile.actor_id,
        host=profile.host,
        type=profile.type,
        username=profile.username,
        name=profile.name,
        handle=profile.handle,
        inbox_url=profile.inbox_url,
        shared_inbox_url=profile.shared_inbox_url,
        followers_id=profile.followers_id,
        featured_id=profile.featured_id,
        also_known_as=json.dumps(profile.also_known_as),
        url=profile.url,
        now=milliseconds(now),
    )
    assert row is not None  # an upsert with RETURNING yields its row
    return _actor(row)


async def set_handle(tx: Transaction, row: int, handle: str) -> None:
    """The loop from handle to actor and back has closed."""
    await tx.execute(SET_HANDLE, row=row, handle=handle)


async def forget(tx: Transaction, row: int, now: datetime) -> bool:
    """Empties a person who left; whether it was not already so."""
    return await tx.execute(FORGET, row=row, now=milliseconds(now)) > 0


async def ids_at_inbox(reader: Reader, inbox_url: str) -> list[str]:
    """Whose personal inbox this is."""
    rows = await reader.fetch_all(AT_INBOX, inbox_url=inbox_url)
    return [row["actor_id"] for row in rows]


async def knows_host(reader: Reader, host: str) -> bool:
    """Whether anyone there is known: new hosts are rationed, known ones are not."""
    return await reader.fetch_value(KNOWN_HOST, host=host) is not None
