"""A declaration as one ZIP, over a real socket: what is in it, for whom, and when no more."""

import io
import json
import zipfile
from collections.abc import AsyncIterator

import pytest
from engines import Place
from running_site import MASTODON, Site, running_site

from fediverse_coord.desk import edits, redacting
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.press.bundle import zipped
from fediverse_coord.press.paper_proof import read_proof
from fediverse_coord.storage.declarations import Work

NAME = "Rosamunde Unverwechselbar"


@pytest.fixture
async def site(place: Place, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("bundles")
    async with running_site(folder, "pits", "ended", place=place) as running:
        yield running


def bundle(work: Work) -> str:
    return f"/@{work.actor_name}/{work.declaration.slug}.zip"


async def french(site: Site, work: Work, **fields: object) -> None:
    given = {"title": "Arrêtons", "summary": "Deux.", "content": "Arrêtons à midi.", **fields}
    await edits.put_version(site.services.desk, OPERATOR, work.declaration.key, "fr", given)


async def files_in(site: Site, work: Work) -> dict[str, bytes]:
    answer = await site.get(bundle(work))
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_every_published_language_is_in_it_as_text_document_and_paper(site: Site) -> None:
    work = await site.publish("Down tools", slug="down")
    await french(site, work)
    files = await files_in(site, work)
    assert list(files) == [
        "object.json",
        "down.en.txt", "down.en.json", "down.en.pdf",
        "down.fr.txt", "down.fr.json", "down.fr.pdf",
    ]  # fmt: skip
    for language in ("en", "fr"):
        paper = await site.get(f"/@pits/down.pdf?lang={language}")
        assert files[f"down.{language}.pdf"] == paper.content
        assert read_proof(paper.content).holds(paper.content)
        text = await site.get(f"/@pits/down.txt?lang={language}")
        assert files[f"down.{language}.txt"] == text.content
        version = f"/actors/pits/objects/{work.declaration.key}/versions/{language}"
        assert files[f"down.{language}.json"] == (await site.get(version, **MASTODON)).content
    assert json.loads(files["object.json"])["proof"]


async def test_it_is_kept_told_from_others_and_always_the_same(site: Site) -> None:
    work = await site.publish("Twice")
    first = await site.get(bundle(work))
    assert first.headers["content-type"] == "application/zip"
    name = f"{work.declaration.slug}.zip"
    assert first.headers["content-disposition"] == f'attachment; filename="{name}"'
    again = await site.get(bundle(work), If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert (await site.get(bundle(work), Accept="application/zip")).content == first.content


async def test_the_page_leads_to_it(site: Site) -> None:
    work = await site.publish("Named")
    page = await site.page(site.path(work))
    assert f"{site.origin}{bundle(work)}" in [one["href"] for one in page.all("a")]


async def test_a_draft_and_a_version_that_is_one_are_in_no_zip(site: Site) -> None:
    draft = await site.draft("Not yet")
    assert (await site.get(bundle(draft))).status_code == 404
    work = await site.publish("Out")
    await french(site, work, state="draft")
    assert not [name for name in await files_in(site, work) if ".fr." in name]


async def test_what_is_for_followers_alone_is_in_no_zip(site: Site) -> None:
    work = await site.publish("Between us", visibility="followers")
    assert (await site.get(bundle(work))).status_code == 404
    for nowhere in ("/@pits/never-was.zip", "/@nobody/never-was.zip", "/@pits/a.b.zip"):
        assert (await site.get(nowhere)).status_code == 404


async def test_a_deleted_text_is_gone_and_an_old_address_leads_on(site: Site) -> None:
    work = await site.publish("Deleted soon")
    assert await files_in(site, work)
    await site.delete(work)
    assert (await site.get(bundle(work))).status_code == 410
    other = await site.publish("Old name", slug="old-name")
    await site.edit(other, slug="new-name")
    answer = await site.get("/@pits/old-name.zip")
    assert (answer.status_code, answer.headers["location"]) == (
        301,
        f"{site.origin}/@pits/new-name.zip",
    )


async def test_a_name_that_was_taken_out_is_in_no_zip_any_more(site: Site) -> None:
    work = await site.publish("Signed", content=f"{NAME} says: stop.")
    before = b"".join((await files_in(site, work)).values())
    assert NAME.encode() in before
    await redacting.redact(site.services.desk, OPERATOR, work.declaration.key, NAME)
    after = b"".join((await files_in(site, work)).values())
    assert NAME.encode() not in after


async def test_a_withdrawn_text_leaves_its_notice_alone(site: Site) -> None:
    work = await site.publish("Once listed", content="We said it too early.")
    await site.withdraw(work, "It was wrong.")
    answer = await site.get(bundle(work))
    assert answer.headers["x-robots-tag"] == "noindex"
    everything = b"".join((await files_in(site, work)).values())
    assert b"too early" not in everything
    assert b"It was wrong." in everything


def test_the_same_files_are_the_same_bytes() -> None:
    files = {"a.txt": b"a" * 1000, "b.json": "ä".encode()}
    assert zipped(files) == zipped(files)
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None
