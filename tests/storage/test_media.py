"""Pictures in rows and on the shelf: who shows them, and when they go."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from engines import Place
from forgettable import Rows

from fediverse_coord.errors import Conflict
from fediverse_coord.publishing.illustrations import Enclosed, File, Image, Shown
from fediverse_coord.storage import declarations, media
from fediverse_coord.storage.database import Transaction, open_database
from fediverse_coord.storage.shelf import PORTION, Clearing, Shelf, name_for

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FIRST, SECOND = "a" * 16, "b" * 16


@pytest.fixture
async def rows(place: Place) -> AsyncIterator[Rows]:
    db = await open_database(place.migrated().url)
    made = Rows(db, NOON)
    await made.world()
    await made.insert(
        "declaration_versions", declaration=1, language="en", source="x", html="x", state="draft",
        updated_at=1,
    )  # fmt: skip
    yield made
    await db.close()


def files(number: int = 1) -> dict[str, File]:
    return {
        size: File(f"{number:063x}{place}.jpg", "image/jpeg", 4, 3)
        for place, size in enumerate(("page", "small", "card"))
    }


async def written(rows: Rows, work: Callable[[Transaction], Awaitable[object]]) -> object:
    return await rows.db.write(work)


async def taken_in(rows: Rows, key: str, number: int = 1, **alts: str) -> Image:
    told = alts or {"en": "A gate"}
    await written(rows, lambda tx: media.insert(tx, 1, key, files(number), told, 1, rows.now))
    return (await media.images(rows.db, [key]))[key]


async def shown(rows: Rows, *pictures: Shown, hero: Image | None = None) -> None:
    """The declaration shows these from now on."""
    work = await declarations.by_row(rows.db, 1)
    assert work is not None
    version = replace(work.declaration.original, pictures=pictures)
    after = replace(work.declaration, versions=(version,), hero=hero)
    await written(rows, lambda tx: media.put_links(tx, 1, after, rows.now))


async def test_a_declaration_is_read_with_its_pictures_in_order(rows: Rows) -> None:
    one, two = await taken_in(rows, FIRST), await taken_in(rows, SECOND, 2, en="B", de="Tor")
    pictures = (Shown(two, "Second"), Shown(one, "First"), Shown(two, "Again"))
    await shown(rows, *pictures, hero=two)

    work = await declarations.by_row(rows.db, 1)
    assert work is not None
    assert work.declaration.original.pictures == pictures
    assert work.declaration.hero == two == Image(
        SECOND, "pits", *files(2).values(), alts=(("de", "Tor"), ("en", "B"))
    )  # fmt: skip
    assert await media.users(rows.db, 2) == ["k"]
    assert await media.hero_languages(rows.db, 2) == ["en"]


async def test_one_that_is_gone_cannot_be_shown(rows: Rows) -> None:
    one = await taken_in(rows, FIRST)
    await written(rows, lambda tx: media.drop_unused(tx, [FIRST]))
    with pytest.raises(Conflict, match="removed at this moment"):
        await shown(rows, Shown(one, "A gate"))
    assert await rows.count("declaration_media") == 0


async def test_only_what_nothing_shows_is_dropped_and_only_files_of_no_other(rows: Rows) -> None:
    one = await taken_in(rows, FIRST)
    await taken_in(rows, SECOND)  # the same file, sent twice
    await shown(rows, Shown(one, "A gate"))

    assert await written(rows, lambda tx: media.drop_unused(tx, [FIRST, SECOND])) == []
    assert await rows.count("media") == await rows.count("media", f"key = '{FIRST}'") == 1
    await shown(rows)
    names = await written(rows, lambda tx: media.drop_unused(tx, [FIRST]))
    assert names == [one.name for one in files().values()]
    assert await rows.count("media_files") + await rows.count("media_texts") == 0


@pytest.mark.parametrize(
    ("state", "keeps_text", "hidden"),
    [("published", 0, False), ("draft", 0, False), ("withdrawn", 1, False), ("withdrawn", 0, True)],
)
async def test_a_file_is_hidden_with_the_last_text_that_shows_it(
    rows: Rows, state: str, keeps_text: int, hidden: bool
) -> None:
    one = await taken_in(rows, FIRST)
    await shown(rows, Shown(one, "A gate"), hero=one)
    await rows.execute(f"UPDATE declarations SET state = '{state}', keeps_text = {keeps_text}")
    assert await media.is_hidden(rows.db, one.page.name) is hidden
    await taken_in(rows, SECOND)  # in somebody's hands again
    assert not await media.is_hidden(rows.db, one.page.name)
    assert not await media.is_hidden(rows.db, "icon.png")


VOICE = Enclosed("f" * 64 + ".mp3", "audio/mpeg", 9, seconds=2)


async def recorded(rows: Rows, key: str) -> Image:
    told = {"en": "Read aloud"}
    await written(
        rows, lambda tx: media.insert(tx, 1, key, files(), told, 1, rows.now, enclosed=VOICE)
    )
    return (await media.images(rows.db, [key]))[key]


async def test_a_recording_is_hidden_and_goes_with_its_picture(rows: Rows) -> None:
    one = await recorded(rows, FIRST)
    assert one.enclosed == VOICE
    assert await media.has_file(rows.db, VOICE.name)
    assert await media.names(rows.db) == sorted(media.names_of(one))
    assert await media.count_names(rows.db) == 4
    await shown(rows, Shown(one, "Read aloud"))
    await rows.execute("UPDATE declarations SET state = 'withdrawn', keeps_text = 0")
    assert await media.is_hidden(rows.db, VOICE.name)
    await shown(rows)
    names = await written(rows, lambda tx: media.drop_unused(tx, [FIRST]))
    assert VOICE.name in names
    assert await rows.count("media_enclosed") == 0


async def test_a_recording_that_nothing_shows_is_forgotten_after_a_day(rows: Rows) -> None:
    await recorded(rows, FIRST)
    rows.now += timedelta(days=2)
    await rows.rounds()
    assert await rows.count("media") + await rows.count("media_enclosed") == 0


async def test_new_words_are_taken_once_and_tell_the_page(rows: Rows) -> None:
    one = await taken_in(rows, FIRST)
    await shown(rows, hero=one)
    before = await media.by_key(rows.db, FIRST)
    assert before is not None
    words = {"en": "A gate", "de": "Ein Tor"}

    async def describe(tx: Transaction) -> media.Media | None:
        return await media.describe(tx, before, words, NOON)

    after = await rows.db.write(describe)
    assert after is not None
    assert (dict(after.image.alts), after.revision) == (words, 2)
    assert await rows.count("changes", "key = 'declaration:k'") == 1
    assert await rows.db.write(describe) is None


async def test_what_nothing_shows_is_forgotten_after_a_day(rows: Rows) -> None:
    one = await taken_in(rows, FIRST)
    await taken_in(rows, SECOND, 2)
    await shown(rows, Shown(one, "A gate"))
    rows.now += timedelta(hours=23)
    await rows.rounds()
    assert await rows.count("media") == 2
    rows.now += timedelta(hours=7)
    await rows.rounds()
    assert await rows.count("media") == await rows.count("media", f"key = '{FIRST}'") == 1
    assert await rows.count("media_files") == 3

    await shown(rows)  # its day begins now
    rows.now += timedelta(hours=7)
    await rows.rounds()
    assert await rows.count("media") == 1
    rows.now += timedelta(days=1)
    await rows.rounds()
    assert await rows.count("media") + await rows.count("media_files") == 0


def aged(folder: Path, name: str, days: float) -> None:
    moment = (NOON - timedelta(days=days)).timestamp()
    os.utime(folder / name, (moment, moment))


async def test_files_that_no_picture_has_are_cleared_after_a_day(
    rows: Rows, tmp_path: Path
) -> None:
    folder, page = tmp_path / "media", files()["page"].name
    await taken_in(rows, FIRST)
    shelf, stray, young = Shelf(folder), "c" * 64 + ".jpg", "d" * 64 + ".png"
    unfinished, icon = f".{'e' * 64}.jpg.4711", "f" * 32 + ".png"
    for name in (page, stray, young, unfinished, icon, "notes.txt"):
        shelf.put(name, b"x")
        aged(folder, name, 0.9 if name == young else 1.1)
    clearing = Clearing(shelf, rows.db)

    assert await clearing.clear(NOON) == 2
    assert await clearing.clear(NOON) == 0
    assert {one.name for one in folder.iterdir()} == {page, young, icon, "notes.txt"}


async def test_clearing_goes_on_where_it_stopped(rows: Rows, tmp_path: Path) -> None:
    """However many are kept, those behind them have their turn."""
    for number in range(PORTION):
        (tmp_path / f"{number:064x}.jpg").touch()
        aged(tmp_path, f"{number:064x}.jpg", 2)
    name = f"{'f' * 64}.jpg"
    (tmp_path / name).touch()
    aged(tmp_path, name, 2)
    clearing = Clearing(Shelf(tmp_path), rows.db)
    found = [await clearing.clear(NOON) for _ in range(2)]
    assert found == [PORTION, 1]


async def test_a_file_put_again_is_new_again(rows: Rows, tmp_path: Path) -> None:
    shelf, name = Shelf(tmp_path / "media"), name_for(b"x", "jpg")
    shelf.put(name, b"x")
    aged(shelf.folder, name, 400)
    shelf.put(name, b"x")
    assert await Clearing(shelf, rows.db).clear(NOON) == 0
    assert [one.name for one in shelf.folder.iterdir()] == [name]


async def test_many_put_the_same_at_once(tmp_path: Path) -> None:
    shelf, content = Shelf(tmp_path / "new"), b"x" * 100_000
    name = name_for(content, "jpg")
    await asyncio.gather(*(asyncio.to_thread(shelf.put, name, content) for _ in range(20)))
    assert [one.read_bytes() for one in (tmp_path / "new").iterdir()] == [content]


async def test_no_shelf_is_an_empty_one(rows: Rows, tmp_path: Path) -> None:
    assert await Clearing(Shelf(tmp_path / "none"), rows.db).clear(NOON) == 0
