"""The write-ahead log stays small while much is written and somebody always reads."""

import asyncio
import os
from pathlib import Path

from fediverse_coord.storage.database import Reader, Transaction, open_database

BOUND = 64 * 1024 * 1024  # bytes; `journal_size_limit` says the same
INSERT = "INSERT INTO notes (body) VALUES (:body)"


async def test_the_log_stays_below_its_bound_under_steady_load_with_readers(
    tmp_path: Path,
) -> None:
    path = tmp_path / "coord.db"
    db = await open_database(f"sqlite:///{path}")
    await db.write(lambda tx: tx.execute("CREATE TABLE notes (id {identity}, body {bytes})"))
    largest, writing = 0, True

    async def write(tx: Transaction) -> None:
        await tx.execute_many(INSERT, [{"body": bytes(20_000)}] * 10)
        await tx.execute("DELETE FROM notes WHERE id < (SELECT max(id) - 200 FROM notes)")

    async def count(reader: Reader) -> object:
        return await reader.fetch_value("SELECT sum(length(body)) FROM notes")

    async def reading() -> None:
        while writing:
            await db.read(count)

    async def asking() -> None:
        while writing:
            await db.fetch_value("SELECT count(*) FROM notes")

    readers = [asyncio.ensure_future(one()) for one in (reading, asking, asking)]
    for _ in range(800):  # 160 MB in all
        await db.write(write)
        largest = max(largest, os.stat(f"{path}-wal").st_size)
    writing = False
    await asyncio.gather(*readers)
    await db.close()
    assert 0 < largest < BOUND
