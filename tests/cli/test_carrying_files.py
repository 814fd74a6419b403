"""`media move` and `media check`, recordings and documents beside texts, and backups of a store."""

import re
from pathlib import Path

import leaflets
import soundtracks
from object_store import SECRET, ObjectStore
from running_command import Place

TEXT = "![The text, read aloud by the night shift](voice.m4a)\n\nWe stop.\n\n![Leaflet](note.pdf)\n"


def enclosed(place: Place) -> str:
    """The id of a declaration with both."""
    (place.folder / "voice.m4a").write_bytes(soundtracks.told("M4A"))
    (place.folder / "note.pdf").write_bytes(leaflets.telling())
    text = place.write("text.md", TEXT)
    return place.run("publish", "--lang", "en", "--form", "note", text).line


def settle(place: Place, lines: str) -> None:
    """`[media]` with these lines first."""
    file = place.folder / "config.toml"
    text = file.read_text()
    before, mark, after = text.partition("[media]\n")
    kept = re.sub(r"(?m)^(store|formerly|endpoint|credentials) = .*\n", "", after)
    file.write_text(f"{before}{mark or '[media]' + chr(10)}{lines}{kept}")


def lying(place: Place) -> set[str]:
    folder = place.folder / "data" / "media"
    return {one.name for one in folder.glob("*") if len(one.stem) == 64}


def test_files_beside_a_text_come_with_it(place: Place) -> None:
    enclosed(place)
    endings = sorted(name.rpartition(".")[2] for name in lying(place))
    assert endings == ["jpg", "jpg", "jpg", "mp3", "pdf", "png", "png", "png"]


def test_files_are_carried_checked_and_the_switch_is_said(
    place: Place, object_store: ObjectStore
) -> None:
    enclosed(place)
    store = f"{object_store.bucket('cli-carried')}/pits"
    settle(place, object_store.settings(place.folder, "").replace('store = ""\n', ""))
    done = place.run("media", "move", "--to", store)
    assert (done.code, done.line) == (0, store)
    assert f'store = "{store}"' in done.err
    assert "8 files carried" in done.err
    assert SECRET not in done.out + done.err
    assert object_store.names("cli-carried", "pits/") == lying(place)
    settle(place, object_store.settings(place.folder, store) + 'formerly = "data/media"\n')
    again = place.run("media", "move", "--to", store, "--json")
    assert (again.json["carried"], again.json["there_already"]) == (0, 8)
    assert "take `formerly` out" in again.err
    for one in lying(place):
        (place.folder / "data" / "media" / one).unlink()
    checked = place.run("media", "check", "--contents", "--json").json
    found = {"missing": [], "broken": [], "unmade": [], "strays": {}, "fresh": 0}
    assert checked == {"files": 8, **found}


def test_a_check_names_what_is_missing_and_says_so_by_its_code(place: Place) -> None:
    enclosed(place)
    gone = min(lying(place))
    (place.folder / "data" / "media" / gone).unlink()
    done = place.run("media", "check")
    assert (done.code, gone in done.out) == (1, True)
    assert "bring the missing files from a backup" in done.err
    assert place.run("media", "move", "--to", "elsewhere").code == 1
    assert len(list((place.folder / "elsewhere").glob("*"))) == 7


def test_a_backup_holds_the_files_that_lie_in_a_store(
    place: Place, object_store: ObjectStore, tmp_path: Path
) -> None:
    store = object_store.bucket("cli-backup")
    settle(place, object_store.settings(place.folder, store))
    enclosed(place)
    assert lying(place) == set()
    assert len(object_store.names("cli-backup")) == 8
    secret = place.write("passphrase", "six ports, one strike\n")
    made = place.run("backup", tmp_path / "all.backup", "--passphrase-file", secret)
    assert made.code == 0, made.err
    config = tmp_path / "back" / "config.toml"
    back = place.run(
        "restore", tmp_path / "all.backup", "--passphrase-file", secret, "--config", config
    )
    assert back.code == 0, back.err
    restored = {one.name for one in (tmp_path / "back/data/media").glob("*") if len(one.stem) == 64}
    assert restored == object_store.names("cli-backup")


def test_a_faulty_place_or_keys_others_can_read_are_refused_in_a_line(
    place: Place, object_store: ObjectStore
) -> None:
    assert "AWS_ACCESS_KEY_ID" in place.run("media", "move", "--to", "s3://somewhere").refusal
    settle(place, 'store = "ftp://x"\n')
    assert "s3://bucket/prefix" in place.run("media", "check").refusal
    settle(place, object_store.settings(place.folder, "s3://cli-open"))
    (place.folder / "store-keys.toml").chmod(0o644)
    refused = place.run("media", "check").refusal
    assert "chmod 600" in refused
    assert SECRET not in refused


def test_a_store_that_is_away_is_one_line_and_nothing_is_published(
    place: Place, object_store: ObjectStore
) -> None:
    keys = object_store.keys_file(place.folder)
    settle(
        place,
        f'store = "s3://away"\nendpoint = "http://127.0.0.1:1"\ncredentials = "{keys}"\n',
    )
    (place.folder / "voice.m4a").write_bytes(soundtracks.told("M4A"))
    text = place.write("text.md", "![Read aloud](voice.m4a)\n")
    done = place.run("publish", "--lang", "en", "--form", "note", text)
    assert (done.code, done.out) == (1, "")
    assert "s3://away cannot be used now" in done.err
    assert place.run("list", "--json").json == []
