"""Archives on real rows: their pictures, what leads out of them, and bombs."""

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from bringing_in import bring, source, works
from photographs import plain

from fediverse_coord.desk import imports
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.errors import Refusal
from fediverse_coord.storage.shelf import Shelf

pytestmark = pytest.mark.both_engines


def archive(kind: str, place: Path, files: Mapping[str, bytes], links: Mapping[str, str]) -> Path:
    if kind == "zip":
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as opened:
            for name, content in files.items():
                opened.writestr(name, content)
            for name, target in links.items():
                info = zipfile.ZipInfo(name)
                info.external_attr = 0o120777 << 16
                opened.writestr(info, target)
        return place
    with tarfile.open(place, "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, target in links.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return place


def posts(*contents: str, **more: object) -> bytes:
    items = [
        {
            "type": "Create",
            "object": {
                "id": f"https://old.example/{number}",
                "to": "as:Public",
                "content": content,
                "published": "2019-01-01T00:00:00Z",
                **more,
            },
        }
        for number, content in enumerate(contents)
    ]
    return json.dumps({"orderedItems": items}).encode()


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
async def test_an_archive_brings_its_pictures_and_nothing_that_leads_out(
    desk: Desk, tmp_path: Path, kind: str
) -> None:
    attached = [{"mediaType": "image/jpeg", "url": "/media_attachments/gate.jpg", "name": "A gate"}]
    files = {
        "outbox.json": posts("<p>Look at the gate.</p>", attachment=attached),
        "media_attachments/gate.jpg": plain(),
        "../escaped.png": b"x",
        "/tmp/absolute.png": b"x",
    }
    one = archive(kind, tmp_path / f"a.{kind}", files, {"media_attachments/l.png": "/etc/passwd"})
    desk = replace(desk, shelf=Shelf(tmp_path / "media"))
    plan, done = await bring(desk, source("mastodon", one, tmp_path))

    assert done.works == 1
    version = (await works(desk))[0].declaration.original
    assert [each.alt for each in version.pictures] == ["A gate"]
    assert len([each for each in plan.faults if "leads elsewhere" in each.reason]) == 3
    assert not (tmp_path / "escaped.png").exists()
    assert [path for path in (tmp_path / "unpacked").rglob("*") if path.is_symlink()] == []


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "folder"])
async def test_pictures_are_found_beside_an_outbox_in_a_folder_of_the_archive(
    desk: Desk, tmp_path: Path, kind: str
) -> None:
    attached = [{"mediaType": "image/jpeg", "url": "/media/gate.jpg", "name": "A gate"}]
    files = {
        "archive-1/outbox.json": posts("<p>Look at the gate.</p>", attachment=attached),
        "archive-1/media/gate.jpg": plain(),
    }
    place = tmp_path / f"a.{kind}"
    if kind == "folder":
        for name, content in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)
    else:
        archive(kind, place, files, {})
    desk = replace(desk, shelf=Shelf(tmp_path / "media"))
    _, done = await bring(desk, source("mastodon", place, tmp_path))
    assert done.faults == []
    assert [one.alt for one in (await works(desk))[0].declaration.original.pictures] == ["A gate"]


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
async def test_a_bomb_is_left_where_it_lies(desk: Desk, tmp_path: Path, kind: str) -> None:
    files = {"outbox.json": posts("<p>Here.</p>"), "media_attachments/b.png": bytes(30_000_000)}
    one = archive(kind, tmp_path / f"a.{kind}", files, {})
    plan, done = await bring(desk, source("mastodon", one, tmp_path, largest_picture=1_000_000))
    assert done.works == 1
    assert [each.reason for each in plan.faults] == ["has more than 1,000,000 bytes"]
    assert sum(path.stat().st_size for path in (tmp_path / "unpacked").rglob("*")) < 1_000_000


async def test_all_members_together_have_a_limit_too(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fediverse_coord.desk.import_archives.MOST_UNPACKED", 2_000_000)
    files = {"outbox.json": posts("<p>Here.</p>")}
    files |= {f"media_attachments/{number}.png": bytes(300_000) for number in range(9)}
    for kind in ("zip", "tar.gz"):
        one = archive(kind, tmp_path / f"a.{kind}", files, {})
        (tmp_path / kind).mkdir()
        with pytest.raises(Refusal, match="unpacks to more than"):
            await bring(desk, source("mastodon", one, tmp_path / kind))


async def test_a_name_that_is_a_bomb_is_not_read(desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / "a.tar"
    with tarfile.open(place, "w", format=tarfile.PAX_FORMAT) as tar:
        header = tarfile.TarInfo("././@PaxHeader")
        header.type, header.size = tarfile.XHDTYPE, 5_000_000
        tar.addfile(header, io.BytesIO(bytes(5_000_000)))
    with pytest.raises(Refusal, match="cannot be unpacked: a name of 5,000,000 bytes"):
        await bring(desk, source("mastodon", place, tmp_path))


async def test_members_that_cannot_be_files_are_named_and_the_rest_comes_in(
    desk: Desk, tmp_path: Path
) -> None:
    place = tmp_path / "a.tar"
    names = ["x.png", "x.png", "x.png/y.png", f"{'n' * 300}.png", "outbox.json"]
    with tarfile.open(place, "w") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            content = posts("<p>Here.</p>") if name == "outbox.json" else plain()
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    plan, done = await bring(desk, source("mastodon", place, tmp_path))
    assert (done.works, len(plan.faults)) == (1, 3)
    assert all("cannot be unpacked" in one.reason for one in plan.faults)


@pytest.mark.parametrize("url", ["/gone.jpg", "/none.jpg", "/a\0b.jpg", f"/{'n' * 5000}.jpg"])
async def test_a_text_comes_in_without_a_picture_that_is_none(
    desk: Desk, tmp_path: Path, url: str
) -> None:
    attached = [{"mediaType": "image/jpeg", "url": url, "name": "A gate"}]
    files = {"outbox.json": posts("<p>Look.</p>", attachment=attached), "none.jpg": b"<svg/>"}
    one = archive("zip", tmp_path / "a.zip", files, {})
    desk = replace(desk, shelf=Shelf(tmp_path / "media"))
    brought = source("mastodon", one, tmp_path)
    plan, done = await bring(desk, brought)
    assert done.works == 1
    assert [fault.place.startswith("outbox.json, entry 1, ") for fault in done.faults] == [True]
    assert await imports.check(desk, OPERATOR, plan, brought) == done.faults


async def test_a_post_that_was_unlisted_stays_so(desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / "outbox.json"
    quiet = {"to": "https://old.example/followers", "cc": ["as:Public"]}
    place.write_bytes(posts("<p>Not so loud.</p>", **quiet))
    await bring(desk, source("mastodon", place, tmp_path))
    assert [one.declaration.visibility for one in await works(desk)] == ["unlisted"]
