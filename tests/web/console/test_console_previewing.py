"""What people will read, before it goes out: the draft on paper, for nobody else."""

from collections.abc import AsyncIterator

import pypdfium2
import pytest
import pytest_asyncio
from desk_browser import Desk, at_desk
from running_site import BROWSER, Site, running_site

from fediverse_coord.desk import drafts
from fediverse_coord.desk.people import OPERATOR

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAME = "Thessaly Quillfeather"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("sheets"), "pits", "quays") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site) as entered:
        yield entered


def text_of(pdf: bytes) -> str:
    """All text without spaces, which every reader sets as it thinks best."""
    pages = pypdfium2.PdfDocument(pdf)
    return bare(" ".join(page.get_textpage().get_text_range() for page in pages))


def bare(text: str) -> str:
    return "".join(text.split())


async def drafted(site: Site) -> str:
    signatories = [{"name": NAME, "display": "hidden"}, {"name": "Amara Voss"}]
    work = await site.draft("At the gate", content="The first words.", signatories=signatories)
    return f"/console/declarations/{work.declaration.key}"


async def test_the_preview_opens_the_paper_of_what_is_saved_now(site: Site, desk: Desk) -> None:
    url = await drafted(site)
    page = await desk.get(f"{url}/preview")
    assert f"{url}/paper?lang=en" in [one.get("href") for one in page.all("a")]
    await desk.get(f"{url}/edit")
    await desk.press("save", "/edit", content__en="The second words.")
    await desk.get(f"{url}/paper?lang=en")
    assert desk.answer.headers["content-type"] == "application/pdf"
    assert desk.answer.headers["cache-control"] == "no-store"
    text = text_of(desk.answer.content)
    assert bare("The second words.") in text
    assert bare("The first words.") not in text
    assert bare("Amara Voss") in text


async def test_no_confidential_name_stands_on_the_paper_of_a_draft(site: Site, desk: Desk) -> None:
    await desk.get(f"{await drafted(site)}/paper")
    assert desk.answer.status_code == 200
    assert not any(bare(word) in text_of(desk.answer.content) for word in NAME.split())
    assert NAME.encode() not in desk.answer.content


async def test_a_stranger_gets_no_paper_of_a_draft_after_somebody_looked(
    site: Site, desk: Desk
) -> None:
    url = await drafted(site)
    work = await drafts.find(site.services.desk, OPERATOR, url.rpartition("/")[2])
    await desk.get(f"{url}/paper?lang=en")
    assert desk.answer.status_code == 200
    stranger = await site.reader.get(f"{url}/paper?lang=en", headers=BROWSER)
    assert stranger.status_code == 401
    assert not stranger.content.startswith(b"%PDF")
    public = await site.reader.get(f"{site.path(work)}.pdf?lang=en", headers=BROWSER)
    assert public.status_code == 404
    async with at_desk(site, "Quay", "editor", "quays") as other:
        await other.get(f"{url}/paper?lang=en")
        assert other.answer.status_code == 403
        assert not other.answer.content.startswith(b"%PDF")


@pytest.mark.parametrize("query", ["?lang=fr", "?lang=../../x", "?lang=%00"])
async def test_there_is_no_paper_in_a_language_that_the_text_has_not(
    site: Site, desk: Desk, query: str
) -> None:
    await desk.get(f"{await drafted(site)}/paper{query}")
    assert desk.answer.status_code == 404
