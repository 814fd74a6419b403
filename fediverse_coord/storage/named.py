"""Whom the text of a declaration names: resolved when it was saved, so that publishing is quick."""

from collections.abc import Sequence

from fediverse_coord.storage.database import Reader, Row, Transaction

CLEAR = "DELETE FROM declaration_mentions WHERE declaration = :row"
PUT = """
INSERT INTO declaration_mentions (declaration, handle, remote_actor)
VALUES (:row, :handle, :remote_actor) ON CONFLICT (declaration, handle) DO NOTHING
"""
OF = """
SELECT m.handle, r.actor_id, r.inbox_url, r.url FROM declaration_mentions m
  JOIN remote_actors r ON r.id = m.remote_actor WHERE m.declaration = :row ORDER BY m.handle
"""


async def put(tx: Transaction, row: int, named: Sequence[tuple[str, int]]) -> None:
    """(handle, row of the remote actor) of each."""
    await tx.execute(CLEAR, row=row)
    for handle, remote_actor in named:
        await tx.execute(PUT, row=row, handle=handle, remote_actor=remote_actor)


async def of(reader: Reader, row: int) -> list[Row]:
    """handle, actor_id, inbox_url and url of each."""
    return await reader.fetch_all(OF, row=row)
