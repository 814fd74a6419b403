"""What readers and other servers see of an imported text: its page, and nothing to be had by id."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from engines import Place
from running_site import MASTODON, Site, running_site

from fediverse_coord.desk import drafts, import_plans, imports, releases
from fediverse_coord.desk.import_sources import Source
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage.declarations import Work

TEXT = """---
title: On the wash house
date: 2012-03-04
lang: en
permalink: /old/wash-house.html
---
The water is cold since Monday.
"""


@pytest.fixture
async def site(place: Place, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(tmp_path / "site", "pits", place=place) as running:
        yield running


async def imported(site: Site, folder: Path) -> Work:
    """One text of an earlier site, as its command brings it in."""
    (folder / "text.md").write_text(TEXT, encoding="utf-8")
    desk, unpacked = site.services.desk, folder / "unpacked"
    unpacked.mkdir()
    source = Source("markdown", str(folder / "text.md"), site.services.client.get, unpacked)
    plan = await import_plans.plan_of(desk, "pits", source)
    await imports.carry_out(desk, OPERATOR, plan, source)
    return (await drafts.page(desk, OPERATOR, "pits"))[0]


async def test_its_page_says_where_it_is_from_and_offers_nothing_to_answer(
    site: Site, tmp_path: Path
) -> None:
    work = await imported(site, tmp_path)
    answer = await site.get(site.path(work))

    assert answer.status_code == 200
    assert "from an earlier site" in answer.text
    assert "The water is cold" in answer.text
    assert "application/activity+json" not in answer.text + answer.headers.get("link", "")
    assert "/objects/" not in answer.text
    assert (await site.get(f"{site.path(work)}.pdf")).status_code == 404


async def test_no_server_is_told_anything_by_id_page_or_outbox(site: Site, tmp_path: Path) -> None:
    work = await imported(site, tmp_path)
    by_id = f"/actors/pits/objects/{work.declaration.key}"

    for path in (by_id, f"{by_id}/activity", f"{by_id}/replies", f"{by_id}/versions/en"):
        assert (await site.get(path, **MASTODON)).status_code == 404
    page = await site.get(site.path(work), **MASTODON)
    assert page.headers["content-type"].startswith("text/html")
    outbox = await site.get("/actors/pits/outbox", **MASTODON)
    assert outbox.json()["totalItems"] == 0


async def test_it_stands_in_archive_and_feeds_on_its_day(site: Site, tmp_path: Path) -> None:
    work = await imported(site, tmp_path)
    assert "On the wash house" in (await site.get("/@pits/archive?year=2012")).text
    feed = (await site.get("/@pits/feed.atom")).text

    assert "<published>2012-03-04T00:00:00Z</published>" in feed
    assert f"<id>{site.origin}{site.path(work)}</id>" in feed


async def test_its_old_path_leads_to_its_page(site: Site, tmp_path: Path) -> None:
    work = await imported(site, tmp_path)
    answer = await site.get("/old/wash-house.html")

    assert (answer.status_code, answer.headers["location"]) == (301, site.origin + site.path(work))
    assert (await site.get("/old/other.html")).status_code == 404
    assert (await site.reader.post("/old/wash-house.html")).status_code == 404


async def test_published_by_name_it_answers_by_a_new_id_at_the_same_page(
    site: Site, tmp_path: Path
) -> None:
    before = await imported(site, tmp_path)
    await site.get(site.path(before))
    after = (await releases.publish(site.services.desk, OPERATOR, before.declaration.key)).work

    assert site.path(after) == site.path(before)
    assert (await site.get(site.object_id(before), **MASTODON)).status_code == 404
    told = (await site.get(site.object_id(after), **MASTODON)).json()
    assert told["url"].startswith(site.origin + site.path(before))
    page = await site.get(site.path(after))
    assert "from an earlier site" not in page.text
    assert site.object_id(after) in page.text
