"""Any engine: what was answered stands, what failed leaves nothing, nobody waits forever."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from engines import Place

from fediverse_coord.errors import ConfigError, StorageUnavailable
from fediverse_coord.storage.database import (
    Contradiction,
    Database,
    Duplicate,
    Transaction,
    Work,
    open_database,
)

TABLE = "CREATE TABLE notes (id {identity}, text TEXT NOT NULL UNIQUE, body {bytes})"
INSERT = "INSERT INTO notes (text, body) VALUES (:text, :body) RETURNING id"
COUNT = "SELECT count(*) FROM notes"


@pytest.fixture
async def db(place: Place) -> AsyncIterator[Database]:
    opened = await open_database(place.url)
    await opened.write(lambda tx: tx.execute(TABLE))
    yield opened
    await opened.close()


async def note(tx: Transaction, text: str, body: bytes = b"") -> int:
    row = await tx.fetch_one(INSERT, text=text, body=body)
    assert row is not None
    return int(row["id"])


def noted(text: str) -> Work[int]:
    return lambda tx: note(tx, text)


async def test_a_write_returns_its_result_and_readers_see_it(db: Database) -> None:
    assert await db.write(lambda tx: note(tx, "call", b"\x00\xff")) == 1

    row = await db.fetch_one("SELECT text, body FROM notes WHERE id = :id", id=1)
    assert row is not None
    assert dict(row) == {"text": "call", "body": b"\x00\xff"}
    assert await db.fetch_value("SELECT text FROM notes WHERE id = :id", id=2) is None
    assert await db.fetch_one("SELECT text FROM notes WHERE id = :id", id=2) is None


async def test_five_hundred_concurrent_writes_are_each_there_once(db: Database) -> None:
    rows = await asyncio.gather(*(db.write(noted(f"note {n}")) for n in range(500)))

    assert sorted(rows) == list(range(1, 501))
    assert await db.fetch_value("SELECT count(DISTINCT text) FROM notes") == 500


async def test_failing_work_is_undone_alone(db: Database) -> None:
    def failing(number: int) -> Work[int]:
        async def work(tx: Transaction) -> int:
            row = await note(tx, f"note {number}")
            if number % 3 == 0:
                raise LookupError(number)
            return row

        return work

    results = await asyncio.gather(
        *(db.write(failing(n)) for n in range(30)), return_exceptions=True
    )

    failed = [n for n, result in enumerate(results) if isinstance(result, LookupError)]
    assert failed == list(range(0, 30, 3))
    assert await db.fetch_value(COUNT) == 20


async def test_a_broken_constraint_undoes_its_work_alone(db: Database) -> None:
    async def twice(tx: Transaction) -> None:
        await note(tx, "first")
        await note(tx, "first")

    results = await asyncio.gather(
        db.write(noted("before")),
        db.write(twice),
        db.write(noted("after")),
        return_exceptions=True,
    )

    assert isinstance(results[1], Duplicate)
    texts = {row["text"] for row in await db.fetch_all("SELECT text FROM notes")}
    assert texts == {"before", "after"}  # in either order, where they have connections of their own


async def test_a_transaction_is_of_no_use_after_its_end(db: Database) -> None:
    async def keep(tx: Transaction) -> Transaction:
        return tx

    kept = await db.write(keep)
    with pytest.raises(RuntimeError, match="after its end"):
        await kept.execute(COUNT)


KEPT_ONCE = INSERT.replace("RETURNING id", "ON CONFLICT (text) DO NOTHING RETURNING text, body")


def notes_of(*texts: str) -> list[dict[str, object]]:
    return [{"text": text, "body": text.encode()} for text in texts]


async def test_many_rows_are_kept_each_once_and_told_in_their_order(db: Database) -> None:
    texts = [f"note {number}" for number in range(150)]
    await db.write(lambda tx: tx.execute_many(INSERT[:-13], notes_of("note 3")))

    made = await db.write(
        lambda tx: tx.fetch_many(KEPT_ONCE, notes_of(*texts[:100], "note 7", *texts[100:]))
    )
    told = [(row["text"], bytes(row["body"])) for row in made]
    assert told == [(text, text.encode()) for text in texts if text != "note 3"]
    assert await db.write(lambda tx: tx.fetch_many(KEPT_ONCE, [])) == []


async def test_of_many_rows_one_that_cannot_be_takes_all_of_its_work_along(db: Database) -> None:
    with pytest.raises(Duplicate):
        await db.write(lambda tx: tx.execute_many(INSERT[:-13], notes_of("a", "b", "c", "a", "d")))
    assert await db.fetch_value(COUNT) == 0


async def test_execute_counts_rows_also_behind_with(db: Database) -> None:
    await db.write(
        lambda tx: tx.execute_many(INSERT[:-13], [{"text": t, "body": b""} for t in "abc"])
    )
    few = "WITH few AS (SELECT id FROM notes WHERE id < 3 {skip_locked}) "

    changed = await db.write(
        lambda tx: tx.execute(
            few + "UPDATE notes SET text = text || '!' WHERE id IN (SELECT id FROM few)"
        )
    )
    assert changed == 2
    assert await db.write(lambda tx: tx.execute("DELETE FROM notes")) == 3


async def test_readers_cannot_write(db: Database) -> None:
    with pytest.raises(StorageUnavailable, match=r"read-?only"):
        await db.fetch_all("DELETE FROM notes")


async def test_foreign_keys_hold(db: Database) -> None:
    await db.write(lambda tx: tx.execute("CREATE TABLE tags (note BIGINT REFERENCES notes (id))"))

    with pytest.raises(Contradiction):
        await db.write(lambda tx: tx.execute("INSERT INTO tags (note) VALUES (7)"))


async def test_closing_finishes_what_waits_and_then_refuses(place: Place) -> None:
    db = await open_database(place.url)
    await db.write(lambda tx: tx.execute(TABLE))
    writes = [asyncio.ensure_future(db.write(noted(str(n)))) for n in range(50)]
    await asyncio.sleep(0)
    await db.close()
    await db.close()

    assert len(await asyncio.gather(*writes)) == 50
    with pytest.raises(StorageUnavailable, match="closed"):
        await db.write(noted("too late"))
    with pytest.raises(StorageUnavailable, match="closed"):
        await db.fetch_all(COUNT)


@pytest.mark.parametrize(
    "url", ["", "coord.db", "sqlite://", "sqlite:///", "sqlite:///x.db?mode=ro", "mysql:///x"]
)
async def test_a_url_that_cannot_be_used_says_what_to_write(url: str) -> None:
    with pytest.raises(ConfigError, match=r"sqlite:///data/coord\.db"):
        await open_database(url)


async def test_a_url_with_a_password_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        await open_database("mysql://coord:hunter2@host/coord")

    assert "hunter2" not in str(caught.value)
