"""A claim costs what it takes, however much waits.  Counted in steps of the engine, not in time."""

import sqlite3
from pathlib import Path

import pytest

from fediverse_coord.storage import inbox, memories
from fediverse_coord.storage.database import open_database
from fediverse_coord.storage.migrate import migrate
from fediverse_coord.storage.statements import SQLITE

FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
INSERT INTO inbox (kind, type, actor_id, document, received_at, due_at, attempts)
SELECT 'activity', 'Like', 'https://far' || (i % 700) || '.example/users/ann', x'7b7d', i, i, 0
  FROM n
"""


async def filled(folder: Path, rows: int) -> sqlite3.Connection:
    path = folder / f"{rows}.db"
    db = await open_database(f"sqlite:///{path}")
    await migrate(db)
    await db.close()
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    connection.execute(FILL, {"rows": rows})
    return connection


def steps(connection: sqlite3.Connection, sql: str, **params: object) -> int:
    """How many instructions of SQLite's machine the statement takes."""
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection.set_progress_handler(step, 1)
    connection.execute(SQLITE.spell(sql), params).fetchall()
    connection.set_progress_handler(None, 0)
    return taken


@pytest.mark.parametrize("leased", [0, 500])
async def test_a_claim_is_no_dearer_when_fifty_thousand_rows_wait(
    tmp_path: Path, leased: int
) -> None:
    taken = []
    for rows in (1_000, 50_000):
        connection = await filled(tmp_path, rows)
        connection.execute("UPDATE inbox SET leased_until = 99999 WHERE id <= ?", (leased,))
        claim = {"now": 60_000, "lease": 180_000, "token": "t", "limit": 100}
        taken.append(steps(connection, inbox.CLAIM, **claim))
        taken.append(steps(connection, inbox.BEFORE, rows=str([rows, rows - 1, rows - 2])))
        connection.close()
    assert taken[2] < taken[0] * 1.1
    assert taken[3] < taken[1] * 1.1


@pytest.mark.parametrize(
    "sql", [inbox.CLAIM, inbox.BEFORE, inbox.SETTLE, inbox.RELEASE, inbox.WAITING]
)
async def test_no_statement_of_the_queue_looks_through_the_table(tmp_path: Path, sql: str) -> None:
    connection = await filled(tmp_path, 10)
    params = dict.fromkeys(("now", "lease", "token", "limit", "row", "rows", "due", "cap"), 1)
    plan = connection.execute(f"EXPLAIN QUERY PLAN {SQLITE.spell(sql)}", params).fetchall()
    scans = [row["detail"] for row in plan if row["detail"].startswith("SCAN inbox")]
    assert [one for one in scans if "INDEX" not in one] == []
    connection.close()


@pytest.mark.parametrize(
    "sql", [memories.PRUNE_REQUESTS, memories.PRUNE_ACTIVITIES, memories.PRUNE_GRAVES]
)
async def test_what_has_run_out_is_found_by_its_age(tmp_path: Path, sql: str) -> None:
    connection = await filled(tmp_path, 10)
    plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", {"before": 1, "limit": 1}).fetchall()
    found = [row["detail"] for row in plan if "_by_age" in row["detail"]]
    assert found, [row["detail"] for row in plan]
    connection.close()
