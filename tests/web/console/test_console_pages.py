"""Every page of the console: well formed, small, without script, escaped, in five languages."""

import tomllib
from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from pathlib import Path

import pytest
import pytest_asyncio
from desk_browser import Desk, at_desk, faults_in
from photographs import plain
from running_site import Site, running_site

from fediverse_coord.desk import edits, introductions, passages, pictures
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.publishing.details import Kind
from fediverse_coord.publishing.frontmatter import parse
from fediverse_coord.web.console.differences import marked
from fediverse_coord.web.console.words import console_words, reason_in
from fediverse_coord.web.templating import words_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

LETTER = Path(__file__).parents[2] / "samples" / "letter"
LANGUAGES = ("en", "de", "fr", "es", "ar")
HOSTILE = "\"'></textarea><script>alert('x')</script><img src=x onerror=alert(1)>{{ 7*7 }} &amp;"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("looks"), "pits", "quays") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site) as entered:
        yield entered


async def everything(site: Site) -> list[str]:
    """The address of every kind of page, with something on it."""
    work = await site.draft("Everything", signatories=[{"name": "A B", "display": "hidden"}])
    key = work.declaration.key
    for language in ("de", "ar", "zh-Hans", "uk", "hi", "fr", "es"):
        other = {"title": f"In {language}", "summary": "S.", "content": "T."}
        await edits.put_version(site.services.desk, OPERATOR, key, language, other)
    out = await site.publish("Out there")
    await site.receipts(out, delivered=3, refused=70)
    held = await site.respond(out, "lookedat", state="held")
    await site.withdraw(await site.publish("Taken back"), "A reason.")
    given = {"texts": {"en": "Words.", "ar": "كلمات."}}
    await passages.put(site.services.desk, OPERATOR, "pits", "words", given)
    await introductions.put(site.services.desk, OPERATOR, "pits", "country", "ES", given)
    urls = [f"/console/declarations/{one.declaration.key}" for one in (work, out)]
    return [
        "/console", "/console/@pits", "/console/@pits/write", "/console/@pits/form",
        "/console/@pits/responses", f"/console/responses/{held.key}", "/console/sessions",
        *urls, *(f"{url}/edit" for url in urls), *(f"{url}/preview" for url in urls),
        "/console/@pits/passages", "/console/@pits/passages/new", "/console/@pits/passages/words",
        "/console/@pits/introductions", "/console/@pits/introductions/country/ES",
        "/console/spellings", "/console/enter/none",
    ]  # fmt: skip


async def test_every_page_is_html_and_small_in_every_language(
    site: Site, desk: Desk, record_property: Callable[[str, object], None]
) -> None:
    largest = 0
    for path in await everything(site):
        for language in LANGUAGES:
            page = await desk.get(path, Accept_Language=language)
            assert list(faults_in(desk.answer.text)) == [], (path, language)
            (html,) = page.all("html")
            assert (html["lang"], html["dir"]) == (language, "rtl" if language == "ar" else "ltr")
            largest = max(largest, len(desk.answer.content))
    record_property("the largest page of the console has bytes", largest)


async def test_what_was_typed_is_shown_as_text_in_every_field(desk: Desk) -> None:
    await desk.get("/console/@pits/write")
    await desk.press("add-language.de")
    form = desk.form("/write")
    typed = [
        (name, value if name in {"csrf", "languages", "revision"} else HOSTILE)
        for name, value in form.fields
    ]
    for button in ("save", "add-signatory", "suggest.de"):
        await desk.send([*typed, ("do", button)], form.action)
        assert desk.answer.status_code in {200, 422}
        assert list(faults_in(desk.answer.text)) == []
        assert not desk.page.all("script") + desk.page.all("img")
        assert "49" not in desk.form("/write").value("title.en")
        assert desk.form("/write").value("content.en") == HOSTILE
        closed = button == "add-signatory"
        kept = desk.form("/write").value("signatories" if closed else "signatories.0.name")
        assert (HOSTILE in kept.split("\t")) if closed else (kept == HOSTILE)


async def test_what_was_saved_is_shown_as_text(site: Site, desk: Desk) -> None:
    hostile = HOSTILE.replace("<", "‹")
    work = await site.draft(
        "Saved", content=HOSTILE, addressees=[HOSTILE], organisations=[HOSTILE],
        signatories=[{"name": HOSTILE, "office": HOSTILE}], topics=["Safe"],
        sources=[{"name": HOSTILE}], translator=HOSTILE,
    )  # fmt: skip
    await site.edit(work, title=hostile[:100], summary=HOSTILE)
    url = f"/console/declarations/{work.declaration.key}"
    for path in (url, f"{url}/edit", f"{url}/preview", "/console/@pits"):
        await desk.get(path)
        assert list(faults_in(desk.answer.text)) == []
        assert not desk.page.all("script") + desk.page.all("img")
    await desk.get(url)
    for verb, field in (("withdraw", "reason"), ("redact", "name"), ("schedule", "at")):
        csrf = desk.form("/leave").value("csrf")
        await desk.send([("csrf", csrf), (field, HOSTILE * 9), ("revision", "x")], f"{url}/{verb}")
        assert list(faults_in(desk.answer.text)) == []
        assert not desk.page.all("script")
    await desk.get(f"{url}?done={HOSTILE}")
    assert not desk.page.all("script")


async def test_the_page_of_a_lost_session_shows_text_as_text(site: Site, desk: Desk) -> None:
    desk.client.cookies.clear()
    pairs = [("content.en", HOSTILE * 5), (HOSTILE, "x"), ("title.en", HOSTILE)]
    await desk.send(pairs, "/console/@pits/write")
    assert desk.answer.status_code == 401
    assert list(faults_in(desk.answer.text)) == []
    assert not desk.page.all("script")
    assert dict(desk.form("/write").fields) == dict(pairs)


@pytest.mark.parametrize("language", LANGUAGES[1:])
async def test_every_language_says_everything_with_the_same_gaps(language: str) -> None:
    english, words = _file("en"), _file(language)
    assert set(words["phrases"]) == set(english["phrases"])
    assert set(words["reasons"]) >= set(english["reasons"])
    for name, phrase in words["phrases"].items():
        assert _gaps(phrase) == _gaps(english["phrases"][name]), name
    same = [one for one, said in words["phrases"].items() if said == english["phrases"][one]]
    assert len(same) < 25, same
    assert not [one for one in Kind if one not in words_for(language).kinds]


def _file(language: str) -> dict[str, dict[str, str]]:
    text = files("fediverse_coord.web.console").joinpath("words", f"{language}.toml").read_text()
    return tomllib.loads(text)


def _gaps(phrase: str) -> list[str]:
    return sorted(part.partition("}")[0] for part in phrase.split("{")[1:])


async def test_a_reason_is_said_in_the_readers_language_or_marked_as_english() -> None:
    reason = "must not be longer than 500 characters (612 now)"
    assert "höchstens 500 Zeichen haben (jetzt 612)" in reason_in("de", reason)
    assert reason_in("de", "is <b> unheard of") == (
        '<bdi lang="en" dir="ltr">is &lt;b&gt; unheard of</bdi>'
    )
    assert reason_in("en", "is unheard of") == "<bdi>is unheard of</bdi>"
    suggestion = reason_in("ar", "is needed for an article; for example: {0} <script>")
    assert "&lt;script&gt;" in suggestion
    assert console_words("pt").tag == "en"


async def test_reasons_of_the_desk_that_writers_meet_are_known_in_german(desk: Desk) -> None:
    await desk.get("/console/@pits/write", Accept_Language="de")
    form = desk.form("/write")
    pairs = form.filled(
        title__en="<x>", dated="x", slug="X X", countries="x", tags="a-b",
        sources__0__url="x", sources__0__name="y",
    )  # fmt: skip
    await desk.send([*pairs, ("do", "save")], form.action, Accept_Language="de")
    assert desk.answer.status_code == 422
    assert "Bitte verbessere das" in desk.page.text
    assert [a for a in desk.page.all("bdi") if a.get("lang") == "en" and "dir" in a
            and a.get("dir") == "ltr"] == 2 * [{"lang": "en", "dir": "ltr"}]  # fmt: skip


async def test_a_difference_marks_words_and_shows_long_texts_whole() -> None:
    assert marked("red flag", "red banner") == "red <del>flag</del> <ins>banner</ins>"
    assert marked("", "<b>") == "<ins>&lt;b&gt;</ins>"
    long = "word " * 5_000
    assert marked(long, long + "x") == f"<ins>{long}x</ins>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def album(site: Site) -> None:
    """Two pictures to choose from."""
    for words in ("The gate at dawn", "The gate at noon"):
        await pictures.take_in(site.services.desk, OPERATOR, "pits", plain(), {"en": words})


@pytest.mark.usefixtures("album")
async def test_a_letter_in_seven_languages_is_a_small_form_in_every_language(
    site: Site, desk: Desk
) -> None:
    work = await letter(site)
    for language in LANGUAGES:
        await desk.get(f"/console/declarations/{work}/edit", Accept_Language=language)
        assert list(faults_in(desk.answer.text)) == [], language


GIVEN = ("نورا", "سامر", "هناء", "كريم", "ليلى", "يوسف", "أمينة", "فادي", "سلمى", "طارق")
FAMILY = ("الحدّاد", "قاسم العطّار", "بنت يوسف", "منصور", "الخطيب", "عبد الرحمن", "سليمان")


def signed_by(count: int) -> list[dict[str, str]]:
    """As letters are signed: every second one with an office, every fifth known to us alone."""
    return [
        {
            "name": f"{GIVEN[number % 10]} {FAMILY[number % 7]}",
            "office": "" if number % 2 else "مندوبة الوردية الليلية",
            "organisation": "نقابة عمّال المناجم في الشمال",
            "country": "JO",
            "display": "full" if number % 5 else "hidden",
        }
        for number in range(count)
    ]


@pytest.mark.usefixtures("album")
async def test_a_letter_in_seven_languages_that_a_hundred_signed_is_a_small_form(
    site: Site, desk: Desk, record_property: Callable[[str, object], None]
) -> None:
    """Counted are all bytes, as they are before compression: names and texts among them."""
    work = await letter(site, signatories=signed_by(100))
    largest = 0
    for language in LANGUAGES:
        for button in ("", "signatory.37", "signatories.75", "add-signatory", "listed"):
            await desk.get(f"/console/declarations/{work}/edit", Accept_Language=language)
            if button:
                form = desk.form("/edit")
                given = {"pasted": "Ana Ruiz, Spain"} if button == "listed" else {}
                sent = [*form.filled(**given), ("do", button)]
                await desk.send(sent, form.action, Accept_Language=language)
            assert list(faults_in(desk.answer.text)) == [], (language, button)
            largest = max(largest, len(desk.answer.content))
    record_property("the form with a hundred signatories has bytes", largest)


async def letter(site: Site, **more: object) -> str:
    """The sample: seven versions, four signatories; out, and the original changed since."""
    texts = dict(
        sorted((file.suffixes[0][1:], parse(file.read_text())) for file in LETTER.iterdir())
    )
    original, content = texts.pop("en")
    work = await site.publish(original.pop("title"), content=content, **{**original, **more})
    for language, (fields, text) in texts.items():
        given = {**fields, "content": text}
        await edits.put_version(site.services.desk, OPERATOR, work.declaration.key, language, given)
    changed = {"content": f"{content}\n\nCome."}
    await edits.edit(site.services.desk, OPERATOR, work.declaration.key, changed, quiet=True)
    return work.declaration.key
