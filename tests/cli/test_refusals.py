"""Whatever is wrong: one line that says what to do, exit 1 or 2, never a traceback."""

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest
from running_command import ORIGIN, Place, command, environment

from fediverse_coord.cli import COMMANDS, faults


def settings(place: Place, old: str, new: str) -> Place:
    """The same place with something else in its settings."""
    text = (place.folder / "config.toml").read_text(encoding="utf-8")
    assert old in text
    place.write("config.toml", text.replace(old, new))
    return place


@pytest.mark.parametrize("words", [["list"], ["serve", "--port", "0"], ["work"], ["migrate"]])
@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[server\n", "config.toml is not TOML"),
        ("[server]\nhots = 'x'\n", "server.hots"),
        ("[server]\nport = 'many'\n", "server.port"),
        ("[delivery]\nattempts = 0\nbatch = -1\n", "delivery.batch"),
        ("[federation]\nallow_http = true\n", "federation.lab"),
        ("[database]\nurl = 'mysql://root@localhost/x'\n", "sqlite:///"),
    ],
)
def test_faulty_settings_are_named(empty: Place, words: list[str], text: str, hint: str) -> None:
    empty.write("config.toml", text)
    (empty.folder / "actors").mkdir()
    empty.write("data/instance.key", "A" * 43 + "=\n")
    assert hint in empty.run(*words).refusal


@pytest.mark.parametrize(
    ("name", "hint"), [("nothing.toml", "does not exist"), (".", "cannot be read")]
)
def test_settings_that_cannot_be_read_are_named(empty: Place, name: str, hint: str) -> None:
    assert hint in empty.run("--config", name, "list").refusal
    assert hint in empty.run("list", "--config", name).refusal


def test_a_folder_without_settings_and_actors_is_not_made_a_server(empty: Place) -> None:
    assert "--config FILE" in empty.run("list").refusal
    assert list(empty.folder.iterdir()) == []


def test_without_settings_the_actors_of_the_folder_are_served_for_development(
    place: Place, empty: Place
) -> None:
    text = (place.folder / "actors/dockers.toml").read_text(encoding="utf-8")
    empty.write("actors/dockers.toml", text)

    named = empty.publish("We stand.")
    assert named.startswith("http://localhost:8000/actors/dockers/objects/")


def test_a_place_for_the_database_that_cannot_be_had_is_named(place: Place) -> None:
    place.write("taken", "a file")
    settings(place, "sqlite:///data/coord.db", "sqlite:///taken/coord.db")
    assert "coord.db" in place.run("list").refusal


def test_a_file_that_is_no_database_is_left_alone(place: Place) -> None:
    for name in ("coord.db-wal", "coord.db-shm"):
        (place.folder / "data" / name).unlink(missing_ok=True)
    file = place.write("data/coord.db", "no database, but something that somebody wrote " * 100)
    before = file.read_bytes()

    assert place.run("list").refusal
    assert file.read_bytes() == before


def test_a_locked_database_is_told_and_nothing_is_half_done(place: Place) -> None:
    other = sqlite3.connect(place.folder / "data/coord.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        assert place.run("publish", "-", stdin="We stand.").refusal
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert place.run("list", "--json").json == []


def test_another_origin_stops_and_says_whose_the_database_is(place: Place) -> None:
    settings(place, ORIGIN, "http://localhost:9999")
    assert f"belongs to {ORIGIN}" in place.run("list").refusal


def test_a_missing_file_of_a_coordination_stops_and_says_what_to_put_back(place: Place) -> None:
    (place.folder / "actors/dockers.toml").unlink()
    assert "put dockers.toml back" in place.run("serve", "--port", "0").refusal


def test_a_missing_or_foreign_key_file_stops(place: Place) -> None:
    key = place.folder / "data/instance.key"
    key.write_text("B" * 43 + "=\n", encoding="ascii")
    assert "key file" in place.run("list").refusal
    key.unlink()
    assert "put it back" in place.run("list").refusal


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["publish"],
        ["publish", "-", "-"],
        ["publish", "-", "--form", "poem"],
        ["list", "--limit", "0"],
        ["list", "--limit", "many"],
        ["token", "nonsense"],
        ["token", "create", "--coordinator", "Rosa"],
        ["token", "create", "--coordinator", "Rosa", "--role", "king"],
        ["serve", "--port", "70000"],
        ["responses", "--held", "--state", "approved"],
        ["block"],
    ],
)
def test_wrong_usage_is_two_and_points_to_the_help(place: Place, words: list[str]) -> None:
    place.run(*words).misuse  # noqa: B018


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_takes_settings(place: Place, name: str) -> None:
    done = place.run(name, "--help")
    assert (done.code, done.err) == (0, "")
    assert "--config FILE" in done.out


def test_the_program_alone_lists_its_commands(empty: Place) -> None:
    done = empty.run("--help")
    assert done.code == 0
    assert [name for name in COMMANDS if f"\n  {name}" not in done.out] == []
    assert empty.run().code == 2


def test_what_nobody_foresaw_is_one_line_and_a_log_for_its_owner(place: Place) -> None:
    line, path = told_about(place, faults.__name__)
    assert "ZeroDivisionError" in line
    assert "Traceback" in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o077 == 0
    path.unlink()


def told_about(place: Place, module: str) -> tuple[str, Path]:
    """A fault in a process of its own."""
    script = f"from {module} import told\ntry:\n    1 / 0\nexcept Exception as e:\n    told(e)\n"
    done = subprocess.run(
        [command()[0], "-c", script],
        env={**environment(), "TMPDIR": str(place.folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stderr.splitlines()
    return line, next(place.folder.glob("fediverse-coord-*.log"))


def test_a_reader_who_leaves_early_is_no_fault(place: Place) -> None:
    """`list | true`"""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command("list", "--json"),
        cwd=place.folder,
        env=environment(),
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_program_is_the_module_too(place: Place) -> None:
    cold = Place(place.folder)
    assert cold.run("--version").line.startswith("fediverse-coord ")
    assert cold.publish("We stand.").startswith(ORIGIN)
