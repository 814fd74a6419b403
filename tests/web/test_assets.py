"""What never changes under its name: the stylesheet, pictures, and our own source code."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from running_site import Site, running_site

from fediverse_coord.web.assets import source_archive
from fediverse_coord.web.responses import DATA_POLICY
from fediverse_coord.web.templating import place_script, stylesheet

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("assets"), "pits") as running:
        yield running


def media_of(site: Site) -> Path:
    return site.services.config.path(site.services.config.media.directory)


async def test_the_stylesheet_is_kept_for_ever_under_its_hash(site: Site) -> None:
    answer = await site.get(stylesheet().path)

    assert answer.content == stylesheet().body
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]


async def test_the_script_is_small_and_kept_for_ever_under_its_hash(site: Site) -> None:
    answer = await site.get(place_script().path)

    assert answer.content == place_script().body
    assert len(answer.content) < 1_000
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await site.get("/static/place.0123456789ab.js")).content == place_script().body


async def test_a_page_from_before_an_upgrade_still_finds_a_stylesheet(site: Site) -> None:
    answer = await site.get("/static/style.0123456789ab.css")

    assert answer.content == stylesheet().body
    assert "immutable" not in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/style.css",
        "/static/place.js",
        "/static/place.0123456789ab.css",
        "/static/..%2fviews.py",
        "/static/../templating.py",
        "/static/style.0123456789ab.css%00",
        "/static/style.0123456789ab.css/x",
        "/media/",
        "/media/..%2f..%2finstance.key",
        "/media/%2e%2e/instance.key",
        "/media/../instance.key",
        "/media/....//instance.key",
        "/media/%2fetc%2fpasswd",
        "/media/notes12.json",
        "/media/notes12.html",
        "/media/notes12.svg",
        "/media/notes12.png.html",
        "/media/notes12.png%00.html",
        "/media/notes12.png%0a",
        "/media/NOTES12.PNG",
        "/media/.notes12.png",
        "/media/linked12.png",
        "/media/folder12.png",
        "/media/00000000.png",
    ],
)
async def test_nothing_else_is_handed_out(site: Site, path: str) -> None:
    media = media_of(site)
    for name in ("notes12.json", "notes12.html", "notes12.svg", ".notes12.png"):
        (media / name).write_text(json.dumps({"id": site.origin, "type": "Person"}))
    if not (media / "linked12.png").is_symlink():
        (media / "linked12.png").symlink_to(site.services.config.folder / "instance.key")
        (media / "folder12.png").mkdir()
    # As it is written: a well-behaved client would take the dots out.
    answer = await site.reader.get("/", extensions={"target": path.encode()})

    assert answer.status_code == 404
    assert "Person" not in answer.text


async def test_a_picture_is_a_picture_and_nothing_else(site: Site) -> None:
    profile = await site.page("/@pits")
    (icon,) = [a["src"] for a in profile.all("img") if a["width"] == "112"]
    answer = await site.get(str(icon).removeprefix(site.origin), Accept="application/activity+json")
    again = await site.get(str(icon), If_None_Match=answer.headers["etag"])

    assert answer.content.startswith(b"\x89PNG")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == DATA_POLICY
    assert "immutable" in answer.headers["cache-control"]
    assert again.status_code == 304


async def test_json_under_a_pictures_name_is_no_document(site: Site) -> None:
    (media_of(site) / "polyglot12.png").write_text(json.dumps({"type": "Person"}))
    answer = await site.get("/media/polyglot12.png", Accept="application/activity+json")

    assert answer.headers["content-type"] == "image/png"


async def test_the_source_code_that_runs_can_be_had(site: Site) -> None:
    answer = await site.get("/source.zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    names = archive.namelist()

    assert answer.headers["content-type"] == "application/zip"
    assert archive.read("fediverse-coord/fediverse_coord/web/assets.py").startswith(b'"""Files')
    assert "fediverse-coord/pyproject.toml" in names
    assert "fediverse-coord/fediverse_coord/web/templates/base.html" in names
    assert not [one for one in names if "__pycache__" in one or "/." in one or one.endswith(".db")]
    assert {name.split("/")[0] for name in names} == {"fediverse-coord"}
    profile = await site.page("/@pits")
    assert f"{site.origin}/source.zip" in {a.get("href") for a in profile.all("a")}


async def test_the_same_source_makes_the_same_archive() -> None:
    first = source_archive.__wrapped__().content

    assert first == source_archive.__wrapped__().content


async def test_a_browser_that_asks_for_an_icon_gets_nothing(site: Site) -> None:
    assert (await site.get("/favicon.ico")).status_code == 204
