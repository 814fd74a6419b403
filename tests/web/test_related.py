"""What else there is to read, under each text: what shares its topics, organisations, countries."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from engines import Place
from running_site import Site, running_site

from fediverse_coord.desk import edits, releases
from fediverse_coord.desk.people import OPERATOR

pytestmark = pytest.mark.both_engines


@pytest.fixture
async def site(place: Place, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(tmp_path, "pits", "quays", place=place) as running:
        yield running


async def related_on(site: Site, slug: str, query: str = "") -> list[str]:
    """The titles under that text, in their order."""
    html = (await site.get(f"/@pits/{slug}{query}")).text
    listed = re.search(r'<ul class="related">(.*?)</ul>', html, re.DOTALL)
    return re.findall(r"<a [^>]*>(.*?)</a>", listed[1]) if listed else []


async def test_what_shares_most_stands_first_and_what_shares_nothing_nowhere(site: Site) -> None:
    await site.publish("Wages", slug="wages", tags=["Pay", "Shafts"], countries=["ES"])
    await site.publish("Far away", slug="far", countries=["CL"])
    await site.publish("Same country", slug="country", countries=["ES"])
    await site.publish("Same topic", slug="topic", tags=["Pay"])
    await site.publish("Both topics", slug="both", tags=["Pay", "Shafts"])
    assert await related_on(site, "wages") == ["Both topics", "Same topic", "Same country"]
    assert await related_on(site, "far") == []


async def test_only_what_anybody_may_read_of_the_same_coordination_is_named(site: Site) -> None:
    await site.publish("Wages", slug="wages", tags=["Pay"])
    draft = await site.draft("A draft", tags=["Pay"])
    await site.publish("Unlisted", slug="unlisted", tags=["Pay"], visibility="unlisted")
    await site.publish("Of others", actor="quays", slug="others", tags=["Pay"])
    gone = await site.publish("Withdrawn", slug="withdrawn", tags=["Pay"])
    assert await related_on(site, "wages") == ["Withdrawn"]
    await site.withdraw(gone, "It was early.")
    assert await related_on(site, "wages") == []
    assert await related_on(site, "withdrawn") == []
    await releases.publish(site.services.desk, OPERATOR, draft.declaration.key)
    assert await related_on(site, "wages") == ["A draft"]


async def test_they_stand_in_the_readers_language_where_they_are_written_in_it(site: Site) -> None:
    first = await site.publish("Wages", slug="wages", tags=["Pay"])
    other = await site.publish("Hours", slug="hours", tags=["Pay"])
    for work, title in ((first, "Löhne"), (other, "Stunden")):
        words = {"title": title, "summary": "Kurz.", "content": "Alle."}
        await edits.put_version(site.services.desk, OPERATOR, work.declaration.key, "de", words)
    assert await related_on(site, "wages", "?lang=de") == ["Stunden"]
    assert await related_on(site, "wages") == ["Hours"]


async def test_a_coordination_with_many_texts_shows_a_few(site: Site) -> None:
    for number in range(7):
        await site.publish(f"Text {number}", slug=f"text-{number}", tags=["Pay"])
    assert await related_on(site, "text-0") == ["Text 6", "Text 5", "Text 4", "Text 3"]
