"""People whom a text may name are shown where it is looked at before it goes out."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from desk_browser import Desk, at_desk
from running_site import Site, running_site

from fediverse_coord.desk import edits
from fediverse_coord.desk.people import OPERATOR

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = "They hold Ahmet Yılmaz."
QUESTION = {
    "en": "Does the text name people?",
    "de": "Nennt der Text Menschen?",
    "fr": "Le texte nomme-t-il des personnes ?",
    "es": "¿Nombra el texto a personas?",
    "ar": "هل يذكر النص أشخاصًا؟",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("named"), "pits") as running:
        await running.protect("TR")
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site) as entered:
        yield entered


async def drafted(site: Site, **fields: object) -> str:
    work = await site.draft("At the gate", **{"content": TEXT, "countries": ["TR"], **fields})
    return f"/console/declarations/{work.declaration.key}"


@pytest.mark.parametrize("ending", ["", "/preview"])
@pytest.mark.parametrize("language", list(QUESTION))
async def test_the_names_stand_where_a_text_is_published_and_previewed(
    site: Site, desk: Desk, language: str, ending: str
) -> None:
    url = await drafted(site)
    page = await desk.get(url + ending, Accept_Language=language)
    assert QUESTION[language] in page.text
    assert "Ahmet Yılmaz</bdi>" in desk.answer.text
    assert page.faults == []


async def test_it_can_be_published_all_the_same_and_is_not_asked_again(
    site: Site, desk: Desk
) -> None:
    url = await drafted(site)
    await desk.get(url)
    page = await desk.submit("/publish")
    assert "Published." in desk.alerts
    assert QUESTION["en"] not in page.text


async def test_a_further_language_is_asked_about_before_it_follows(site: Site, desk: Desk) -> None:
    url = await drafted(site)
    await desk.get(url)
    await desk.submit("/publish")
    german = {"title": "Am Tor", "summary": "Was wir sagen.", "state": "draft"}
    key = url.rpartition("/")[2]
    words = {**german, "content": "Dort sitzt Ahmet Yılmaz mit Ayşe Demir."}
    await edits.put_version(site.services.desk, OPERATOR, key, "de", words)
    await desk.get(url)
    assert "Ayşe Demir</bdi>" in desk.answer.text
    assert "Ahmet Yılmaz</bdi>" not in desk.answer.text


async def test_an_edit_of_what_is_out_tells_whom_it_names(site: Site, desk: Desk) -> None:
    url = await drafted(site)
    await desk.get(url)
    await desk.submit("/publish")
    await desk.get(f"{url}/edit")
    await desk.press("save", "/edit", content__en=f"{TEXT} They seek Ayşe Demir.")
    assert "Saved." in desk.alerts
    assert "Ayşe Demir</bdi>" in desk.answer.text
    assert "Ahmet Yılmaz</bdi>" not in desk.answer.text
    page = await desk.get(url)
    assert QUESTION["en"] not in page.text


async def test_a_name_that_is_cleared_is_not_asked_about(site: Site, desk: Desk) -> None:
    signs = {"name": "Ahmet Yılmaz", "country": "TR", "cleared": True}
    page = await desk.get(await drafted(site, signatories=[signs]))
    assert QUESTION["en"] not in page.text


async def test_where_nobody_can_look_the_page_says_so(site: Site, desk: Desk) -> None:
    words = "كتب أحمد من كركوك إلى العمال. " * 9
    page = await desk.get(await drafted(site, content=words, language="ar"))
    assert "in this script we cannot look for names" in page.text
