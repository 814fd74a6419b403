"""What is forgotten when, and how: a statement or two for each kind of row, a portion at a time.

A kind is gone through by its key, so that a transaction looks at no more rows than it may delete,
however much there is. What came in (`memories`) belongs to the road in; `audit` is kept, and
`reach` while its object stands. docs/operators.md tells people what is kept how long.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage import amendments, changes, idempotency, papers, receipts, sessions
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.media import UNSHOWN

PORTION: Final = 1_000  # rows looked at in a transaction: milliseconds on either engine
ROUND: Final = timedelta(hours=6)

CHANGES_KEPT: Final = timedelta(hours=1)  # a process that slept longer forgets all it holds
CHANGES_ROUND: Final = timedelta(minutes=5)
PAPERS_ROUND: Final = timedelta(minutes=15)  # whoever reads an archive has many made at once
KEYS_KEPT: Final = timedelta(hours=24)  # Idempotency-Key: docs/api.md
ANSWERS_KEPT: Final = timedelta(days=7)  # to look into "my follow stays requested"
REACH_KEPT: Final = timedelta(days=90)  # a deletion is tried again, and asked about, for so long
MEDIA_KEPT: Final = timedelta(days=1)  # pictures that no declaration shows (any more)
AMENDMENTS_KEPT: Final = timedelta(days=90)  # edits that another change made void
TOKENS_KEPT: Final = timedelta(days=90)  # revoked ones, so that the list tells of them for a while

Moment: TypeAlias = int | str


@dataclass(frozen=True, slots=True)
class Kept:
    """How long what operators may choose is kept."""

    receipts: timedelta = timedelta(days=90)
    strangers: timedelta = timedelta(days=30)
    papers: timedelta = timedelta(days=30)
    papers_bytes: int = 500_000_000


# Each `…_UNTIL` is the last key of the next portion; the statements after it act within it.

DELIVERIES_UNTIL = """
SELECT max(id) FROM (
    SELECT id FROM deliveries WHERE id > :after ORDER BY id LIMIT :limit) AS portion
"""
FORGET_DELIVERIES = """
DELETE FROM deliveries
 WHERE id > :after AND id <= :until AND state <> 'waiting' AND settled_at < :before
   AND (leased_until IS NULL OR leased_until < :now)
RETURNING activity, state
"""

ACTIVITIES_UNTIL = """
SELECT max(id) FROM (
    SELECT id FROM activities WHERE id > :after ORDER BY id LIMIT :limit) AS portion
"""
# Our answers to requests are read by whoever asked; nothing here refers to them.
FORGET_ANSWERS_DELIVERIES = """
DELETE FROM deliveries
 WHERE state <> 'waiting' AND (leased_until IS NULL OR leased_until < :now)
   AND activity IN (
       SELECT id FROM activities
        WHERE id > :after AND id <= :until AND created_at < :before
          AND type IN ('Accept', 'Reject') AND fetchable = 0 AND listed = 0)
"""
FORGET_ANSWERS = """
DELETE FROM activities
 WHERE id > :after AND id <= :until AND created_at < :before
   AND type IN ('Accept', 'Reject') AND fetchable = 0 AND listed = 0
   AND NOT EXISTS (SELECT 1 FROM deliveries WHERE activity = activities.id)
   AND NOT EXISTS (SELECT 1 FROM fan_outs WHERE activity = activities.id)
   AND NOT EXISTS (SELECT 1 FROM boosts WHERE activity = activities.id)
"""

STRANGERS_UNTIL = """
SELECT max(id) FROM (
    SELECT id FROM remote_actors WHERE id > :after ORDER BY id LIMIT :limit) AS portion
"""
# Whoever is acted on was read within the last days (`remote/peers`), so nobody is lost meanwhile.
FORGET_STRANGERS = """
DELETE FROM remote_actors
 WHERE id > :after AND id <= :until AND fetched_at < :before
   AND NOT EXISTS (SELECT 1 FROM followers WHERE remote_actor = remote_actors.id)
   AND NOT EXISTS (SELECT 1 FROM following WHERE remote_actor = remote_actors.id)
   AND NOT EXISTS (SELECT 1 FROM declaration_mentions WHERE remote_actor = remote_actors.id)
   AND NOT EXISTS (SELECT 1 FROM responses WHERE remote_actor = remote_actors.id)
   AND NOT EXISTS (SELECT 1 FROM interactions WHERE remote_actor = remote_actors.id)
   AND NOT EXISTS (SELECT 1 FROM stamps WHERE remote_actor = remote_actors.id)
   AND NOT EXISTS (SELECT 1 FROM blocks
                    WHERE kind = 'actor' AND value = remote_actors.actor_id)
   AND NOT EXISTS (SELECT 1 FROM reports
                    WHERE handled_at IS NULL AND actor_id = remote_actors.actor_id)
"""

KEYS_UNTIL = """
SELECT max(key_id) FROM (
    SELECT key_id FROM remote_keys WHERE key_id > :after ORDER BY key_id LIMIT :limit) AS portion
"""
FORGET_KEYS = """
DELETE FROM remote_keys
 WHERE key_id > :after AND key_id <= :until AND fetched_at < :before
   AND NOT EXISTS (SELECT 1 FROM remote_actors WHERE actor_id = remote_keys.owner_id)
"""

INBOXES_UNTIL = """
SELECT max(id) FROM (
    SELECT id FROM inboxes WHERE id > :after ORDER BY id LIMIT :limit) AS portion
"""
# One that is being referred to now is locked by whoever does so (`inboxes.row_for`).
FORGET_INBOXES = """
DELETE FROM inboxes WHERE id IN (
    SELECT id FROM inboxes
     WHERE id > :after AND id <= :until
       AND NOT EXISTS (SELECT 1 FROM followers WHERE inbox = inboxes.id)
       AND NOT EXISTS (SELECT 1 FROM audience WHERE inbox = inboxes.id)
       AND NOT EXISTS (SELECT 1 FROM deliveries WHERE inbox = inboxes.id)
       AND NOT EXISTS (SELECT 1 FROM reach WHERE inbox = inboxes.id)
     {skip_locked})
"""

ORIGINS_UNTIL = """
SELECT max(origin) FROM (
    SELECT origin FROM origins WHERE origin > :after ORDER BY origin LIMIT :limit) AS portion
"""
FORGET_ORIGINS = """
DELETE FROM origins
 WHERE origin > :after AND origin <= :until AND (spec_until IS NULL OR spec_until < :now)
   AND NOT EXISTS (SELECT 1 FROM inboxes WHERE origin = origins.origin)
"""

FORGET_REACH = """
DELETE FROM reach WHERE (object_id, inbox) IN (
    SELECT r.object_id, r.inbox
      FROM (SELECT object_id FROM objects WHERE deleted_at < :before
            UNION ALL
            SELECT actor_id FROM actors WHERE retired_at < :before) AS ended
      JOIN reach r ON r.object_id = ended.object_id
     LIMIT :limit)
"""

MEDIA_UNTIL = """
SELECT max(id) FROM (
    SELECT id FROM media WHERE id > :after ORDER BY id LIMIT :limit) AS portion
"""
FORGET_MEDIA_FILES = f"""
DELETE FROM media_files WHERE media IN (
    SELECT id FROM media WHERE id > :after AND id <= :until AND used_at < :before
       AND {UNSHOWN})
"""  # noqa: S608
FORGET_MEDIA_ENCLOSED = f"""
DELETE FROM media_enclosed WHERE media IN (
    SELECT id FROM media WHERE id > :after AND id <= :until AND used_at < :before
       AND {UNSHOWN})
"""  # noqa: S608
FORGET_MEDIA_TEXTS = f"""
DELETE FROM media_texts WHERE media IN (
    SELECT id FROM media WHERE id > :after AND id <= :until AND used_at < :before
       AND {UNSHOWN})
"""  # noqa: S608
FORGET_MEDIA = f"""
DELETE FROM media
 WHERE id > :after AND id <= :until AND used_at < :before
   AND {UNSHOWN}
"""  # noqa: S608

FORGET_RIGHTS = """
DELETE FROM token_actors WHERE token IN (SELECT id FROM tokens WHERE revoked_at < :before)
"""
FORGET_REVOKED = "DELETE FROM tokens WHERE revoked_at < :before"


@dataclass(slots=True)
class Progress:
    """How far a kind was gone through; `None` before its first key."""

    after: Moment | None = None
    due: datetime | None = None


Forget: TypeAlias = Callable[[Transaction, Progress, datetime], Awaitable[Moment | None]]
"""Does one portion; the last key that it looked at, nothing where it was the last portion."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of row: its name, how a portion is forgotten, and how often it is gone through."""

    name: str
    forget: Forget
    every: timedelta = ROUND


def kinds(kept: Kept) -> tuple[Kind, ...]:
    """In this order: what is forgotten may have been the last to refer to what comes after it."""
    return (
        Kind("changes", _changes, CHANGES_ROUND),
        Kind("receipts", _receipts(kept.receipts)),
        Kind("answers", _by_key(ACTIVITIES_UNTIL, ANSWERS_KEPT, *ANSWERS, start=0, limit=500)),
        Kind("reach", _reach),
        Kind("strangers", _by_key(STRANGERS_UNTIL, kept.strangers, FORGET_STRANGERS, start=0)),
        Kind("keys", _by_key(KEYS_UNTIL, kept.strangers, FORGET_KEYS, start="")),
        Kind("inboxes", _by_key(INBOXES_UNTIL, timedelta(), FORGET_INBOXES, start=0)),
        Kind("origins", _by_key(ORIGINS_UNTIL, timedelta(), FORGET_ORIGINS, start="")),
        Kind("repetitions", _repetitions),
        Kind("media", _by_key(MEDIA_UNTIL, MEDIA_KEPT, *MEDIA, start=0)),
        Kind("amendments", _amendments),
        Kind("sessions", _sessions),
        Kind("tokens", _tokens),
        Kind("papers", _papers(kept), PAPERS_ROUND),
    )


MEDIA: Final = (
    FORGET_MEDIA_FILES,
    FORGET_MEDIA_ENCLOSED,
    FORGET_MEDIA_TEXTS,
    FORGET_MEDIA,
)
ANSWERS: Final = (FORGET_ANSWERS_DELIVERIES, FORGET_ANSWERS)  # one delivery each


def _by_key(
    until_sql: str, kept: timedelta, *statements: str, start: Moment, limit: int = PORTION
) -> Forget:
    async def forget(tx: Transaction, progress: Progress, now: datetime) -> Moment | None:
        after = start if progress.after is None else progress.after
        until = await tx.fetch_value(until_sql, after=after, limit=limit)
        if not isinstance(until, int | str):
            return None
        times = {":before": milliseconds(now - kept), ":now": milliseconds(now)}
        for sql in statements:
            named = {name[1:]: value for name, value in times.items() if name in sql}
            await tx.execute(sql, after=after, until=until, **named)
        return until

    return forget


def _receipts(kept: timedelta) -> Forget:
    async def forget(tx: Transaction, progress: Progress, now: datetime) -> Moment | None:
        after = progress.after or 0
        until = await tx.fetch_value(DELIVERIES_UNTIL, after=after, limit=PORTION)
        if not isinstance(until, int):
            return None
        gone = await tx.fetch_all(
            FORGET_DELIVERIES,
            after=after,
            until=until,
            before=milliseconds(now - kept),
            now=milliseconds(now),
        )
        await receipts.summarise(tx, Counter((row["activity"], row["state"]) for row in gone))
        return until

    return forget


async def _changes(tx: Transaction, progress: Progress, now: datetime) -> Moment | None:
    return _more(await changes.prune(tx, now - CHANGES_KEPT, PORTION))


async def _reach(tx: Transaction, progress: Progress, now: datetime) -> Moment | None:
    before = milliseconds(now - REACH_KEPT)
    return _more(await tx.execute(FORGET_REACH, before=before, limit=PORTION))


async def _repetitions(tx: Transaction, progress: Progress, now: datetime) -> Moment | None:
    return _more(await idempotency.prune(tx, now - KEYS_KEPT, PORTION))


async def _amendments(tx: Transaction, progress: Progress, now: datetime) -> Moment | None:
    await amendments.forget(tx, now - AMENDMENTS_KEPT)
    return None


async def _sessions(tx: Transaction, progress: Progress, now: datetime) -> Moment | None:
    await sessions.forget(tx, now)
    return None


async def _tokens(tx: Transaction, progress: Progress, now: datetime) -> Moment | None:
    """A handful: as many as people were given."""
    before = milliseconds(now - TOKENS_KEPT)
    await tx.execute(FORGET_RIGHTS, before=before)
    await tx.execute(FORGET_REVOKED, before=before)
    return None


def _papers(kept: Kept) -> Forget:
    """They can be made again."""

    async def forget(tx: Transaction, progress: Progress, now: datetime) -> Moment | None:
        await papers.forget(tx, now - kept.papers, kept.papers_bytes)
        return None

    return forget


def _more(gone: int) -> Moment | None:
    """Whether another portion is worth looking for."""
    return gone if gone == PORTION else None
