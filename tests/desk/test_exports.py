"""Exports on real rows: pictures, correspondence, disks that fail, keys that do not fit."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from desk_world import found
from engines import Place
from photographs import plain

from fediverse_coord.desk import drafts, exports, pictures, releases, returning
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Person, Role
from fediverse_coord.errors import ConfigError, NotAllowed, StorageUnavailable
from fediverse_coord.protocol.sealing import Seal
from fediverse_coord.storage.database import open_database
from fediverse_coord.storage.shelf import Shelf

ALT = "Cranes stand still"


@pytest.fixture
def desk(desk: Desk, tmp_path: Path) -> Desk:
    return replace(desk, shelf=Shelf(tmp_path / "media"))


async def write(desk: Desk, content: str = "We stop.", **fields: object) -> str:
    saved = await drafts.create(desk, OPERATOR, "dockers", {"content": content, **fields})
    return saved.work.declaration.key


async def illustrated(desk: Desk) -> str:
    known = await pictures.take_in(desk, OPERATOR, "dockers", plain(), {"en": ALT})
    key = known.media.image.key
    await write(desk, f"![{ALT}](media:{key})\n\nWe stop.", hero=key)
    return key


async def test_pictures_come_along_with_what_they_show(desk: Desk, tmp_path: Path) -> None:
    key = await illustrated(desk)
    made = await exports.export(desk, OPERATOR, tmp_path / "out")
    (folder,) = (tmp_path / "out").glob("dockers/*/*")
    assert made.missing == []
    shelf = {one.name: one.read_bytes() for one in (tmp_path / "media").iterdir()}
    assert {one.name: one.read_bytes() for one in (folder / "media").iterdir()} == shelf
    record = json.loads((folder / "declaration.json").read_bytes())
    assert record["media"][0]["alts"] == {"en": ALT}
    (text,) = folder.glob("*.md")
    assert f"hero: {key}" in text.read_text(encoding="utf-8")


async def test_a_picture_without_a_file_is_told_and_the_rest_comes_along(
    desk: Desk, tmp_path: Path
) -> None:
    await illustrated(desk)
    for one in (tmp_path / "media").iterdir():
        one.unlink()
    made = await exports.export(desk, OPERATOR, tmp_path / "out")
    assert made.missing
    assert made.counts == {"dockers": 1, "porters": 0}


async def test_letters_to_single_people_stay_and_are_counted(desk: Desk, tmp_path: Path) -> None:
    await write(desk, "For your eyes.", visibility="direct")
    answered = "https://far.example/notes/1"
    await write(desk, "Between us.", visibility="followers", in_reply_to=answered)
    await write(desk, "For all.", in_reply_to=answered)
    made = await exports.export(desk, OPERATOR, tmp_path / "out")
    assert (made.works, made.left_out) == (1, 2)
    files = [one.read_bytes() for one in (tmp_path / "out").rglob("*") if one.is_file()]
    assert not any(b"eyes" in one or b"Between" in one for one in files)


async def test_a_disk_that_fails_half_way_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    await write(desk)
    await illustrated(desk)
    for one in (tmp_path / "media").iterdir():
        one.unlink()
        one.mkdir()
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(StorageUnavailable, match="nothing was written"):
        await exports.export(desk, OPERATOR, tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == before


async def test_names_that_this_key_does_not_open_are_not_exported_as_if_it_did(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(desk, signatories=[{"name": "Ana Ruiz", "display": "hidden"}])
    monkeypatch.setattr(desk.publisher.keyring, "_seal", Seal(bytes([1] * 32)))
    with pytest.raises(ConfigError):
        await exports.export(desk, OPERATOR, tmp_path / "out", with_confidential=True)
    assert not (tmp_path / "out").exists()
    assert (await exports.export(desk, OPERATOR, tmp_path / "out")).works == 1


async def test_only_who_administers_everything_exports(desk: Desk, tmp_path: Path) -> None:
    for role in (Role.EDITOR, Role.PUBLISHER, Role.MODERATOR):
        with pytest.raises(NotAllowed):
            await exports.export(desk, Person(1, "ana", role, None, None), tmp_path / "out")
    assert not (tmp_path / "out").exists()


async def test_every_export_stands_in_the_audit(desk: Desk, tmp_path: Path) -> None:
    await exports.export(desk, OPERATOR, tmp_path / "one", ["porters"])
    await exports.export(desk, OPERATOR, tmp_path / "two", ["porters"], with_confidential=True)
    rows = await desk.db.fetch_all("SELECT verb, subject FROM audit ORDER BY id DESC LIMIT 2")
    assert [(one["verb"], one["subject"]) for one in rows] == [
        ("export with names", "actor:porters"), ("export", "actor:porters"),
    ]  # fmt: skip


@pytest.mark.both_engines
async def test_what_is_exported_comes_back_into_another_database(
    desk: Desk, place: Place, tmp_path: Path, woken: list[bool]
) -> None:
    await illustrated(desk)
    key = await write(desk, "We stop, all of us.", title="Stop", summary="We stop.")
    await releases.publish(desk, OPERATOR, key)
    await exports.export(desk, OPERATOR, tmp_path / "out")
    woken.clear()
    (tmp_path / "second").mkdir()
    second = Place(place.engine, tmp_path / "second").as_founded("founded", found)
    again = await open_database(second.url)
    try:
        other = replace(desk, db=again)
        made = await returning.bring_back(other, OPERATOR, tmp_path / "out", "dockers")
        await exports.export(other, OPERATOR, tmp_path / "again")
        assert await again.fetch_value("SELECT count(*) FROM fan_outs") == 0
    finally:
        await again.close()
        second.end()
    assert (made.works, woken) == (2, [])
    assert files_of(tmp_path / "again") == files_of(tmp_path / "out")


def files_of(folder: Path) -> dict[str, bytes]:
    files = (one for one in folder.rglob("*") if one.is_file())
    return {str(one.relative_to(folder)): one.read_bytes() for one in files}
