"""A key file under a passphrase: real processes that have it, have another one, or have none."""

import contextlib
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from servers import ServerProcess, environment, free_port, write_folder

WORDS = "six ports, one strike"
OTHER = "one port, six strikes"


@dataclass
class Place:
    """A server's folder, and everything that any command has said there."""

    folder: Path
    said: list[str] = field(default_factory=list)

    @property
    def key_file(self) -> Path:
        return self.folder / "instance.key"

    def run(self, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "fediverse_coord", *map(str, arguments)],
            env=environment() | {"FEDIVERSE_COORD_CONFIG": str(self.folder / "config.toml")} | env,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.said += [done.stdout, done.stderr]
        return done

    def refused(self, *arguments: str | Path, **env: str) -> str:
        done = self.run(*arguments, **env)
        assert (done.returncode, done.stdout) == (1, ""), done
        assert "Traceback" not in done.stderr
        return done.stderr.splitlines()[-1]

    def file(self, name: str, words: str) -> Path:
        path = self.folder / name
        path.write_text(f"{words}\n")
        return path

    def protect(self, words: str = WORDS, **env: str) -> None:
        file = self.file("new", words)
        done = self.run("keys", "passphrase", "--new-passphrase-file", file, **env)
        assert done.returncode == 0, done.stderr
        file.unlink()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "server"
    write_folder(folder, free_port(), ("pits",))
    assert Place(folder).run("list").returncode == 0
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Place:
    shutil.copytree(made, tmp_path / "place")
    return Place(tmp_path / "place")


def test_without_it_and_with_another_one_nothing_opens_and_no_word_is_told(place: Place) -> None:
    before = place.key_file.read_text()
    place.protect()
    assert stat.S_IMODE(place.key_file.stat().st_mode) == 0o600
    assert before.strip() not in place.key_file.read_text()
    for command in (("list",), ("serve",), ("work",), ("keys", "list")):
        assert "protected with a passphrase" in place.refused(*command)
        wrong = place.refused(*command, FEDIVERSE_COORD_PASSPHRASE=OTHER)
        assert "does not open the key file" in wrong
    assert place.run("list", FEDIVERSE_COORD_PASSPHRASE=WORDS).returncode == 0
    assert "protected with a passphrase" in place.run("doctor").stdout
    told = "".join(place.said)
    assert WORDS not in told
    assert OTHER not in told


def test_it_can_come_from_a_setting_and_from_the_service_manager(place: Place) -> None:
    place.protect()
    credentials = place.folder / "credentials"
    credentials.mkdir()
    (credentials / "passphrase").write_text(f"{WORDS}\n")
    assert place.run("list", CREDENTIALS_DIRECTORY=str(credentials)).returncode == 0

    config = place.folder / "config.toml"
    named = place.file("words", WORDS)
    config.write_text(config.read_text().replace("[server]", '[server]\npassphrase_file = "words"'))
    assert place.run("list").returncode == 0
    assert "does not open" in place.refused("list", FEDIVERSE_COORD_PASSPHRASE=OTHER)
    named.write_text("")
    assert f"{named} is empty" in place.refused("list")
    named.unlink()
    assert f"{named} cannot be read" in place.refused("list")


def test_it_can_be_changed_and_removed_by_whoever_has_it(place: Place) -> None:
    key = place.key_file.read_text()
    short = place.file("short", "too short")
    assert "at least 12 characters" in place.refused(
        "keys", "passphrase", "--new-passphrase-file", short
    )
    assert "a passphrase is needed" in place.refused("keys", "passphrase")
    assert place.key_file.read_text() == key

    place.protect()
    assert "protected" in place.refused("keys", "passphrase", "--remove")
    place.protect(OTHER, FEDIVERSE_COORD_PASSPHRASE=WORDS)
    assert "does not open" in place.refused("list", FEDIVERSE_COORD_PASSPHRASE=WORDS)
    done = place.run("keys", "passphrase", "--remove", FEDIVERSE_COORD_PASSPHRASE=OTHER)
    assert done.returncode == 0, done.stderr
    assert place.key_file.read_text() == key
    assert sorted(place.folder.glob(".instance*")) == []
    assert place.run("list").returncode == 0


def test_a_backup_comes_back_with_both_passphrases(place: Place, tmp_path: Path) -> None:
    place.protect()
    file, backup = tmp_path / "coord.backup", {"COORD_PASSPHRASE": "three ships, no cargo"}
    assert "protected with a passphrase" in place.refused("backup", file, **backup)
    assert not file.exists()
    words = {"FEDIVERSE_COORD_PASSPHRASE": WORDS}
    assert place.run("backup", file, **backup, **words).returncode == 0

    new = Place(tmp_path / "new")
    place.run("restore", file, **backup, FEDIVERSE_COORD_CONFIG=str(new.folder / "config.toml"))
    assert not (new.folder / "instance.key").exists()
    restore = ("--config", str(new.folder / "config.toml"), "restore", str(file))
    assert "does not open" in place.refused(*restore, **backup, FEDIVERSE_COORD_PASSPHRASE=OTHER)
    assert place.run(*restore, **backup, **words).returncode == 0
    assert new.run("list", **words).returncode == 0
    assert "protected" in new.refused("list")


def test_a_server_serves_with_it_and_its_log_does_not_know_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.protect()
    port = int((place.folder / "config.toml").read_text().partition("port = ")[2].split()[0])
    server = ServerProcess(place.folder, port)
    credentials = place.folder / "credentials"
    credentials.mkdir()
    (credentials / "passphrase").write_text(WORDS)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    with contextlib.ExitStack() as ends:
        ends.callback(server.stop)
        server.start()
        assert httpx.get(f"{server.origin}/readyz").status_code == 200
    assert WORDS not in server.log()
    assert os.environ["CREDENTIALS_DIRECTORY"] not in server.log()
