"""What stands under an object: approved public responses and our own answers, oldest first."""

from fediverse_coord.storage.database import Reader

SHOWN = """
SELECT object_id FROM (
    SELECT r.object_id, r.published_at FROM responses r
      JOIN objects o ON o.id = r.object
     WHERE o.object_id = :object_id AND r.state = 'approved'
       AND r.visibility IN ('public', 'unlisted')
    UNION
    SELECT a.object_id, d.published_at FROM declarations d
      JOIN objects a ON a.declaration = d.id
     WHERE d.state = 'published' AND d.visibility IN ('public', 'unlisted')
       AND (d.in_reply_to = :object_id OR d.in_reply_to IN (
            SELECT r.object_id FROM responses r JOIN objects o ON o.id = r.object
             WHERE o.object_id = :object_id AND r.state = 'approved'))
) AS shown ORDER BY published_at, object_id LIMIT :limit OFFSET :offset
"""

COUNT = f"SELECT count(*) FROM ({SHOWN}) AS counted"  # noqa: S608
ALL = 2**31


async def shown_ids(reader: Reader, object_id: str, *, offset: int, limit: int) -> list[str]:
    """Ids of what may be seen under the object, from the offset on."""
    rows = await reader.fetch_all(SHOWN, object_id=object_id, offset=offset, limit=limit)
    return [row["object_id"] for row in rows]


async def count_shown(reader: Reader, object_id: str) -> int:
    return int(str(await reader.fetch_value(COUNT, object_id=object_id, offset=0, limit=ALL)))
