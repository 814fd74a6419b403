"""Writing in the console over HTTP: one form, every language, nothing lost."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
import servers
from desk_browser import Desk, at_desk, faults_in
from running_site import Site, running_site

from fediverse_coord.desk import drafts, edits, releases
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


async def test_every_fault_is_named_at_its_field_and_what_was_typed_stays(desk: Desk) -> None:
    await desk.get("/console/@pits/write")
    await desk.press("add-language.de")
    await desk.press(
        "save",
        title__en="<b>Bold</b>",
        summary__en="We say it.",
        content__en="",
        title__de="x" * 200,
        content__de="Ein Satz, der stehen bleibt.",
        dated="yesterday",
        kind="poem",
        slug="Nicht So",
        countries="Atlantis",
        tags="two-words",
        signatories__0__office="Delegate",
        sources__0__name="The delegates",
        sources__0__url="nowhere",
    )
    targets = {a["href"] for a in desk.page.all("a") if (a["href"] or "").startswith("#f-")}
    assert desk.answer.status_code == 422
    assert targets == {
        "#f-title.en", "#f-content.en", "#f-title.de", "#f-summary.de", "#f-dated", "#f-slug",
        "#f-kind",
        "#f-countries", "#f-tags", "#f-signatories.0.name", "#f-sources.0.url",
    }  # fmt: skip
    assert list(faults_in(desk.answer.text)) == []
    invalid = [a["name"] for tag, a in desk.page.elements if a.get("aria-invalid")]
    assert {f"#f-{name}" for name in invalid} == targets
    form = desk.form("/write")
    assert form.value("content.de") == "Ein Satz, der stehen bleibt."
    assert form.value("title.en") == "<b>Bold</b>"
    assert form.value("signatories.0.office") == "Delegate"
    told = re.findall(r'<p class="fault" id="why-([^"]*)">([^<]*): <', desk.answer.text)
    assert {("title.de", "Title"), ("kind", "Kind"), ("countries", "Countries")} <= set(told)
    assert len(told) == len(targets)


async def test_a_language_that_was_added_is_led_to_and_what_went_well_looks_so(desk: Desk) -> None:
    await desk.get("/console/@pits/write")
    assert 'value="add-language.de" formaction="#v-de"' in desk.answer.text
    await desk.press("add-language", add="fr", content__en="Words.")
    assert '<p class="done" role="status">Added.' in desk.answer.text
    [link] = [a for a in desk.page.all("a") if a["href"] == "#v-fr"]
    assert link in desk.page.all("a")
    assert {"class": "version", "id": "v-fr", "open": None} in desk.page.all("details")
    await desk.press("suggest.en")
    assert '<p class="done" role="status">This summary' in desk.answer.text
    assert "#v-fr" not in {a["href"] for a in desk.page.all("a")}


async def test_a_missing_summary_is_suggested_and_taken_by_a_button(desk: Desk) -> None:
    await desk.get("/console/@pits/write")
    await desk.press("suggest.en", title__en="Noon", content__en="We stop at noon. Then we talk.")
    assert desk.form("/write").value("summary.en") == "We stop at noon. Then we talk."
    await desk.press("save")
    assert (await saved(desk)).declaration.original.summary == "We stop at noon. Then we talk."


async def test_rows_are_added_and_removed_without_script(desk: Desk) -> None:
    await desk.get("/console/@pits/write")
    await desk.press("add-signatory", content__en="We sign.", signatories__0__name="Ana Ruiz")
    await desk.press("add-signatory", signatories__1__name="Ben Okoro", signatories__1__from="")
    await desk.press("save", signatories__2__name="Cleo Lind", signatories__1__remove="yes")
    names = [one.name for one in (await saved(desk)).declaration.signatories]
    assert names == ["Ana Ruiz", "Cleo Lind"]


async def edit(desk: Desk) -> None:
    await desk.get(desk.path.partition("?")[0] + "/edit")


async def test_a_sealed_name_is_kept_masked_and_shown_when_asked_for(
    site: Site, desk: Desk
) -> None:
    await desk.get("/console/@pits/write")
    await desk.press(
        "save",
        content__en="We sign.",
        signatories__0__name="Rosalind Sealed",
        signatories__0__display="hidden",
    )
    key = (await saved(desk)).declaration.key
    assert "Rosalind" not in desk.answer.text
    await edit(desk)
    assert "Rosalind" not in desk.answer.text
    await desk.press("save", content__en="We sign again.")
    work = await saved(desk)
    assert (work.declaration.revision, work.declaration.signatories[0].name) == (2, "")

    await desk.submit("/names")
    assert "Rosalind Sealed" in desk.page.text
    assert desk.answer.headers["cache-control"] == "no-store"
    assert list(faults_in(desk.answer.text)) == []
    rows = await site.services.db.fetch_all("SELECT verb, subject, person FROM audit")
    looks = [row for row in rows if row["verb"] == "look at names"]
    assert [row["subject"] for row in looks] == [f"declaration:{key}"]
    assert looks[0]["person"] is not None

    await desk.get(f"/console/declarations/{key}/edit")
    await desk.press("save", content__en="Rosalind Sealed signs.")
    assert desk.answer.status_code == 422
    assert "the editors may know" in desk.alerts


async def test_the_second_of_two_writers_loses_no_word(site: Site, desk: Desk) -> None:
    work = await site.draft("Both write", content="First words.")
    url = f"/console/declarations/{work.declaration.key}/edit"
    async with at_desk(site, "Ana") as other:
        await other.get(url)
        await desk.get(url)
        await desk.press("add-language.de")
        await desk.press(
            "save", content__en="Words of Rosa.", title__de="Beide", summary__de="Zwei.",
            content__de="Worte.",
        )  # fmt: skip
        assert desk.answer.status_code == 200, desk.alerts
        await other.press("save", content__en="Words of Ana.")

        assert other.answer.status_code == 412
        assert "Nothing was overwritten" in other.alerts
        assert other.form("/edit").value("content.en") == "Words of Ana."
        assert other.form("/edit").value("content.de") == "Worte."
        assert "<ins>Rosa.</ins>" in other.answer.text
        assert list(faults_in(other.answer.text)) == []
        one = (await saved(desk)).declaration
        assert one.original.source == "Words of Rosa."

        await other.press("save")
        one = (await saved(other)).declaration
        assert [version.source for version in one.versions] == ["Words of Ana.", "Worte."]


async def test_words_for_a_text_that_was_deleted_meanwhile_make_a_draft(
    site: Site, desk: Desk
) -> None:
    signed = [{"name": "Rosalind Sealed", "display": "hidden"}, {"name": "Ana Ruiz"}]
    work = await site.draft("Gone", signatories=signed, slug="gone-meanwhile")
    key = work.declaration.key
    await desk.get(f"/console/declarations/{key}/edit")
    await releases.delete(site.services.desk, OPERATOR, key)
    await desk.press("save", content__en="Words that stay.")
    assert desk.answer.status_code == 412
    assert "withdrew or deleted this text" in desk.alerts
    assert list(faults_in(desk.answer.text)) == []
    await desk.press("save")
    one = (await saved(desk)).declaration
    assert (one.key == key, one.original.source) == (False, "Words that stay.")
    assert [who.name for who in one.signatories] == ["Ana Ruiz"]


async def test_an_answer_to_what_is_gone_is_shown_to_be_copied(site: Site, desk: Desk) -> None:
    work = await site.publish("Answered")
    held = await site.respond(work, "leaving", state="held")
    await desk.get(f"/console/responses/{held.key}")
    form = desk.form(f"/responses/{held.key}")
    words = "We thank you for these words, and we answer them at length. " * 2
    pairs = [*form.filled(content=words), ("do", "answer")]
    await desk.send(pairs, "/console/responses/nothing")
    assert desk.answer.status_code == 404
    assert "no longer here" in desk.alerts
    assert words in desk.page.text
    assert list(faults_in(desk.answer.text)) == []


async def test_a_changed_original_marks_translations_until_they_are_confirmed(
    site: Site, desk: Desk
) -> None:
    work = await site.draft("Marked", content="First.")
    german = {"title": "Markiert", "summary": "Eins.", "content": "Erstens."}
    await edits.put_version(site.services.desk, OPERATOR, work.declaration.key, "de", german)
    await desk.get(f"/console/declarations/{work.declaration.key}/edit")
    await desk.press("save", content__en="Second.")
    assert "original changed since" in desk.page.text
    await edit(desk)
    await desk.press("save", confirmed__de="yes")
    assert "original changed since" not in desk.page.text


async def test_a_draft_language_can_be_removed(site: Site, desk: Desk) -> None:
    work = await site.draft("Removed")
    german = {"title": "Weg", "summary": "Weg.", "content": "Weg."}
    await edits.put_version(site.services.desk, OPERATOR, work.declaration.key, "de", german)
    await desk.get(f"/console/declarations/{work.declaration.key}/edit")
    await desk.press("save", remove__de="yes")
    assert [one.language for one in (await saved(desk)).declaration.versions] == ["en"]


async def test_a_language_that_is_none_is_refused_beside_its_field(desk: Desk) -> None:
    await desk.get("/console/@pits/write")
    await desk.press("add-language", add="not a language", content__en="Still here.")
    assert desk.answer.status_code == 422
    assert desk.form("/write").value("content.en") == "Still here."
    assert list(faults_in(desk.answer.text)) == []


@pytest.mark.parametrize("languages", [[], ["\x00"], ["x" * 500], ["en"] * 300, ["../.."]])
async def test_a_form_that_was_tampered_with_is_no_fault_of_ours(
    desk: Desk, languages: list[str]
) -> None:
    await desk.get("/console/@pits/write")
    form = desk.form("/write")
    pairs = [(name, value) for name, value in form.fields if name != "languages"]
    odd = [("signatories.99999999.name", "x"), ("sources.-1.url", "y"), ("do", "add-language.;")]
    await desk.send([*pairs, *[("languages", one) for one in languages], *odd], form.action)
    assert desk.answer.status_code in {200, 422}
    assert list(faults_in(desk.answer.text)) == []


async def test_a_correction_is_told_and_a_slip_of_the_pen_is_not(site: Site, desk: Desk) -> None:
    work = await site.publish("Corrected", content="We were twelve.")
    url = f"/console/declarations/{work.declaration.key}"
    await desk.get(f"{url}/edit")
    assert "look" not in {value for _, value in desk.form("/edit").buttons}  # it would go out
    await desk.press("save", change="quiet", content__en="We were twelve!")
    assert (await saved(desk)).corrections == ()
    await desk.get(f"{url}/edit")
    await desk.press("save", change="correction", content__en="We were fourteen.")
    assert desk.answer.status_code == 422
    assert "#f-what.en" in {a["href"] for a in desk.page.all("a")}
    await desk.press("save", what__en="The number.", why__en="Two came late.")
    (told,) = (await saved(desk)).corrections
    assert (told.told["en"].what, told.told["en"].why) == ("The number.", "Two came late.")


async def test_note_or_article_is_asked_once_where_the_file_leaves_it_open(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("asked")
    async with open_form(folder) as site, at_desk(site) as desk:
        await desk.get("/console/@pits/write")
        assert desk.path == "/console/@pits/form"
        assert list(faults_in(desk.answer.text)) == []
        async with at_desk(site, "Ana", "editor") as editor:
            await editor.get("/console/@pits/write")
            assert editor.path == "/console/@pits/write"
        await desk.press("note", "/form")
        assert desk.path == "/console/@pits/write"
        await desk.press("save", title__en="A title", content__en="A text.")
        assert (await saved(desk)).declaration.form == "note"
        await desk.get("/console/@pits/write")
        assert desk.path == "/console/@pits/write"


@asynccontextmanager
async def open_form(folder: Path) -> AsyncIterator[Site]:
    """A site whose coordination's file says nothing of the form."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(servers, "ACTOR", servers.ACTOR.replace('default_form = "{form}"\n', ""))
        async with running_site(folder, "pits") as running:
            yield running


@pytest.mark.parametrize(
    ("typed", "told"), [("x_y_z", "must be a tag such as"), ("xx", "no language that we know")]
)
async def test_a_language_that_is_none_is_said_to_be_none(
    desk: Desk, typed: str, told: str
) -> None:
    await desk.get("/console/@pits/write")
    await desk.press("add-language", add=typed, content__en="Dear colleagues.")
    assert (desk.answer.status_code, told in desk.answer.text) == (422, True)
    assert desk.form("/write").value("content.en") == "Dear colleagues."
