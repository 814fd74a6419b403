"""`serve` and `work` as processes: they say what to do next, and end when they are told to."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from running_command import Place, command, environment
from servers import free_port

from fediverse_coord.storage.migrate import MIGRATIONS, migrations_in


@contextmanager
def running(place: Place, *words: str, **more: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        command(*words),
        cwd=place.folder,
        env=environment() | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def told(process: "subprocess.Popen[str]", word: str) -> list[str]:
    """What it says on stderr until a line with the word."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if word in line:
            return lines
    raise AssertionError(lines)


def test_serve_says_what_to_do_next_and_ends_in_peace(place: Place) -> None:
    with running(place, "serve", "--port", "0") as server:
        said = "".join(told(server, "http://localhost:8765/@dockers"))
        assert "listening on http://127.0.0.1:" in said
        assert "token create" in said
        assert "publish --actor dockers" in said
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=30)
    assert (server.returncode, out, err) == (0, "", "")


def test_serve_tells_the_manager_of_services_once_it_listens(place: Place, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(30)
        port = free_port()
        words = ("serve", "--port", str(port))
        with running(place, *words, NOTIFY_SOCKET=str(tmp_path / "notify")):
            assert manager.recv(100) == b"READY=1"
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez") as answer:
                assert answer.status == 200


def test_a_port_that_is_taken_is_one_line(place: Place) -> None:
    with running(place, "serve", "--port", "0") as server:
        (line, *_) = told(server, "listening on")
        port = line.partition("127.0.0.1:")[2].partition(";")[0]
        refusal = place.run("serve", "--port", port).refusal
    assert "did not start" in refusal
    assert port in refusal


def children_of(process: "subprocess.Popen[str]") -> list[int]:
    tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(one) for task in tasks for one in task.read_text().split()]


@contextmanager
def three_serving(place: Place, tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """All of them listening, on this port."""
    port = free_port()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        words = ("serve", "--workers", "3", "--port", str(port))
        with running(place, *words, NOTIFY_SOCKET=str(tmp_path / "notify")) as server:
            assert manager.recv(100) == b"READY=1"
            yield server, port


def test_several_processes_answer_on_one_port_and_end_together(
    place: Place, tmp_path: Path
) -> None:
    with three_serving(place, tmp_path) as (server, port):
        children = children_of(server)
        assert len(children) == 3
        for _ in range(12):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
                assert answer.status == 200
        commands = [Path(f"/proc/{one}/cmdline").read_bytes() for one in children]
        assert sum(b"--no-work" not in one for one in commands) == 1  # who runs the roads
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=60)
    assert server.returncode == 0
    assert "Traceback" not in err


def test_when_one_serving_process_ends_all_end_and_say_so(place: Place, tmp_path: Path) -> None:
    with three_serving(place, tmp_path) as (server, _):
        os.kill(children_of(server)[1], signal.SIGKILL)
        _, err = server.communicate(timeout=60)
    assert server.returncode == 1
    assert "one of the serving processes ended" in err
    assert "Traceback" not in err


def test_none_outlives_the_process_that_began_it(place: Place, tmp_path: Path) -> None:
    with three_serving(place, tmp_path) as (server, port):
        children = children_of(server)
        server.kill()
        server.wait(timeout=60)
        deadline = time.monotonic() + 60
        while any(Path(f"/proc/{one}").exists() for one in children):
            assert time.monotonic() < deadline, "they live on"
            time.sleep(0.05)
        with socket.socket() as free:
            free.bind(("127.0.0.1", port))


def test_several_processes_say_in_a_line_that_a_port_is_taken(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refusal = place.run("serve", "--workers", "2", "--port", str(port)).refusal
    assert str(port) in refusal


@pytest.mark.parametrize("words", [[], ["--processes", "2"]])
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_work_ends_when_it_is_told_to(
    place: Place, words: list[str], ending: signal.Signals
) -> None:
    with running(place, "work", *words) as worker:
        told(worker, "working for")
        worker.send_signal(ending)
        worker.communicate(timeout=30)
    assert worker.returncode == 0


def test_migrate_says_when_there_is_nothing_to_do(place: Place) -> None:
    done = place.run("migrate")
    assert (done.code, done.out) == (0, "")
    assert "up to date" in done.err
    (place.folder / "data/coord.db").unlink()
    for name in ("coord.db-wal", "coord.db-shm"):
        (place.folder / "data" / name).unlink(missing_ok=True)
    known = [one.name for one in migrations_in(MIGRATIONS)]
    assert place.run("migrate").out.split() == known
