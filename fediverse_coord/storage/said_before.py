"""How much of what stands beside a declaration's present words says a name; nothing is written.

The same rows as `redaction` rewrites, counted for whoever is asked before it does.
"""

from collections.abc import Callable

from fediverse_coord.storage.database import Reader
from fediverse_coord.storage.redaction import ALTS, IDENTITIES, PATHS, REVISIONS, SLUGS

Says = Callable[[str], bool]
WORDS = ("title", "summary", "source")
ADDRESSES = ((SLUGS, "slug"), (PATHS, "path"), (IDENTITIES, "identity"))


async def revisions(reader: Reader, row: int, says: Says) -> int:
    """Older wordings of a declaration that say it, each language for itself."""
    rows = await reader.fetch_all(REVISIONS, row=row)
    return sum(any(one[name] and says(one[name]) for name in WORDS) for one in rows)


async def addresses(reader: Reader, row: int, says: Says) -> int:
    """Earlier addresses of a declaration, and what it was called where it was read."""
    count = 0
    for sql, column in ADDRESSES:
        count += sum(says(one[column]) for one in await reader.fetch_all(sql, row=row))
    return count


async def media(reader: Reader, actor: int, says: Says) -> int:
    """Pictures, recordings and documents of the coordination whose words say it."""
    rows = await reader.fetch_all(ALTS, actor=actor)
    return len({one["key"] for one in rows if says(one["alt"])})
