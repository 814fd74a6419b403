"""Organisations by which texts are chosen: rows beside the details, of what anybody may read."""

from collections.abc import Sequence

from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.publishing.search_words import spelling_of
from fediverse_coord.storage.database import Transaction

CLEAR = "DELETE FROM declaration_organisations WHERE declaration = :row"
PUT = """
INSERT INTO declaration_organisations (declaration, organisation, name)
VALUES (:row, :organisation, :name) ON CONFLICT (declaration, organisation) DO NOTHING
"""


async def put(tx: Transaction, row: int, declaration: Declaration, *, told: bool) -> None:
    """Those of the declaration as it is now; none where it is not for all (any more)."""
    await tx.execute(CLEAR, row=row)
    for name in declaration.organisations if told else ():
        if spelling := spelling_of(name):
            await tx.execute(PUT, row=row, organisation=spelling, name=name)


async def put_new(tx: Transaction, works: Sequence[tuple[int, Declaration]]) -> None:
    """Those of declarations that are new and for all, by their rows."""
    rows = [
        {"row": row, "organisation": spelling, "name": name}
        for row, one in works
        for name in one.organisations
        if (spelling := spelling_of(name))
    ]
    await tx.execute_many(PUT, rows)
