"""`migrate --to`: a server that runs on SQLite goes on, on a real PostgreSQL."""

import asyncio
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import every_row
import httpx
import postgres_server
import pytest
from peers import running_peer
from servers import ServerProcess, environment, free_port, write_folder

pytestmark = pytest.mark.skipif(
    postgres_server.programs() is None, reason="PostgreSQL's programs are not installed"
)
NUMBERS = count(1)
ACCEPT = {"Accept": "application/activity+json"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server that has run once, with a row in every table."""
    folder = tmp_path_factory.mktemp("made") / "server"
    write_folder(folder, free_port(), ("pits",))
    server = ServerProcess(folder, 0)
    server.run("publish", "--actor", "pits", "--form", "note", "-", text="We demand five things.")
    every_row.fill(folder / "coord.db")
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> ServerProcess:
    shutil.copytree(made, tmp_path / "place")
    port = int((made / "config.toml").read_text().partition("port = ")[2].split()[0])
    return ServerProcess(tmp_path / "place", port)


@pytest.fixture
def target(database_server: postgres_server.Server) -> Iterator[str]:
    """The URL of an empty database."""
    name = f"moved{next(NUMBERS)}"
    yield database_server.create(name)
    database_server.drop(name)


def run(place: ServerProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fediverse_coord", "--config", str(place.config), *arguments],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=False,
    )


def refused(place: ServerProcess, *arguments: str) -> str:
    """The one line that says why."""
    done = run(place, *arguments)
    assert (done.returncode, done.stdout) == (1, ""), done
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def asked(url: str, sql: str) -> list[Any]:
    async def ask() -> list[Any]:
        import asyncpg

        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    return list(postgres_server.asyncio_in_thread(ask()))


def tables_at(url: str) -> int:
    return int(asked(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")[0][0])


def rows_at(url: str, tables: Iterable[str]) -> dict[str, int]:
    return {name: asked(url, f"SELECT count(*) FROM {name}")[0][0] for name in tables}


def is_marked(place: ServerProcess) -> bool:
    connection = sqlite3.connect(place.folder / "coord.db")
    try:
        return connection.execute("SELECT moved_to FROM instance").fetchone()[0] is not None
    finally:
        connection.close()


def unmark(place: ServerProcess) -> None:
    """As it is where the process ended just before it marked the source."""
    connection = sqlite3.connect(place.folder / "coord.db")
    connection.execute("UPDATE instance SET moved_to = NULL")
    connection.commit()
    connection.close()


def served_from(place: ServerProcess, url: str) -> None:
    text = place.config.read_text().replace('url = "sqlite:///coord.db"', f'url = "{url}"')
    place.config.write_text(text)


def test_every_row_of_every_table_is_carried_over(place: ServerProcess, target: str) -> None:
    before = every_row.counts(place.folder / "coord.db")
    assert min(before.values()) > 0, before
    done = run(place, "migrate", "--to", target, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    del before["schema_migrations"]
    assert told["tables"] == before
    assert rows_at(target, before) == before
    assert asked(target, "SELECT moved_to FROM instance") == [(None,)]
    assert "config.toml" in done.stderr
    assert "1 counts of followers or texts are wrong" in done.stderr  # as `every_row` made them
    assert f'url = "{target}"' in done.stderr
    key = asked(target, "INSERT INTO changes (key, changed_at) VALUES ('x', 1) RETURNING id")
    assert key == [(max(asked(target, "SELECT max(id) FROM changes"))[0],)]


def test_the_old_file_is_served_no_more_unless_it_is_taken_back(
    place: ServerProcess, target: str
) -> None:
    assert run(place, "migrate", "--to", target).returncode == 0
    for command in (("serve",), ("work",), ("list",), ("publish", "--actor", "pits", "-")):
        assert "carried over to the PostgreSQL database moved" in refused(place, *command)
    assert "carried over already" in refused(place, "migrate", "--to", target)
    assert "turn the old machine off first" in refused(place, "resume")
    assert is_marked(place)
    assert "serves again" in run(place, "resume", "--yes").stderr
    assert run(place, "list").returncode == 0


@pytest.mark.parametrize("lines", [1, 8, 40, 70])
def test_a_move_that_was_killed_begins_anew(place: ServerProcess, target: str, lines: int) -> None:
    command = [sys.executable, "-m", "fediverse_coord", "--config", str(place.config)]
    process = subprocess.Popen(
        [*command, "migrate", "--to", target], stderr=subprocess.PIPE, env=environment()
    )
    assert process.stderr is not None
    for _ in range(lines):
        process.stderr.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    rows = every_row.counts(place.folder / "coord.db")
    del rows["schema_migrations"]
    if tables_at(target):  # it came further than we read: then there is everything, not half
        assert rows_at(target, rows) == rows
    if not is_marked(place):
        again = run(place, "migrate", "--to", target)
        assert again.returncode == 0, again.stderr
    assert is_marked(place)
    assert rows_at(target, rows) == rows


def test_a_copy_that_is_whole_is_finished_and_another_is_refused(
    place: ServerProcess, target: str
) -> None:
    assert run(place, "migrate", "--to", target).returncode == 0
    unmark(place)
    again = run(place, "migrate", "--to", target)
    assert again.returncode == 0, again.stderr
    assert "holds a copy already" in again.stderr
    assert is_marked(place)

    unmark(place)
    asked(target, "UPDATE objects SET likes = likes + 1")
    assert "holds another state of http://" in refused(place, "migrate", "--to", target)
    assert not is_marked(place)


def test_what_cannot_be_done_is_said_and_changes_nothing(place: ServerProcess, target: str) -> None:
    assert "postgresql://" in refused(place, "migrate", "--to", "mysql://x/y")
    missing = target.replace("/moved", "/no_such_moved")
    assert "--to cannot be used, nothing was changed" in refused(place, "migrate", "--to", missing)
    nobody = "postgresql://coord:secret@127.0.0.1:9/coord"
    reason = refused(place, "migrate", "--to", nobody)
    assert "--to cannot be used" in reason
    assert "secret" not in reason
    asked(target, "CREATE TABLE theirs (id BIGINT)")
    assert "is not empty" in refused(place, "migrate", "--to", target)
    asked(target, "DROP TABLE theirs")
    key_file = place.folder / "instance.key"
    key = key_file.read_text()
    key_file.write_text(key.swapcase())
    assert "key file does not open" in refused(place, "migrate", "--to", target)
    key_file.write_text(key)
    assert (tables_at(target), is_marked(place)) == (0, False)


def test_a_server_that_runs_is_not_carried_over(place: ServerProcess, target: str) -> None:
    connection = sqlite3.connect(place.folder / "coord.db")  # as `serve` has it open
    connection.execute("SELECT * FROM instance").fetchall()
    try:
        assert "is in use: stop `serve`" in refused(place, "migrate", "--to", target)
    finally:
        connection.close()
    assert (tables_at(target), is_marked(place)) == (0, False)


async def test_followers_and_deliveries_go_on_under_the_same_identity(
    tmp_path: Path, target: str
) -> None:
    server = ServerProcess(tmp_path / "server", free_port())
    write_folder(server.folder, server.port, ("pits",))
    async with running_peer() as peer, httpx.AsyncClient() as client:
        ann, actor = peer.person("ann"), server.actor_id("pits")
        await asyncio.to_thread(server.start)
        try:
            inbox = f"{actor}/inbox"
            follow = ann.signed(inbox, ann.activity("Follow", actor))
            answer = await client.post(inbox, content=follow.body, headers=follow.headers)
            assert answer.status_code == 202
            await peer.wait_for(1)
            before = (await client.get(actor, headers=ACCEPT)).content
            running = await asyncio.to_thread(run, server, "migrate", "--to", target)
            assert "is in use" in running.stderr
            await asyncio.to_thread(server.stop)
            done = await asyncio.to_thread(run, server, "migrate", "--to", target)
            assert done.returncode == 0, done.stderr

            served_from(server, target)
            await asyncio.to_thread(server.start)
            assert (await client.get(actor, headers=ACCEPT)).content == before
            followers = (await client.get(f"{actor}/followers", headers=ACCEPT)).json()
            assert followers["totalItems"] == 1
            text = "The shafts stand still."
            await asyncio.to_thread(server.run, "publish", "--actor", "pits", "-", text=text)
            received = await peer.wait_for(2)
            assert received[-1].document["type"] == "Create"
        finally:
            await asyncio.to_thread(server.stop)
