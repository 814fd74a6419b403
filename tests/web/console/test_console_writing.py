"""Writing in the console over HTTP: one form, every language, nothing lost."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from desk_browser import OFF, Desk, at_desk, faults_in
from running_site import Site, running_site

from fediverse_coord.desk import drafts
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage.declarations import Work

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("writing"), "pits", "quays") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site) as entered:
        yield entered


async def saved(desk: Desk) -> Work:
    """The declaration whose page is shown."""
    key = desk.path.partition("?")[0].split("/")[3]
    return await drafts.find(desk.site.services.desk, OPERATOR, key)


async def test_a_letter_in_three_languages_is_written_on_one_form(desk: Desk) -> None:
    await desk.get("/console/@pits/write")
    await desk.press("add-language.de")
    await desk.press("add-language", add="ar")
    await desk.press(
        "save",
        title__en="To the night shift",
        summary__en="We are with you.",
        content__en="Dear colleagues.",
        state__en="reviewed",
        title__de="An die Nachtschicht",
        summary__de="Wir sind bei euch.",
        content__de="Liebe Kollegen.",
        translator__de="Ana",
        title__ar="إلى الوردية الليلية",
        summary__ar="نحن معكم.",
        content__ar="الزملاء الأعزاء.",
        kind="letter",
        dated="2026-05-01",
        addressees="The night shift\nTheir families",
        topics="Safety at work",
        countries="Spain",
        signatories__0__name="Amara Voss",
        signatories__0__country="South Africa",
        sources__0__name="The delegates",
        sources__0__url="https://pits.example/letter",
    )
    assert desk.answer.status_code == 200, desk.alerts
    one = (await saved(desk)).declaration

    assert [version.language for version in one.versions] == ["en", "ar", "de"]
    assert [version.state for version in one.versions] == ["reviewed", "draft", "draft"]
    assert (one.kind, str(one.dated), one.countries) == ("letter", "2026-05-01", ("ES",))
    assert one.addressees == ("The night shift", "Their families")
    assert (one.signatories[0].name, one.signatories[0].country) == ("Amara Voss", "ZA")
    assert one.sources[0].url == "https://pits.example/letter"
    assert one.version("de").translator == "Ana"  # type: ignore[union-attr]
    await desk.get(desk.path.partition("?")[0] + "/edit")
    assert list(faults_in(desk.answer.text)) == []
