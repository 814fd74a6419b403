"""`init` writes a folder from which a server can start, and overwrites nothing."""

import stat
import tomllib
from pathlib import Path

import pytest
from running_command import ORIGIN, Place, begun

from fediverse_coord.config import load, load_coordinations


def everything(folder: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_init_writes_settings_a_coordination_and_a_key_only_the_owner_reads(empty: Place) -> None:
    done = begun(empty)
    assert done.line == "config.toml"
    assert "serve" in done.err
    assert "token create" in done.err
    config = load(empty.folder / "config.toml")
    (one,) = load_coordinations(config)
    assert (config.server.origin, one.username, one.name) == (ORIGIN, "dockers", "The Dockers")
    key = config.path(config.server.key_file)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_init_twice_refuses_and_changes_nothing(empty: Place) -> None:
    assert begun(empty).code == 0
    before = everything(empty.folder)

    assert "config.toml is there already" in begun(empty).refusal
    assert everything(empty.folder) == before


@pytest.mark.parametrize(
    "name", ["actors/others.toml", "data/coord.db", "data/instance.key", "actors/dockers.toml"]
)
def test_init_does_not_begin_among_what_is_anothers(empty: Place, name: str) -> None:
    empty.write(name, "something")

    assert "is there already" in begun(empty).refusal
    assert list(everything(empty.folder).values()) == [b"something"]


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [
        ("--origin", "coord.example", "https://coord.example"),
        ("--origin", "https://coord.example/", "without path or trailing slash"),
        ("--origin", "http://coord.example.org", "must be https"),
        ("--username", "Dock Ers", "username"),
        ("--lang", "english!", "languages"),
        ("--contact", "nobody", "contact"),
        ("--name", " ", "name"),
    ],
)
def test_a_faulty_option_is_named_and_leaves_no_file(
    empty: Place, option: str, value: str, hint: str
) -> None:
    given = {
        "--origin": ORIGIN, "--username": "dockers", "--name": "The Dockers", "--lang": "en",
        option: value,
    }  # fmt: skip
    words = [word for pair in given.items() for word in pair]

    assert hint in empty.run("init", "new", *words).refusal
    assert everything(empty.folder) == {}


def test_names_with_quotes_line_ends_and_backslashes_arrive_whole(empty: Place) -> None:
    name = 'Dockers "of\\the" quay'
    done = empty.run(
        "init", "new", "--origin", ORIGIN, "--username", "dockers", "--name", name,
        "--lang", "pt_br", "--summary", "First.\n\n\"Second\" = 'x' # no comment",
    )  # fmt: skip
    assert done.code == 0, done.err
    actor = tomllib.loads((empty.folder / "new/actors/dockers.toml").read_text(encoding="utf-8"))
    assert actor["name"] == name
    assert actor["summary"] == "First.\n\n\"Second\" = 'x' # no comment"


def test_a_missing_option_is_wrong_usage(empty: Place) -> None:
    assert "--origin" in empty.run("init", "new").misuse
