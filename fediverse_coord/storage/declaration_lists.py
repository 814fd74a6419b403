"""Lists of declarations: for coordinators every state, for readers what is published.

A page is asked for below a cursor, so that what is added meanwhile moves nothing.
"""

from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.publishing.inline import tag_key
from fediverse_coord.publishing.search_questions import question
from fediverse_coord.storage import declarations, search, spellings
from fediverse_coord.storage.database import Reader
from fediverse_coord.storage.declarations import COLUMNS, FROM, Work

# The newest first; `before` is the row of the last one shown.
PAGE = f"""
SELECT {COLUMNS} {FROM}
 WHERE d.actor = :actor AND d.id < :before
   AND (:state = '' OR d.state = :state)
   AND (:kind = '' OR d.kind = :kind)
   AND (:language = '' OR EXISTS (SELECT 1 FROM declaration_versions v
         WHERE v.declaration = d.id AND v.language = :language))
   AND (:words = '' OR {{within}} OR EXISTS (SELECT 1 FROM declaration_versions v
         WHERE v.declaration = d.id
           AND (lower(v.title) LIKE :words OR lower(v.source) LIKE :words
                OR lower(v.inserted) LIKE :words)))
   AND (:mailbox = 1 OR d.in_reply_to IS NULL OR d.visibility IN ('public', 'unlisted'))
 ORDER BY d.id DESC LIMIT :limit
"""  # noqa: S608

# What readers see on a profile or under a tag: published, public, not an answer.
PUBLIC_PAGE = f"""
SELECT {COLUMNS} {FROM}
 WHERE d.actor = :actor AND d.state IN ('published', 'withdrawn')
   AND d.visibility = 'public' AND d.in_reply_to IS NULL
   AND (d.published_at < :before OR (d.published_at = :before AND d.id < :before_row))
   AND (:tag = '' OR EXISTS (SELECT 1 FROM declaration_tags t
         WHERE t.declaration = d.id AND t.tag = :tag))
   AND (:language = '' OR EXISTS (SELECT 1 FROM declaration_versions v
         WHERE v.declaration = d.id AND v.language = :language AND v.state = 'published'))
 ORDER BY d.published_at DESC, d.id DESC LIMIT :limit
"""  # noqa: S608

PINNED = """
SELECT key FROM declarations
 WHERE actor = :actor AND pinned_at IS NOT NULL AND state = 'published'
   AND visibility IN ('public', 'unlisted')
 ORDER BY pinned_at DESC LIMIT :limit
"""
COUNT_PUBLISHED = """
SELECT count(*) FROM declarations
 WHERE state = 'published' AND visibility IN ('public', 'unlisted')
"""
IS_OPEN = """
SELECT 1 FROM declarations WHERE id = :row AND visibility IN ('public', 'unlisted')
"""
DUE = """
SELECT d.key FROM declarations d JOIN actors a ON a.id = d.actor
 WHERE d.state = 'scheduled' AND d.scheduled_at <= :now AND a.retired_at IS NULL
 ORDER BY d.scheduled_at LIMIT :limit
"""

TO_REVEAL = """
SELECT d.key FROM declarations d JOIN actors a ON a.id = d.actor
 WHERE d.reveal_on <= :today AND d.state NOT IN ('deleted', 'withdrawn') AND a.retired_at IS NULL
 ORDER BY d.reveal_on LIMIT :limit
"""


async def page(
    reader: Reader,
    actor: int,
    *,
    state: str = "",
    kind: str = "",
    language: str = "",
    words: str = "",
    before: int = 2**62,
    limit: int = 50,
    mailbox: bool = True,
) -> list[Work]:
    """For coordinators: every state, newest first, below the cursor row.

    `words` stand in any text as they are written, or are found in what is published (`search`).
    Without `mailbox`, answers to what was not for everybody are left out.
    """
    asked = await spellings.widened(reader, question(words))
    within, sought = search.within(asked)
    rows = await reader.fetch_all(
        PAGE.replace("{within}", within),
        actor=actor,
        state=state,
        kind=kind,
        language=language,
        words=f"%{words.lower()}%" if words else "",
        before=before,
        limit=limit,
        mailbox=int(mailbox),
        **sought,
    )
    return [await declarations.work_from(reader, row) for row in rows]


async def public_page(
    reader: Reader,
    actor: int,
    *,
    tag: str = "",
    language: str = "",
    before: tuple[int, int] = (2**62, 2**62),
    limit: int = 20,
) -> list[Work]:
    """For readers: published and withdrawn works, newest release first."""
    rows = await reader.fetch_all(
        PUBLIC_PAGE,
        actor=actor,
        tag=tag_key(tag),
        language=language,
        before=before[0],
        before_row=before[1],
        limit=limit,
    )
    return [await declarations.work_from(reader, row) for row in rows]


async def pinned_keys(reader: Reader, actor: int, limit: int) -> list[str]:
    rows = await reader.fetch_all(PINNED, actor=actor, limit=limit)
    return [row["key"] for row in rows]


async def count_published(reader: Reader) -> int:
    """Those that anybody may fetch: what is said to one person is not counted in public."""
    return int(str(await reader.fetch_value(COUNT_PUBLISHED)))


async def is_open(reader: Reader, row: int) -> bool:
    """Whether anybody may fetch it: public and unlisted ones."""
    return await reader.fetch_one(IS_OPEN, row=row) is not None


async def due_keys(reader: Reader, now: datetime, limit: int = 50) -> list[str]:
    """Scheduled declarations whose hour has come."""
    rows = await reader.fetch_all(DUE, now=milliseconds(now), limit=limit)
    return [row["key"] for row in rows]


async def to_reveal(reader: Reader, now: datetime, limit: int = 50) -> list[str]:
    """Declarations that seal a name whose day has come."""
    rows = await reader.fetch_all(TO_REVEAL, today=now.date().isoformat(), limit=limit)
    return [row["key"] for row in rows]
