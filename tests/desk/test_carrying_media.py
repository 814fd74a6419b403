"""Files of media carried to another place, looked through, and lost and found on the way."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import leaflets
import photographs
import pytest
import soundtracks
from desk_world import CONFIG, NOW, SEAL, coordination_file
from object_store import ObjectStore, running_store

from fediverse_coord.config import Config, Media
from fediverse_coord.desk import (
    carrying_media,
    coordinations,
    drafts,
    exports,
    pictures,
    stores,
)
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Person, Role
from fediverse_coord.errors import MediaUnavailable, NotAllowed, Refusal
from fediverse_coord.publishing.coordinations import coordination_from
from fediverse_coord.storage import media
from fediverse_coord.storage.shelf import Clearing, Shelf

pytestmark = pytest.mark.both_engines
ALT = {"en": "Read aloud"}


def settled(folder: Path, **fields: object) -> Config:
    return CONFIG.model_copy(update={"folder": folder, "media": Media(**fields)})


@pytest.fixture
def desk(desk: Desk, tmp_path: Path) -> Desk:
    return replace(desk, shelf=Shelf(tmp_path / "data" / "media"))


def there(folder: Path) -> set[str]:
    return {one.name for one in folder.glob("*")}


async def taken_in(desk: Desk, content: bytes) -> str:
    known = await pictures.take_in(desk, OPERATOR, "dockers", content, ALT)
    return known.media.image.key


async def move(desk: Desk, config: Config, place: str | Path) -> carrying_media.Carried:
    return await carrying_media.move(desk, config, OPERATOR, str(place), lambda _done, _all: None)


async def check(desk: Desk, *, contents: bool = False) -> carrying_media.Checked:
    return await carrying_media.check(desk, OPERATOR, lambda _done, _all: None, contents=contents)


async def test_every_file_comes_into_a_store_and_back_into_a_folder(
    desk: Desk, tmp_path: Path, object_store: ObjectStore
) -> None:
    name = f"carried-{desk.db.dialect.name}"
    bucket = object_store.bucket(name)
    keys = object_store.keys_file(tmp_path)
    settings = {"endpoint": object_store.endpoint, "credentials": keys}
    for content in (soundtracks.told("WAV"), leaflets.telling(), photographs.plain()):
        await taken_in(desk, content)
    lying = there(tmp_path / "data" / "media")
    made = await move(desk, settled(tmp_path, **settings), f"{bucket}/files")
    assert (made.carried, made.there, made.missing, made.broken) == (len(lying), 0, [], [])
    assert object_store.names(name, "files/") == lying
    assert there(tmp_path / "data" / "media") == lying
    again = await move(desk, settled(tmp_path, **settings), f"{bucket}/files")
    assert (again.carried, again.there) == (0, len(lying))
    elsewhere = settled(tmp_path, store=f"{bucket}/files", directory=Path("none"), **settings)
    from_store = replace(desk, shelf=stores.shelves(elsewhere))
    back = await move(from_store, elsewhere, tmp_path / "back")
    assert (back.carried, there(tmp_path / "back")) == (len(lying), lying)
    for one in lying:
        content = (tmp_path / "back" / one).read_bytes()
        assert content == (tmp_path / "data" / "media" / one).read_bytes()


async def test_what_is_broken_or_missing_is_named_and_not_carried(
    desk: Desk, tmp_path: Path
) -> None:
    await taken_in(desk, soundtracks.told("WAV"))
    gone, changed, *rest = sorted((tmp_path / "data" / "media").iterdir())
    gone.unlink()
    changed.write_bytes(b"other")
    made = await move(desk, settled(tmp_path), tmp_path / "new")
    assert (made.missing, made.broken) == ([gone.name], [changed.name])
    assert there(tmp_path / "new") == {one.name for one in rest}


async def test_what_lies_there_broken_already_is_put_anew(desk: Desk, tmp_path: Path) -> None:
    await taken_in(desk, photographs.plain())
    (tmp_path / "new").mkdir()
    for one in (tmp_path / "data" / "media").iterdir():
        (tmp_path / "new" / one.name).write_bytes(b"half")
    made = await move(desk, settled(tmp_path), tmp_path / "new")
    assert made.carried == len(there(tmp_path / "new"))
    for one in (tmp_path / "new").iterdir():
        assert one.read_bytes() == (tmp_path / "data" / "media" / one.name).read_bytes()


async def test_a_check_names_what_is_missing_what_is_other_and_what_is_too_much(
    desk: Desk, tmp_path: Path
) -> None:
    await taken_in(desk, leaflets.telling())
    folder = tmp_path / "data" / "media"
    gone, changed, *_ = sorted(folder.iterdir())
    gone.unlink()
    changed.write_bytes(b"other")
    for digit, age in (("c", timedelta(days=3)), ("d", timedelta())):
        stray = folder / f"{digit * 64}.mp3"
        stray.write_bytes(b"x")
        moment = (desk.clock() - age).timestamp()
        os.utime(stray, (moment, moment))
    found = await check(desk, contents=True)
    assert (found.missing, found.broken) == ([gone.name], [changed.name])
    assert found.strays == {str(folder): ["c" * 64 + ".mp3"]}
    assert found.fresh == 1
    assert (await check(desk)).broken == []


async def test_strays_go_from_a_store_once_they_are_old_and_nothing_else(
    desk: Desk, tmp_path: Path, object_store: ObjectStore
) -> None:
    name = f"strays-{desk.db.dialect.name}"
    bucket, keys = object_store.bucket(name), object_store.keys_file(tmp_path)
    config = settled(tmp_path, store=bucket, endpoint=object_store.endpoint, credentials=keys)
    here = replace(desk, shelf=stores.shelves(config))
    await taken_in(here, soundtracks.told("WAV"))
    kept = object_store.names(name)
    object_store.put(name, "c" * 64 + ".mp3", b"stray")
    object_store.put(name, "letter.txt", b"somebody's own")
    clearing = Clearing(here.shelf.places[0], desk.db)
    assert await clearing.clear(datetime.now(UTC)) == 0
    assert await clearing.clear(datetime.now(UTC) + timedelta(days=2)) == 1
    assert object_store.names(name) == kept | {"letter.txt"}


async def test_no_row_is_written_where_the_store_is_away(desk: Desk, tmp_path: Path) -> None:
    with _store_that_ends(tmp_path) as (store, config):
        here = replace(desk, shelf=stores.shelves(config))
        store.process.terminate()
        store.process.wait()
        with pytest.raises(MediaUnavailable):
            await taken_in(here, photographs.plain())
    assert await media.count_names(desk.db) == 0
    assert not there(tmp_path / "data" / "media")


async def test_what_is_deleted_while_the_store_is_away_is_deleted(
    desk: Desk, tmp_path: Path
) -> None:
    with _store_that_ends(tmp_path) as (store, config):
        here = replace(desk, shelf=stores.shelves(config))
        key = await taken_in(here, photographs.plain())
        store.process.terminate()
        store.process.wait()
        await pictures.delete(here, OPERATOR, key)
    assert await media.count_names(desk.db) == 0


@contextmanager
def _store_that_ends(folder: Path) -> Iterator[tuple[ObjectStore, Config]]:
    with running_store() as store:
        settings = {"endpoint": store.endpoint, "credentials": store.keys_file(folder)}
        yield store, settled(folder, store=store.bucket("ends"), **settings)


async def test_an_export_takes_files_from_the_store_and_brings_them_back(
    desk: Desk, tmp_path: Path, object_store: ObjectStore
) -> None:
    name = f"export-{desk.db.dialect.name}"
    bucket, keys = object_store.bucket(name), object_store.keys_file(tmp_path)
    config = settled(tmp_path, store=bucket, endpoint=object_store.endpoint, credentials=keys)
    here = replace(desk, shelf=stores.shelves(config))
    key = await taken_in(here, soundtracks.told("WAV"))
    await drafts.create(here, OPERATOR, "dockers", {"content": f"![Read aloud](media:{key})\n"})
    made = await exports.export(here, OPERATOR, tmp_path / "out")
    assert made.missing == []
    (folder,) = (tmp_path / "out").glob("dockers/*/*/media")
    assert there(folder) == object_store.names(name)


async def test_only_administrators_carry_files(desk: Desk, tmp_path: Path) -> None:
    person = Person(None, "Rosa", Role.PUBLISHER, frozenset({"dockers"}), None)
    with pytest.raises(NotAllowed):
        await carrying_media.move(
            desk, settled(tmp_path), person, str(tmp_path / "new"), lambda _done, _all: None
        )
    assert not (tmp_path / "new").exists()


async def test_what_is_over_its_kinds_bound_is_refused_before_it_is_opened(
    desk: Desk, tmp_path: Path
) -> None:
    small = replace(desk.darkroom.bounds, recording_bytes=10_000, document_bytes=100)
    here = replace(desk, darkroom=replace(desk.darkroom, bounds=small))
    for content, told in ((soundtracks.told("WAV"), "recording"), (leaflets.telling(), "document")):
        with pytest.raises(Refusal, match=f"a {told} may have 1 MB") as refused:
            await taken_in(here, content)
        assert [one.field for one in refused.value.faults] == ["file"]
    assert not there(tmp_path / "data" / "media")


ICON = {"file": "crane.png", "alt": "A crane"}


async def test_icons_are_made_on_each_machine_and_checked_exported_and_never_carried(
    desk: Desk, tmp_path: Path
) -> None:
    config = settled(tmp_path, store=str(tmp_path / "store"))
    (tmp_path / "actors").mkdir()
    (tmp_path / "actors" / "crane.png").write_bytes(photographs.plain("PNG", (400, 400)))
    file = coordination_file("dockers") | {"revision": 2, "icon": ICON}
    files = [
        coordination_from(one, file_name="x.toml") for one in (file, coordination_file("porters"))
    ]
    await coordinations.apply(desk.db, config, SEAL, files, NOW)
    desk = replace(desk, shelf=stores.shelves(config))
    (icon,) = there(tmp_path / "data" / "media")

    assert (await check(desk)).unmade == []
    assert (await move(desk, config, tmp_path / "store")).looked_at == 0
    await exports.export(desk, OPERATOR, tmp_path / "out")
    assert there(tmp_path / "out" / "dockers" / "media") == {icon}

    (tmp_path / "data" / "media" / icon).unlink()
    assert (await check(desk)).unmade == [icon]
    applied = await coordinations.apply(desk.db, config, SEAL, files, NOW)
    assert (applied.warnings, there(tmp_path / "data" / "media")) == ((), {icon})
