"""An edit that waits for a second coordinator, in the console: compared, agreed to, taken up."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from desk_browser import Desk, at_desk
from running_site import Site, running_site

from fediverse_coord.desk import amendments, drafts, edits, looking, passages
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.publishing.declarations import InvalidDraft
from fediverse_coord.publishing.naming import handle_of
from fediverse_coord.storage.declarations import Work

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("edits")
    async with running_site(folder, "pits", "quays", approvals=1) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def ana(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site, "Ana") as entered:
        yield entered


@pytest_asyncio.fixture(loop_scope="module")
async def ben(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site, "Ben") as entered:
        yield entered


def url_of(work: Work) -> str:
    return f"/console/declarations/{work.declaration.key}"


async def text_of(site: Site, work: Work) -> str:
    found = await drafts.find(site.services.desk, OPERATOR, work.declaration.key)
    return found.declaration.original.source


async def edit_of(desk: Desk, work: Work) -> str:
    """The address of the newest edit that waits, as the text's page links it."""
    await desk.get(url_of(work))
    return next(a["href"] for a in desk.page.all("a") if "/console/edits/" in a["href"])


async def edited(site: Site, ana: Desk, title: str, text: str) -> Work:
    work = await site.publish(title)
    await ana.get(f"{url_of(work)}/edit")
    await ana.press("save", change="quiet", content__en=text)
    assert "nothing is changed yet" in ana.alerts
    return work


async def test_what_waits_is_on_both_desks_with_what_it_would_change(
    site: Site, ana: Desk, ben: Desk
) -> None:
    work = await edited(site, ana, "The lamp room", "The lamp room is shut & dark.")
    await ben.get("/console/@pits")
    assert "Changes that wait for a second coordinator" in ben.page.text
    await ben.get(await edit_of(ben, work))
    assert "shut &amp; dark.</ins>" in ben.answer.text
    await ben.submit("/approve")
    assert "The change is made and on its way." in ben.alerts
    assert await text_of(site, work) == "The lamp room is shut & dark."
    assert "/console/edits/" not in ben.answer.text


async def test_whoever_may_agree_is_asked_about_people_whom_the_edit_names(
    site: Site, ana: Desk, ben: Desk
) -> None:
    await site.protect("TR")
    work = await site.publish("The gate in Turkey")
    await ana.get(f"{url_of(work)}/edit")
    await ana.press("save", content__en="At the gate they took Ahmet Yılmaz.")
    await ana.press("save", "/edit", sure=ana.box("sure"))
    assert "nothing is changed yet" in ana.alerts
    await ben.get(await edit_of(ben, work))
    assert "Does the text name people?" in ben.page.text
    assert "Ahmet Yılmaz</bdi>" in ben.answer.text


async def test_nobody_agrees_with_themselves_and_the_page_does_not_offer_it(
    site: Site, ana: Desk
) -> None:
    work = await edited(site, ana, "The wash house", "Open.")
    await ana.get(edit := await edit_of(ana, work))
    assert not [one for one in ana.page.all("form") if one["action"].endswith("/approve")]
    token = ana.form("/reject").value("csrf")
    await ana.send([("csrf", token)], f"{edit}/approve")
    assert (ana.answer.status_code, "you have done so already" in ana.alerts) == (409, True)
    assert await text_of(site, work) != "Open."


async def test_an_edit_without_its_token_or_from_elsewhere_is_not_agreed_to(
    site: Site, ana: Desk, ben: Desk
) -> None:
    work = await edited(site, ana, "The winding house", "Open.")
    await ben.get(edit := await edit_of(ben, work))
    token = ben.form("/approve").value("csrf")
    await ben.send([("csrf", "0" * 64)], f"{edit}/approve")
    assert ben.answer.status_code == 403
    await ben.send([("csrf", token)], f"{edit}/approve", Sec_Fetch_Site="cross-site")
    assert ben.answer.status_code == 403
    assert await text_of(site, work) != "Open."


async def test_throwing_an_edit_away_asks_for_a_tick(site: Site, ana: Desk, ben: Desk) -> None:
    work = await edited(site, ana, "The pump", "It runs.")
    await ben.get(edit := await edit_of(ben, work))
    await ben.submit("/reject")
    assert "tick the box" in ben.alerts
    await ben.submit("/reject", sure="yes")
    assert "thrown away" in ben.alerts
    await ben.get(edit)
    assert ben.answer.status_code == 404


async def test_a_void_edit_is_taken_up_in_the_editor_beside_what_is_published(
    site: Site, ana: Desk, ben: Desk
) -> None:
    work = await edited(site, ana, "The cage", "The cage holds forty.")
    fields = {"content": "The cage holds twenty."}
    await edits.edit(site.services.desk, OPERATOR, work.declaration.key, fields)
    edit = await edit_of(ben, work)
    await ben.get(edit)
    assert "out of date" in ben.page.text
    assert not [one for one in ben.page.all("form") if one["action"].endswith("/approve")]
    token = ben.form("/reject").value("csrf")
    await ben.send([("csrf", token)], f"{edit}/approve")
    assert ben.answer.status_code == 412

    [taken] = [a["href"] for a in ben.page.all("a") if "/edit?from=" in a["href"]]
    await ben.get(taken)
    assert ben.form("/edit").value("content.en") == "The cage holds forty."
    assert "<ins>twenty.</ins>" in ben.answer.text
    await ben.press("save", change="quiet")
    assert "nothing is changed yet" in ben.alerts
    assert await text_of(site, work) == "The cage holds twenty."


async def test_an_edit_of_one_text_does_not_open_another(site: Site, ana: Desk, ben: Desk) -> None:
    work = await edited(site, ana, "The sieve", "Coarse.")
    other = await site.publish("The belt")
    key = (await edit_of(ben, work)).rpartition("/")[2]
    await ben.get(f"{url_of(other)}/edit?from={key}")
    assert ben.form("/edit").value("content.en") != "Coarse."


async def test_another_coordinations_people_are_shown_nothing(site: Site, ana: Desk) -> None:
    work = await edited(site, ana, "The shaft", "Deep.")
    edit = await edit_of(ana, work)
    async with at_desk(site, "Quinn", "publisher", "quays") as quinn:
        for path in (edit, f"{url_of(work)}/edit?from={edit.rpartition('/')[2]}"):
            await quinn.get(path)
            assert quinn.answer.status_code == 403
            assert "Deep." not in quinn.answer.text


async def test_a_changed_secret_name_is_told_without_the_name(
    site: Site, ana: Desk, ben: Desk
) -> None:
    work, desk = await site.publish("The letter"), site.services.desk
    signed = {"signatories": [{"name": "Nora Flint", "display": "hidden"}]}
    await edits.edit(desk, OPERATOR, work.declaration.key, signed)
    await ana.get(f"{url_of(work)}/edit")
    await ana.press("save", change="quiet", signatories__0__name="Vera Slate")
    edit = await edit_of(ben, work)
    await ben.get(edit)
    assert "Signatory 1: the name that is locked away would be another one." in ben.page.text
    assert "Slate" not in ben.answer.text
    await ben.submit("/names")
    assert "Vera Slate" in ben.page.text


async def test_words_of_a_passage_that_are_taken_up_are_compared_before_anybody_agrees(
    site: Site, ana: Desk, ben: Desk
) -> None:
    async def put(text: str) -> None:
        given = {"texts": {"en": text}, "source": {"name": "Programme"}}
        await passages.put(site.services.desk, OPERATOR, "pits", "hours", given)

    await put("We want six hours.")
    work = await site.publish("The clock", content="{{passage: hours}}")
    await put("We want four hours.")
    await ana.get(f"{url_of(work)}/edit")
    await ana.press("save", change="quiet", take_up="yes")
    assert "nothing is changed yet" in ana.alerts
    assert "six hours" in (await site.page(site.path(work))).text
    await ben.get(await edit_of(ben, work))
    assert "Passages in the text" in ben.page.text
    assert "<del>six</del> <ins>four</ins>" in ben.answer.text
    await ben.submit("/approve")
    assert "four hours" in (await site.page(site.path(work))).text


async def test_a_void_edit_is_taken_up_with_the_present_words_of_its_passages(
    site: Site, ana: Desk, ben: Desk
) -> None:
    async def put(text: str) -> None:
        given = {"texts": {"en": text}}
        await passages.put(site.services.desk, OPERATOR, "pits", "shifts", given)

    await put("Four on every shift.")
    work = await site.publish("The roster", content="{{passage: shifts}}")
    await put("Five on every shift.")
    await ana.get(f"{url_of(work)}/edit")
    await ana.press("save", change="quiet", take_up="yes")
    edit = await edit_of(ben, work)
    await edits.edit(site.services.desk, OPERATOR, work.declaration.key, {"tags": ["roster"]})

    await ben.get(edit)
    assert "out of date" in ben.page.text
    await ben.get(f"{url_of(work)}/edit?from={edit.rpartition('/')[2]}")
    assert ("take_up", "yes") in ben.form("/edit").fields
    await ben.press("save", change="quiet")
    await ana.get(await edit_of(ana, work))
    assert "<del>Four</del> <ins>Five</ins>" in ana.answer.text
    await ana.get(f"{url_of(work)}/edit")
    assert ("take_up", "yes") not in ana.form("/edit").fields


SIGNED = [{"name": "Nora Flint", "display": "hidden", "office": "Clerk"}]


async def test_an_edit_beside_a_sealed_name_is_taken_up_and_agrees(
    site: Site, ana: Desk, ben: Desk
) -> None:
    work = await site.publish("The letter", signatories=SIGNED)
    await ana.get(f"{url_of(work)}/edit")
    await ana.press("save", "/edit", change="quiet", content__en="New.")
    key = (await edit_of(ben, work)).rpartition("/")[2]
    await ben.get(f"{url_of(work)}/edit?from={key}")
    assert "Nora Flint" not in ben.answer.text
    await ben.press("save", "/edit", change="quiet", content__en="Newer.")
    assert (ben.answer.status_code, "nothing is changed yet" in ben.alerts) == (200, True)
    await ben.get(f"{url_of(work)}/edit?from={key}")
    await ben.press("save", "/edit", change="quiet")
    assert (ben.path.endswith("?done=saved"), await text_of(site, work)) == (True, "New.")


async def test_an_edit_that_seals_another_name_is_taken_up_with_that_name(
    site: Site, ana: Desk, ben: Desk
) -> None:
    work = await site.publish("The reply", signatories=SIGNED)
    await ana.get(f"{url_of(work)}/edit")
    await ana.press("signatory.0", "/edit")
    await ana.press("save", "/edit", change="quiet", signatories__0__name="Olga Satin")
    key = (await edit_of(ben, work)).rpartition("/")[2]
    await ben.get(f"{url_of(work)}/edit?from={key}")
    await ben.press("save", "/edit", change="quiet", content__en="Newer.")
    assert (ben.answer.status_code, "nothing is changed yet" in ben.alerts) == (200, True)
    desk = site.services.desk
    newest = (await amendments.page(desk, OPERATOR, "pits"))[0]
    assert await looking.at_names_in_edit(desk, OPERATOR, newest.amendment.key) == {0: "Olga Satin"}
    stranger = await site.publish("The other", signatories=SIGNED)
    handle = handle_of(str(newest.amendment.proposed.declaration.signatories[0].sealed))
    fields = {"signatories": [{"sealed": handle, "display": "hidden"}]}
    with pytest.raises(InvalidDraft, match="handle of no sealed name"):
        await edits.edit(desk, OPERATOR, stranger.declaration.key, fields)
