"""The archive, feeds, plain text and sitemap over HTTP: what readers find and subscribe to."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from engines import Place
from running_site import Site, running_site
from sample_pages import Page

from fediverse_coord.desk import edits, releases
from fediverse_coord.desk.people import OPERATOR

pytestmark = pytest.mark.both_engines

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
async def site(place: Place, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(tmp_path, "pits", place=place) as running:
        yield running


async def three(site: Site) -> None:
    """A letter of 2024 from Spain, a call of 2026 in two languages, a statement of 2026."""
    await site.publish(
        "Old letter",
        slug="old",
        kind="letter",
        dated="2024-03-01",
        countries=["ES"],
        tags=["Wages"],
    )
    call = await site.publish("New call", slug="call", kind="call", countries=["ES", "CO"])
    await edits.put_version(
        site.services.desk,
        OPERATOR,
        call.declaration.key,
        "de",
        {"title": "Neuer Aufruf", "summary": "Auf.", "content": "Kommt alle."},
    )
    await site.publish(content="We stay. #Wages", slug="short")


def titles(page: Page) -> list[str]:
    return [
        one for one in ("Old letter", "New call", "Neuer Aufruf", "We stay") if one in page.text
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Old letter", "New call", "We stay"]),
        ("?year=2024", ["Old letter"]),
        ("?year=2026", ["New call", "We stay"]),
        ("?kind=call", ["New call"]),
        ("?country=ES", ["Old letter", "New call"]),
        ("?country=co", ["New call"]),
        ("?language=de", ["Neuer Aufruf"]),
        ("?topic=wages", ["Old letter", "We stay"]),
        ("?topic=Wages&year=2024&country=ES&kind=letter", ["Old letter"]),
    ],
)
async def test_texts_stand_where_they_belong(site: Site, query: str, found: list[str]) -> None:
    await three(site)
    page = await site.page(f"/@pits/archive{query}")
    assert titles(page) == found
    assert page.faults == []


async def links_at(site: Site, path: str) -> dict[str, str]:
    """The addresses of a page's links, without our origin, and how each is related."""
    page = await site.page(path)
    return {
        str(one["href"]).removeprefix(site.origin): str(one.get("rel") or "")
        for one in page.all("a")
    }


async def test_a_page_in_another_language_leads_to_lists_in_that_language(site: Site) -> None:
    await three(site)
    in_german = await links_at(site, "/@pits/call?lang=de")
    for address in ("archive?kind=call", "archive?country=ES", "archive?country=CO"):
        assert f"/@pits/{address}&lang=de" in in_german
        assert f"/@pits/{address}" not in in_german
    assert "/@pits?lang=de" in in_german  # the coordination's name above the text
    assert not [
        one for one in await links_at(site, "/@pits/call") if "lang=" in one and "/a" in one
    ]

    archive = await links_at(site, "/@pits/archive?country=ES&lang=de")
    assert archive["/@pits/archive?country=CO&lang=de"] == "nofollow"
    assert "/@pits/archive?lang=de" in archive
    assert "/@pits/call?lang=de" in archive
    assert "/@pits/old" in archive  # there is no German version of it


async def test_a_list_says_where_it_stands_whatever_language_it_is_read_in(site: Site) -> None:
    await three(site)
    for path in ("/@pits/archive?country=ES", "/@pits/archive", "/@pits/tags/Wages"):
        german = f"{path}{'&' if '?' in path else '?'}lang=de"
        for address, language, other in ((path, "en", german), (german, "de", path)):
            page = await site.page(address)
            assert page.all("html")[0]["lang"] == language
            links = {(one["rel"], one["href"]) for one in page.all("link")}
            assert ("canonical", site.origin + path) in links
            assert ("alternate", site.origin + other) in links
            assert page.faults == []
        # The first language has no address of its own, and what is no language chooses none.
        for same in ("en", "", "xx-yy-zz-99", "<script>"):
            query = f"{path}{'&' if '?' in path else '?'}lang={same}"
            assert (await site.page(query)).all("html")[0]["lang"] == "en"


async def test_a_list_in_another_language_is_leafed_through_and_searched_in_it(site: Site) -> None:
    for number in range(25):
        await site.publish(f"Call {number}", tags=["Pits"])
    for path in ("/@pits/archive", "/@pits/tags/Pits"):
        (older,) = (one for one in await links_at(site, f"{path}?lang=de") if "before=" in one)
        assert "lang=de" in older
        page = await site.page(older)
        assert page.all("html")[0]["lang"] == "de"
        assert f"{path}?lang=de" in await links_at(site, older)
    page = await site.page("/@pits/archive?lang=de")
    assert {"type": "hidden", "name": "lang", "value": "de"} in page.all("input")
    assert (await site.page("/@pits/archive?q=call&lang=de")).all("html")[0]["lang"] == "de"


async def test_our_words_are_kept_apart_by_the_language_that_is_read(site: Site) -> None:
    await three(site)
    for _ in range(2):
        for query, language in (("", "en"), ("?lang=de", "de"), ("?lang=ar", "ar")):
            page = await site.page(f"/@pits/archive{query}")
            assert page.all("html")[0]["lang"] == language


@pytest.mark.parametrize(
    "query",
    [
        "year=2019",
        "year=24",
        "year=abcd",
        "year=٢٠٢٤",
        "kind=nonsense",
        "country=XX",
        "language=!!",
        "topic=" + "x" * 101,
        "before=nokey",
    ],
)
async def test_what_there_cannot_be_is_no_page(site: Site, query: str) -> None:
    await three(site)
    assert (await site.get(f"/@pits/archive?{query}")).status_code == 404


async def test_every_choice_leads_somewhere_and_the_chosen_one_back(site: Site) -> None:
    await three(site)
    page = await site.page("/@pits/archive?country=ES")
    chosen = [one for one in page.all("a") if one.get("aria-current") == "true"]
    assert [one["href"] for one in chosen] == [f"{site.origin}/@pits/archive"]
    for one in page.all("a"):
        if "/archive?" in (one.get("href") or ""):
            path = str(one["href"]).removeprefix(site.origin)
            # Together with Spain there may be nothing; alone there is something.
            assert (await site.get(path)).status_code in {200, 404}
    assert "2024" in page.text


async def test_who_looks_for_texts_in_a_language_is_led_in_it_where_we_have_the_words(
    site: Site,
) -> None:
    work = await site.publish("Bread", slug="bread")
    for tag in ("ar", "uk"):
        version = {"title": f"Bread {tag}", "summary": "x", "content": "y"}
        await edits.put_version(site.services.desk, OPERATOR, work.declaration.key, tag, version)
    for query, ours in (("?language=ar", "ar"), ("?language=uk", "en"), ("", "en")):
        page = await site.page(f"/@pits/archive{query}")
        assert page.all("html")[0]["lang"] == ours
        searched = await site.page(f"/@pits/archive{query or '?'}&q=bread")
        assert searched.all("html")[0]["lang"] == ours


async def test_drafts_answers_and_what_is_not_public_are_in_no_archive_feed_or_sitemap(
    site: Site,
) -> None:
    await site.draft(slug="never", title="Secret draft", kind="letter", countries=["ES"])
    await site.publish("For few", slug="few", visibility="unlisted", kind="letter")
    await site.publish("All may", slug="all", kind="letter")
    for path in ("archive", "archive?kind=letter", "feed.atom", "feed.json"):
        text = (await site.get(f"/@pits/{path}")).text
        assert "All may" in text
        assert "Secret draft" not in text
        assert "For few" not in text
    urls = (await site.get("/sitemap.xml")).text
    assert "/@pits/all" in urls
    assert "never" not in urls
    assert "few" not in urls


async def test_a_version_that_is_a_draft_is_in_no_archive_feed_text_or_sitemap(site: Site) -> None:
    await three(site)
    call = await site.publish("Second call", slug="second", kind="call")
    version = {"title": "Geheim", "summary": "G.", "content": "Noch nicht.", "state": "draft"}
    await edits.put_version(site.services.desk, OPERATOR, call.declaration.key, "de", version)
    for path in (
        "/@pits/archive?language=de",
        "/@pits/feed.atom?language=de",
        "/@pits/feed.json",
        "/@pits/second?lang=de",
        "/@pits/second.txt?lang=de",
        "/sitemap.xml",
    ):
        text = (await site.get(path)).text
        assert "Geheim" not in text
        assert "second?lang=de" not in text
    object_id = f"/actors/pits/objects/{call.declaration.key}"
    assert (await site.get(f"{object_id}/versions/de")).status_code == 404
    assert "Geheim" not in (await site.get(object_id, Accept="application/activity+json")).text


async def test_an_archive_shows_the_day_by_which_it_sorts(site: Site) -> None:
    work = await site.publish("Long ago", slug="ago", dated="2019-05-01")
    released = f"{work.declaration.published_at:%Y-%m-%d}"
    for path, day in (
        ("/@pits/archive?year=2019", "2019-05-01"),
        ("/@pits/archive?q=ago", "2019-05-01"),
        ("/search?q=ago", "2019-05-01"),
        ("/@pits", released),
    ):
        [time] = [one["datetime"] for one in (await site.page(path)).all("time")]
        assert time is not None
        assert time.startswith(day), path
    assert len((await site.page("/@pits/ago")).all("time")) == 2


async def test_crawlers_are_led_to_one_choice_and_not_to_combinations(site: Site) -> None:
    await three(site)
    assert (await links_at(site, "/@pits/archive"))["/@pits/archive?kind=call"] == ""
    chosen = await site.page("/@pits/archive?kind=call")
    assert chosen.meta("robots") is None
    assert "/@pits/call" in await links_at(site, "/@pits/archive?kind=call")
    further = await links_at(site, "/@pits/archive?kind=call")
    assert further["/@pits/archive?kind=call&country=ES"] == "nofollow"
    assert (await site.page("/@pits/archive?kind=call&country=ES")).meta("robots") == "noindex"


async def test_a_correction_is_marked_with_the_language_in_which_it_is_told(site: Site) -> None:
    await three(site)
    found = await site.services.db.fetch_one("SELECT key FROM declarations WHERE slug = 'call'")
    assert found is not None
    told = {"en": {"what": "The day was wrong.", "why": "A slip."}}
    key, text = str(found["key"]), {"content": "Come all, today."}
    await edits.edit(site.services.desk, OPERATOR, key, text, correction=told)
    page = (await site.get("/@pits/call?lang=de")).text
    assert '<span lang="en" dir="ltr">The day was wrong.</span>' in page
    assert '<bdi lang="en" dir="ltr">A slip.</bdi>' in page


async def test_older_texts_are_a_page_further_on(site: Site) -> None:
    for number in range(21):
        await site.publish(f"Text {number:02}", slug=f"text-{number}", dated="2025-01-01")
    first = await site.page("/@pits/archive?year=2025")
    [older] = [one["href"] for one in first.all("a") if one.get("rel") == "next"]
    last = await site.page(str(older).removeprefix(site.origin))
    assert "Text 00" in last.text
    assert "Text 01" not in last.text
    feed = json.loads((await site.get("/@pits/feed.json")).text)
    assert len(feed["items"]) == 20
    rest = json.loads((await site.get(feed["next_url"].removeprefix(site.origin))).text)
    assert [one["title"] for one in rest["items"]] == ["Text 00"]
    assert "next_url" not in rest


async def test_a_feed_is_told_from_the_page_and_follows_what_happens(site: Site) -> None:
    work = await site.publish("Bread", slug="bread", content="More **bread**.")
    profile = await site.page("/@pits")
    assert f"{site.origin}/@pits/feed.atom" in profile.links("alternate")
    answer = await site.get("/@pits/feed.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    entry = fromstring(answer.content).find(f"{ATOM}entry")
    assert entry is not None
    assert "<strong>bread</strong>" in (entry.findtext(f"{ATOM}content") or "")
    [paper] = [one for one in entry.findall(f"{ATOM}link") if one.get("rel") == "enclosure"]
    assert paper.get("type") == "application/pdf"
    pdf = await site.get(str(paper.get("href")).removeprefix(site.origin))
    assert pdf.content.startswith(b"%PDF-")
    again = await site.get("/@pits/feed.atom", If_None_Match=answer.headers["etag"])
    assert again.status_code == 304
    await site.withdraw(work, "The bread was bad.")
    text = (await site.get("/@pits/feed.atom")).text
    assert "The bread was bad." in text
    assert "More" not in text
    await site.delete(work)
    assert "bread" not in (await site.get("/@pits/feed.atom")).text


async def test_a_feed_of_one_language_is_in_that_language(site: Site) -> None:
    await three(site)
    feed = json.loads((await site.get("/@pits/feed.json?language=de")).text)
    assert [(one["title"], one["language"]) for one in feed["items"]] == [("Neuer Aufruf", "de")]
    assert feed["items"][0]["id"].endswith("/versions/de")
    assert (await site.get("/@pits/feed.rss")).status_code == 404
    assert (await site.get("/@nobody/feed.atom")).status_code == 404


async def test_a_text_can_be_sent_on_as_plain_text(site: Site) -> None:
    work = await site.publish(
        "Bread",
        slug="bread",
        content="More **bread**.\n\n- and salt\n- and [rest](https://x.example/r)",
        dated="2026-05-01",
        addressees=["To all bakers"],
        signatories=[{"name": "Rosa Lux", "country": "DE"}, {"name": "K B", "display": "hidden"}],
    )
    answer = await site.get("/@pits/bread.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[1] == "1 May 2026"
    assert "\n\nTo\nTo all bakers\n\n" in answer.text
    assert "• and salt\n• and rest\n\n" in answer.text
    for line in ("Bread", "To all bakers", "More bread.", "Rosa Lux, Germany"):
        assert line in lines
    assert "name known to the editors" in lines
    assert lines[-1] == f"{site.origin}/@pits/bread"
    await edits.edit(site.services.desk, OPERATOR, work.declaration.key, {"slug": "salt"})
    moved = await site.get("/@pits/bread.txt")
    assert (moved.status_code, moved.headers["location"]) == (
        301,
        f"{site.origin}/@pits/salt.txt",
    )
    await site.withdraw(work, "The bread was bad.")
    told = (await site.get("/@pits/salt.txt")).text
    assert "The bread was bad." in told
    assert "More bread" not in told
    assert (await site.get("/@pits/none.txt")).status_code == 404


async def test_a_page_tells_its_corrections_countries_and_translator(site: Site) -> None:
    work = await site.publish(
        "Bread", slug="bread", countries=["ES"], organisations=["Bakers"], kind="letter"
    )
    told = {"what": "The <date> was wrong.", "why": "A slip."}
    await edits.edit(
        site.services.desk, OPERATOR, work.declaration.key, {"content": "Now."}, correction=told
    )
    page = await site.page("/@pits/bread")
    assert "The <date> was wrong." in page.text
    assert "Why: A slip." in page.text
    plain = (await site.get("/@pits/bread.txt")).text
    told_there = re.search(r"Corrected on (\d+ \w+ \d{4})\. The <date> was wrong\. A slip\.", plain)
    assert told_there
    assert told_there[1] in page.text  # the same form of the day
    hrefs = {one.get("href") for one in page.all("a")}
    assert f"{site.origin}/@pits/archive?country=ES" in hrefs
    assert f"{site.origin}/@pits/archive?kind=letter" in hrefs
    assert f"{site.origin}/@pits/bread.txt" in hrefs
    assert "Bakers" in page.text


async def test_the_sitemap_is_named_where_robots_look(site: Site) -> None:
    await three(site)
    robots = (await site.get("/robots.txt")).text
    assert f"Sitemap: {site.origin}/sitemap.xml" in robots
    urls = [
        one.text or ""
        for one in fromstring((await site.get("/sitemap.xml")).content).iter()
        if one.tag.endswith("}loc")
    ]
    assert f"{site.origin}/@pits" in urls
    assert f"{site.origin}/@pits/call?lang=de" in urls
    for url in urls:
        assert (await site.get(url.removeprefix(site.origin))).status_code == 200
    assert (await site.get("/sitemap-1.xml")).status_code == 200
    assert (await site.get("/sitemap-2.xml")).status_code == 404
    assert (await site.get("/sitemap-0.xml")).status_code == 404


async def test_the_sitemap_forgets_what_is_withdrawn(site: Site) -> None:
    work = await site.publish("Bread", slug="bread")
    assert "/bread" in (await site.get("/sitemap.xml")).text
    await releases.withdraw(site.services.desk, OPERATOR, work.declaration.key, "It was bad.")
    assert "/bread" not in (await site.get("/sitemap.xml")).text
