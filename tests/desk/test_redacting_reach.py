"""Redact reaches every column that docs/redacting.md says it does, and the page knows them all."""

import re
from dataclasses import replace
from pathlib import Path

import leaflets
import photographs
import pytest
import soundtracks
from desk_rows import somebody
from test_desk_redacting import NAME, SAID, TABLES, WORK, published

from fediverse_coord.desk import (
    drafts,
    edits,
    introductions,
    passages,
    pictures,
    redacting,
    releases,
    repetitions,
)
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Role
from fediverse_coord.desk.repetitions import Answered
from fediverse_coord.publishing.importing.entries import hidden
from fediverse_coord.storage import imports
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.shelf import Shelf

pytestmark = pytest.mark.both_engines

PAGE = Path(__file__).parent.parent.parent / "docs" / "redacting.md"
LINE = re.compile(r"^\| `(\w+)` \| (`[^|]+`) \| (yes|no) \| .*\|$", re.MULTILINE)
IDENTITY = "markdown:2014/rosa-maria-lux.md"
# What is written with a declaration elsewhere, or on another way than this one came.
BESIDE = (
    "INSERT INTO imported_entries (actor, identity, title_hash, declaration, language, imported_at)"
    f" SELECT actor, '{IDENTITY}', 'h', id, 'en', 1 FROM declarations",
    "INSERT INTO old_paths (path, declaration, language)"
    " SELECT '/rosa-maria-lux', id, 'en' FROM declarations",
    "INSERT INTO amendments (key, declaration, revision, proposed, proposed_at)"
    f" SELECT 'abcdefghijklmnop', id, 1, '{NAME}', 1 FROM declarations",
    "INSERT INTO papers (declaration, language, revision, edition, size, made_at, content)"
    f" SELECT id, 'en', 1, 'e', 1, 1, CAST('{NAME}' AS {{bytes}}) FROM declarations",
)


def decided() -> dict[str, str]:
    """What the page says of each column."""
    found = LINE.findall(PAGE.read_text(encoding="utf-8"))
    return {
        f"{table}.{column}": word
        for table, columns, word in found
        for column in re.findall(r"`(\w+)`", columns)
    }


async def columns_that_say(desk: Desk) -> set[str]:
    found = set()
    for table in [row["name"] for row in await desk.db.fetch_all(TABLES)]:
        for row in await desk.db.fetch_all(f"SELECT * FROM {table}"):
            for column in row.keys():  # noqa: SIM118 - a row of either engine has no other way
                value = row[column]
                text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                if SAID.search(text.lower()):
                    found.add(f"{table}.{column}")
    return {one for one in found if not one.startswith("search_index")}


async def _taken_in(desk: Desk) -> list[str]:
    """A picture, a recording and a document, and a picture that no text shows."""
    keys = []
    for content in (photographs.plain(), soundtracks.told("WAV"), leaflets.telling()) * 2:
        alts: dict[str, object] = {"en": f"Of {NAME}", "de": f"Von {NAME}"}
        known = await pictures.take_in(desk, OPERATOR, "dockers", content, alts)
        keys.append(known.media.image.key)
    return keys


async def _introduced(desk: Desk) -> None:
    for subject, about in (("topic", NAME), ("organisation", f"Circle {NAME}"), ("topic", "Wages")):
        texts = {"texts": {"en": f"Ask {NAME}.", "de": f"Fragt {NAME}."}}
        await introductions.put(desk, OPERATOR, "dockers", subject, about, texts)


async def _said_everywhere(desk: Desk) -> str:
    keys = await _taken_in(desk)
    await _introduced(desk)
    for slug in ("held", "unused"):
        wording = {"texts": {"en": f"{NAME} speaks."}, "source": {"name": NAME}}
        await passages.put(desk, OPERATOR, "dockers", slug, wording)
    key = await published(desk)
    shown = "\n\n".join(f"![Of {NAME}](media:{one})" for one in keys[:3])
    content = f"{WORK['content']}\n\n{shown}\n\n{{{{passage: held}}}}"
    await edits.edit(desk, OPERATOR, key, {"content": content, "hero": keys[0]})
    await releases.withdraw(desk, OPERATOR, key, f"{NAME} had not agreed.", keep_text=True)
    await _answered(desk)

    async def beside(tx: Transaction) -> None:
        for statement in BESIDE:
            kind = "BLOB" if desk.db.dialect.name == "sqlite" else "BYTEA"
            await tx.execute(statement.replace("{bytes}", kind))

    await desk.db.write(beside)
    return key


async def _answered(desk: Desk) -> None:
    """An answer of the API that is kept to be repeated."""
    person = await somebody(desk, Role.PUBLISHER)
    await repetitions.begin(desk, person, "k1", b"f")
    body = f'{{"content": "By {NAME}"}}'.encode()
    await repetitions.finish(desk, person, "k1", Answered(201, None, body))


async def test_the_page_says_of_every_column_whether_a_name_goes(desk: Desk) -> None:
    known = set()
    for table in [row["name"] for row in await desk.db.fetch_all(TABLES)]:
        if not table.startswith(("search_index", "sqlite_")):
            known |= {f"{table}.{one}" for one in await text_columns(desk, table)}
    assert set(decided()) == known


async def text_columns(desk: Desk, table: str) -> list[str]:
    if desk.db.dialect.name == "sqlite":
        rows = await desk.db.fetch_all(f"SELECT name, type FROM pragma_table_info('{table}')")
    else:
        rows = await desk.db.fetch_all(
            "SELECT column_name AS name, data_type AS type FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = :table",
            table=table,
        )
    return [row["name"] for row in rows if row["type"].lower() in {"text", "blob", "bytea"}]


async def test_a_name_goes_from_every_column_that_the_page_promises(
    desk: Desk, tmp_path: Path
) -> None:
    desk = replace(desk, shelf=Shelf(tmp_path / "media"))
    key = await _said_everywhere(desk)
    promised = {column for column, word in decided().items() if word == "yes"}
    assert await columns_that_say(desk) == promised

    await redacting.redact(desk, OPERATOR, key, NAME)
    assert await columns_that_say(desk) == set()


async def test_what_stands_beside_keeps_its_other_words(desk: Desk, tmp_path: Path) -> None:
    desk = replace(desk, shelf=Shelf(tmp_path / "media"))
    key = await _said_everywhere(desk)
    await redacting.redact(desk, OPERATOR, key, NAME)

    (left,), _ = await introductions.page(desk, OPERATOR, "dockers")
    assert left.place.name == "Wages"
    assert left.texts == {"en": "Ask [name removed].", "de": "Fragt [Name entfernt]."}
    assert left.revision == 2
    found = await pictures.recent(desk, OPERATOR, "dockers")
    assert {dict(one.image.alts)["de"] for one in found} == {"Von [Name entfernt]"}
    unused = await passages.find(desk, OPERATOR, "dockers", "unused")
    assert unused.texts == {"en": "[name removed] speaks."}


async def test_what_lost_its_name_does_not_come_in_again(desk: Desk) -> None:
    made = await drafts.create(desk, OPERATOR, "dockers", {"content": f"By {NAME}."})
    (entry, *_) = (one for one in BESIDE if IDENTITY in one)
    await desk.db.write(lambda tx: tx.execute(entry))
    await redacting.redact(desk, OPERATOR, made.work.declaration.key, NAME)

    kept = await desk.db.fetch_value("SELECT identity FROM imported_entries")
    assert kept == hidden(IDENTITY)
    assert await imports.is_known(desk.db, made.work.actor, IDENTITY)


async def test_whoever_redacts_is_told_what_stays(desk: Desk) -> None:
    made = await drafts.create(desk, OPERATOR, "dockers", {"content": f"By {NAME}."})
    done = await redacting.redact(desk, OPERATOR, made.work.declaration.key, NAME)
    assert "what a picture or a document shows and a recording says" in done.beyond
