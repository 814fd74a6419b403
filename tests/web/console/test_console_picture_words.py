"""Words for a picture are changed by whoever may change what readers see of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import photographs
import pytest
import pytest_asyncio
from desk_browser import Desk, at_desk, faults_in
from running_site import Site, running_site

from fediverse_coord.desk import pictures, releases
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage.declarations import Work

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRITE = "/console/@pits/write"
NAMED = "Ahmet Demir at the gate"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("words"), "pits") as running:
        await running.protect("TR")
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pairs(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("pairs"), "pits", approvals=1) as running:
        yield running


async def taken_in(site: Site) -> str:
    desk = site.services.desk
    known = await pictures.take_in(desk, OPERATOR, "pits", photographs.plain(), {"en": "A gate"})
    return known.media.image.key


async def alts_of(site: Site, key: str) -> dict[str, str]:
    return dict((await pictures.find(site.services.desk, OPERATOR, key)).media.image.alts)


async def told_anew(desk: Desk, key: str, words: str, **given: str) -> None:
    """From the form of a new text, as whoever may write one sees every picture."""
    await desk.get(WRITE)
    form = desk.form("/write")
    await desk.send([*form.filled(content__en="Typed."), ("do", f"describe.{key}")], form.action)
    await desk.press("picture", "/write", alt__en=words, **given)


async def scheduled(site: Site, work: Work) -> None:
    desk = site.services.desk
    at = desk.clock() + timedelta(days=2)
    await releases.schedule(desk, OPERATOR, work.declaration.key, at)


async def withdrawn(site: Site, work: Work) -> None:
    await releases.publish(site.services.desk, OPERATOR, work.declaration.key)
    await site.withdraw(work, "The figures were wrong.", keep_text=True)


async def published(site: Site, work: Work) -> None:
    await releases.publish(site.services.desk, OPERATOR, work.declaration.key)


@pytest.mark.parametrize("goes_out", [published, scheduled, withdrawn])
@pytest.mark.parametrize("button", ["picture", "save"])
async def test_an_editor_changes_no_words_above_what_is_out_and_loses_nothing(
    site: Site, goes_out: Callable[[Site, Work], Awaitable[None]], button: str
) -> None:
    key = await taken_in(site)
    work = await site.draft("Hero", hero=key)
    await goes_out(site, work)
    async with at_desk(site, "Edi", "editor", "pits") as edi:
        await edi.get(WRITE)
        form = edi.form("/write")
        await edi.send([*form.filled(content__en="Typed."), ("do", f"describe.{key}")], form.action)
        await edi.press(button, "/write", alt__en="Liars at a gate")
        assert edi.answer.status_code == 403
        assert "needs the role publisher" in edi.alerts
        assert edi.form("/write").value("content.en") == "Typed."
        assert edi.form("/write").value("alt.en") == "Liars at a gate"
        assert list(faults_in(edi.answer.text)) == []
    assert await alts_of(site, key) == {"en": "A gate"}
    assert "Liars" not in (await site.get(site.path(work))).text


async def test_an_editor_tells_what_only_drafts_show_and_what_nobody_reads_yet(site: Site) -> None:
    drafted, in_text, above = [await taken_in(site) for _ in range(3)]
    await site.draft("Draft", hero=drafted)
    work = await site.publish("Text", content=f"![Our gate](media:{in_text})", hero=above)
    async with at_desk(site, "Edi", "editor", "pits") as edi:
        for key in (drafted, in_text):
            await told_anew(edi, key, "An old gate")
            assert (await alts_of(site, key), edi.answer.status_code) == (
                {"en": "An old gate"},
                200,
            )
        await edi.get(f"{WRITE}?lang=de")
        form = edi.form("/write")
        await edi.send([("do", f"describe.{above}"), *form.filled(languages="de")], form.action)
        await edi.press("picture", "/write", alt__de="Ein Tor")
    assert await alts_of(site, above) == {"en": "A gate", "de": "Ein Tor"}
    assert "An old gate" not in (await site.get(site.path(work))).text


async def test_a_publisher_changes_them_and_readers_see_it(site: Site) -> None:
    key = await taken_in(site)
    work = await site.publish("Hero", hero=key)
    async with at_desk(site, "Pia", "publisher", "pits") as pia:
        await told_anew(pia, key, "A gate with two locks")
        assert pia.answer.status_code == 200
    assert "A gate with two locks" in (await site.get(site.path(work))).text


@pytest.mark.parametrize("button", ["picture", "save"])
async def test_names_in_them_are_asked_about_where_readers_meet_them(
    site: Site, button: str
) -> None:
    key = await taken_in(site)
    work = await site.publish("Hero", countries=["TR"], hero=key)
    async with at_desk(site) as desk:
        await told_anew(desk, key, NAMED)
        assert (desk.answer.status_code, "Ahmet Demir</bdi>" in desk.answer.text) == (422, True)
        assert "press the button again" in desk.answer.text
        assert list(faults_in(desk.answer.text)) == []
        assert await alts_of(site, key) == {"en": "A gate"}
        await desk.press(button, "/write")
        assert desk.answer.status_code == 422
        await desk.press(
            "picture", "/write", sure=desk.box("sure"), alt__en=f"{NAMED} with Ali Kaya"
        )
        assert (desk.answer.status_code, "Ali Kaya</bdi>" in desk.answer.text) == (422, True)
        assert await alts_of(site, key) == {"en": "A gate"}
        await desk.press(button, "/write", sure=desk.box("sure"), alt__en=NAMED)
        assert desk.answer.status_code == 200
    assert await alts_of(site, key) == {"en": NAMED}
    assert NAMED in (await site.get(site.path(work))).text


async def test_where_two_have_to_agree_nobody_alone_changes_words_that_are_out(
    pairs: Site,
) -> None:
    key = await taken_in(pairs)
    work = await pairs.publish("Hero", hero=key)
    async with at_desk(pairs, "Ana") as ana:
        await told_anew(ana, key, "Liars at a gate")
        assert (ana.answer.status_code, "others agreed" in ana.alerts) == (409, True)
        assert await alts_of(pairs, key) == {"en": "A gate"}
        another = await taken_in(pairs)
        await ana.get(f"/console/declarations/{work.declaration.key}/edit")
        await ana.press("save", "/edit", hero=another)
        await told_anew(ana, another, "Liars at a gate")
        assert (ana.answer.status_code, "an edit that waits" in ana.alerts) == (409, True)
        await ana.press(f"drop.{another}", "/write")
        assert (ana.answer.status_code, "reject the edit" in ana.alerts) == (409, True)
    assert await alts_of(pairs, another) == {"en": "A gate"}


async def test_who_agrees_sees_that_another_picture_is_shown_and_what_is_said_of_it(
    pairs: Site,
) -> None:
    key, another = await taken_in(pairs), await taken_in(pairs)
    work = await pairs.publish("Hero", hero=key)
    url = f"/console/declarations/{work.declaration.key}"
    async with at_desk(pairs, "Ana") as ana, at_desk(pairs, "Ben") as ben:
        await told_anew(ana, another, "A gate in the rain")
        await ana.get(f"{url}/edit")
        await ana.press("save", "/edit", hero=another)
        await ben.get(url)
        await ben.get(next(a["href"] for a in ben.page.all("a") if "/console/edits/" in a["href"]))
    assert "Picture above the text (English)" in ben.answer.text
    assert "<ins>in the rain</ins>" in ben.answer.text.replace(" in the rain", "in the rain")
    assert another in ben.answer.text
