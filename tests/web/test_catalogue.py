"""The catalogue is what the texts are, whatever happens to them, and tells of none that is not out.

Held against the declarations themselves, counted the slow way, after each thing that is done.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from engines import Place
from running_site import Site, running_site

from fediverse_coord.desk import coordinations, edits, redacting
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.publishing.search_words import spelling_of
from fediverse_coord.storage import archive, catalogue
from fediverse_coord.storage.database import Row, Transaction
from fediverse_coord.storage.migrate import MIGRATIONS, Migration
from fediverse_coord.storage.statements import statements_in

pytestmark = pytest.mark.both_engines

LISTED = """
SELECT d.id, d.kind, d.fields, d.stands_at, d.state = 'published' OR d.keeps_text = 1 AS readable
  FROM declarations d JOIN actors a ON a.id = d.actor
 WHERE d.state IN ('published', 'withdrawn') AND d.visibility = 'public'
   AND d.in_reply_to IS NULL AND a.name = 'pits' AND a.retired_at IS NULL
"""
PARTS = {
    "country": "SELECT country AS mark FROM declaration_countries WHERE declaration = :row",
    "topic": "SELECT tag AS mark FROM declaration_tags WHERE declaration = :row",
    "language": "SELECT language AS mark FROM declaration_versions"
    " WHERE declaration = :row AND state = 'published'",
}
KEPT = """
SELECT h.subject, h.mark, h.listed, h.works FROM headings h JOIN actors a ON a.id = h.actor
 WHERE a.name = 'pits'
"""
CONTENTS = """
SELECT d.key, h.subject, h.mark, h.listed, h.works, c.stands_at, c.published_at, c.readable
  FROM catalogue c JOIN headings h ON h.id = c.heading JOIN declarations d ON d.id = c.declaration
 ORDER BY d.key, h.subject, h.mark
"""
# What the migration made, and back to what was there before it.
UNDO = (
    "DROP TABLE catalogue",
    "DROP TABLE headings",
    "DROP INDEX declarations_of_actor",
    "DROP INDEX declarations_by_state",
    "DROP INDEX declarations_by_kind",
    "DROP INDEX declarations_pinned",
    "DROP INDEX declarations_unlisted",
    "DROP INDEX declaration_versions_by_language",
    "DROP INDEX declaration_versions_unpublished",
    "CREATE INDEX declarations_of_actor ON declarations (actor, state, published_at, id)",
    "CREATE INDEX declarations_by_day ON declarations (actor, stands_at, id)",
)


@pytest.fixture
async def site(place: Place, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(tmp_path, "pits", "quays", place=place) as running:
        yield running


async def counted(site: Site) -> dict[tuple[str, str], tuple[int, int]]:
    """(subject, mark) to how many are listed and how many can be read."""
    listed, works = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for row in await site.services.db.fetch_all(LISTED):
        headings = {("all", ""), ("year", str(1970 + int(row["stands_at"] / 31_556_952_000)))}
        headings |= {("kind", row["kind"])} if row["kind"] else set()
        for subject, sql in PARTS.items():
            found = await site.services.db.fetch_all(sql, row=row["id"])
            headings |= {(subject, one["mark"]) for one in found}
        if row["readable"]:
            names = json.loads(row["fields"]).get("organisations", ())
            headings |= {("organisation", spelling_of(name)) for name in names}
        listed.update(headings)
        works.update(headings if row["readable"] else ())
    return {one: (listed[one], works[one]) for one in listed}


async def assert_right(site: Site) -> None:
    kept = await site.services.db.fetch_all(KEPT)
    told = {(one["subject"], one["mark"]): (one["listed"], one["works"]) for one in kept}
    assert told == await counted(site)
    assert await catalogue.recount(site.services.db) == []


FULL = {
    "kind": "letter",
    "countries": ["ES", "CL"],
    "organisations": ["Pit Crew"],
    "tags": ["Wages", "Shafts"],
    "dated": "2024-06-01",
}


async def test_it_follows_whatever_is_done_to_a_text(site: Site) -> None:
    await site.publish("First", slug="first", **FULL)
    await site.draft("A draft", slug="draft", **FULL)
    await site.publish("For few", slug="few", visibility="unlisted", **FULL)
    await site.publish("Of others", actor="quays", slug="others", **FULL)
    await assert_right(site)

    work = await site.publish("Second", slug="second", **FULL)
    await assert_right(site)
    await site.edit(work, kind="call", countries=["CO"], tags=["Wages"], dated="2023-06-01")
    await assert_right(site)
    version = {"title": "Zweiter", "summary": "Z.", "content": "Kommt."}
    await edits.put_version(site.services.desk, OPERATOR, work.declaration.key, "de", version)
    await assert_right(site)
    await site.withdraw(work, "It was early.")
    await assert_right(site)

    kept = await site.publish("Third", slug="third", **FULL)
    await site.withdraw(kept, "It was early.", keep_text=True)
    await assert_right(site)
    gone = await site.publish("Fourth", slug="fourth", **FULL)
    await site.delete(gone)
    await assert_right(site)


async def test_what_was_withdrawn_redacted_or_deleted_is_counted_nowhere(site: Site) -> None:
    work = await site.publish("Only one", slug="one", **FULL)
    named = await site.publish(
        "Named", slug="named", organisations=["Friends of Rosa Lux"], dated="2024-06-01"
    )
    await redacting.redact(site.services.desk, OPERATOR, named.declaration.key, "Rosa Lux")
    kept = await site.services.db.fetch_all(KEPT)
    assert not any("rosa" in row["mark"] for row in kept)

    await site.withdraw(work, "It was early.")
    shelf = await archive.shelf(site.services.db, work.actor)
    assert (shelf.kinds, shelf.countries, shelf.topics) == ({}, {}, {})
    assert "Only one" in (await site.get("/@pits/archive?kind=letter")).text  # with its notice
    await site.delete(work)
    assert (await site.get("/@pits/archive?kind=letter")).status_code == 404
    assert not any(row["mark"] == "letter" for row in await site.services.db.fetch_all(KEPT))


async def test_a_coordination_that_ended_has_no_catalogue(site: Site) -> None:
    await site.publish("First", slug="first", **FULL)
    await coordinations.retire(site.services.desk, OPERATOR, "pits")
    assert await site.services.db.fetch_all(KEPT) == []


async def test_a_topic_and_an_organisation_are_named_as_the_latest_text_writes_them(
    site: Site,
) -> None:
    await site.publish("First", slug="first", tags=["wages"], organisations=["pit crew"])
    work = await site.publish("Second", slug="second", tags=["Wages"], organisations=["Pit Crew"])
    shelf = await archive.shelf(site.services.db, work.actor)
    assert (shelf.topics, shelf.organisations) == ({"Wages": 2}, {"Pit Crew": 2})


async def test_a_wrong_number_is_found(site: Site) -> None:
    await site.publish("First", slug="first", kind="letter")
    await site.services.db.write(
        lambda tx: tx.execute("UPDATE headings SET works = 7 WHERE subject = 'kind'")
    )
    [wrong] = await catalogue.recount(site.services.db)
    assert (wrong.counted, wrong.kept) == ((1, 1), (1, 7))


async def test_an_older_database_is_given_the_same_catalogue(site: Site) -> None:
    await site.publish("First", slug="first", **FULL)
    work = await site.publish("Second", slug="second", kind="call", countries=["CO"])
    await site.withdraw(work, "It was early.")
    kept = await site.publish("Third", slug="third", **FULL)
    await site.withdraw(kept, "It was early.", keep_text=True)
    await site.draft("A draft", slug="draft", **FULL)
    before = [tuple(row[name] for name in row.keys()) for row in await contents(site)]  # noqa: SIM118
    [file] = MIGRATIONS.glob("*_catalogue.sql")
    script = Migration(0, file.stem, file.read_text("utf-8")).script

    async def again(tx: Transaction) -> None:
        for statement in (*UNDO, *statements_in(script)):
            await tx.execute(statement)

    await site.services.db.write(again)
    after = [tuple(row[name] for name in row.keys()) for row in await contents(site)]  # noqa: SIM118
    assert after == before
    assert len(after) > 20
    await assert_right(site)


async def contents(site: Site) -> list[Row]:
    return await site.services.db.fetch_all(CONTENTS)
