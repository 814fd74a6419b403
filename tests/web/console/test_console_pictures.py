"""Pictures on the form of a declaration, over HTTP: taken in, chosen, refused; no word is lost."""

import re
from collections.abc import AsyncIterator

import httpx
import leaflets
import photographs
import pytest
import pytest_asyncio
import soundtracks
from desk_album import LARGEST, TYPED, WRITE, album, kept, saved, send
from desk_browser import OURS, Desk, at_desk, faults_in
from running_site import BROWSER, Site, running_site

from fediverse_coord.desk import pictures
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.publishing.illustrations import line_of
from fediverse_coord.publishing.markdown import pictures_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

ZIP_AS_PNG = b"\x89PNG\r\n\x1a\n" + b"PK\x03\x04" + bytes(500)
ENGLISH = re.compile(r"\b(this|the|cannot|file)\b")
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("album")
    async with running_site(folder, "pits", "quays", largest=LARGEST) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site) as entered:
        yield entered


async def test_a_picture_is_added_chosen_and_shown_while_the_text_is_written(
    site: Site, desk: Desk
) -> None:
    await desk.get(WRITE)
    photo = photographs.telling(size=(900, 600))
    page = await send(desk, photo, alt__en="A *gate* [closed]", as_hero="yes", **TYPED)
    assert desk.answer.status_code == 200, desk.alerts
    assert "The file is here" in page.text
    assert list(faults_in(desk.answer.text)) == []
    form, (key, *_) = desk.form("/write"), await album(site)
    assert kept(form) == TYPED
    assert f"media:{key})" in page.text
    assert line_of(key, "A *gate* [closed]") in page.text
    assert form.value("alt.en") == ""
    (shown,) = [one for one in page.all("img") if "/media/" in str(one["src"])]
    small = await desk.client.get(str(shown["src"]))
    assert small.status_code == 200
    assert not any(secret in small.content for secret in photographs.SECRETS)

    await desk.press("save", "/write", hero=key)
    one = (await saved(desk)).declaration
    assert one.hero is not None
    assert one.hero.alt_in("en") == "A *gate* [closed]"
    await desk.get(f"/console/declarations/{one.key}/edit")
    assert ("hero", key) in desk.form("/edit").fields
    await desk.press("save", "/edit", hero="")
    assert (await saved(desk)).declaration.hero is None


async def test_a_picture_is_put_at_the_end_of_the_text_in_its_languages(
    site: Site, desk: Desk
) -> None:
    await desk.get(WRITE)
    await desk.press("add-language.de", "/write", **TYPED)
    told = {"alt__en": "A gate_1", "alt__de": "Ein Tor"}
    await send(desk, photographs.plain(), state__de="draft", **told)
    key = (await album(site))[0]
    await desk.press(f"put.{key}", "/write")
    form = desk.form("/write")
    assert form.value("content.en").endswith(f"\n\n![A gate\\_1](media:{key})\n")
    assert pictures_in(form.value("content.de")) == ((key, "Ein Tor"),)
    await desk.press("save", "/write", title__de="Am Tor", summary__de="Wir stehen dort.")
    one = (await saved(desk)).declaration
    assert [shown.alt for version in one.versions for shown in version.pictures] == [
        "A gate_1", "Ein Tor",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "alt", ["A *b* _c_ [d](e) `f` <g> &amp; \\h #i @j@k.example ![x](y)", "باب"]
)
async def test_the_line_to_copy_says_exactly_what_was_written(alt: str) -> None:
    key = "a" * 16
    assert pictures_in(f"Words.\n\n{line_of(key, alt)}\n") == ((key, alt),)


async def test_the_words_for_a_picture_are_mended_on_the_form(site: Site, desk: Desk) -> None:
    await desk.get(WRITE)
    await send(desk, photographs.plain(), alt__en="A gat", **TYPED)
    key = (await album(site))[0]
    await desk.press(f"describe.{key}", "/write")
    assert desk.form("/write").value("alt.en") == "A gat"
    assert list(faults_in(desk.answer.text)) == []
    await desk.press("picture", "/write", alt__en="")
    assert desk.answer.status_code == 422
    assert "say what the picture shows" in desk.alerts
    await desk.press("picture", "/write", alt__en="A gate")
    assert kept(desk.form("/write")) == TYPED
    found = await pictures.find(site.services.desk, OPERATOR, key)
    assert dict(found.media.image.alts) == {"en": "A gate"}


REFUSED = {
    "a ZIP that begins as a PNG": (ZIP_AS_PNG, "nicht lesbar"),
    "a ZIP": (b"PK\x03\x04" + bytes(500), "Das ist ein ZIP-Archiv"),
    "a picture that unfolds to gigabytes": (photographs.bomb(), "mehr als 50 Millionen"),
    "an SVG": (SVG, "Das ist ein SVG"),
    "an iPhone's own": (photographs.heic(), "Das ist ein HEIC-Bild"),
    "nothing": (b"", "Die Datei ist leer"),
    "no file": (None, "Wähle zuerst eine Datei"),
    "one byte too many": (photographs.plain() + bytes(LARGEST), "mehr als 2 MB"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_no_picture_is_refused_at_its_field_and_no_word_is_lost(
    site: Site, desk: Desk, case: str
) -> None:
    content, told = REFUSED[case]
    before = await album(site)
    await desk.get(WRITE)
    page = await send(desk, content, language="de", alt__en="Ein Tor", **TYPED)
    assert desk.answer.status_code == 422
    assert told in desk.alerts
    assert "![" not in desk.alerts
    (field,) = [one for one in page.all("input") if one.get("type") == "file"]
    assert field["aria-invalid"] == "true"
    assert list(faults_in(desk.answer.text)) == []
    assert kept(desk.form("/write")) == TYPED
    assert desk.form("/write").value("alt.en") == "Ein Tor"
    assert await album(site) == before


async def test_a_picture_without_words_in_one_language_is_refused_there(
    site: Site, desk: Desk
) -> None:
    before = await album(site)
    await desk.get(WRITE)
    await desk.press("add-language.de", "/write", **TYPED)
    page = await send(desk, photographs.plain(), alt__en="A gate")
    assert desk.answer.status_code == 422
    assert "#f-alt.de" in [one.get("href") for one in page.all("a")]
    assert "#f-alt.en" not in [one.get("href") for one in page.all("a")]
    assert kept(desk.form("/write")) == TYPED
    assert await album(site) == before


async def test_every_refusal_of_a_picture_is_said_in_every_language(desk: Desk) -> None:
    for language in ("de", "fr", "es", "ar"):
        await desk.get(WRITE)
        for content, _ in REFUSED.values():
            await send(desk, content, language=language, alt__en="x", **TYPED)
            assert desk.answer.status_code == 422
            (fault,) = re.findall(r'<p class="fault" id="why-picture">(.*?)</p>', desk.answer.text)
            assert 'lang="en"' not in fault


async def test_nobody_adds_a_picture_without_session_token_or_role(site: Site, desk: Desk) -> None:
    before = await album(site)
    await desk.get(WRITE)
    await send(desk, photographs.plain(), alt__en="A gate", csrf="0" * 64, **TYPED)
    assert desk.answer.status_code == 403
    assert kept(desk.form("/write")) == TYPED
    await desk.get(WRITE)
    form = desk.form("/write")
    files = [("picture", ("x.jpg", photographs.plain()))] + [
        (name, (None, value))
        for name, value in form.filled(alt__en="A gate", content__en="long " * 50)
    ]
    foreign = {**BROWSER, "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    answer = await desk.client.post(WRITE, files=files, headers=foreign)  # type: ignore[arg-type]
    assert answer.status_code == 403
    desk.client.cookies.clear()
    desk.answer = await desk.client.post(WRITE, files=files, headers={**BROWSER, **OURS})  # type: ignore[arg-type]
    assert desk.answer.status_code == 401
    assert desk.form("/write").value("content.en") == "long " * 50
    async with at_desk(site, "Mo", "moderator") as moderator:
        moderator.answer = httpx.Response(200, text=_form_of(moderator))
        await send(moderator, photographs.plain(), alt__en="A gate")
        assert moderator.answer.status_code == 403
    async with at_desk(site, "Quay", "editor", "quays") as other:
        other.answer = httpx.Response(200, text=_form_of(other))
        await send(other, photographs.plain(), alt__en="A gate")
        assert other.answer.status_code == 403
    assert await album(site) == before


def _form_of(desk: Desk) -> str:
    token = desk.form("/leave").value("csrf")
    return (
        f'<form action="{WRITE}"><input name="csrf" value="{token}">'
        '<input name="languages" value="en"><input name="revision" value=""></form>'
    )


async def test_pictures_of_another_coordination_are_neither_seen_nor_taken(
    site: Site, desk: Desk
) -> None:
    await desk.get("/console/@quays/write")
    await send(desk, photographs.plain(size=(70, 30)), alt__en="A quay", **TYPED)
    (theirs,) = await album(site, "quays")
    await desk.get(WRITE)
    assert theirs not in desk.page.text
    await desk.press("save", "/write", hero=theirs, **TYPED)
    assert desk.answer.status_code == 422
    assert "which is no picture of pits" in desk.alerts
    async with at_desk(site, "Pia", "editor", "pits") as editor:
        for button in (f"describe.{theirs}", f"put.{theirs}"):
            await editor.get(WRITE)
            form = editor.form("/write")
            await editor.send([*form.filled(**TYPED), ("do", button)], form.action)
            assert editor.answer.status_code == 403
            assert "A quay" not in editor.answer.text


async def test_a_picture_that_somebody_else_chose_meanwhile_is_marked(
    site: Site, desk: Desk
) -> None:
    await desk.get(WRITE)
    await send(desk, photographs.plain(), alt__en="A gate", **TYPED)
    key = (await album(site))[0]
    await desk.press("save", "/write")
    url = f"/console/declarations/{(await saved(desk)).declaration.key}/edit"
    await desk.get(url)
    async with at_desk(site, "Pia", "editor", "pits") as other:
        await other.get(url)
        await other.press("save", "/edit", hero=key)
        assert other.answer.status_code == 200
    await desk.press("save", "/edit", content__en="My own words.")
    assert desk.answer.status_code == 412
    assert "chosen meanwhile by somebody else" in desk.page.text
    assert desk.form("/edit").value("hero") == ""
    assert desk.form("/edit").value("content.en") == "My own words."
    assert list(faults_in(desk.answer.text)) == []


async def test_a_picture_is_deleted_from_the_form_unless_a_text_shows_it(
    site: Site, desk: Desk
) -> None:
    await desk.get(WRITE)
    await send(desk, photographs.plain(), alt__en="A gate", as_hero="yes", **TYPED)
    key = (await album(site))[0]
    await desk.press("save", "/write", hero=key)
    shown = (await saved(desk)).declaration.key
    await desk.get(f"/console/declarations/{shown}/edit")
    await desk.press(f"describe.{key}", "/edit")
    await desk.press(f"drop.{key}", "/edit")
    assert desk.answer.status_code == 409
    assert "take it out of the text, or reject the edit" in desk.alerts
    assert key in await album(site)
    await desk.press("close", "/edit", alt__en="x")
    assert desk.form("/edit").value("alt.en") == ""
    await desk.press("save", "/edit", hero="")
    await desk.get(f"/console/declarations/{shown}/edit")
    await desk.press(f"describe.{key}", "/edit")
    await desk.press(f"drop.{key}", "/edit")
    assert "The file is deleted" in desk.alerts
    assert key not in await album(site)


async def test_a_picture_that_was_not_sent_is_not_forgotten_by_saving(
    site: Site, desk: Desk
) -> None:
    await desk.get(WRITE)
    await desk.press("save", "/write", alt__en="A gate", **TYPED)
    assert desk.answer.status_code == 422
    assert "not here yet" in desk.alerts
    assert desk.form("/write").value("alt.en") == "A gate"
    assert kept(desk.form("/write")) == TYPED
    await send(desk, photographs.plain(), button="save", as_hero="yes", **TYPED)
    assert (await saved(desk)).declaration.hero is not None


async def test_a_hero_that_is_not_told_in_a_language_is_refused_at_its_field(
    site: Site, desk: Desk
) -> None:
    await desk.get(WRITE)
    await send(desk, photographs.plain(), alt__en="A gate", as_hero="yes", **TYPED)
    key = (await album(site))[0]
    await desk.press("add-language.de", "/write", hero=key)
    page = await desk.press(
        "save", "/write", title__de="Am Tor", summary__de="S.", content__de="Worte."
    )
    assert desk.answer.status_code == 422
    assert "has no alt text in &#39;de&#39;" in desk.alerts
    assert "#f-hero" in [one.get("href") for one in page.all("a")]


async def test_words_for_a_picture_are_shown_as_text(desk: Desk) -> None:
    hostile = "\"'></textarea><script>alert(1)</script>{{ 7*7 }}"
    await desk.get(WRITE)
    await send(desk, photographs.plain(), alt__en=hostile, **TYPED)
    assert desk.answer.status_code == 200
    assert not desk.page.all("script")
    assert [one for one in desk.page.all("img") if one["alt"] == hostile]


async def test_a_form_with_many_pictures_and_languages_stays_small(desk: Desk) -> None:
    await desk.get(WRITE)
    for language in ("de", "ar", "zh-Hans", "uk", "hi", "fr", "es"):
        await desk.press("add-language", "/write", add=language)
    alts = {
        f"alt__{language}": "What it shows " * 8
        for language in ("en", "de", "ar", "zh-Hans", "uk", "hi", "fr", "es")
    }
    for width in range(4):
        await send(desk, photographs.plain(size=(60 + width, 40)), **alts)
    assert desk.answer.status_code == 200
    assert list(faults_in(desk.answer.text)) == []
    (older,) = [value for _, value in desk.form("/write").buttons if value.startswith("older.")]
    first = {str(one["src"]) for one in desk.page.all("img")}
    await desk.press(older, "/write")
    assert not first & {str(one["src"]) for one in desk.page.all("img")}
    assert desk.form("/write").value("older") == older.partition(".")[2]


async def test_a_recording_is_added_and_put_into_the_text_and_never_above_it(
    site: Site, desk: Desk
) -> None:
    await desk.get(WRITE)
    page = await send(desk, soundtracks.told("M4A"), alt__en="Read aloud", as_hero="yes", **TYPED)
    assert desk.answer.status_code == 200, desk.alerts
    assert "The file is here" in page.text
    assert "Recording, 0:02" in page.text
    (key,) = re.findall(r'value="put\.([a-z2-7]{16})"', desk.answer.text)[:1]
    assert f'id="hero-{key}"' not in desk.answer.text
    assert (await album(site))[0] == key
    await desk.press(f"put.{key}", "/write")
    assert f"![Read aloud](media:{key})" in desk.form("/write").value("content.en")


@pytest.mark.parametrize("language", ["de", "fr", "es", "ar"])
async def test_what_is_no_recording_is_refused_in_the_readers_language(
    desk: Desk, language: str
) -> None:
    await desk.get(WRITE)
    for content in (b"OggS" + bytes(900), leaflets.locked(), b"{\rtf1 Words}"):
        await send(desk, content, language=language, alt__en="A file", **TYPED)
        assert desk.answer.status_code == 422
        assert list(faults_in(desk.answer.text)) == []
        assert not ENGLISH.search(desk.alerts)


async def test_a_picture_of_a_text_that_was_withdrawn_is_not_offered(
    site: Site, desk: Desk
) -> None:
    await desk.get(WRITE)
    await send(desk, photographs.telling(size=(300, 200)), alt__en="A gate", **TYPED)
    (key, *_) = await album(site)
    work = await site.publish("Hasty", content=line_of(key, "A gate"))
    await desk.get(WRITE)
    assert f"media:{key})" in desk.page.text
    await site.withdraw(work, "It was wrong.")
    await desk.get(WRITE)
    assert f"media:{key})" not in desk.page.text
    for one in desk.page.all("img"):
        assert (await desk.client.get(str(one["src"]))).status_code == 200
