"""Pages that list, and refusals: cursors, tags, the front, endings, the reader's language."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from running_site import MASTODON, Site, problem_of, running_site
from sample_pages import Page

from fediverse_coord.desk import coordinations, pins
from fediverse_coord.desk.people import OPERATOR

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("lists")
    async with running_site(folder, "pits", "quays", "ended") as running:
        yield running


async def test_names_are_read_in_any_case(site: Site) -> None:
    work = await site.publish("Cased")
    for path in ("", f"/{work.declaration.slug}"):
        answer = await site.get(f"/@PITS{path}")
        assert (answer.status_code, answer.headers["location"]) == (
            301,
            f"{site.origin}/@pits{path}",
        )


async def test_what_ended_is_gone_as_a_whole(site: Site) -> None:
    work = await site.publish("Last words", actor="ended", tags=["Last"])
    await site.page(site.path(work))
    await coordinations.retire(site.services.desk, OPERATOR, "ended")

    for path in ("/@ended", site.path(work), "/@ended/tags/Last", "/@ended/anything"):
        assert (await site.get(path)).status_code == 410
    assert (await site.get("/@ended", **MASTODON)).status_code == 303
    assert "/@ended" not in (await site.get("/about")).text


async def test_unknown_addresses_are_told_in_the_form_that_was_asked_for(site: Site) -> None:
    for path in ("/@nobody", "/@pits/nothing", "/@pits/tags/nothing", "/nothing"):
        person, program = await site.get(path), await site.get(path, Accept="*/*")
        assert person.headers["content-type"] == "text/html; charset=utf-8"
        assert (person.status_code, program.status_code) == (404, 404)
        assert problem_of(program)["status"] == 404


async def test_a_refusal_speaks_the_readers_language(site: Site) -> None:
    answer = await site.get("/@nobody", Accept_Language="xx, fr;q=0.5, de;q=0.9")

    assert Page(answer.text).all("html")[0]["lang"] == "de"
    assert answer.headers["vary"] == "Accept, Accept-Language"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_profile_is_paged_and_begins_with_what_is_pinned(site: Site) -> None:
    works = [await site.publish(f"Number {n}", actor="quays") for n in range(23)]
    key = works[0].declaration.key
    await pins.pin(site.services.desk, OPERATOR, key)
    first = await site.page("/@quays")
    (older,) = [a["href"] for a in first.all("a") if a.get("rel") == "next"]
    second = await site.page(str(older).removeprefix(site.origin))

    titles = [a["href"] for a in first.all("a") if "/@quays/number-" in str(a.get("href"))]
    assert str(titles[0]).endswith("/number-0")
    assert str(titles[1]).endswith("/number-22")
    assert "Number 3" in first.text
    assert "Number 2" in second.text
    assert "Number 3" not in second.text
    assert second.meta("robots") == "noindex"
    assert [a["href"] for a in second.all("a") if a.get("rel") == "prev"] == [
        f"{site.origin}/@quays"
    ]


async def test_a_tag_shows_its_texts_in_any_spelling(site: Site) -> None:
    work = await site.publish("Tagged", tags=["GrößereSchächte"])
    for tag in ("GrößereSchächte", "größereschächte"):
        page = await site.page(f"/@pits/tags/{tag}")
        assert "#GrößereSchächte" in page.text
        assert site.origin + site.path(work) in {a.get("href") for a in page.all("a")}
    assert (await site.get("/@quays/tags/GrößereSchächte")).status_code == 404


async def test_a_tag_offers_feeds_of_its_texts(site: Site) -> None:
    await site.publish("Tagged", tags=["GrößereSchächte"])
    await site.publish("Other", tags=["Wages"])
    page = await site.page("/@pits/tags/GrößereSchächte")
    feeds = {one["href"] for one in page.all("a") if "feed." in (one.get("href") or "")}
    assert feeds == {one["href"] for one in page.all("link") if "feed." in one["href"]}
    assert len(feeds) == 2
    for one in feeds:
        text = (await site.get(one.removeprefix(site.origin))).text
        assert "Tagged" in text
        assert "Other" not in text


async def test_the_front_lists_those_who_speak_here(site: Site) -> None:
    page = await site.page("/")

    assert {f"{site.origin}/@pits", f"{site.origin}/@quays"} <= {
        a.get("href") for a in page.all("a")
    }
    assert page.links("canonical") == [f"{site.origin}/about"]


async def test_a_database_that_is_away_is_no_ending(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with running_site(tmp_path_factory.mktemp("away"), "pits") as site:
        work = await site.publish("Still here", slug="here")
        await site.withdraw(work, "A mistake.")
        await site.services.db.close()
        for path in ("/@pits", "/@pits/here", "/@pits/tags/None", "/about", "/@nobody"):
            person, program = await site.get(path), await site.get(path, Accept="*/*")
            assert (person.status_code, program.status_code) == (503, 503), path
            assert "Not available at the moment" in person.text
            assert person.headers["retry-after"] == "30"
