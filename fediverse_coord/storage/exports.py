"""What an export reads besides the works themselves: which there are, and what only rows know.

Correspondence stays: answers that were not for everybody, and what was said to named people
alone, are not among them.
"""

from fediverse_coord.storage.database import Reader

OURS = """
  FROM declarations d WHERE d.actor = :actor AND d.visibility <> 'direct'
   AND (d.in_reply_to IS NULL OR d.visibility IN ('public', 'unlisted'))
"""
ROWS = f"SELECT d.id {OURS} ORDER BY d.id"
COUNT = "SELECT count(*) FROM declarations WHERE actor = :actor"
SLUGS = "SELECT slug FROM slugs WHERE declaration = :row ORDER BY slug"
OLD_PATHS = "SELECT path, language FROM old_paths WHERE declaration = :row ORDER BY path"


async def rows(reader: Reader, actor: int) -> list[int]:
    """Those of a coordination, in the order in which they were made."""
    return [int(one["id"]) for one in await reader.fetch_all(ROWS, actor=actor)]


async def count(reader: Reader, actor: int) -> int:
    """All of them, those included that no export tells."""
    return int(str(await reader.fetch_value(COUNT, actor=actor)))


async def slugs(reader: Reader, row: int) -> list[str]:
    """Every address that leads to it, earlier ones included."""
    return [str(one["slug"]) for one in await reader.fetch_all(SLUGS, row=row)]


async def old_paths(reader: Reader, row: int) -> list[dict[str, str]]:
    """Where an earlier site had it."""
    found = await reader.fetch_all(OLD_PATHS, row=row)
    return [{"path": str(one["path"]), "language": str(one["language"])} for one in found]
