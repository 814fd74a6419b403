"""Each declaration is exported without reading through the rows of all others, on SQLite."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from fediverse_coord.storage import exports, redaction
from fediverse_coord.storage.database import open_database
from fediverse_coord.storage.migrate import migrate
from fediverse_coord.storage.statements import SQLITE

OF_ONE = (
    exports.SLUGS, exports.REVISIONS, exports.OLD_PATHS, exports.ENTRIES, exports.MENTIONS,
    redaction.SLUGS, redaction.PATHS, redaction.IDENTITIES,
)  # fmt: skip


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    file: Path = tmp_path_factory.mktemp("plans") / "coord.db"

    async def made() -> None:
        db = await open_database(f"sqlite:///{file}")
        await migrate(db)
        await db.close()

    asyncio.run(made())
    return sqlite3.connect(file)


@pytest.mark.parametrize("statement", OF_ONE, ids=lambda one: " ".join(one.split())[:60])
def test_what_belongs_to_a_declaration_is_found_by_an_index(
    connection: sqlite3.Connection, statement: str
) -> None:
    plan = connection.execute(f"EXPLAIN QUERY PLAN {SQLITE.spell(statement)}", {"row": 1})
    assert [step for *_, step in plan.fetchall() if step.startswith("SCAN")] == []
