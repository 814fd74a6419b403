"""Passages, introductions and spellings at the console: written, put into texts, refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from desk_browser import Desk, Forms, at_desk, faults_in
from engines import Place
from running_site import Site, running_site

from fediverse_coord.desk import introductions, passages, releases, spellings
from fediverse_coord.desk.people import OPERATOR

pytestmark = pytest.mark.both_engines

LIST = "/console/@pits/passages"
ABOUT = "/console/@pits/introductions"


@pytest.fixture
async def site(place: Place, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(tmp_path, "pits", place=place) as running:
        yield running


@pytest.fixture
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site) as entered:
        yield entered


async def put(site: Site, slug: str = "demands", **texts: str) -> None:
    given = {"texts": texts or {"en": "Six hours.", "de": "Sechs Stunden."}}
    await passages.put(site.services.desk, OPERATOR, "pits", slug, given)


async def press(desk: Desk, ending: str, wish: str, **given: str) -> None:
    form = desk.form(ending)
    await desk.send([*form.filled(**given), ("do", wish)], form.action)


async def test_a_passage_is_written_in_all_languages_on_one_page(site: Site, desk: Desk) -> None:
    await desk.get(f"{LIST}/new")
    await press(desk, "/new", "add-language.ar", id="demands", texts__en="Six hours.")
    assert desk.form("/new").value("texts.en") == "Six hours."
    given = {"texts__ar": "ست ساعات.", "source__name": "Programme"}
    await press(desk, "/new", "save", **given)
    assert desk.path == f"{LIST}/demands?done=kept"
    assert "{{passage: demands}}" in desk.page.text
    known = await passages.find(site.services.desk, OPERATOR, "pits", "demands")
    assert known.texts == {"en": "Six hours.", "ar": "ست ساعات."}
    assert known.origin.name == "Programme"
    await press(desk, "/demands", "save", remove__ar="yes")
    known = await passages.find(site.services.desk, OPERATOR, "pits", "demands")
    assert known.texts == {"en": "Six hours."}


async def test_faults_stand_beside_their_fields_in_the_readers_language(desk: Desk) -> None:
    await desk.get(f"{LIST}/new")
    form = desk.form("/new")
    pairs = form.filled(id="Not so", texts__en="{{passage: a}}", source__url="x")
    await desk.send([*pairs, ("do", "save")], form.action, Accept_Language="de")
    assert desk.answer.status_code == 422
    for reason in ("darf nur aus a-z", "keiner kann einen anderen enthalten", "mit https://"):
        assert reason in desk.page.text
    targets = {a["href"] for a in desk.page.all("a") if str(a.get("href")).startswith("#f-")}
    assert targets == {"#f-id", "#f-texts.en", "#f-source.url"}
    ids = {one.get("id") for name in ("input", "textarea") for one in desk.page.all(name)}
    assert {target.removeprefix("#") for target in targets} <= ids
    assert desk.form("/new").value("id") == "Not so"


async def test_words_for_a_passage_that_was_deleted_meanwhile_are_kept_and_make_a_new_one(
    site: Site, desk: Desk
) -> None:
    await put(site)
    await desk.get(f"{LIST}/demands")
    await passages.delete(site.services.desk, OPERATOR, "pits", "demands", revision=1)
    await press(desk, "/demands", "save", texts__en="Five hours.", source__name="Programme")
    assert desk.answer.status_code == 412
    assert "Somebody else deleted this passage" in desk.alerts
    assert list(faults_in(desk.answer.text)) == []
    form = desk.form("/new")
    kept = [form.value(one) for one in ("id", "texts.en", "texts.de", "source.name")]
    assert kept == ["demands", "Five hours.", "Sechs Stunden.", "Programme"]
    await press(desk, "/new", "save")
    assert desk.path == f"{LIST}/demands?done=kept"
    known = await passages.find(site.services.desk, OPERATOR, "pits", "demands")
    assert known.texts == {"en": "Five hours.", "de": "Sechs Stunden."}


async def test_of_a_passage_that_was_deleted_meanwhile_nothing_is_left_to_delete(
    site: Site, desk: Desk
) -> None:
    await put(site)
    await desk.get(f"{LIST}/demands")
    await passages.delete(site.services.desk, OPERATOR, "pits", "demands", revision=1)
    form = [one for one in Forms(desk.answer.text).found if one.action.endswith("/demands")][-1]
    await desk.send([*form.fields, ("sure", "yes"), ("do", "delete")], form.action)
    assert desk.answer.status_code == 404


async def test_a_name_that_is_an_address_already_is_refused_in_words_of_its_own(
    desk: Desk,
) -> None:
    await desk.get(f"{LIST}/new")
    form = desk.form("/new")
    pairs = form.filled(id="new", texts__en="Six hours.")
    await desk.send([*pairs, ("do", "save")], form.action, Accept_Language="de")
    assert desk.answer.status_code == 422
    assert "'new' ist die Adresse einer Seite anderer Art" in desk.alerts.replace("&#39;", "'")


async def test_a_form_for_a_new_one_overwrites_none(site: Site, desk: Desk) -> None:
    await put(site)
    await desk.get(f"{LIST}/new")
    await press(desk, "/new", "save", id="demands", texts__en="Mine.")
    assert desk.answer.status_code == 422
    assert desk.form("/new").value("texts.en") == "Mine."
    known = await passages.find(site.services.desk, OPERATOR, "pits", "demands")
    assert known.texts["en"] == "Six hours."


async def test_two_who_write_at_once_lose_no_word(site: Site, desk: Desk) -> None:
    await put(site)
    await desk.get(f"{LIST}/demands")
    await put(site, en="Seven hours.", fr="Sept heures.")
    await press(desk, "/demands", "save", texts__en="Eight hours.")
    assert desk.answer.status_code == 412
    assert desk.form("/demands").value("texts.en") == "Eight hours."
    assert "Seven" in desk.page.text
    assert "Sept heures." in desk.page.text
    await press(desk, "/demands", "save")
    known = await passages.find(site.services.desk, OPERATOR, "pits", "demands")
    assert known.texts["en"] == "Eight hours."


async def test_the_editor_offers_lines_and_takes_up_when_it_is_told(site: Site, desk: Desk) -> None:
    await put(site)
    await desk.get("/console/@pits/write")
    assert "{{passage: demands}}" in desk.page.text
    await press(desk, "/write", "save", content__en="Now.\n\n{{passage: demands}}")
    url = desk.path.partition("?")[0]
    key = url.rpartition("/")[2]
    await releases.publish(site.services.desk, OPERATOR, key)
    await put(site, en="Four hours.")
    await desk.get(f"{LIST}/demands")
    assert "other words" in desk.page.text
    await desk.get(f"{url}/edit")
    await press(desk, "/edit", "save", content__en="Then.\n\n{{passage: demands}}")
    page = await site.page(f"/@pits/{key}")
    assert "Six hours." in page.text
    await desk.get(f"{url}/edit")
    await press(desk, "/edit", "save", take_up="yes")
    assert "Four hours." in (await site.page(f"/@pits/{key}")).text
    await desk.get(f"{url}/edit")
    assert "take_up" not in desk.answer.text


async def test_what_is_used_is_not_deleted_and_deleting_asks_for_a_tick(
    site: Site, desk: Desk
) -> None:
    await put(site)
    work = await site.draft(content="{{passage: demands}}")
    await desk.get(f"{LIST}/demands")
    assert f"/console/declarations/{work.declaration.key}" in desk.answer.text
    await press(desk, "/demands", "delete")
    assert desk.answer.status_code == 422
    await press(desk, "/demands", "delete", sure="yes")
    assert desk.answer.status_code == 409
    assert "1 texts still hold" in desk.page.text
    await site.edit(work, content="Without.")
    await press(desk, "/demands", "delete", sure="yes")
    assert desk.path == f"{LIST}?done=deleted"
    await desk.get(f"{LIST}/demands")
    assert desk.answer.status_code == 404


async def test_an_introduction_is_chosen_written_and_taken_away(site: Site, desk: Desk) -> None:
    await site.publish("A letter", countries=["ES"], organisations=["Union / Pits"], tags=["Wages"])
    await desk.get(ABOUT)
    for label in ("#Wages", "Spain", "Union / Pits"):
        assert label in desk.page.text
    form = desk.form("/introductions")
    await desk.send(form.filled(subject="organisation", name="Union / Pits"), form.action)
    assert desk.path == f"{ABOUT}/organisation/Union%20%2F%20Pits"
    await press(desk, "Pits", "save", texts__en="Of the pits.")
    assert desk.path == f"{ABOUT}?done=kept"
    shown = await site.get("/@pits/archive?organisation=Union+%2F+Pits")
    assert "Of the pits." in shown.text
    await desk.get(f"{ABOUT}/organisation/union%20pits")
    await press(desk, "Pits", "delete")
    assert desk.answer.status_code == 422
    await press(desk, "Pits", "delete", sure="yes")
    page, _ = await introductions.page(site.services.desk, OPERATOR, "pits")
    assert page == []


async def test_a_country_is_named_in_the_readers_language(desk: Desk) -> None:
    await desk.get(ABOUT)
    form = desk.form("/introductions")
    pairs = form.filled(subject="country", name="Spanien")
    await desk.send(pairs, form.action, Accept_Language="de")
    assert desk.path == f"{ABOUT}/country/ES"
    await desk.send(pairs, form.action, Accept_Language="en")
    assert desk.answer.status_code == 422
    await desk.get(f"{ABOUT}/country/Spain")
    assert desk.answer.status_code == 404


async def test_an_introduction_that_says_a_sealed_name_is_refused(site: Site, desk: Desk) -> None:
    hidden = [{"name": "Rosa Lux", "display": "hidden", "from": "2040-01-01"}]
    await site.publish("Sealed", signatories=hidden, countries=["ES"])
    await desk.get(f"{ABOUT}/country/ES")
    await press(desk, "/ES", "save", texts__en="By rosa lúx.")
    assert desk.answer.status_code == 422
    assert "only the editors" in desk.page.text
    assert "lúx" not in (await site.get("/@pits/archive?country=ES")).text


async def test_spellings_are_kept_and_searching_goes_by_them(site: Site, desk: Desk) -> None:
    await site.publish("A letter", content="Miners of Kryvyi Rih.")
    await desk.get("/console/spellings")
    form = desk.form("/spellings")
    await desk.send(form.filled(names="Krivoy Rog\nKryvyi Rih"), form.action)
    assert desk.path == "/console/spellings?done=kept"
    assert "A letter" in (await site.get("/@pits/archive?q=krivoy+rog")).text
    await desk.get("/console/spellings")
    csrf = desk.form("/spellings").value("csrf")
    await desk.send([("csrf", csrf), ("names", "Łódź\nlodz")], "/console/spellings")
    assert desk.answer.status_code == 422
    await desk.send([("csrf", csrf), ("remove", "Krivoy Rog")], "/console/spellings")
    assert await spellings.all_names(site.services.desk, OPERATOR) == []
    assert "A letter" not in (await site.get("/@pits/archive?q=krivoy+rog")).text


@pytest.mark.parametrize(
    ("role", "actors", "seen"),
    [
        ("moderator", ["pits"], {LIST: 200, f"{LIST}/new": 403, ABOUT: 403}),
        ("editor", ["pits"], {LIST: 200, f"{LIST}/new": 200, ABOUT: 403}),
        ("publisher", ["pits"], {f"{LIST}/demands": 200, ABOUT: 200, f"{ABOUT}/topic/a": 200}),
        ("admin", ["pits"], {ABOUT: 200, "/console/spellings": 403}),
        ("admin", [], {"/console/spellings": 200}),
    ],
)
async def test_each_page_is_for_those_whose_role_covers_it(
    site: Site, role: str, actors: list[str], seen: dict[str, int]
) -> None:
    await put(site)
    async with at_desk(site, "Rosa", role, *actors) as entered:
        for path, status in seen.items():
            await entered.get(path)
            assert entered.answer.status_code == status, path
        if role == "moderator":
            await entered.get(LIST)
            csrf = entered.form("/leave").value("csrf")
            typed = [("csrf", csrf), ("id", "mine"), ("languages", "en"), ("texts.en", "Mine.")]
            await entered.send([*typed, ("do", "save")], f"{LIST}/new")
            assert entered.answer.status_code == 403


async def test_without_the_forms_token_nothing_is_changed(site: Site, desk: Desk) -> None:
    await put(site)
    typed = [("csrf", "x"), ("revision", "1"), ("languages", "en"), ("texts.en", "Theirs.")]
    for path in (f"{LIST}/demands", f"{LIST}/new", f"{ABOUT}/topic/wages"):
        await desk.send([*typed, ("do", "save")], path)
        assert desk.answer.status_code == 403
        assert "Theirs." in desk.page.text
    for path in ("/console/spellings", ABOUT):
        await desk.send([("csrf", "x"), ("names", "A B\nC D")], path)
        assert desk.answer.status_code == 403
    known = await passages.find(site.services.desk, OPERATOR, "pits", "demands")
    assert known.texts["en"] == "Six hours."


async def test_what_was_written_is_shown_as_text(site: Site, desk: Desk) -> None:
    hostile = "\"'></textarea><script>alert('x')</script>{{ 7*7 }}"
    await put(site, en=hostile)
    await site.draft(content="{{passage: demands}}")
    given = {"texts": {"en": hostile}}
    await introductions.put(site.services.desk, OPERATOR, "pits", "topic", "a", given)
    await site.publish("Tagged", tags=["a"])
    for path in (LIST, f"{LIST}/demands", ABOUT, f"{ABOUT}/topic/a"):
        await desk.get(path)
        assert list(faults_in(desk.answer.text)) == [], path
        assert not desk.page.all("script")
        assert "49" not in desk.page.text
    public = await site.page("/@pits/tags/a")
    assert not public.all("script")
