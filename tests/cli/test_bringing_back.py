"""`import export`: what was exported comes back, whole, once, and nobody is told."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import leaflets
import pytest
import soundtracks
from photographs import plain
from running_command import ORIGIN, Place, begun
from test_exporting import LETTER, exported, whole

ROWS = {
    "declarations": "key, slug, state, form, kind, language, visibility, in_reply_to, reason,"
    " keeps_text, revision, url_revision, created_at, published_at, edited_at, corrected_at,"
    " pinned_at, stands_at, imported_at",
    "declaration_versions": "language, title, summary, source, html, translator, state, changed_in,"
    " document, inserted",
    "passages": "slug, texts, source, revision, created_at, updated_at",
    "passage_uses": "language",
    "introductions": "subject, mark, name, texts, revision, updated_at",
    "declaration_tags": "tag, name",
    "declaration_countries": "country",
    "corrections": "told, corrected_at",
    "slugs": "slug",
    "old_paths": "path, language",
    "declaration_media": "language, place, role, alt",
    "media": "key",
    "media_files": "size, name, media_type, width, height",
    "media_enclosed": "name, media_type, bytes, seconds, pages",
    "media_texts": "language, alt",
    "objects": "object_id, type, document",
}
SENT = ("fan_outs", "deliveries")


def rows(place: Place, table: str, columns: str = "count(*)") -> list[Any]:
    (file,) = place.folder.glob("data/*.db")
    connection = sqlite3.connect(file)
    try:
        return sorted(connection.execute(f"SELECT {columns} FROM {table}").fetchall(), key=repr)
    finally:
        connection.close()


def full(place: Place) -> Path:
    """An export of texts in every state."""
    key = picture(place)
    passage = ("passages", "put", "demands", "-", "--source-name", "Programme")
    assert place.run(*passage, stdin="Six hours.").code == 0
    place.publish("We say:\n\n{{passage: demands}}\n")
    assert place.run(*passage, stdin="Four hours.").code == 0
    assert place.run("introductions", "put", "country", "ES", "-", stdin="Of Spain.").code == 0
    named = place.run("publish", LETTER).line
    illustrated = f"---\ntitle: Cranes\nsummary: They stand.\n---\n![still](media:{key})\n\nNow.\n"
    place.run("update", named, "-", stdin="Other words.\n")
    place.publish(illustrated)
    place.run("pin", named)
    place.run("withdraw", place.publish("Once said.\n"), "--reason", "It was wrong.")
    place.run("delete", place.publish("Never said.\n"), "--yes")
    place.write("old/one.md", "---\ntitle: Of old\ndate: 2015-02-03\npermalink: /a/b\n---\nOld.\n")
    assert place.run("import", "markdown", "old", "--yes").code == 0
    return exported(place)


def picture(place: Place) -> str:
    """Taken in with a text that shows a file beside it."""
    (place.folder / "cranes.jpg").write_bytes(plain())
    text = "![still](cranes.jpg)\n\nWe stop.\n\n![aloud](cranes.ogg)\n\n![leaflet](cranes.pdf)\n"
    (place.folder / "cranes.ogg").write_bytes(soundtracks.told("Opus"))
    (place.folder / "cranes.pdf").write_bytes(leaflets.telling())
    named = place.write("cranes.md", text)
    done = place.run("publish", named)
    assert done.code == 0, done.err
    return str(rows(place, "media", "key")[0][0])


def bring(place: Place, folder: Path) -> str:
    return place.run("import", "export", folder).line


def test_an_export_comes_back_as_the_same_rows_and_the_same_export(
    place: Place, other: Place
) -> None:
    out = full(place)
    assert bring(other, out) == "7 declarations are back; nobody was told"
    for table, columns in ROWS.items():
        assert rows(other, table, columns) == rows(place, table, columns), table
    assert whole(exported(other)) == whole(out)
    assert other.run("list", "--search", "assembly line").out.count("assembly line") == 1


def test_nothing_that_came_back_is_ever_sent(place: Place, other: Place) -> None:
    before = [rows(other, table) for table in SENT]
    bring(other, full(place))
    assert [rows(other, table) for table in SENT] == before


def test_sealed_names_come_back_where_the_same_key_file_is_and_nowhere_else(
    place: Place, other: Place, empty: Place
) -> None:
    place.run("publish", LETTER)
    out = exported(place, "--with-confidential")
    bring(other, out)
    assert rows(other, "declarations", "fields, reveal_on") == rows(
        place, "declarations", "fields, reveal_on"
    )
    begun(empty)
    assert "key" in empty.run("import", "export", out).refusal
    assert rows(empty, "declarations") == [(0,)]


def test_another_key_proves_the_documents_anew(place: Place, empty: Place) -> None:
    place.run("publish", LETTER)
    begun(empty)
    bring(empty, exported(place))
    out = exported(empty, name="again")
    (file,) = out.rglob("object.json")
    assert empty.run("verify", file, "--actor", out / "dockers" / "actor.json").code == 0
    # Its keys are other ones: the first server's document does not prove what it has now.
    first = place.folder / "out" / "dockers" / "actor.json"
    assert empty.run("verify", file, "--actor", first).code == 1


def test_an_export_comes_back_once_and_to_nobody_who_has_written(place: Place) -> None:
    place.run("publish", LETTER)
    out = exported(place)
    assert "comes back to none alone" in place.run("import", "export", out).refusal
    assert rows(place, "declarations") == [(1,)]


def test_what_waited_for_its_hour_comes_back_as_a_draft(place: Place, other: Place) -> None:
    text = place.write("text.md", "---\ntitle: Later\nsummary: Later.\n---\nLater.\n")
    place.run("publish", text)
    out = exported(place)
    changed(out, lambda one: one.update(state="scheduled", scheduled=one["created"]))
    done = other.run("import", "export", out)
    assert "is a draft now" in done.err
    assert rows(other, "declarations", "state, scheduled_at") == [("draft", None)]


def changed(out: Path, change: Callable[[Any], object]) -> None:
    """The one declaration's record, with something else in it."""
    (file,) = out.rglob("declaration.json")
    record = json.loads(file.read_bytes())
    change(record)
    file.write_text(json.dumps(record), encoding="utf-8")


def script(record: Any) -> None:
    record["versions"][0]["html"] += "<script>alert(1)</script>"


FILE = {"name": "../x.png", "media_type": "image/png", "width": 1, "height": 1}
OUTSIDE = {"page": FILE, "small": FILE, "card": FILE}

TAMPERED: dict[str, Callable[[Any], object]] = {
    "HTML": script,
    "is not what an export writes": lambda one: one.pop("revision"),
    "key, an address": lambda one: one.update(slug="../../etc"),
    "that none can have": lambda one: one.update(
        media=[{"key": "a" * 16, "alts": {}, "files": OUTSIDE}]
    ),
    "not of 'dockers'": lambda one: one.update(key="a" * 16),
    "is no file": lambda one: one["versions"][0].update(language="it"),
    "that is no tag": lambda one: one["versions"][0].update(language="/../../../secret"),
}  # fmt: skip


@pytest.mark.parametrize("told", TAMPERED)
def test_a_record_that_was_tampered_with_changes_nothing(
    told: str, place: Place, other: Place
) -> None:
    place.run("publish", LETTER)
    out = exported(place)
    changed(out, TAMPERED[told])
    assert told in other.run("import", "export", out).refusal
    assert rows(other, "declarations") == [(0,)]


def test_a_document_of_somebody_else_is_not_proved_with_our_key(place: Place, other: Place) -> None:
    place.run("publish", LETTER)
    out = exported(place)
    (file,) = out.rglob("create.json")
    document = json.loads(file.read_bytes())
    document["object"]["id"] = "https://far.example/notes/1"
    file.write_text(json.dumps(document), encoding="utf-8")
    assert "is not of 'dockers'" in other.run("import", "export", out).refusal
    assert rows(other, "declarations") == [(0,)]


def test_a_picture_that_is_none_stays_outside(place: Place, other: Place) -> None:
    picture(place)
    out = exported(place)
    file = next(out.rglob("media/*"))
    file.write_bytes(b"<svg onload='alert(1)'/>")
    assert "is not the file" in other.run("import", "export", out).refusal
    assert not list(other.folder.glob("data/media/*"))


def test_a_folder_that_is_no_export_of_this_server_is_told_from_one_that_is(
    place: Place, other: Place
) -> None:
    (place.folder / "nothing").mkdir()
    assert "is no export" in place.run("import", "export", "nothing").refusal
    out = exported(place)
    manifest = json.loads((out / "export.json").read_bytes())
    for name, value, reason in (
        ("origin", "https://far.example", f"this is {ORIGIN}"),
        ("format", 2, "does not read"),
    ):
        (out / "export.json").write_text(json.dumps({**manifest, name: value}))
        assert reason in other.run("import", "export", out).refusal
    assert "comes back whole" in place.run("import", "export", out, "--dry-run").misuse


def test_the_texts_come_in_as_pages_where_the_address_is_another(
    place: Place, empty: Place
) -> None:
    place.run("publish", LETTER)
    out = exported(place)
    begun(empty, origin="http://localhost:9999")
    assert "import markdown" in empty.run("import", "export", out).refusal
    done = empty.run("import", "markdown", out / "dockers", "--yes", "--strict", "--json")
    assert (done.json["works"], done.json["versions"], done.json["faulty"]) == (1, 7, [])
    assert rows(empty, "objects") == [(0,)]
