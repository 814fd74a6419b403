"""Public keys of others, by exact key id.  security B6: an old key goes at once.

`remote/keys` decides whom a key belongs to; nobody's reading of his own document can
overwrite a key that is remembered as another's.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Reader, Row, Transaction

PREFIX = "remote-key:"


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as remembered; `public_key` is SPKI PEM."""

    key_id: str
    owner_id: str
    public_key: str
    fetched_at: datetime


COLUMNS = "key_id, owner_id, public_key, fetched_at"
FIND = f"SELECT {COLUMNS} FROM remote_keys WHERE key_id = :key_id"  # noqa: S608
FIND_SEVERAL = f"SELECT {COLUMNS} FROM remote_keys WHERE key_id IN {{named}}"  # noqa: S608

KEYS_OF = "SELECT key_id FROM remote_keys WHERE owner_id = :owner_id"

REMEMBER = """
INSERT INTO remote_keys (key_id, owner_id, public_key, fetched_at)
VALUES (:key_id, :owner_id, :public_key, :now)
ON CONFLICT (key_id)
DO UPDATE SET public_key = excluded.public_key, fetched_at = excluded.fetched_at
 WHERE remote_keys.owner_id = excluded.owner_id
"""

DROP = "DELETE FROM remote_keys WHERE key_id = :key_id AND owner_id = :owner_id"


async def find(reader: Reader, key_id: str) -> StoredKey | None:
    row = await reader.fetch_one(FIND, key_id=key_id)
    return _stored(row) if row is not None else None


async def find_several(reader: Reader, key_ids: Sequence[str]) -> dict[str, StoredKey]:
    """Those that are there, by their ids."""
    rows = await reader.fetch_all(FIND_SEVERAL, rows=json.dumps(key_ids))
    return {row["key_id"]: _stored(row) for row in rows}


def _stored(row: Row) -> StoredKey:
    return StoredKey(
        row["key_id"], row["owner_id"], row["public_key"], from_milliseconds(row["fetched_at"])
    )


async def remember(
    tx: Transaction, owner_id: str, key_id: str, public_key: str, now: datetime
) -> None:
    """The key is the owner's, unless it is already remembered as another's."""
    old = await find(tx, key_id)
    await tx.execute(
        REMEMBER, key_id=key_id, owner_id=owner_id, public_key=public_key, now=milliseconds(now)
    )
    if old is not None and old.public_key != public_key:
        await _changed(tx, key_id)


async def replace(
    tx: Transaction,
    owner_id: str,
    keys: Iterable[tuple[str, str]],
    now: datetime,
    *,
    keep: Iterable[str] = (),
) -> None:
    """The owner's keys are these (key id, PEM); besides them only the ids in `keep` may stay."""
    found = dict(keys)
    listed = {*found, *keep}
    for row in await tx.fetch_all(KEYS_OF, owner_id=owner_id):
        if row["key_id"] not in listed:
            await _drop(tx, owner_id, row["key_id"])
    for key_id, pem in found.items():
        await remember(tx, owner_id, key_id, pem, now)


async def drop_all(tx: Transaction, owner_id: str) -> None:
    """The owner is gone."""
    for row in await tx.fetch_all(KEYS_OF, owner_id=owner_id):
        await _drop(tx, owner_id, row["key_id"])


async def _drop(tx: Transaction, owner_id: str, key_id: str) -> None:
    await tx.execute(DROP, key_id=key_id, owner_id=owner_id)
    await _changed(tx, key_id)


async def _changed(tx: Transaction, key_id: str) -> None:
    """Whoever holds the key in memory forgets it: by a digest, as the id may name a person."""
    await touch(tx, change_of(key_id))


def change_of(key_id: str) -> str:
    """By what name `changes` tells that this key is another now, or none."""
    return PREFIX + hashlib.sha256(key_id.encode()).hexdigest()[:32]
