"""Every statement is written in the subset that both engines share."""

import importlib
import pkgutil
import re
from collections.abc import AsyncIterator, Iterator

import pytest
from engines import Place

import fediverse_coord.storage
from fediverse_coord.storage.database import Database, Transaction, open_database
from fediverse_coord.storage.statements import SQLITE, numbered, repeatable

OWN = ("sqlite", "postgres", "snapshot", "carrying")  # an engine's own words
BEGINS = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")


def statements() -> Iterator[tuple[str, str]]:
    """(module.NAME, statement) of each constant in `storage`."""
    for module in pkgutil.iter_modules(fediverse_coord.storage.__path__):
        if module.name.startswith(OWN):
            continue
        found = importlib.import_module(f"fediverse_coord.storage.{module.name}")
        for name, value in vars(found).items():
            if name.isupper() and isinstance(value, str) and BEGINS.match(value):
                yield f"{module.name}.{name}", value


STATEMENTS = dict(statements())


@pytest.fixture
async def db(place: Place) -> AsyncIterator[Database]:
    opened = await open_database(place.migrated().url)
    yield opened
    await opened.close()


# What its index of words needs now and then; the other engine's keeps itself.
SQLITES = {"search_upkeep.MERGE", "search_upkeep.PARTS"}
SLOTS = {
    "{types}": "'Create'",
    "{phrases}": "",
    "{also}": "AND EXISTS (SELECT 1 FROM catalogue o WHERE o.declaration = c.declaration)",
    "{chosen}": "AND d.state = :state",
    "{names}": "declaration_tags",
    "{column}": "tag",
}


def _filled(sql: str) -> str:
    for slot, words in SLOTS.items():
        sql = sql.replace(slot, words)
    return sql


async def understood(db: Database, sql: str) -> str | None:
    """What the engine says against it."""

    async def explain(tx: Transaction) -> None:
        await tx.execute(f"EXPLAIN {sql}", **dict.fromkeys(numbered(SQLITE.spell(sql)).names, 0))

    async def prepare(tx: Transaction) -> None:
        await tx.execute(f"PREPARE tried AS {numbered(db.dialect.spell(sql)).sql}")
        await tx.execute("DEALLOCATE tried")

    try:
        await db.write(explain if db.dialect is SQLITE else prepare)
    except Exception as error:
        return str(error)
    return None


async def test_both_engines_understand_every_statement(db: Database) -> None:
    assert len(STATEMENTS) > 100
    told = {
        name: await understood(db, _filled(sql))
        for name, sql in STATEMENTS.items()
        if name not in SQLITES or db.dialect is SQLITE
    }

    assert {name: fault for name, fault in told.items() if fault} == {}


def test_a_row_is_inserted_as_many_and_nothing_else_is() -> None:
    made = repeatable("INSERT INTO t (a, b)\nVALUES (:a, :b) ON CONFLICT (a) DO NOTHING")

    assert made is not None
    wanted = "INSERT INTO t (a, b)\nVALUES (?, ?), (?, ?) ON CONFLICT (a) DO NOTHING"
    assert made.times(2) == wanted
    assert made.names == ("a", "b")
    assert repeatable("INSERT INTO t (a) VALUES (:a) ON CONFLICT (a) DO UPDATE SET b = :b") is None
    assert repeatable("INSERT INTO t (a) VALUES (lower(:a))") is None
    assert repeatable("UPDATE t SET a = :a WHERE b = :b") is None
