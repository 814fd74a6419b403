"""`backup`, `restore`, `resume`, `doctor`, `verify`, `keys`: real processes on real files."""

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from peers import running_peer
from servers import ServerProcess, environment, free_port, write_folder

PASSPHRASE = "six ports, one strike"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def refusal(self) -> str:
        """The last line said why; nothing on stdout, no traceback."""
        assert (self.code, self.out) == (1, ""), self
        assert "Traceback" not in self.err
        last = self.err.splitlines()[-1]
        assert last.startswith("fediverse-coord: ")
        return last


def run(config: Path, *arguments: str | Path, passphrase: str | None = PASSPHRASE) -> Done:
    env = environment() | ({"COORD_PASSPHRASE": passphrase} if passphrase else {})
    done = subprocess.run(
        [sys.executable, "-m", "fediverse_coord", "--config", str(config), *map(str, arguments)],
        env=env | {"PYTHONPATH": os.getcwd()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server that has run and published once; copied for each test, as keys take their time."""
    folder = tmp_path_factory.mktemp("made") / "server"
    write_folder(folder, free_port(), ("pits",))
    text = folder.parent / "text.md"
    text.write_text("We demand five things.\n")
    arguments = ("publish", "--actor", "pits", "--lang", "en", "--form", "note", text)
    assert run(folder / "config.toml", *arguments).code == 0
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """The folder of a server that does not run."""
    shutil.copytree(made, tmp_path / "place")
    return tmp_path / "place"


@pytest.fixture
def running(place: Path) -> Iterator[ServerProcess]:
    port = int((place / "config.toml").read_text().partition("port = ")[2].split()[0])
    process = ServerProcess(place, port)
    process.start()
    yield process
    process.stop()


def rows(folder: Path, sql: str) -> list[Any]:
    connection = sqlite3.connect(folder / "coord.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


# Backup and restore


def test_a_backup_of_a_running_server_comes_back_held(
    running: ServerProcess, tmp_path: Path
) -> None:
    file = tmp_path / "coord.backup"
    done = run(running.config, "backup", file)
    assert (done.code, done.out) == (0, f"{file}\n"), done.err
    assert "pages" in done.err

    new = tmp_path / "new"
    done = run(new / "config.toml", "restore", file)
    assert (done.code, done.out) == (0, f"{new}\n"), done.err
    assert "resume" in done.err
    assert rows(new, "SELECT sending FROM instance") == [("held",)]
    for table in ("actors", "keys", "objects", "activities", "declarations"):
        everything = f"SELECT * FROM {table}"
        assert rows(new, everything) == rows(running.folder, everything) != []


async def test_a_restored_server_receives_but_sends_nothing_until_resume(
    place: Path, tmp_path: Path
) -> None:
    async with running_peer() as peer:
        ann = peer.person("ann")
        run(place / "config.toml", "backup", tmp_path / "coord.backup")
        new = tmp_path / "new"
        assert run(new / "config.toml", "restore", tmp_path / "coord.backup").code == 0
        port = int((new / "config.toml").read_text().partition("port = ")[2].split()[0])
        restored = ServerProcess(new, port)
        await asyncio.to_thread(restored.start)
        try:
            inbox = restored.actor_id("pits") + "/inbox"
            follow = ann.signed(inbox, ann.activity("Follow", restored.actor_id("pits")))
            async with httpx.AsyncClient() as client:
                answer = await client.post(inbox, content=follow.body, headers=follow.headers)
            assert answer.status_code == 202
            await until(lambda: rows(new, "SELECT state FROM deliveries") == [("waiting",)])
            held = await asyncio.to_thread(run, restored.config, "doctor")
            assert "held" in held.out
            assert peer.received == []
            assert rows(new, "SELECT attempts FROM deliveries") == [(0,)]

            asked = await asyncio.to_thread(run, restored.config, "resume")
            assert "old machine" in asked.refusal
            assert rows(new, "SELECT sending FROM instance") == [("held",)]
            resumed = await asyncio.to_thread(run, restored.config, "resume", "--yes")
            assert (resumed.code, resumed.err) == (0, "sending is on\n")
            await until(lambda: bool(peer.received))
            assert peer.received[0].document["type"] == "Accept"
        finally:
            restored.stop()


async def until(happened: Any) -> None:
    async with asyncio.timeout(15):
        while not happened():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.05)


def test_resuming_twice_changes_nothing_more(place: Path) -> None:
    done = run(place / "config.toml", "resume", "--yes")
    assert (done.code, done.err) == (0, "sending was on already\n")


def test_what_is_refused_is_one_line_and_writes_nothing(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "coord.backup"
    assert (
        "passphrase is needed"
        in run(place / "config.toml", "backup", file, passphrase=None).refusal
    )
    assert "12 characters" in run(place / "config.toml", "backup", file, passphrase="short").refusal
    assert not file.exists()
    assert run(place / "config.toml", "backup", file).code == 0
    assert "--force" in run(place / "config.toml", "backup", file).refusal

    new = tmp_path / "new"
    wrong = run(new / "config.toml", "restore", file, passphrase="another passphrase")
    assert "passphrase is wrong" in wrong.refusal
    assert len(wrong.err.splitlines()) == 1
    content = file.read_bytes()
    file.write_bytes(content[:-1])
    assert "cut off" in run(new / "config.toml", "restore", file).refusal
    file.write_bytes(content)
    assert not new.exists()
    assert "empty place" in run(place / "config.toml", "restore", file).refusal


def test_the_passphrase_can_stand_in_a_file(place: Path, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text(f"{PASSPHRASE}\n")
    file = tmp_path / "coord.backup"
    arguments = ("backup", file, "--passphrase-file", secret)
    assert run(place / "config.toml", *arguments, passphrase=None).code == 0
    assert run(tmp_path / "new" / "config.toml", "restore", file).code == 0
    secret.write_text("\n")
    assert "empty" in run(place / "config.toml", *arguments, passphrase=None).refusal


# Identity


def test_another_origin_stops_and_says_whose_the_database_is(place: Path) -> None:
    config = place / "config.toml"
    origin = config.read_text().partition('origin = "')[2].partition('"')[0]
    config.write_text(config.read_text().replace(origin, "http://127.0.0.1:9"))
    for command in (("serve",), ("work",), ("list",)):
        refusal = run(config, *command).refusal
        assert f"belongs to {origin}" in refusal
        assert "http://127.0.0.1:9" in refusal


def test_a_missing_file_of_a_coordination_stops_and_names_it(place: Path) -> None:
    (place / "actors" / "pits.toml").unlink()
    refusal = run(place / "config.toml", "serve").refusal
    assert "'pits' is missing" in refusal
    assert "actor retire pits" in refusal
    assert rows(place, "SELECT retired_at FROM actors WHERE name = 'pits'") == [(None,)]


def test_a_missing_database_is_not_begun_anew_with_other_keys(place: Path) -> None:
    kept = (place / "coord.db").read_bytes()
    for file in place.glob("coord.db*"):
        file.unlink()
    refusal = run(place / "config.toml", "serve").refusal
    assert "empty or missing" in refusal
    for file in place.glob("coord.db*"):
        file.unlink()
    (place / "coord.db").write_bytes(kept)
    assert run(place / "config.toml", "list").code == 0


def test_a_coordination_whose_file_is_lost_can_be_ended(place: Path) -> None:
    (place / "actors" / "pits.toml").unlink()
    assert run(place / "config.toml", "actor", "retire", "pits", "--yes").code == 0
    assert run(place / "config.toml", "list").code == 0


def test_another_key_file_stops(place: Path) -> None:
    other = place.parent / "other"
    write_folder(other, 9, ())
    shutil.copy(other / "instance.key", place / "instance.key")
    assert "key file" in run(place / "config.toml", "serve").refusal


def test_a_wrong_folder_stops(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fediverse_coord", "serve"],
        env=environment() | {"PYTHONPATH": os.getcwd()},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "config.toml" in done.stderr
    assert list(tmp_path.iterdir()) == []


def break_pages(folder: Path) -> None:
    """Random bytes in the place of every page, as a dying disk might leave them."""
    for file in (folder / "coord.db", folder / "coord.db-wal"):
        if file.exists():
            with file.open("r+b") as opened:
                opened.write(os.urandom(file.stat().st_size))


def test_an_unreadable_database_is_503_and_never_says_that_something_is_gone(
    running: ServerProcess,
) -> None:
    [object_id] = rows(running.folder, "SELECT object_id FROM objects")[0]
    uris = (
        running.actor_id("pits"),
        f"{running.origin}/actor",
        object_id,
        f"{object_id}/activity",
        f"{running.actor_id('pits')}/followers",
        f"{running.actor_id('pits')}/outbox",
        f"{running.origin}/.well-known/webfinger?resource=acct:pits@127.0.0.1:{running.port}",
        f"{running.origin}/.well-known/webfinger?resource=acct:nobody@127.0.0.1:{running.port}",
        f"{running.origin}/actors/nobody",
        f"{running.origin}/@pits",
    )
    break_pages(running.folder)
    accept = {"Accept": "application/activity+json"}
    answers = {uri: httpx.get(uri, headers=accept, follow_redirects=False) for uri in uris}
    assert {uri: answer.status_code for uri, answer in answers.items()} == dict.fromkeys(uris, 503)
    assert all("retry-after" in answer.headers for answer in answers.values())


# Doctor


def test_doctor_finds_a_running_server_well(running: ServerProcess) -> None:
    done = run(running.config, "doctor", "--json")
    checks = {one["name"]: one for one in json.loads(done.out)}
    assert {name for name, one in checks.items() if one["state"] != "ok"} <= {"disk"}, done.out
    assert done.code == 0
    assert {"origin", "proxy", "inbox door", "WebFinger pits", "actor pits", "clock"} <= set(checks)
    assert {"settings", "key file", "disk", "database", "queue", "keys", "sending"} <= set(checks)


def test_doctor_says_what_is_broken_what_follows_and_what_to_do(place: Path) -> None:
    (place / "instance.key").chmod(0o644)
    done = run(place / "config.toml", "doctor")
    assert done.code == 1
    assert "FAIL  key file" in done.out
    assert "do: chmod 600" in done.out
    assert "FAIL  origin" in done.out


def test_doctor_sees_a_damaged_database_and_does_not_fall_over(place: Path) -> None:
    break_pages(place)
    done = run(place / "config.toml", "doctor", "--json")
    failed = {one["name"] for one in json.loads(done.out) if one["state"] == "fail"}
    assert done.code == 1
    assert {"database", "start"} <= failed


def test_doctor_makes_no_server_where_there_is_none(tmp_path: Path) -> None:
    write_folder(tmp_path / "new", 9, ("pits",))
    done = run(tmp_path / "new" / "config.toml", "doctor", "--json")
    assert done.code == 0
    assert not (tmp_path / "new" / "coord.db").exists()
    states = {one["name"]: one["state"] for one in json.loads(done.out)}
    assert states["database"] == "warn"


# Proofs and keys


def test_verify_says_what_a_proof_shows_and_what_it_does_not(place: Path, tmp_path: Path) -> None:
    [(object_id, document)] = rows(place, "SELECT object_id, document FROM objects")
    file = tmp_path / "note.json"
    file.write_bytes(document)
    for source in (str(file), object_id):
        done = run(place / "config.toml", "verify", source)
        assert done.code == 0, done
        assert done.out.startswith("proved\n")
        assert "#ed25519-key" in done.out
        assert "not shown by it: who is behind" in done.out
    file.write_bytes(document.replace(b"five", b"nine"))
    done = run(place / "config.toml", "verify", file, "--json")
    assert done.code == 1
    assert json.loads(done.out)["proved"] is False


def test_verify_does_not_believe_another_author(place: Path, tmp_path: Path) -> None:
    [(document,)] = rows(place, "SELECT document FROM objects")
    forged = json.loads(document) | {"attributedTo": "https://far.example/ann"}
    file = tmp_path / "note.json"
    file.write_text(json.dumps(forged))
    done = run(place / "config.toml", "verify", file)
    assert (done.code, done.out.splitlines()[0]) == (1, "not proved")
    assert "not to its author" in done.out
    file.write_text('{"type": "Note"}')
    assert "carries no proof" in run(place / "config.toml", "verify", file).out


def test_keys_are_rotated_and_what_was_proved_stays_proved(place: Path, tmp_path: Path) -> None:
    config = place / "config.toml"
    done = run(config, "keys", "rotate", "--actor", "pits")
    assert done.code == 0, done.err
    assert [one.rpartition("#")[2] for one in done.out.split()] == ["main-key-2", "ed25519-key-2"]
    listed = json.loads(run(config, "keys", "list", "--json").out)
    assert [one["key"].rpartition("#")[2] for one in listed if one["retired"]] == [
        "main-key",
        "ed25519-key",
    ]
    [(object_id,)] = rows(place, "SELECT object_id FROM objects")
    assert run(config, "verify", object_id).code == 0
    states = {one["name"]: one for one in json.loads(run(config, "doctor", "--json").out)}
    assert states["keys"]["state"] == "ok"
