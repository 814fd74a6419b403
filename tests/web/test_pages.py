"""Pages for people, over a real socket: what is shown, what is redirected, what is kept."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from running_site import MASTODON, Site, links_of, running_site
from sample_pages import Page

from fediverse_coord.desk import edits
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage import objects, sqlite
from fediverse_coord.web.responses import PAGE_POLICY

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("pages")
    async with running_site(folder, "pits", "quays", "ended") as running:
        yield running


async def test_a_declaration_has_a_page_in_its_language(site: Site) -> None:
    work = await site.publish("Für den Streik", language="de", tags=["Streik"], slug="streik")
    answer = await site.get("/@pits/streik")
    page = Page(answer.text)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert page.all("html")[0]["lang"] == "de"
    assert page.meta("og:title") == "Für den Streik"
    assert page.meta("fediverse:creator") == f"@pits@{site.services.config.uris.host}"
    assert page.meta("og:image:width") == "300"
    paper = f"{site.origin}/@pits/streik.pdf?lang=de"
    assert page.links("alternate") == [site.object_id(work), paper]
    assert "Down tools at noon." in page.text
    assert page.faults == []


async def test_a_page_names_its_id_first_in_the_only_link_field(site: Site) -> None:
    work = await site.publish("Linked")
    answer, profile = await site.get(site.path(work)), await site.get("/@pits")
    alternate = '; rel="alternate"; type="application/activity+json"'

    assert links_of(answer) == [f"<{site.object_id(work)}>{alternate}"]
    assert links_of(profile) == [f"<{site.origin}/actors/pits>{alternate}"]


async def test_every_page_forbids_scripts_and_foreign_things_and_sets_no_cookie(site: Site) -> None:
    work = await site.publish("Guarded", tags=["Guard"])
    for path in (site.path(work), "/@pits", "/@pits/tags/Guard", "/about", "/", "/@pits/none"):
        answer = await site.get(path)
        assert answer.headers["content-security-policy"] == PAGE_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "Accept" in answer.headers["vary"]
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "accept",
    [
        "application/activity+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        "application/activity+json, text/html;q=0.1",
    ],
)
async def test_a_server_that_asks_for_a_page_is_sent_to_the_id(site: Site, accept: str) -> None:
    work = await site.publish("For servers")
    for path, target in (
        (site.path(work), site.object_id(work)),
        ("/@pits", f"{site.origin}/actors/pits"),
        ("/about", f"{site.origin}/actor"),
    ):
        answer = await site.get(path, Accept=accept)
        assert (answer.status_code, answer.headers["location"]) == (303, target)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["vary"] == "Accept"


@pytest.mark.parametrize("accept", ["*/*", "", "application/json", "text/html"])
async def test_everybody_else_gets_the_page(site: Site, accept: str) -> None:
    work = await site.publish("For everybody")

    assert (await site.get(site.path(work), Accept=accept)).status_code == 200


async def test_an_id_and_its_page_lead_to_each_other(site: Site) -> None:
    work = await site.publish("Both ways")
    there = await site.get(f"/actors/pits/objects/{work.declaration.key}")
    back = await site.get(there.headers["location"], **MASTODON)

    assert there.headers["location"] == f"{site.origin}{site.path(work)}"
    assert back.headers["location"] == site.object_id(work)


async def test_a_page_has_a_validator_and_answers_head(site: Site) -> None:
    work = await site.publish("Validated")
    for path in (site.path(work), "/@pits"):
        answer = await site.get(path)
        again = await site.get(path, If_None_Match=answer.headers["etag"])
        head = await site.reader.head(path)

        assert (again.status_code, again.content) == (304, b"")
        assert answer.headers["cache-control"] == "public, max-age=0, s-maxage=180"
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(answer.content))


async def test_a_page_follows_what_it_shows(site: Site) -> None:
    work = await site.publish("Watched", slug="watched")
    assert "first words" not in (await site.page("/@pits/watched")).text
    profile = await site.page("/@pits")
    assert "Watched anew" not in profile.text

    await site.edit(work, content="These are the first words.", title="Watched anew")
    found = await site.object(work)
    await site.services.db.write(lambda tx: objects.count(tx, found.row, "like", 1))
    await site.services.db.write(lambda tx: objects.count(tx, found.row, "boost", 2))
    page = await site.page("/@pits/watched")

    assert "These are the first words." in page.text
    assert page.meta("og:title") == "Watched anew"
    assert "Likes1" in "".join(page.text.split())
    assert "Boosts2" in "".join(page.text.split())
    assert "Watched anew" in (await site.page("/@pits")).text


async def test_old_slugs_lead_to_the_present_one(site: Site) -> None:
    work = await site.publish("Moved", slug="before")
    await site.edit(work, slug="afterwards")
    answer = await site.get("/@pits/before?r=1")

    assert answer.status_code == 301
    assert answer.headers["location"] == f"{site.origin}/@pits/afterwards?r=1"
    assert "immutable" not in answer.headers["cache-control"]
    await site.edit(work, slug="before")
    assert (await site.get("/@pits/before")).status_code == 200
    assert (await site.get("/@pits/afterwards")).status_code == 301


async def test_a_translation_has_an_address_of_its_own(site: Site) -> None:
    work = await site.publish("Bread", slug="bread")
    german = {"title": "Brot", "summary": "Über das Brot.", "content": "Mehr Brot."}
    key = work.declaration.key
    await edits.put_version(site.services.desk, OPERATOR, key, "de", german)
    english, translated = await site.page("/@pits/bread"), await site.page("/@pits/bread?lang=de")
    page = f"{site.origin}/@pits/bread"

    assert f"{page}?lang=de" in english.links("alternate")
    assert translated.all("html")[0]["lang"] == "de"
    assert "Mehr Brot." in translated.text
    assert page in translated.links("alternate")
    assert (await site.page("/@pits/bread?lang=xx")).links("canonical") == [page]
    assert "Brot" in (await site.page("/@pits?lang=de")).text


async def test_a_withdrawn_text_leaves_a_notice_and_its_reason(site: Site) -> None:
    work = await site.publish("Hasty", slug="hasty", content="A wrong number.")
    await site.withdraw(work, "The number was wrong.")
    page = await site.page("/@pits/hasty")

    assert "The number was wrong." in page.text
    assert "A wrong number." not in page.text
    assert page.meta("robots") == "noindex"
    assert page.all("form") == []
    assert "Withdrawn" in (await site.page("/@pits")).text


async def test_a_withdrawn_text_may_stay_to_be_read(site: Site) -> None:
    work = await site.publish("Kept", slug="kept", content="What we said then.")
    await site.withdraw(work, "We think otherwise now.", keep_text=True)
    page = await site.page("/@pits/kept")

    assert "We think otherwise now." in page.text
    assert "What we said then." in page.text


async def test_a_deleted_text_is_gone_and_no_draft_is(site: Site) -> None:
    work, draft = await site.publish("Deleted", slug="deleted"), await site.draft(slug="never")
    await site.delete(work)
    await site.delete(draft)
    answer = await site.get("/@pits/deleted")

    assert answer.status_code == 410
    assert "410" in Page(answer.text).text
    assert "Down tools" not in answer.text
    assert (await site.get("/@pits/deleted", **MASTODON)).headers["location"] == site.object_id(
        work
    )
    assert (await site.get("/@pits/never")).status_code == 404


async def test_a_statement_without_title_is_named_by_its_day(site: Site) -> None:
    work = await site.publish(content="Short and clear. #Clear")
    page = await site.page(site.path(work))

    assert len(page.all("h1")) == 1
    assert page.meta("og:description") == "Short and clear. #Clear"
    assert "Short and clear." in (await site.page("/@pits")).text


async def test_a_page_says_to_whom_by_whom_and_when_as_each_let_it_be_shown(site: Site) -> None:
    signatories = [
        {"name": "Rosa Lux", "office": "Chair", "organisation": "Pit Seven", "country": "DE"},
        {"name": "Karl Brenner", "display": "initials", "office": "Delegate"},
    ]
    work = await site.publish(
        "Signed",
        slug="signed",
        signatories=signatories,
        addressees=["To all crews"],
        dated="2026-05-01",
        sources=[{"name": "Our paper", "url": "https://paper.example/1"}],
    )
    answer = await site.get("/@pits/signed")
    page = Page(answer.text)

    assert "Rosa Lux, Chair, Pit Seven, Germany" in page.text
    assert "K. B., Delegate" in page.text
    assert "1 May 2026" in page.text
    assert "To all crews" in page.text
    assert "https://paper.example/1" in {a.get("href") for a in page.all("a")}
    assert page.faults == []
    assert "Brenner" not in answer.text
    await site.withdraw(work, "Not everybody had agreed.")
    assert "Rosa" not in (await site.get("/@pits/signed")).text


async def test_a_page_is_read_in_few_goes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs a switch of threads, which is dear where one core does everything."""
    path = site.path(await site.publish("In few goes"))
    goes = 0
    asked, through = sqlite._query, sqlite.SQLiteDatabase.read

    async def query(*given: Any) -> Any:
        nonlocal goes
        goes += 1
        return await asked(*given)

    async def read(*given: Any) -> Any:
        nonlocal goes
        goes += 1
        return await through(*given)

    monkeypatch.setattr(sqlite, "_query", query)
    monkeypatch.setattr(sqlite.SQLiteDatabase, "read", read)
    assert (await site.get(f"{path}?responses=7")).status_code == 200
    assert 0 < goes <= 3
