"""Introductions on pages and in feeds: in whose language, when they are dropped, who may write."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from engines import Place
from running_site import Site, running_site

from fediverse_coord.desk import introductions
from fediverse_coord.desk.people import OPERATOR, Person, Role
from fediverse_coord.errors import NotAllowed, NotFound, Refusal, Stale

pytestmark = pytest.mark.both_engines

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
EN, AR = "Wages are\nwhat we begin with.\n\nRead <on>.", "الأجور أولًا."


@pytest.fixture
async def site(place: Place, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(tmp_path, "pits", place=place) as running:
        await running.publish(
            "Old letter",
            kind="letter",
            countries=["ES"],
            organisations=["Union of Pits"],
            tags=["Wages"],
        )
        yield running


async def put(site: Site, subject: str, name: str, **texts: str) -> None:
    given = {"texts": texts or {"en": EN, "ar": AR}}
    await introductions.put(site.services.desk, OPERATOR, "pits", subject, name, given)


@pytest.mark.parametrize(
    ("subject", "name", "paths"),
    [
        ("topic", "#WAGES", ["/@pits/archive?topic=wages", "/@pits/tags/Wages"]),
        ("country", "es", ["/@pits/archive?country=ES"]),
        ("organisation", "UNION of  pits", ["/@pits/archive?organisation=Union+of+Pits"]),
    ],
)
async def test_it_stands_on_the_pages_of_its_subject_alone(
    site: Site, subject: str, name: str, paths: list[str]
) -> None:
    for path in paths:
        assert "begin with" not in (await site.get(path)).text
    await put(site, subject, name)
    for path in paths:
        text = (await site.get(path)).text
        assert '<div class="prose introduction" lang="en" dir="ltr">' in text
        assert "<p>Wages are what we begin with.</p>" in text
        assert "Read &lt;on&gt;." in text
    for other in ("", "&kind=letter", "&country=ES&topic=Wages"):
        assert "begin with" not in (await site.get(f"/@pits/archive?language=en{other}")).text


async def test_it_is_told_in_the_language_chosen_else_in_the_readers(site: Site) -> None:
    await put(site, "topic", "Wages")
    path = "/@pits/archive?topic=Wages"
    arabic = await site.get(path, Accept_Language="ar,en;q=0.5")
    assert '<div class="prose introduction" lang="ar" dir="rtl">' in arabic.text
    assert AR in arabic.text
    assert "Accept-Language" in arabic.headers["vary"]
    assert EN[:9] in (await site.get(path, Accept_Language="fr")).text
    chosen = await site.get(f"{path}&language=en", Accept_Language="ar")
    assert EN[:9] in chosen.text


async def test_a_language_that_is_none_of_ours_is_told_to_its_readers(site: Site) -> None:
    await put(site, "topic", "Wages", en=EN, uk="Заробітки.")
    path = "/@pits/archive?topic=Wages"
    for _ in range(2):
        assert "Заробітки" in (await site.get(path, Accept_Language="uk")).text
        assert "begin with" in (await site.get(path, Accept_Language="en")).text
        assert "Заробітки" in (await site.get(path, Accept_Language="uk-UA, en;q=0.1")).text


async def test_it_is_the_subtitle_of_the_feed(site: Site) -> None:
    await put(site, "country", "ES")
    root = fromstring((await site.get("/@pits/feed.atom?country=ES")).text)
    subtitle = root.find(f"{ATOM}subtitle")
    assert subtitle is not None
    assert (subtitle.text, subtitle.get(LANG)) == (EN, "en")
    arabic = fromstring((await site.get("/@pits/feed.atom?country=ES&language=ar")).text)
    subtitle = arabic.find(f"{ATOM}subtitle")
    assert subtitle is not None
    assert (subtitle.text, subtitle.get(LANG)) == (AR, "ar")
    told = json.loads((await site.get("/@pits/feed.json?country=ES")).text)
    assert told["description"] == EN
    other = json.loads((await site.get("/@pits/feed.json?organisation=Union+of+Pits")).text)
    assert other["description"] == "Union of Pits"


async def test_kept_pages_and_feeds_drop_it_when_it_changes_and_when_it_goes(site: Site) -> None:
    paths = ("/@pits/archive?country=ES", "/@pits/feed.json?country=ES")
    await put(site, "country", "ES")
    for path in paths:
        assert "begin with" in (await site.get(path)).text
    await put(site, "country", "ES", en="Of Spain.")
    for path in paths:
        text = (await site.get(path)).text
        assert "Of Spain." in text
        assert "begin with" not in text
    await introductions.delete(site.services.desk, OPERATOR, "pits", "country", "ES")
    for path in paths:
        assert "Of Spain." not in (await site.get(path)).text


async def test_names_that_are_sealed_are_refused(site: Site) -> None:
    hidden = [{"name": "Rosa Lux", "display": "hidden", "from": "2040-01-01"}]
    await site.publish("Sealed", signatories=hidden)
    with pytest.raises(Refusal) as refused:
        await put(site, "country", "ES", en="Of Spain.", de="Von ROSA  Lúx.")
    assert [one.field for one in refused.value.faults] == ["texts.de"]
    assert "Of Spain" not in (await site.get("/@pits/archive?country=ES")).text


async def test_what_cannot_be_is_refused_field_by_field(site: Site) -> None:
    desk = site.services.desk
    with pytest.raises(Refusal) as refused:
        await introductions.put(desk, OPERATOR, "pits", "country", "Spain", {"texts": {"en": 1}})
    assert {one.field for one in refused.value.faults} == {"name", "texts.en"}
    for subject, name in (("kind", "letter"), ("topic", "#"), ("organisation", "?"), ("topic", "")):
        with pytest.raises(Refusal):
            await put(site, subject, name)
    with pytest.raises(Refusal):
        await put(site, "country", "ES", en="x" * 1_001)


async def test_writing_one_is_publishing(site: Site) -> None:
    desk, given = site.services.desk, {"texts": {"en": "Ours."}}
    for role, actors in ((Role.EDITOR, {"pits"}), (Role.PUBLISHER, {"quays"})):
        person = Person(None, "Ann", role, frozenset(actors), None)
        with pytest.raises(NotAllowed):
            await introductions.put(desk, person, "pits", "country", "ES", given)
        with pytest.raises(NotAllowed):
            await introductions.delete(desk, person, "pits", "country", "ES")
    publisher = Person(None, "Ann", Role.PUBLISHER, frozenset({"pits"}), None)
    made = await introductions.put(desk, publisher, "pits", "country", "ES", given)
    with pytest.raises(Stale):
        await introductions.put(desk, publisher, "pits", "country", "ES", given, revision=7)
    with pytest.raises(Stale):
        await introductions.delete(desk, publisher, "pits", "country", "ES", revision=7)
    await introductions.delete(desk, publisher, "pits", "country", "es", revision=made.revision)
    with pytest.raises(NotFound):
        await introductions.find(desk, publisher, "pits", "country", "ES")
