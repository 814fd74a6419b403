"""`export`: what leaves the server as files, and what never does."""

import json
from pathlib import Path
from typing import Any

from running_command import ORIGIN, ROOT, Place

from fediverse_coord.publishing import frontmatter
from fediverse_coord.publishing.declarations import FIELDS
from fediverse_coord.publishing.exporting import EXPORTED

LETTER = Path(__file__).parent.parent / "samples" / "letter"
LOGIN = "zenobia-at-the-desk"
SEALED_NAMES = ("Ramesh Tulpule", "Orhan Seldiz", "Lucía Barranco")


def whole(folder: Path) -> dict[str, bytes]:
    """Every file's bytes, by its place."""
    files = (one for one in sorted(folder.rglob("*")) if one.is_file())
    return {str(one.relative_to(folder)): one.read_bytes() for one in files}


def exported(place: Place, *options: str, name: str = "out") -> Path:
    assert place.run("export", name, *options).line == name
    return place.folder / name


def record(folder: Path) -> Any:
    (file,) = folder.rglob("declaration.json")
    return json.loads(file.read_text(encoding="utf-8"))


def test_every_language_is_a_text_with_front_matter_and_a_document_with_its_proof(
    place: Place,
) -> None:
    named = place.run("publish", LETTER).line
    (folder,) = exported(place).glob("dockers/*/*")
    texts, proved = sorted(folder.glob("*.md")), sorted(folder.glob("*.??.json"))
    assert len(texts) == len(proved) == 7
    assert all("proof" in json.loads(one.read_bytes()) for one in proved)
    assert json.loads((folder / "object.json").read_bytes())["id"] == named

    known = {*FIELDS, *EXPORTED}
    for written in LETTER.glob("*.md"):
        language = written.suffixes[0]
        (text,) = folder.glob(f"*{language}.md")
        given, source = frontmatter.parse(written.read_text(encoding="utf-8"))
        fields, content = frontmatter.parse(text.read_text(encoding="utf-8"))
        assert set(fields) <= known
        assert content.strip() == source.strip()
        wanted = {name: given[name] for name in ("title", "summary", "dated") if name in given}
        assert {name: fields[name] for name in wanted} == wanted


def test_the_objects_bytes_verify_as_any_document_of_ours_does(place: Place) -> None:
    place.run("publish", LETTER)
    out = exported(place)
    (file,) = out.rglob("object.json")
    assert place.run("verify", file, "--actor", out / "dockers" / "actor.json").code == 0


def test_the_same_is_exported_as_the_same_bytes(place: Place) -> None:
    place.run("publish", LETTER)
    assert whole(exported(place)) == whole(exported(place, name="again"))


def test_sealed_names_and_logins_stay_where_they_are(place: Place) -> None:
    place.run("publish", LETTER)
    place.run("token", "create", "--coordinator", LOGIN, "--role", "admin")
    out = exported(place)
    signed = record(out)["details"]["signatories"]
    assert [(one.get("name"), one["display"]) for one in signed] == [
        ("Amara Voss", "full"), ("R. T.", "initials"), (None, "hidden"), (None, "hidden"),
    ]  # fmt: skip
    assert [one.get("office") for one in signed[1:]] == ["Delegate", None, None]
    assert [one["country"] for one in signed[1:]] == ["IN", "TR", "BR"]
    everything = b"".join(whole(out).values())
    assert [
        one for one in (*SEALED_NAMES, "Press shop", LOGIN, "sealed:") if one.encode() in everything
    ] == []


def test_with_the_switch_names_leave_sealed_and_in_a_folder_for_its_owner_alone(
    place: Place,
) -> None:
    place.run("publish", LETTER)
    out = exported(place, "--with-confidential")
    assert [bool(one.get("sealed")) for one in record(out)["details"]["signatories"]] == [
        False, True, True, True,
    ]  # fmt: skip
    everything = b"".join(whole(out).values())
    assert [one for one in SEALED_NAMES if one.encode() in everything] == []
    assert out.stat().st_mode & 0o077 == 0


def test_a_folder_that_holds_something_is_left_as_it_is(place: Place) -> None:
    kept = place.write("out/kept.txt", "mine")
    assert "is not empty" in place.run("export", "out").refusal
    assert "is no folder" in place.run("export", "out/kept.txt").refusal
    assert "inside one that exists" in place.run("export", "no/where").refusal
    assert [one.name for one in (place.folder / "out").iterdir()] == [kept.name]
    (place.folder / "link").symlink_to("out")
    assert "is no folder" in place.run("export", "link").refusal


def test_an_unknown_coordination_is_named_beside_those_that_are_here(place: Place) -> None:
    refused = place.run("export", "out", "--actor", "miners").refusal
    assert "no coordination 'miners'; here are: dockers" in refused
    assert not (place.folder / "out").exists()


def test_an_empty_folder_and_an_empty_server_are_both_fine(place: Place) -> None:
    (place.folder / "out").mkdir()
    done = place.run("export", "out", "--actor", "@Dockers", "--json")
    assert done.json == {
        "folder": "out", "declarations": {"dockers": 0}, "left_out": 0, "missing_pictures": [],
    }  # fmt: skip
    manifest = json.loads((place.folder / "out" / "export.json").read_bytes())
    assert (manifest["format"], manifest["origin"]) == (1, ORIGIN)


def test_what_is_deleted_leaves_its_gravestone_and_no_words(place: Place) -> None:
    named = place.run("publish", LETTER).line
    place.run("delete", named, "--yes")
    (folder,) = exported(place).glob("dockers/*/*")
    assert not list(folder.glob("*.md"))
    assert json.loads((folder / "object.json").read_bytes())["type"] == "Tombstone"
    everything = b"".join(one.read_bytes() for one in folder.iterdir())
    assert b"Amara" not in everything
    assert b"owners have told" not in everything


def test_the_page_about_the_format_names_all_that_is_written(place: Place) -> None:
    page = (ROOT / "docs" / "export-format.md").read_text(encoding="utf-8")
    known = {*FIELDS, *EXPORTED} - {"content"}
    assert [one for one in sorted(known) if f"`{one}`" not in page] == []
    place.run("publish", LETTER)
    out = exported(place)
    manifest = json.loads((out / "export.json").read_bytes())
    assert [one for one in manifest if f"`{one}`" not in page] == []
    for one in whole(out):
        name = Path(one).name.replace(record(out)["slug"], "SLUG")
        assert name.replace(f".{name.split('.')[1]}.", ".LANG.", name.count(".") - 1) in page
