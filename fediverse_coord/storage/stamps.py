"""Quote authorisations we gave, as the bytes that answer at their ids.  FEP-044f."""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Reader, Row, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """That `quoting_id` may quote one of our objects. `document` is proved."""

    key: str
    actor: int
    object: int
    remote_actor: int
    quoting_id: str
    document: bytes
    revoked: bool = False


COLUMNS = "key, actor, object, remote_actor, quoting_id, document, revoked_at"

BY_KEY = f"SELECT {COLUMNS} FROM stamps WHERE actor = :actor AND key = :key"  # noqa: S608

BY_QUOTE = f"""
SELECT {COLUMNS} FROM stamps WHERE object = :object AND quoting_id = :quoting_id
"""  # noqa: S608

INSERT = """
INSERT INTO stamps (key, actor, object, remote_actor, quoting_id, document, created_at)
VALUES (:key, :actor, :object, :remote_actor, :quoting_id, :document, :now)
ON CONFLICT (object, quoting_id) DO NOTHING RETURNING id
"""

REVOKE = "UPDATE stamps SET revoked_at = :now WHERE key = :key AND revoked_at IS NULL"

REVOKE_FOR = "UPDATE stamps SET revoked_at = :now WHERE object = :object AND revoked_at IS NULL"

REVOKE_ALL_OF = """
UPDATE stamps SET revoked_at = :now WHERE remote_actor = :remote_actor AND revoked_at IS NULL
"""

FORGET_ALL_OF = "DELETE FROM stamps WHERE remote_actor = :remote_actor"

FORGET_QUOTE = """
DELETE FROM stamps WHERE quoting_id = :quoting_id AND remote_actor = :remote_actor
"""


def _stamp(row: Row) -> Stamp:
    return Stamp(
        key=row["key"],
        actor=row["actor"],
        object=row["object"],
        remote_actor=row["remote_actor"],
        quoting_id=row["quoting_id"],
        document=row["document"],
        revoked=row["revoked_at"] is not None,
    )


async def by_key(reader: Reader, actor: int, key: str) -> Stamp | None:
    row = await reader.fetch_one(BY_KEY, actor=actor, key=key)
    return _stamp(row) if row else None


async def by_quote(reader: Reader, object_row: int, quoting_id: str) -> Stamp | None:
    """The stamp already given to that post, also where it was taken back."""
    row = await reader.fetch_one(BY_QUOTE, object=object_row, quoting_id=quoting_id)
    return _stamp(row) if row else None


async def insert(tx: Transaction, stamp: Stamp, now: datetime) -> bool:
    """Whether that post had none yet."""
    row = await tx.fetch_one(
        INSERT,
        key=stamp.key,
        actor=stamp.actor,
        object=stamp.object,
        remote_actor=stamp.remote_actor,
        quoting_id=stamp.quoting_id,
        document=stamp.document,
        now=milliseconds(now),
    )
    return row is not None


async def revoke(tx: Transaction, key: str, now: datetime) -> bool:
    """Whether it stood until now."""
    return await tx.execute(REVOKE, key=key, now=milliseconds(now)) > 0


async def revoke_for(tx: Transaction, object_row: int, now: datetime) -> None:
    """Our object is deleted: nothing is left that could be quoted."""
    await tx.execute(REVOKE_FOR, object=object_row, now=milliseconds(now))


async def revoke_all_of(tx: Transaction, remote_actor: int, now: datetime) -> None:
    """The quoting actor is blocked."""
    await tx.execute(REVOKE_ALL_OF, remote_actor=remote_actor, now=milliseconds(now))


async def forget_all_of(tx: Transaction, remote_actor: int) -> None:
    """The quoting actor is gone, and every post with them."""
    await tx.execute(FORGET_ALL_OF, remote_actor=remote_actor)


async def forget_quote(tx: Transaction, quoting_id: str, remote_actor: int) -> None:
    """The quoting post is deleted; its stamp names nothing any more."""
    await tx.execute(FORGET_QUOTE, quoting_id=quoting_id, remote_actor=remote_actor)
