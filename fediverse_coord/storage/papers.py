"""Papers that were made: one for each version of a published declaration, kept to be given again.

A paper belongs to a revision, and to an edition: how papers looked, and how the coordination
presented itself, when it was made. Whatever saves or erases a declaration drops its papers in the
same transaction, so that nothing is found on paper that was taken out of the text.
"""

from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Reader, Transaction

FIND = """
SELECT content FROM papers
 WHERE declaration = :row AND language = :language AND revision = :revision AND edition = :edition
"""
REVISION = "SELECT revision FROM declarations WHERE id = :row"
PUT = """
INSERT INTO papers (declaration, language, revision, edition, size, made_at, content)
VALUES (:row, :language, :revision, :edition, :size, :now, :content)
ON CONFLICT (declaration, language) DO UPDATE
   SET revision = excluded.revision, edition = excluded.edition, size = excluded.size,
       made_at = excluded.made_at, content = excluded.content
"""
DROP = "DELETE FROM papers WHERE declaration = :row"

FORGET_OLD = "DELETE FROM papers WHERE made_at < :before"
FORGET_BEYOND = """
DELETE FROM papers WHERE (declaration, language) IN (
    SELECT declaration, language FROM (
        SELECT declaration, language,
               sum(size) OVER (ORDER BY made_at DESC, declaration, language) AS total
          FROM papers) AS newest_first
     WHERE total > :most)
"""


async def find(
    reader: Reader, row: int, language: str, revision: int, edition: str
) -> bytes | None:
    """The paper, if it was made of exactly this."""
    found = await reader.fetch_one(
        FIND, row=row, language=language, revision=revision, edition=edition
    )
    return found["content"] if found else None


async def put(
    tx: Transaction,
    row: int,
    language: str,
    revision: int,
    edition: str,
    content: bytes,
    now: datetime,
) -> bool:
    """Keeps it, unless the declaration was changed meanwhile; whether it was kept.

    The caller holds the declaration (`declarations.hold`), or a paper could be kept while the
    declaration that it was made of is being changed.
    """
    if await tx.fetch_value(REVISION, row=row) != revision:
        return False
    await tx.execute(
        PUT,
        row=row,
        language=language,
        revision=revision,
        edition=edition,
        size=len(content),
        now=milliseconds(now),
        content=content,
    )
    return True


async def drop(tx: Transaction, row: int) -> None:
    """All papers of a declaration."""
    await tx.execute(DROP, row=row)


async def forget(tx: Transaction, before: datetime, most_bytes: int) -> None:
    """Those made before then, and beyond so many bytes the oldest."""
    await tx.execute(FORGET_OLD, before=milliseconds(before))
    await tx.execute(FORGET_BEYOND, most=most_bytes)
