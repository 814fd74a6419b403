"""What search is behind with: declarations from before it, and words that its index must forget.

Both are done in the background, a portion a transaction, and go on where they stopped. FTS5 keeps
what was deleted until its parts are merged; so after a text was changed or taken back they are,
and no word of it stays in the file. PostgreSQL's index is swept with its table.
"""

import logging
from dataclasses import dataclass
from typing import Final

from fediverse_coord.storage import declarations, search
from fediverse_coord.storage.database import Database, Transaction
from fediverse_coord.storage.statements import SQLITE

log = logging.getLogger(__name__)

PORTION: Final = 100  # declarations: some hundredths of a second
PAGES: Final = 500  # of the index, about two megabytes

STATE = "SELECT filled_to, unclean FROM search_upkeep WHERE id = 1"
NEXT = """
SELECT d.id, a.retired_at FROM declarations d JOIN actors a ON a.id = d.actor
 WHERE d.id > :after ORDER BY d.id LIMIT :limit
"""
LEFT = "SELECT count(*) FROM declarations WHERE id > :after"
FILLED = "UPDATE search_upkeep SET filled_to = :after WHERE id = 1"
CLEAN = "UPDATE search_upkeep SET unclean = 0 WHERE id = 1"
PARTS = "SELECT count(DISTINCT segid) FROM search_index_idx"
MERGE = "INSERT INTO search_index (search_index, rank) VALUES ('merge', :pages)"


@dataclass(slots=True)
class Upkeep:
    """Hand `step` to a worker."""

    db: Database
    portion: int = PORTION

    async def step(self) -> int:
        """One portion; 0 where nothing is left to do."""
        state = await self.db.fetch_one(STATE)
        if state is None:
            return 0
        if state["filled_to"] is not None:
            after = await self.db.write(self._fill)
            await self._tell(after)
            return 1
        unclean = state["unclean"] and self.db.dialect is SQLITE
        return await self.db.write(_merge) if unclean else 0

    async def _fill(self, tx: Transaction) -> int | None:
        """The last declaration that was taken in; nothing where there is none left."""
        await tx.alone("search")
        after = await tx.fetch_value(STATE)
        if after is None:
            return None
        rows = await tx.fetch_all(NEXT, after=int(str(after)), limit=self.portion)
        for row in rows:
            await declarations.hold(tx, row["id"])
            work = await declarations.by_row(tx, row["id"])
            if work is not None and row["retired_at"] is None:
                await search.put(tx, work.row, work.actor, work.declaration)
        last = rows[-1]["id"] if rows else None
        await tx.execute(FILLED, after=last)
        return last

    async def _tell(self, after: int | None) -> None:
        if after is None:
            log.info("search knows all declarations")
            return
        left = await self.db.fetch_value(LEFT, after=after)
        log.info("search takes in declarations", extra={"left": left})


async def _merge(tx: Transaction) -> int:
    """Merges a little more; 0 and clean once the index is of one part."""
    if int(str(await tx.fetch_value(PARTS))) > 1:
        await tx.execute(MERGE, pages=-PAGES)
        if int(str(await tx.fetch_value(PARTS))) > 1:
            return 1
    await tx.execute(CLEAN)
    return 1
