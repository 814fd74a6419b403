"""Pages of language editions: the text in one language, under a handle of its own."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from engines import Place
from running_site import MASTODON, Site, running_site

from fediverse_coord.desk import edits, pins
from fediverse_coord.desk.people import OPERATOR

pytestmark = pytest.mark.both_engines

EDITIONS = """
[editions]
de = "pits_de"
"""


@pytest.fixture
async def site(place: Place, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(tmp_path, "pits", place=place, tables=EDITIONS) as running:
        yield running


async def two(site: Site) -> str:
    """One text in two languages, and one in English alone."""
    work = await site.publish("Bread", slug="bread", content="More bread.")
    key = work.declaration.key
    german = {"title": "Brot", "summary": "Mehr davon.", "content": "Mehr Brot."}
    await edits.put_version(site.services.desk, OPERATOR, key, "de", german)
    await site.publish("Salt", slug="salt")
    return key


async def test_an_edition_shows_its_language_and_leads_to_all_others(site: Site) -> None:
    key = await two(site)
    page = await site.page("/@pits_de/bread")
    assert "Mehr Brot." in page.text
    assert "More bread." not in page.text
    assert page.links("canonical") == [f"{site.origin}/@pits_de/bread"]
    hrefs = {one.get("href") for one in page.all("a")}
    assert {f"{site.origin}/@pits/bread", f"{site.origin}/@pits/bread?lang=de"} <= hrefs
    assert page.faults == []
    answer = await site.get("/@pits_de/bread", **MASTODON)
    assert answer.headers["location"] == f"{site.origin}/actors/pits_de/objects/{key}"
    assert "Mehr Brot." in (await site.get("/@pits_de/bread.txt")).text
    paper = await site.get("/@pits_de/bread.pdf")
    assert paper.headers["location"] == f"{site.origin}/@pits/bread.pdf?lang=de"
    assert (await site.get("/@pits/bread.pdf?lang=de")).content.startswith(b"%PDF-")


async def test_what_an_edition_has_not_published_is_not_there(site: Site) -> None:
    await two(site)
    assert (await site.get("/@pits_de/salt")).status_code == 404
    assert (await site.get("/@pits_de/salt.txt")).status_code == 404
    assert (await site.get("/@pits_de/salt.pdf")).status_code == 404
    profile = await site.page("/@pits_de")
    assert "Brot" in profile.text
    assert "Salt" not in profile.text
    hrefs = {one.get("href") for one in profile.all("a")}
    assert f"{site.origin}/@pits_de/bread" in hrefs
    assert f"{site.origin}/@pits" in hrefs


async def test_profile_and_page_name_the_editions(site: Site) -> None:
    await two(site)
    for path in ("/@pits", "/@pits/bread", "/@pits/bread?lang=de"):
        page = await site.page(path)
        assert "@pits_de@" in page.text
        assert f"{site.origin}/@pits_de" in {one.get("href") for one in page.all("a")}
    assert "@pits_de@" not in (await site.page("/@pits/salt")).text
    actor = (await site.get("/actors/pits", **MASTODON)).json()
    assert any("@pits_de@" in one["value"] for one in actor["attachment"])
    about = await site.page("/about")
    assert "@pits_de@" not in about.text


async def test_an_edition_is_found_and_answers_as_an_actor(site: Site) -> None:
    key = await two(site)
    host = site.origin.partition("://")[2]
    found = await site.get(f"/.well-known/webfinger?resource=acct:pits_de@{host}")
    assert found.status_code == 200
    outbox = (await site.get("/actors/pits_de/outbox?page=first", **MASTODON)).json()
    create = f"{site.origin}/actors/pits_de/objects/{key}/activity"
    assert outbox["orderedItems"] == [create]
    document = (await site.get(f"/actors/pits_de/objects/{key}", **MASTODON)).json()
    assert document["name"] == "Brot"
    assert (await site.get(create.removeprefix(site.origin), **MASTODON)).status_code == 200


async def test_what_is_pinned_is_featured_by_the_edition_that_has_it(site: Site) -> None:
    key = await two(site)
    await pins.pin(site.services.desk, OPERATOR, key)
    featured = (await site.get("/actors/pits_de/featured", **MASTODON)).json()
    assert featured["orderedItems"] == [f"{site.origin}/actors/pits_de/objects/{key}"]


async def test_archive_and_feeds_of_an_edition_are_those_of_its_language(site: Site) -> None:
    await two(site)
    for path, there in (
        ("/@pits_de/archive", "/@pits/archive?language=de"),
        ("/@pits_de/feed.json", "/@pits/feed.json?language=de"),
        ("/@pits_de/tags/Bread", "/@pits/archive?language=de&topic=Bread"),
    ):
        answer = await site.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{site.origin}{there}"
    feed = json.loads((await site.get("/@pits/feed.json?language=de")).text)
    assert [one["title"] for one in feed["items"]] == ["Brot"]
