"""People whom a text may name are shown where it is looked at before it goes out."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from desk_browser import Desk, at_desk
from running_site import Site, running_site

from fediverse_coord.desk import edits, releases
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


MORE = f"{TEXT} They seek Ayşe Demir."


async def published(site: Site, desk: Desk) -> str:
    url = await drafted(site)
    await desk.get(url)
    await desk.submit("/publish")
    return url


async def read_by_all(desk: Desk, url: str) -> str:
    """The text as followers of the link on its page read it."""
    await desk.get(url)
    link = re.search(r'href="(https?://[^"]+/[^"]*at-the-gate[^"]*)"', desk.answer.text)
    assert link
    return (await desk.get(link.group(1))).text


@pytest.mark.parametrize("language", list(QUESTION))
async def test_an_edit_of_what_is_out_is_asked_about_before_it_goes_out(
    site: Site, desk: Desk, language: str
) -> None:
    url = await published(site, desk)
    await desk.get(f"{url}/edit", Accept_Language=language)
    desk.client.headers["Accept-Language"] = language
    page = await desk.press("save", "/edit", content__en=MORE, topics="Pits")
    assert desk.answer.status_code == 422
    assert QUESTION[language] in page.text
    assert "Ayşe Demir</bdi>" in desk.answer.text
    assert "Ahmet Yılmaz</bdi>" not in desk.answer.text
    assert page.faults == []
    form = desk.form("/edit")
    assert (form.value("content.en"), form.value("topics")) == (MORE, "Pits")
    assert "Ayşe Demir" not in await read_by_all(desk, url)


async def test_who_made_sure_ticks_it_and_saves(site: Site, desk: Desk) -> None:
    url = await published(site, desk)
    await desk.get(f"{url}/edit")
    await desk.press("save", "/edit", content__en=MORE)
    await desk.press("save", "/edit", sure=desk.box("sure"))
    assert desk.path.endswith("?done=saved")
    assert "Ayşe Demir" in await read_by_all(desk, url)
    page = await desk.get(f"{url}/edit")
    assert 'name="sure"' not in desk.answer.text
    page = await desk.press("save", "/edit", content__en=f"{MORE} Both!")
    assert QUESTION["en"] not in page.text


async def test_saving_again_without_the_tick_asks_again(site: Site, desk: Desk) -> None:
    url = await published(site, desk)
    await desk.get(f"{url}/edit")
    await desk.press("save", "/edit", content__en=MORE)
    page = await desk.press("save", "/edit")
    assert (desk.answer.status_code, QUESTION["en"] in page.text) == (422, True)
    assert "Ayşe Demir" not in await read_by_all(desk, url)


async def test_a_tick_says_nothing_of_who_is_named_after_it(site: Site, desk: Desk) -> None:
    url = await published(site, desk)
    await desk.get(f"{url}/edit")
    await desk.press("save", "/edit", content__en=MORE)
    page = await desk.press(
        "save", "/edit", sure=desk.box("sure"), content__en=f"{MORE} Ali Kaya fled."
    )
    assert desk.answer.status_code == 422
    assert "Ali Kaya</bdi>" in desk.answer.text
    assert page.faults == []
    assert "Ali Kaya" not in await read_by_all(desk, url)


async def test_who_made_sure_of_two_may_name_one_of_them(site: Site, desk: Desk) -> None:
    url = await published(site, desk)
    await desk.get(f"{url}/edit")
    await desk.press("save", "/edit", content__en=f"{MORE} Ali Kaya fled.")
    await desk.press("save", "/edit", sure=desk.box("sure"), content__en=MORE)
    assert desk.path.endswith("?done=saved")


async def test_a_fault_beside_it_does_not_lose_the_tick(site: Site, desk: Desk) -> None:
    url = await published(site, desk)
    await desk.get(f"{url}/edit")
    await desk.press("save", "/edit", content__en=MORE)
    await desk.press("save", "/edit", sure=desk.box("sure"), dated="never")
    assert "Ayşe Demir</bdi>" not in desk.answer.text
    await desk.press("save", "/edit", dated="2026-05-01")
    assert desk.path.endswith("?done=saved")


async def test_a_translation_that_stays_a_draft_is_not_asked_about_yet(
    site: Site, desk: Desk
) -> None:
    url = await published(site, desk)
    await desk.get(f"{url}/edit")
    await desk.press("add-language.de", "/edit")
    german = {"title__de": "Am Tor", "summary__de": "Hier.", "content__de": "Sie holen Ayşe Demir."}
    await desk.press("save", "/edit", **german)
    assert desk.path.endswith("?done=saved")
    assert "Ayşe Demir</bdi>" in desk.answer.text  # beside the button that lets it follow


async def test_an_edit_of_what_is_scheduled_is_asked_about(site: Site, desk: Desk) -> None:
    url = await drafted(site)
    at = site.services.desk.clock() + timedelta(days=2)
    await releases.schedule(site.services.desk, OPERATOR, url.rpartition("/")[2], at)
    await desk.get(f"{url}/edit")
    await desk.press("save", "/edit", content__en=MORE)
    assert desk.answer.status_code == 422
    assert "Ahmet Yılmaz</bdi>" not in desk.answer.text
    await desk.press("save", "/edit", sure=desk.box("sure"))
    assert desk.path.endswith("?done=saved")


WAYS = {
    "a country taken off": {"content__en": f"{TEXT} And Murat Kaya.", "countries": ""},
    "a script without case": {"content__en": f"{'我们都在这里。' * 20} Murat Kaya"},
    "a correction": {
        "change": "correction", "content__en": f"{TEXT} Still.", "what__en": "Murat Kaya told us."
    },
    "an addressee": {"addressees": "Murat Kaya"},
    "an organisation": {"content__en": f"{TEXT} And Murat Kaya.", "organisations": "Murat Kaya"},
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
async def test_a_name_in_an_edit_is_asked_about_on_whatever_way(
    site: Site, desk: Desk, way: str
) -> None:
    url = await published(site, desk)
    await desk.get(f"{url}/edit")
    page = await desk.press("save", "/edit", **WAYS[way])
    assert (desk.answer.status_code, page.faults) == (422, [])
    assert "Murat Kaya</bdi>" in desk.answer.text
    assert "Murat Kaya" not in await read_by_all(desk, url)
    await desk.get(f"{url}/edit")
    await desk.press("save", "/edit", **WAYS[way])
    await desk.press("save", "/edit", sure=desk.box("sure"))
    assert desk.path.endswith("?done=saved")


async def test_a_translator_of_what_is_out_is_asked_about(site: Site, desk: Desk) -> None:
    url = await published(site, desk)
    german = {"title": "Am Tor", "summary": "Hier.", "content": "Sie warten.", "state": "published"}
    await edits.put_version(site.services.desk, OPERATOR, url.rpartition("/")[2], "de", german)
    await desk.get(f"{url}/edit")
    await desk.press("save", "/edit", translator__de="Murat Kaya")
    assert (desk.answer.status_code, "Murat Kaya</bdi>" in desk.answer.text) == (422, True)


async def test_new_words_in_a_script_without_capitals_are_asked_about(
    site: Site, desk: Desk
) -> None:
    text = "ما با کارگران هستیم."
    url = await drafted(site, content=text, language="fa")
    await desk.get(url)
    await desk.submit("/publish")
    await desk.get(f"{url}/edit")
    await desk.press("save", "/edit", content__fa=f"{text} محمد کریمی در زندان است.")
    assert desk.answer.status_code == 422
    assert "in this script we cannot look for names" in desk.answer.text
    sure = desk.box("sure")
    await desk.press("save", "/edit", content__fa=f"{text} احمد در زندان است.", sure=sure)
    assert desk.answer.status_code == 422
    await desk.press("save", "/edit", sure=desk.box("sure"))
    assert desk.path.endswith("?done=saved")
    await desk.get(f"{url}/edit")
    await desk.press("save", "/edit", topics="Pits")
    assert desk.path.endswith("?done=saved")


async def test_the_tick_is_kept_where_the_session_has_ended(site: Site, desk: Desk) -> None:
    url = await published(site, desk)
    await desk.get(f"{url}/edit")
    await desk.press("save", "/edit", content__en=MORE)
    await desk.press("save", "/edit", sure=desk.box("sure"), csrf="of an earlier session")
    assert desk.answer.status_code == 403
    await desk.press("save", "/edit")
    assert desk.path.endswith("?done=saved")


async def test_a_name_that_is_cleared_is_not_asked_about(site: Site, desk: Desk) -> None:
    signs = {"name": "Ahmet Yılmaz", "country": "TR", "cleared": True}
    page = await desk.get(await drafted(site, signatories=[signs]))
    assert QUESTION["en"] not in page.text


async def test_where_nobody_can_look_the_page_says_so(site: Site, desk: Desk) -> None:
    words = "كتب أحمد من كركوك إلى العمال. " * 9
    page = await desk.get(await drafted(site, content=words, language="ar"))
    assert "in this script we cannot look for names" in page.text
