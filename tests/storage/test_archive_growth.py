"""A page of the archive costs what stands on it, among however many texts it is.

Counted in steps of SQLite's machine, not in time: of three hundred texts and of ten times as many.
"""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fediverse_coord.publishing.declarations import (
    Declaration,
    Form,
    State,
    Version,
    VersionState,
)
from fediverse_coord.publishing.search_questions import question
from fediverse_coord.storage import (
    amendments,
    archive,
    declaration_lists,
    declarations,
    imports,
    related,
    search,
)
from fediverse_coord.storage.database import Reader, open_database
from fediverse_coord.storage.filters import Filter
from fediverse_coord.storage.imports import Entry, NewWork
from fediverse_coord.storage.migrate import migrate
from fediverse_coord.storage.sqlite_transaction import SQLiteTransaction, drive

ACTOR = """
INSERT INTO actors (id, name, actor_id, type, role, profile, revision, document, created_at,
                    updated_at)
VALUES (1, 'pits', 'https://here.example/pits', 'Organization', 'coordination', '{}', 1, x'', 0, 0)
"""
SIZES = (300, 3_000)
FIRST = datetime(2010, 1, 1, 12, tzinfo=UTC)
SEVERAL = Filter(year=2012, kind="call", country="ES")


def work(number: int, of: int) -> NewWork:
    """Kinds, countries and the topic of every third are frequent; one topic each is its own."""
    version = Version(
        language="en",
        title=f"Shaft {number}",
        source="We stop.",
        html="<p>We stop.</p>",
        state=VersionState.PUBLISHED,
    )
    declaration = Declaration(
        key=f"{number * 32**3 // of:016}",
        actor_name="pits",
        form=Form.NOTE,
        state=State.PUBLISHED,
        language="en",
        slug=f"shaft-{number}",
        versions=(version,),
        revision=1,
        kind="letter" if number % 2 else "call",
        tags=(f"Own{number}", *(["Wages"] if number % 3 == 0 else [])),
        countries=("ES" if number % 5 else "CL",),
        organisations=("Pit Crew",),
        published_at=FIRST + timedelta(days=number * 3650 // of),
    )
    return NewWork(declaration, (Entry(f"{number}", f"{number}", "en"),))


@pytest.fixture
async def archives(tmp_path: Path) -> AsyncIterator[list[sqlite3.Connection]]:
    made = []
    for size in SIZES:
        path = tmp_path / f"{size}.db"
        db = await open_database(f"sqlite:///{path}")
        await migrate(db)
        await db.write(lambda tx: tx.execute(ACTOR))
        works = [work(number, size) for number in range(size)]
        await db.write(lambda tx, all_=works: imports.insert(tx, 1, all_, None, FIRST))  # type: ignore[misc]
        await db.close()
        connection = sqlite3.connect(path, isolation_level=None)
        connection.row_factory = sqlite3.Row
        made.append(connection)
    yield made
    for connection in made:
        connection.close()


def steps(connection: sqlite3.Connection, read: Callable[[Reader], Awaitable[object]]) -> int:
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection.set_progress_handler(step, 1)
    drive(read, SQLiteTransaction(connection))
    connection.set_progress_handler(None, 0)
    return taken


async def _near(reader: Reader) -> object:
    [newest] = await archive.newly(reader, 1, limit=1)
    return await related.related(reader, newest)


async def _deep(reader: Reader) -> object:
    row = await reader.fetch_one("SELECT stands_at, id FROM declarations WHERE id = 60")
    assert row is not None
    return await archive.page(reader, 1, Filter(), before=(row["stands_at"], row["id"]))


async def _slice(reader: Reader) -> object:
    """Of as many files as there are twenties of texts, the first."""
    files = await archive.count_everywhere(reader) // 20
    return await archive.addresses(reader, "", f"{32**3 // files:016}")


async def _found(reader: Reader) -> object:
    hits = await search.find(reader, question('"stop"'), Filter(kind="letter"))
    return await declarations.by_rows(reader, [one.declaration for one in hits])


READS: dict[str, Callable[[Reader], Awaitable[object]]] = {
    "everything": lambda db: archive.page(db, 1, Filter()),
    "far down": _deep,
    "a year": lambda db: archive.page(db, 1, Filter(year=2012)),
    "a kind": lambda db: archive.page(db, 1, Filter(kind="letter")),
    "a country": lambda db: archive.page(db, 1, Filter(country="CL")),
    "an organisation": lambda db: archive.page(db, 1, Filter(organisation="Pit Crew")),
    "a language": lambda db: archive.page(db, 1, Filter(language="en")),
    "a topic": lambda db: archive.page(db, 1, Filter(topic="Wages")),
    "a rare topic": lambda db: archive.page(db, 1, Filter(topic="Own7")),
    "several": lambda db: archive.page(db, 1, SEVERAL, limit=5),
    "a rare one and others": lambda db: archive.page(db, 1, Filter(kind="call", topic="Own8")),
    "a feed": lambda db: archive.newly(db, 1),
    "a topic's feed": lambda db: archive.newly(db, 1, Filter(topic="Wages")),
    "what there is to choose": lambda db: archive.shelf(db, 1, topics=10),
    "a sitemap": _slice,
    "what is near": _near,
    "a search": _found,
    "a coordinator's list": lambda db: declaration_lists.page(db, 1),
    "drafts": lambda db: declaration_lists.page(db, 1, state="draft"),
    "a kind that is not there": lambda db: declaration_lists.page(db, 1, kind="report"),
    "a language that is not there": lambda db: declaration_lists.page(db, 1, language="uk"),
    "rare words": lambda db: declaration_lists.page(db, 1, words='"Shaft 77"'),
    "edits that wait": lambda db: amendments.page(db, 1, before=2**62, limit=20),
    "pinned": lambda db: declaration_lists.pinned_keys(db, 1, 5),
}


async def test_ten_times_as_many_texts_make_no_page_dearer(
    archives: list[sqlite3.Connection],
) -> None:
    dearer = {}
    for name, read in READS.items():
        few, many = (steps(connection, read) for connection in archives)
        if many > few * 1.5 + 100:
            dearer[name] = (few, many)
    assert dearer == {}
