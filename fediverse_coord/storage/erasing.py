"""The words of a deleted declaration, in every language and revision, wherever they lie."""

from fediverse_coord.storage import amendments, papers, passages
from fediverse_coord.storage.database import Transaction

ERASE = (
    "DELETE FROM declaration_versions WHERE declaration = :row",
    "DELETE FROM declaration_revisions WHERE declaration = :row",
    "DELETE FROM declaration_tags WHERE declaration = :row",
    "DELETE FROM declaration_countries WHERE declaration = :row",
    "DELETE FROM corrections WHERE declaration = :row",
    "DELETE FROM declaration_mentions WHERE declaration = :row",
    papers.DROP,
    *amendments.DROP_ALL,
    passages.CLEAR_USES,
)


async def erase(tx: Transaction, row: int) -> None:
    for statement in ERASE:
        await tx.execute(statement, row=row)
