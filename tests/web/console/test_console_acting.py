"""What is done with a text in the console, and who may do it."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from desk_browser import Desk, at_desk, faults_in
from running_site import Site, running_site

from fediverse_coord.desk import drafts, edits
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage.declarations import Work

pytestmark = pytest.mark.asyncio(loop_scope="module")

GERMAN = {"title": "Auf Deutsch", "summary": "Kurz.", "content": "Lang.", "state": "reviewed"}
FRENCH = {"title": "En français", "summary": "Court.", "content": "Long."}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("acting"), "pits", "quays") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site, "Rosa", "publisher", "pits") as entered:
        yield entered


def url_of(work: Work) -> str:
    return f"/console/declarations/{work.declaration.key}"


async def now(site: Site, work: Work) -> Work:
    return await drafts.find(site.services.desk, OPERATOR, work.declaration.key)


async def states(site: Site, work: Work) -> dict[str, str]:
    return {one.language: one.state for one in (await now(site, work)).declaration.versions}


async def three_languages(site: Site) -> Work:
    work, desk = await site.draft("Three"), site.services.desk
    await edits.put_version(desk, OPERATOR, work.declaration.key, "de", GERMAN)
    await edits.put_version(desk, OPERATOR, work.declaration.key, "fr", FRENCH)
    return work


async def test_reviewed_languages_are_ticked_and_only_ticked_ones_go_out(
    site: Site, desk: Desk
) -> None:
    work = await three_languages(site)
    await desk.get(url_of(work))
    ticked = {a["value"] for a in desk.page.all("input") if a["name"] == "languages"
              and "checked" in a}  # fmt: skip
    assert ticked == {"de"}
    await desk.submit("/publish")
    assert "Published." in desk.alerts
    assert await states(site, work) == {"en": "published", "de": "published", "fr": "draft"}
    await desk.submit("/publish", languages="fr")
    assert set((await states(site, work)).values()) == {"published"}


async def test_a_reviewed_language_that_is_not_ticked_stays_at_home(site: Site, desk: Desk) -> None:
    work = await three_languages(site)
    await desk.get(url_of(work))
    form = desk.form("/publish")
    await desk.send([one for one in form.fields if one[0] != "languages"], form.action)
    assert await states(site, work) == {"en": "published", "de": "draft", "fr": "draft"}


async def test_an_hour_is_meant_in_the_zone_that_was_chosen(site: Site, desk: Desk) -> None:
    work = await site.draft("Tomorrow")
    hour = (site.services.clock() + timedelta(days=2)).replace(tzinfo=None)
    await desk.get(url_of(work))
    assert len(desk.answer.content) < 50_000
    await desk.submit("/schedule", at=f"{hour:%Y-%m-%dT%H:%M}", zone="Asia/Tokyo")
    found = await now(site, work)
    assert (found.declaration.state, found.schedule_zone) == ("scheduled", "Asia/Tokyo")
    assert f"{hour:%Y-%m-%d %H:%M} Asia/Tokyo" in desk.page.text
    await desk.submit("/unschedule")
    assert (await now(site, work)).declaration.state == "draft"


@pytest.mark.parametrize(
    "at, zone, told",
    [
        ("", "UTC", "Say a day and an hour"),
        ("soon", "UTC", "Say a day and an hour"),
        ("2020-01-01T10:00", "UTC", "must lie in the future"),
        ("2027-05-01T10:00", "", "Choose a time zone"),
        ("2027-05-01T10:00", "Mars/Base", "Choose a time zone"),
        ("2027-05-01T10:00", "localtime", "Choose a time zone"),
        ("0001-01-01T00:00", "Asia/Tokyo", "within a year"),
        ("9999-12-31T23:59", "America/New_York", "within a year"),
        ("9999-12-31T23:59-10:00", "", "within a year"),
    ],
)
async def test_an_hour_that_is_none_is_told_where_it_was_typed(
    site: Site, desk: Desk, at: str, zone: str, told: str
) -> None:
    work = await site.draft("Never")
    await desk.get(url_of(work))
    await desk.submit("/schedule", at=at, zone=zone)
    assert desk.answer.status_code == 422
    assert told in desk.alerts
    assert desk.form("/schedule").value("at") == at
    assert list(faults_in(desk.answer.text)) == []


async def test_withdrawing_asks_for_a_reason_and_deleting_for_a_tick(
    site: Site, desk: Desk
) -> None:
    work = await site.publish("Hasty")
    await desk.get(url_of(work))
    await desk.submit("/withdraw", reason="  ")
    assert "A reason is needed" in desk.alerts
    await desk.submit("/withdraw", reason="The number was wrong.")
    assert ((await now(site, work)).reason, desk.answer.status_code) == (
        "The number was wrong.",
        200,
    )
    await desk.submit("/delete")
    assert desk.answer.status_code == 422
    assert (await now(site, work)).declaration.state == "withdrawn"
    await desk.submit("/delete", sure="yes")
    assert (desk.path, (await now(site, work)).declaration.state) == (
        "/console/@pits?done=deleted",
        "deleted",
    )
    await desk.get(url_of(work))
    assert (desk.answer.status_code, list(faults_in(desk.answer.text))) == (200, [])


async def test_a_name_is_taken_out_and_what_cannot_be_recalled_is_said(
    site: Site, desk: Desk
) -> None:
    work = await site.publish("Thanks", content="We thank Lena Brandt. Thank you.")
    await desk.get(url_of(work))
    await desk.submit("/redact", name="Somebody Else")
    assert "It stands nowhere" in desk.page.text
    await desk.submit("/redact", sure="yes")
    assert "nor did it" in desk.alerts
    await desk.submit("/redact", name="lena brandt")
    await desk.submit("/redact", sure="yes")
    assert "cannot be recalled" in desk.page.text
    assert list(faults_in(desk.answer.text)) == []
    assert "Brandt" not in (await now(site, work)).declaration.original.source


async def test_it_is_shown_where_a_name_stands_and_asked_before_it_goes(
    site: Site, desk: Desk
) -> None:
    title = "A day at the port"
    work = await site.publish(title, content="Thanks to all at the port, and a hand for Lena.")
    await desk.get(url_of(work))
    await desk.submit("/redact", name="a")
    assert (desk.answer.status_code, list(faults_in(desk.answer.text))) == (200, [])
    assert len(desk.answer.content) < 50_000
    for told in ("Title (English): 1", "[name removed] day at the port", "very short", "Text"):
        assert told in desk.page.text
    await desk.submit("/redact")  # the button alone, without its box
    assert "Title (English): 1" in desk.page.text
    assert (await now(site, work)).declaration.original.title == title
    await desk.submit("/redact", sure="yes")
    assert (await now(site, work)).declaration.original.title == "[name removed] day at the port"


async def test_the_page_that_is_opened_from_here_has_another_address_after_each_change(
    site: Site, desk: Desk
) -> None:
    work, addresses = await site.publish("Fresh"), set()
    for content in ("One.", "Two."):
        await site.edit(work, content=content)
        await desk.get(url_of(work))
        address = next(a["href"] for a in desk.page.all("a") if "/@pits/fresh" in a["href"])
        page = await desk.get(address)
        assert content in page.text
        assert {a["href"] for a in page.all("link") if a["rel"] == "canonical"} == {
            f"{site.origin}{site.path(work)}"
        }
        addresses.add(address)
    assert len(addresses) == 2


async def test_a_refusal_about_a_signatory_says_who_and_leads_there(site: Site, desk: Desk) -> None:
    await site.protect("PE")
    signs = [{"name": "Ben Okafor"}, {"name": "Lena Brandt", "country": "PE"}]
    work = await site.draft("Signed", signatories=signs)
    await desk.get(url_of(work))
    await desk.submit("/publish")
    assert (desk.answer.status_code, list(faults_in(desk.answer.text))) == (409, [])
    assert "signatories number 2:" in desk.alerts
    [link] = [a["href"] for a in desk.page.all("a") if "edit#" in str(a.get("href"))]
    assert "Signatory 2: Lena Brandt" in desk.page.text
    await desk.get(str(link))
    assert {"id": "w1", "name": "do", "value": "signatory.1"} in desk.page.all("button")
    await site.protect()


async def test_a_withdrawn_text_calls_no_language_published_or_outdated(
    site: Site, desk: Desk
) -> None:
    work = await three_languages(site)
    await desk.get(url_of(work))
    await desk.submit("/publish", languages="de")
    await site.edit(work, content="Another text.")
    await desk.get(url_of(work))
    assert "original changed since" in desk.page.text
    await site.withdraw(work, "It was wrong.")
    await desk.get(url_of(work))
    for gone in ("original changed since", "<span>published</span>"):
        assert gone not in desk.answer.text
    assert "Withdrawn" in desk.page.text


async def test_missing_languages_are_called_by_their_names(site: Site, desk: Desk) -> None:
    work = await site.draft("Half")
    for path in ("/console/@pits", url_of(work)):
        await desk.get(path)
        assert re.search(r"Missing: <bdi[^>]*>Deutsch</bdi>|Missing: Deutsch", desk.page.text)


async def test_a_text_is_pinned_and_unpinned(site: Site, desk: Desk) -> None:
    work = await site.publish("Pinned")
    await desk.get(url_of(work))
    await desk.submit("/pin")
    assert (await now(site, work)).pinned_at is not None
    await desk.submit("/pin")
    assert (await now(site, work)).pinned_at is None


async def test_somebody_who_was_slower_changes_nothing(site: Site, desk: Desk) -> None:
    work = await site.draft("Slow")
    await desk.get(url_of(work))
    form = desk.form("/publish")
    await site.edit(work, content="Other words.")
    await desk.send(form.filled(), form.action)
    assert desk.answer.status_code == 412
    assert (await now(site, work)).declaration.state == "draft"


async def test_the_preview_shows_every_reader(site: Site, desk: Desk) -> None:
    work = await three_languages(site)
    await desk.get(f"{url_of(work)}/preview")
    for reader in ("Mastodon", "GoToSocial", "Misskey", "A feed reader", "On paper"):
        assert reader in desk.page.text
    assert "Lang." in desk.page.text
    assert list(faults_in(desk.answer.text)) == []


async def test_deliveries_are_told_as_servers_reached(site: Site, desk: Desk) -> None:
    work = await site.publish("Delivered")
    await site.receipts(work, delivered=2, refused=1)
    await desk.get(url_of(work))
    assert "Reached 2 of 3 servers" in desk.page.text
    assert "host2.example" in desk.page.text
    assert list(faults_in(desk.answer.text)) == []
    await desk.submit("/resend")
    assert "tried again" in desk.alerts
    rows = await site.services.db.fetch_all("SELECT state FROM deliveries")
    assert "refused" not in {row["state"] for row in rows}


MOST = {"publish", "schedule", "delete", "redact"}


@pytest.mark.parametrize(
    "role, offered, edits",
    [
        ("editor", set[str](), True),
        ("moderator", set[str](), False),
        ("publisher", MOST, True),
        ("admin", MOST, True),
    ],
)
async def test_what_a_role_may_not_do_is_not_offered_and_refused(
    site: Site, role: str, offered: set[str], edits: bool
) -> None:
    work = await site.draft("Of roles")
    async with at_desk(site, f"One {role}", role, "pits") as desk:
        await desk.get(url_of(work))
        actions = {str(a["action"]).rpartition("/")[2] for a in desk.page.all("form")}
        assert actions - {"leave"} == offered
        hrefs = {a["href"] for a in desk.page.all("a")}
        assert (f"{url_of(work)}/edit" in hrefs) is edits
        csrf = desk.form("/leave").value("csrf")
        for verb in sorted(MOST - offered) + ["withdraw", "pin", "resend"] * (role == "editor"):
            pairs = [("csrf", csrf), ("revision", "1"), ("sure", "yes"), ("name", "Of"),
                     ("reason", "x"), ("at", "2027-01-01T10:00"), ("zone", "UTC")]  # fmt: skip
            await desk.send(pairs, f"{url_of(work)}/{verb}")
            assert desk.answer.status_code == 403, verb
        if not edits:
            await desk.send([("csrf", csrf), ("languages", "en")], f"{url_of(work)}/edit")
            assert desk.answer.status_code == 403
            await desk.send([("csrf", csrf)], f"{url_of(work)}/names")
            assert desk.answer.status_code == 403
            await desk.get("/console/@pits/write")
            assert desk.answer.status_code == 403
    if not offered:
        assert (await now(site, work)).declaration == work.declaration


async def test_an_editor_changes_nothing_that_is_out(site: Site) -> None:
    work = await site.publish("Out")
    async with at_desk(site, "Edda", "editor") as desk:
        await desk.get(url_of(work))
        csrf = desk.form("/leave").value("csrf")
        await desk.get(f"{url_of(work)}/edit")
        assert desk.answer.status_code == 403
        pairs = [("csrf", csrf), ("languages", "en"), ("content.en", "Mine."), ("revision", "1")]
        await desk.send(pairs, f"{url_of(work)}/edit")
        assert desk.answer.status_code == 403
    found = (await now(site, work)).declaration
    assert (found.revision, found.original.source) == (1, work.declaration.original.source)


async def test_another_coordinations_texts_are_closed(site: Site, desk: Desk) -> None:
    work = await site.draft("Of the quays", actor="quays")
    csrf = desk.form("/leave").value("csrf") if desk.answer.text else ""
    for path in ("", "/edit", "/preview"):
        await desk.get(url_of(work) + path)
        assert desk.answer.status_code == 403
        assert "Of the quays" not in desk.answer.text
    for path in ("/console/@quays", "/console/@quays/write", "/console/@quays/responses"):
        await desk.get(path)
        assert desk.answer.status_code == 403
    for verb in ("publish", "delete", "names", "redact", "edit"):
        pairs = [("csrf", csrf), ("revision", "1"), ("sure", "yes"), ("name", "quays"),
                 ("languages", "en")]  # fmt: skip
        await desk.send(pairs, f"{url_of(work)}/{verb}")
        assert desk.answer.status_code == 403
        assert "Of the quays" not in desk.answer.text
    assert (await now(site, work)).declaration == work.declaration
    await desk.get("/console")
    assert desk.path == "/console/@pits"


async def test_a_second_coordinator_agrees(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("agree")
    async with running_site(folder, "pits", approvals=1) as site:
        work = await site.draft("Together")
        async with at_desk(site, "Ana") as ana, at_desk(site, "Ben") as ben:
            await ana.get(url_of(work))
            await ana.submit("/publish")
            assert "Handed in." in ana.alerts
            await ana.submit("/publish")
            assert ana.answer.status_code == 409
            await ben.get("/console/@pits")
            assert "Waiting for a second coordinator" in ben.page.text
            await ben.get(url_of(work))
            await ben.submit("/publish")
            assert "Published." in ben.alerts

            for one, told in ((ana, "nothing is changed yet"), (ben, "Saved.")):
                await one.get(f"{url_of(work)}/edit")
                await one.press("save", change="quiet", content__en="Other words.")
                assert told in one.alerts
            assert (await now(site, work)).declaration.original.source == "Other words."
