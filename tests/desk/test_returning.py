"""An export brought back: every table row by row, on each engine and from one to the other."""

import base64
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import engines
import full_coordination as full
import pytest
from compared_tables import COMPARED, contents
from desk_world import NOW, SEAL
from engines import Engine, Place

from fediverse_coord.desk import exports, releases, returning
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.desk.returning import Returned
from fediverse_coord.errors import ConfigError, Refusal
from fediverse_coord.outgoing.release import release_due
from fediverse_coord.protocol.sealing import Seal
from fediverse_coord.storage import carrying, instance
from fediverse_coord.storage.database import Database, open_database
from fediverse_coord.storage.shelf import Shelf

pytestmark = pytest.mark.both_engines

PAGE = Path(__file__).parent.parent.parent / "docs" / "export-format.md"
LINE = re.compile(r"^\| `(\w+)` \| (yes|sealed|made anew|no) \| (.+) \|$", re.MULTILINE)
KEYS = ("dockers/actor.json", "porters/actor.json")  # a database has keys of its own
SEALED_TABLES = ("followers", "following", "interactions", "stamps", "reach", "blocks", "audience")


def decided() -> dict[str, str]:
    """What the page says of each table."""
    return {name: word for name, word, _ in LINE.findall(PAGE.read_text(encoding="utf-8"))}


@pytest.fixture
async def db(place: Place) -> AsyncIterator[Database]:
    opened = await open_database(place.as_founded("spoken", full.found_spoken).url)
    yield opened
    await opened.close()


@pytest.fixture
def desk(desk: Desk, tmp_path: Path) -> Desk:
    return replace(desk, shelf=Shelf(tmp_path / "media"))


def _place(engine: Engine, folder: Path) -> Place:
    folder.mkdir()
    return Place(engine, folder)


@asynccontextmanager
async def empty(desk: Desk, engine: Engine, folder: Path) -> AsyncIterator[Desk]:
    """The same coordinations with the same keys a day later, and nothing written yet."""
    place = _place(engine, folder).as_founded("spoken", full.found_spoken)
    db = await open_database(place.url)
    try:
        later = replace(desk, db=db, clock=lambda: NOW + timedelta(days=1))
        yield replace(later, shelf=Shelf(folder / "media"))
    finally:
        await db.close()
        place.end()


async def back(desk: Desk, folder: Path) -> Returned:
    await returning.bring_back(desk, OPERATOR, folder, "porters")
    return await returning.bring_back(desk, OPERATOR, folder, "dockers")


def files_of(folder: Path) -> dict[str, bytes]:
    files = (one for one in folder.rglob("*") if one.is_file())
    return {str(one.relative_to(folder)): one.read_bytes() for one in files}


def without(files: dict[str, bytes], names: set[str]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name not in names}


def manifest(folder: Path) -> Any:
    return json.loads((folder / "export.json").read_bytes())


async def exported(desk: Desk, folder: Path, **more: bool) -> Path:
    await exports.export(desk, OPERATOR, folder, **more)
    return folder


async def everything(desk: Desk) -> dict[str, list[tuple[object, ...]]]:
    return {table: await contents(desk.db, table) for table in COMPARED}


@pytest.fixture(params=engines.names())
def target(
    request: pytest.FixtureRequest, engine: Engine, known_engines: dict[str, Engine]
) -> Engine:
    """The engine that it comes back to."""
    name: str = request.param
    if name not in known_engines:
        tmp = request.getfixturevalue("tmp_path_factory").mktemp("engine")
        server = request.getfixturevalue("database_server") if name != "sqlite" else None
        known_engines[name] = Engine(name, tmp, server)
    return known_engines[name]


async def test_every_table_comes_back_row_by_row_and_the_export_as_it_was(
    desk: Desk, tmp_path: Path, engine: Engine, target: Engine, woken: list[bool]
) -> None:
    await full.fill(desk, tmp_path)
    before = await everything(desk)
    assert [table for table, rows in before.items() if not rows] == []
    asked = {"with_confidential": True, "with_followers": True}
    out = await exported(desk, tmp_path / "out", **asked)
    woken.clear()
    async with empty(desk, target, tmp_path / "second") as other:
        made = await back(other, out)
        after = await everything(other)
        for table, rows in before.items():
            assert after[table] == rows, table
        again = await exported(other, tmp_path / "again", **asked)
        sent = [await other.db.fetch_value(f"SELECT count(*) FROM {table}") for table in
                ("fan_outs", "deliveries")]  # fmt: skip
    assert manifest(out)["left_out"] == 1  # the letter, which is the one thing that stays
    assert manifest(again) == manifest(out) | {"left_out": 0}
    others = {"export.json"} if target is engine else {"export.json", *KEYS}
    assert without(files_of(again), others) == without(files_of(out), others)
    assert (sent, woken, made.unscheduled, made.missing, made.held) == ([0, 0], [], [], [], True)


async def test_the_page_decides_for_every_table(db: Database) -> None:
    """A table that is new has to be decided for, and to be compared where it comes back."""
    known = [one for one in await carrying.tables_in(db) if not one.startswith("search_index")]
    known = [one for one in known if not one.startswith("sqlite") and one != "schema_migrations"]
    assert sorted(decided()) == sorted(known)
    back = {name for name, word in decided().items() if word != "no"}
    assert set(COMPARED) == back


async def test_without_the_switch_nobody_who_follows_or_likes_leaves(
    desk: Desk, tmp_path: Path, engine: Engine
) -> None:
    await full.fill(desk, tmp_path)
    out = await exported(desk, tmp_path / "out", with_confidential=True)
    everything_written = b"".join(files_of(out).values())
    for hidden in (full.FOLLOWER, full.SECRET, full.LETTER, full.MAILBOX, "worse.example"):
        assert hidden.encode() not in everything_written, hidden
    async with empty(desk, engine, tmp_path / "second") as other:
        made = await back(other, out)
        counts = "SELECT sum(likes) AS likes, sum(shares) AS shares FROM objects"
        row = await other.db.fetch_one(counts)
        assert row is not None
        assert (int(row["likes"]), int(row["shares"])) == (2, 1)
        for table in SEALED_TABLES:
            assert await contents(other.db, table) == [], table
        found = await instance.find(other.db)
        assert found is not None
        assert (made.held, found.sending) == (False, True)


async def test_sealed_people_are_nothing_that_can_be_read(desk: Desk, tmp_path: Path) -> None:
    await full.fill(desk, tmp_path)
    out = await exported(desk, tmp_path / "out", with_followers=True)
    for name, content in files_of(out).items():
        assert full.FOLLOWER.encode() not in content, name
    (first, *_) = (out / "dockers" / "followers.sealed").read_bytes().split()
    assert full.FOLLOWER.encode() not in base64.b64decode(first)


async def test_what_comes_back_with_followers_sends_nothing_until_it_is_resumed(
    desk: Desk, tmp_path: Path, engine: Engine
) -> None:
    await full.fill(desk, tmp_path)
    out = await exported(desk, tmp_path / "out", with_followers=True)
    async with empty(desk, engine, tmp_path / "second") as other:
        await back(other, out)
        found = await instance.find(other.db)
        assert found is not None
        assert not found.sending


async def test_an_earlier_state_that_says_a_sealed_name_stays(desk: Desk, tmp_path: Path) -> None:
    await full.told_too_much(desk)
    kept = await desk.db.fetch_all("SELECT title FROM declaration_revisions")
    assert any(full.SECRET in str(row["title"]) for row in kept)
    out = await exported(desk, tmp_path / "out", with_confidential=True, with_followers=True)
    (folder,) = out.glob("dockers/*/*")
    lines = (folder / "revisions.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(one)["title"] for one in lines] == ["What was said"]
    assert json.loads((folder / "declaration.json").read_bytes())["slugs"] == ["said"]
    assert not any(b"ruiz" in one.lower() for one in files_of(out).values())


async def test_what_is_scheduled_goes_out_at_its_hour(
    desk: Desk, tmp_path: Path, engine: Engine
) -> None:
    keys = await full.fill(desk, tmp_path)
    out = await exported(desk, tmp_path / "out")
    async with empty(desk, engine, tmp_path / "second") as other:
        await back(other, out)
        assert await release_due(other.db, other.publisher, lambda: NOW + timedelta(days=6)) == 0
        assert await release_due(other.db, other.publisher, lambda: NOW + timedelta(days=8)) == 1
        state = "SELECT state FROM declarations WHERE key = :key"
        assert await other.db.fetch_value(state, key=keys["scheduled"]) == "published"


async def test_what_has_missed_its_hour_is_a_draft_and_is_named(
    desk: Desk, tmp_path: Path, engine: Engine
) -> None:
    keys = await full.fill(desk, tmp_path)
    out = await exported(desk, tmp_path / "out")
    async with empty(desk, engine, tmp_path / "second") as other:
        late = replace(other, clock=lambda: NOW + timedelta(days=30))
        made = await back(late, out)
        row = await other.db.fetch_one(
            "SELECT slug, state, scheduled_at, schedule_zone FROM declarations WHERE key = :key",
            key=keys["scheduled"],
        )
        assert row is not None
        assert (row["state"], row["scheduled_at"], row["schedule_zone"]) == ("draft", None, None)
        assert made.unscheduled == [row["slug"]]


async def test_an_edition_goes_on_where_it_was(desk: Desk, tmp_path: Path, engine: Engine) -> None:
    keys = await full.fill(desk, tmp_path)
    out = await exported(desk, tmp_path / "out")
    async with empty(desk, engine, tmp_path / "second") as other:
        await back(other, out)
        await releases.withdraw(other, OPERATOR, keys["published"], "It was wrong.")
        told = await other.db.fetch_all(
            "SELECT a.name, v.type FROM activities v JOIN actors a ON a.id = v.actor"
            " WHERE v.type = 'Update' ORDER BY v.id"
        )
        assert [(row["name"], row["type"]) for row in told] == [
            ("dockers", "Update"), ("dockers_de", "Update"),
        ]  # fmt: skip


async def test_the_outbox_lists_what_went_out_in_its_order(
    desk: Desk, tmp_path: Path, engine: Engine
) -> None:
    first, second = await full.late(desk), await full.late(desk)
    for number, key in enumerate((second, first)):
        hour = NOW + timedelta(hours=number)
        await releases.publish(replace(desk, clock=lambda at=hour: at), OPERATOR, key)
    listed = "SELECT activity_id FROM activities WHERE listed = 1 ORDER BY id"
    before = [row["activity_id"] for row in await desk.db.fetch_all(listed)]
    out = await exported(desk, tmp_path / "out")
    async with empty(desk, engine, tmp_path / "second") as other:
        await back(other, out)
        after = [row["activity_id"] for row in await other.db.fetch_all(listed)]
    assert after == before
    assert [one.split("/")[-2] for one in after] == [second, first]


async def test_what_came_in_once_does_not_come_in_again(
    desk: Desk, tmp_path: Path, engine: Engine
) -> None:
    await full.fill(desk, tmp_path)
    out = await exported(desk, tmp_path / "out")
    async with empty(desk, engine, tmp_path / "second") as other:
        await back(other, out)
        assert await full.imported_again(other, tmp_path) == (1, 0)


# --- others' hands ------------------------------------------------------------------------------


def line(name: str, **changed: Any) -> Callable[[Path], None]:
    def change(out: Path) -> None:
        path = out / "dockers" / f"{name}.jsonl"
        first, *rest = path.read_text("utf-8").splitlines()
        path.write_text("\n".join([json.dumps(json.loads(first) | changed), *rest]) + "\n", "utf-8")

    return change


def person(**changed: Any) -> Callable[[Path], None]:
    def change(out: Path) -> None:
        path = out / "dockers" / "responses.jsonl"
        first, *rest = path.read_text("utf-8").splitlines()
        one = json.loads(first)
        one["who"] |= changed
        path.write_text("\n".join([json.dumps(one), *rest]) + "\n", "utf-8")

    return change


def sealed(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Path], None]:
    def changed(out: Path) -> None:
        path = out / "dockers" / "followers.sealed"
        path.write_bytes(b"\n".join(change(path.read_bytes().split())) + b"\n")

    return changed


def linked(out: Path) -> None:
    path = out / "dockers" / "responses.jsonl"
    path.unlink()
    path.symlink_to("/etc/passwd")


ATTEMPTS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "a letter": ("no public response", line("responses", visibility="direct")),
    "a mailbox": ("no public response", line("responses", state="mailbox")),
    "a script": ("HTML that is never kept", line("responses", html="<script>1</script>")),
    "a quoted script": ("HTML that is never kept", line("responses", html="<b a=&quot;>1</b>")),
    "about others": ("not ours", line("responses", about="https://far.example/notes/1")),
    "another author": ("another server", line("responses", object_id="https://else.example/1")),
    "an inbox elsewhere": ("inbox elsewhere", person(inbox_url="https://prey.example/inbox")),
    "a shared inbox": ("shared inbox", person(shared_inbox_url="https://prey.example/inbox")),
    "another host": ("another server", person(host="prey.example")),
    "a bad address": ("none can have", person(actor_id="javascript:alert(1)")),
    "a page elsewhere": ("page elsewhere", person(url="https://prey.example/")),
    "a boost of ours": ("no boost of this", line("boosts", activity_id="https://far.example/1")),
    "another boost": ("no boost of this", line("boosts", object_id="https://far.example/other")),
    "no moment": ("says no moment", line("boosts", created_at="yesterday")),
    "no line": ("no readable JSON", lambda out: (out / "dockers/boosts.jsonl").write_text("{")),
    "a link": ("is no file", linked),
    "a block less": ("cut off", sealed(lambda blocks: blocks[:-1])),
    "a block changed": ("another key file", sealed(lambda blocks: [b"AAAA" + blocks[0][4:]])),
    "a block twice": ("was changed|after its end", sealed(lambda blocks: blocks * 2)),
    "no base64": ("was changed", sealed(lambda blocks: [b"!!!!"])),
    "other tables": ("is of 'porters'", line("responses", actor="porters")),
}  # fmt: skip


@pytest.mark.parametrize("attempt", ATTEMPTS)
async def test_a_line_that_was_tampered_with_changes_nothing(
    attempt: str, desk: Desk, tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fediverse_coord.desk.export_sheets.BLOCK_LINES", 3)
    told, change = ATTEMPTS[attempt]
    await full.fill(desk, tmp_path)
    out = await exported(desk, tmp_path / "out", with_followers=True)
    change(out)
    async with empty(desk, engine, tmp_path / "second") as other:
        with pytest.raises((Refusal, ConfigError), match=told):
            await returning.bring_back(other, OPERATOR, out, "dockers")
        for table in ("declarations", "responses", "followers", "remote_actors"):
            assert await contents(other.db, table) == []


async def test_followers_need_the_key_file_they_were_sealed_with(
    desk: Desk, tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await full.fill(desk, tmp_path)
    out = await exported(desk, tmp_path / "out", with_followers=True)
    assert Seal(bytes([1] * 32)) != SEAL
    async with empty(desk, engine, tmp_path / "second") as other:
        monkeypatch.setattr(desk.publisher.keyring, "_seal", Seal(bytes([1] * 32)))
        with pytest.raises(ConfigError, match="another key file"):
            await returning.bring_back(other, OPERATOR, out, "dockers")
        (out / "dockers" / "followers.sealed").unlink()
        made = await returning.bring_back(other, OPERATOR, out, "dockers")
        assert (made.works > 5, made.held) == (True, False)
