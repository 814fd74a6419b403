"""Imports on real rows: what comes in, once, and that nothing of it is ever sent."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from bringing_in import bring, letters, source, works
from earlier_site import Web

from fediverse_coord.desk import (
    boosts,
    confidential,
    edits,
    import_plans,
    imports,
    pins,
    releases,
)
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.import_sources import layout_named
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.errors import Conflict, Refusal
from fediverse_coord.storage import imports as rows
from fediverse_coord.storage import objects
from fediverse_coord.storage.database import Database

pytestmark = pytest.mark.both_engines

SENT = "SELECT count(*) FROM {table}"
TABLES = ("objects", "activities", "fan_outs", "deliveries")


async def sent(db: Database) -> list[object]:
    return [await db.fetch_value(SENT.format(table=table)) for table in TABLES]


async def test_texts_come_in_with_their_days_and_nothing_is_sent(
    desk: Desk, db: Database, tmp_path: Path, woken: list[bool]
) -> None:
    before = await sent(db)
    plan, done = await bring(desk, source("markdown", letters(tmp_path), tmp_path))

    assert (plan.works, done.works, done.faults) == (3, 3, [])
    one = (await works(desk))[0].declaration
    assert (one.kind, one.countries, str(one.dated)) == ("letter", ("GH",), "2015-02-03")
    assert str(one.published_at) == "2015-02-03 00:00:00+00:00"
    assert await sent(db) == before
    assert woken == []


async def test_what_came_in_comes_in_once(desk: Desk, tmp_path: Path) -> None:
    folder = letters(tmp_path)
    await bring(desk, source("markdown", folder, tmp_path))
    (folder / "new.md").write_text("# Another\n\nStill here.", encoding="utf-8")
    plan, done = await bring(desk, source("markdown", folder, tmp_path))

    assert (plan.known, plan.texts, done.works) == (3, 1, 1)
    assert len(await works(desk)) == 4


async def test_a_stopped_import_goes_on_where_it_was(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", 2)
    one = source("markdown", letters(tmp_path, 7), tmp_path)
    plan = await import_plans.plan_of(desk, "dockers", one)

    class Stopped(Exception):
        pass

    def stop(number: int) -> None:
        if number == 5:
            raise Stopped

    with pytest.raises(Stopped):
        await imports.carry_out(desk, OPERATOR, plan, one, progress=stop)
    assert len(await works(desk)) == 4
    # The old plan, and a new one: both know what is there.
    assert (await imports.carry_out(desk, OPERATOR, plan, one)).works == 3
    assert (await bring(desk, one))[1].works == 0


async def test_files_of_one_name_are_one_work_with_its_languages(
    desk: Desk, tmp_path: Path
) -> None:
    place = tmp_path / "texts"
    place.mkdir()
    (place / "masks.de.md").write_text("# Masken\n\nSie passen.", encoding="utf-8")
    (place / "masks.en.md").write_text("# Masks\n\nThey fit.", encoding="utf-8")
    await bring(desk, source("markdown", place, tmp_path))

    (work,) = await works(desk)
    assert [one.language for one in work.declaration.versions] == ["en", "de"]
    assert all(one.is_out for one in work.declaration.versions)


async def test_titles_that_repeat_have_addresses_of_their_own(desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / "same"
    place.mkdir()
    for number in range(30):
        (place / f"{number}.md").write_text("# Same\n\nThe same again.", encoding="utf-8")
    await bring(desk, source("markdown", place, tmp_path))
    assert len({one.declaration.slug for one in await works(desk)}) == 30


async def test_published_by_name_it_is_new_to_everybody(
    desk: Desk, db: Database, tmp_path: Path
) -> None:
    await bring(desk, source("markdown", letters(tmp_path, 1), tmp_path))
    (before,) = await works(desk)
    saved = await releases.publish(desk, OPERATOR, before.declaration.key)

    after = saved.work.declaration
    assert after.key != before.declaration.key
    assert (after.slug, after.dated) == (before.declaration.slug, before.declaration.dated)
    assert after.published_at == desk.clock()
    assert saved.work.imported_at is None
    assert (await objects.by_declaration(db, saved.work.row)) is not None
    assert (await sent(db))[2] == 1


async def test_edits_withdrawal_and_deletion_are_told_to_nobody(
    desk: Desk, db: Database, tmp_path: Path
) -> None:
    await bring(desk, source("markdown", letters(tmp_path, 1), tmp_path))
    before = await sent(db)
    key = (await works(desk))[0].declaration.key
    await edits.edit(desk, OPERATOR, key, {"content": "We hear you well."})
    french = {"title": "Ghana", "content": "Oui.", "summary": "Oui."}
    await edits.put_version(desk, OPERATOR, key, "fr", french)
    await releases.withdraw(desk, OPERATOR, key, "It was another shaft.")
    (work,) = await works(desk)
    assert (work.declaration.state, work.reason) == ("withdrawn", "It was another shaft.")
    await releases.delete(desk, OPERATOR, key)
    assert await sent(db) == before


async def test_what_was_never_sent_is_neither_pinned_nor_boosted(
    desk: Desk, tmp_path: Path
) -> None:
    await bring(desk, source("markdown", letters(tmp_path, 1), tmp_path))
    one = (await works(desk))[0].declaration
    with pytest.raises(Conflict, match="publish it by name"):
        await pins.pin(desk, OPERATOR, one.key)
    with pytest.raises(Conflict, match="publish it by name"):
        await boosts.boost(desk, OPERATOR, "porters", desk.uris.object("dockers", one.key))


FRONT = """<p>Select language</p><h2><a href="/1-letter">Letter to the cooks</a></h2>
<p>Dear cooks, the soup was good.</p><p><a href="/1-letter">Read more: Letter to the cooks</a></p>
<h2><a href="/2-call">Call for soup</a></h2><p>Come all.</p>
<p><a href="/2-call">Read more: Call</a></p>"""
WHOLE = "<body><h1>x</h1><p>Dear cooks, the\nsoup was good.</p><p>We want more of it.</p></body>"


async def test_whole_texts_are_taken_where_an_address_leads_to_them(
    desk: Desk, tmp_path: Path
) -> None:
    web = Web(
        {
            "https://old.example/": FRONT,
            "https://old.example/1-letter": "->https://old.example/en/1",
            "https://old.example/en/1": WHOLE,
        }
    )
    layout = layout_named("joomla-front-page")
    one = source("page", "https://old.example/", tmp_path, web=web, layout=layout)
    plan, _ = await bring(desk, one, undated=date(2014, 1, 2))

    call, letter = sorted((each.declaration for each in await works(desk)), key=lambda d: d.slug)
    assert letter.original.source == "Dear cooks, the soup was good.\n\nWe want more of it."
    assert str(letter.published_at)[:10] == "2014-01-02"
    assert call.original.source == "Come all."
    assert [fault.reason for fault in plan.faults] == [
        "has no more than its beginning: https://old.example/2-call: nobody answers"
    ]
    assert (await rows.by_path(desk.db, "/1-letter")) == rows.OldPath(
        "dockers", "letter-to-the-cooks", None
    )


async def test_no_other_site_is_asked(desk: Desk, tmp_path: Path) -> None:
    web = Web({"https://old.example/": FRONT.replace('"/1', '"https://far.example/1')})
    layout = layout_named("joomla-front-page")
    await bring(desk, source("page", "https://old.example/", tmp_path, web=web, layout=layout))
    assert all(url.startswith("https://old.example/") for url in web.asked)


RSS = """<rss version="2.0"><channel><title>x</title>
<generator>WordPress</generator>{items}</channel>
</rss>"""
ITEM = (
    "<item><title>Text {0}</title><guid>urn:{0}</guid><description>Of day {0}.</description></item>"
)


async def test_a_feed_is_read_to_its_end(desk: Desk, tmp_path: Path) -> None:
    def page(*numbers: int) -> str:
        return RSS.format(items="".join(ITEM.format(one) for one in numbers))

    web = Web(
        {
            "https://old.example/feed": page(5, 4),
            "https://old.example/feed?paged=2": page(4, 3),
            "https://old.example/feed?paged=3": page(3),
        }
    )
    plan, done = await bring(desk, source("feed", "https://old.example/feed", tmp_path, web=web))
    assert (plan.texts, done.works, len(web.asked)) == (3, 3, 3)


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1_000_000_000)


FAULTS: dict[str, Callable[[Path], object]] = {
    "has more than": _huge,
    "is a link": lambda path: path.symlink_to("/etc/passwd"),
    "zero bytes": lambda path: path.write_bytes(b"\0\0\0"),
    "front matter, line 2": lambda path: path.write_text("---\n&a: b\n---\nx"),
    "content is needed": lambda path: path.write_text("---\ntitle: x\n---\n"),
}


@pytest.mark.parametrize("told", FAULTS)
async def test_a_faulty_file_is_named_and_the_others_come_in(
    desk: Desk, tmp_path: Path, told: str
) -> None:
    folder = letters(tmp_path, 2)
    FAULTS[told](folder / "bad.md")
    one = source("markdown", folder, tmp_path)
    plan, done = await bring(desk, one)

    assert done.works == 2
    (fault,) = [*plan.faults, *done.faults]
    assert "bad.md" in fault.place
    assert told in fault.reason
    assert len([*plan.faults, *await imports.check(desk, OPERATOR, plan, one)]) == 1


@pytest.mark.parametrize("form", ["feed", "markdown", "mastodon", "page"])
async def test_what_is_not_there_is_said(desk: Desk, tmp_path: Path, form: str) -> None:
    layout = layout_named("article-list")
    with pytest.raises(Refusal, match="no file or folder"):
        await bring(desk, source(form, tmp_path / "nothing", tmp_path, layout=layout))


async def test_a_pipe_is_no_file(desk: Desk, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xml")
    with pytest.raises(Refusal, match="is no file"):
        await bring(desk, source("feed", tmp_path / "pipe.xml", tmp_path))


async def test_names_stay_sealed_and_can_be_opened_under_the_new_key(
    desk: Desk, tmp_path: Path
) -> None:
    place = tmp_path / "names"
    place.mkdir()
    signed = "signatories:\n  - name: Ana Ruiz\n    display: hidden\n"
    (place / "a.md").write_text(f"---\ntitle: Masks\n{signed}---\nThey fit.", encoding="utf-8")
    await bring(desk, source("markdown", place, tmp_path))
    before = (await works(desk))[0].declaration
    after = (await releases.publish(desk, OPERATOR, before.key)).work.declaration

    for one in (before, after):
        assert "Ana" not in str(one.details_as_fields())
        assert confidential.names_of(desk, one) == {0: "Ana Ruiz"}


async def test_what_came_in_is_found_by_its_words(desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / "found"
    place.mkdir()
    front = "---\ntitle: Masks\norganisations: [Port Union]\n---\n"
    (place / "a.md").write_text(f"{front}They fit nobody.", encoding="utf-8")
    (place / "b.md").write_text(
        "---\ntitle: B\nvisibility: unlisted\n---\nNobody.", encoding="utf-8"
    )
    await bring(desk, source("markdown", place, tmp_path))
    found = await desk.db.fetch_all("SELECT declaration FROM search WHERE words LIKE '%nobody%'")
    assert len(found) == 1
    names = "SELECT name FROM declaration_organisations"
    assert [row["name"] for row in await desk.db.fetch_all(names)] == ["Port Union"]
