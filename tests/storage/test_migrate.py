"""Migrations: each once, in order, whole or not at all, never back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from engines import Place

from fediverse_coord.errors import ConfigError
from fediverse_coord.storage.database import Database, open_database
from fediverse_coord.storage.migrate import MIGRATIONS, migrate, migrations_in, pending
from fediverse_coord.storage.statements import POSTGRESQL, SQLITE, Dialect, statements_in

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)

FIRST = """-- Unions; and what they said.
CREATE TABLE unions (id {identity}, name TEXT NOT NULL, seal {bytes});
INSERT INTO unions (name) VALUES ('Dockers; Seafarers');
"""
SECOND = "ALTER TABLE unions ADD COLUMN founded BIGINT;\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "migrations"
    made.mkdir()
    (made / "0001_unions.sql").write_text(FIRST)
    return made


@pytest.fixture
async def db(place: Place) -> AsyncIterator[Database]:
    opened = await open_database(place.url)
    yield opened
    await opened.close()


async def test_a_new_database_gets_every_migration_once(db: Database, folder: Path) -> None:
    assert await pending(db, folder=folder) == ["0001_unions"]
    assert await migrate(db, folder=folder, now=NOON) == ["0001_unions"]
    assert await migrate(db, folder=folder) == []
    assert await pending(db, folder=folder) == []

    assert await db.fetch_value("SELECT name FROM unions") == "Dockers; Seafarers"
    applied = await db.fetch_one("SELECT number, name, applied_at FROM schema_migrations")
    assert applied is not None
    assert dict(applied) == {"number": 1, "name": "0001_unions", "applied_at": 1777636800000}


async def test_asking_what_is_pending_writes_nothing(db: Database, folder: Path) -> None:
    await pending(db, folder=folder)

    assert await db.fetch_all("SELECT name FROM {tables} AS known") == []


async def test_a_later_migration_is_added(db: Database, folder: Path) -> None:
    await migrate(db, folder=folder)
    (folder / "0002_founded.sql").write_text(SECOND)

    assert await pending(db, folder=folder) == ["0002_founded"]
    assert await migrate(db, folder=folder) == ["0002_founded"]
    assert await db.fetch_value("SELECT founded FROM unions") is None


async def test_a_migration_that_fails_leaves_nothing(db: Database, folder: Path) -> None:
    (folder / "0002_founded.sql").write_text(SECOND + "INSERT INTO nowhere VALUES (1);\n")

    with pytest.raises(Exception, match="nowhere"):
        await migrate(db, folder=folder)
    assert await pending(db, folder=folder) == ["0002_founded"]

    (folder / "0002_founded.sql").write_text(SECOND)
    assert await migrate(db, folder=folder) == ["0002_founded"]


async def test_two_starting_together_migrate_once(db: Database, folder: Path, place: Place) -> None:
    other = await open_database(place.url)
    (folder / "0002_founded.sql").write_text(SECOND)
    both = await asyncio.gather(migrate(db, folder=folder), migrate(other, folder=folder))
    await other.close()

    assert sorted(both[0] + both[1]) == ["0001_unions", "0002_founded"]


async def test_a_newer_database_is_refused(db: Database, folder: Path) -> None:
    (folder / "0002_founded.sql").write_text(SECOND)
    await migrate(db, folder=folder)
    (folder / "0002_founded.sql").unlink()

    with pytest.raises(ConfigError, match="upgrade fediverse-coord"):
        await migrate(db, folder=folder)
    with pytest.raises(ConfigError, match="0002_founded"):
        await pending(db, folder=folder)


async def test_an_edited_migration_is_refused(db: Database, folder: Path) -> None:
    await migrate(db, folder=folder)
    (folder / "0001_unions.sql").write_text(FIRST + "-- one more remark\n")

    with pytest.raises(ConfigError, match="0001_unions differs"):
        await migrate(db, folder=folder)


@pytest.mark.parametrize("name", ["0003_gap.sql", "0001_double.sql", "second.sql"])
def test_a_folder_with_odd_names_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text(SECOND)

    with pytest.raises(ConfigError):
        migrations_in(folder)


async def test_our_own_migrations_apply(db: Database) -> None:
    assert await migrate(db) == [one.name for one in migrations_in(MIGRATIONS)]
    assert await pending(db) == []


def test_statements_end_at_semicolons_that_end_them() -> None:
    script = "-- a; b\nINSERT INTO a VALUES ('x;y');\n/* c; */ DELETE FROM a;\n-- the end\n"

    assert list(statements_in(script)) == [
        "-- a; b\nINSERT INTO a VALUES ('x;y');",
        "/* c; */ DELETE FROM a;",
    ]


def test_a_trigger_is_one_statement() -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END;"

    assert list(statements_in(trigger + "\nSELECT 1;")) == [trigger, "SELECT 1;"]


def test_an_unfinished_statement_is_told() -> None:
    with pytest.raises(ValueError, match="semicolon"):
        list(statements_in("DELETE FROM a; DELETE FROM b"))


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL], ids=lambda one: one.name)
def test_every_slot_is_spelled_and_other_braces_stay(dialect: Dialect) -> None:
    spelled = dialect.spell("""{identity} {bytes} {skip_locked} {tables} '{"a": {}}'""")

    assert spelled.count("{") == 2
    assert spelled.endswith("""'{"a": {}}'""")
