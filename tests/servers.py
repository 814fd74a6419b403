"""Real server processes on loopback, each in a folder of its own: the far end of most tests."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

READY_SECONDS = 60
COMMAND = (sys.executable, "-m", "fediverse_coord")

CONFIG = """
[server]
origin = "{origin}"
port = {port}
key_file = "instance.key"
actors = "actors"

[database]
url = "sqlite:///coord.db"

[media]
directory = "media"

[federation]
lab = true
allow_http = true
allow_networks = ["127.0.0.0/8"]
allow_ports = []
{more}
"""

ACTOR = """
username = "{name}"
name = "{title}"
summary = "A coordination made for a test."
languages = ["en", "de"]
contact = "press@{name}.example"
default_form = "{form}"
revision = 1

[texts.de]
name = "{title}"
summary = "Eine Koordination für eine Prüfung."

[policies]
hold = "{hold}"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class ServerProcess:
    """A folder with settings, and the process that serves it while it is running."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def actor_id(self, name: str) -> str:
        return f"{self.origin}/actors/{name}"

    def handle(self, name: str) -> str:
        return f"@{name}@127.0.0.1:{self.port}"

    def start(self, *arguments: str) -> None:
        """Starts `serve` and waits until it is ready."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "--config", str(self.config), "serve", *arguments],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=environment(),
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.origin}/readyz", timeout=1).status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(f"the server did not start:\n{self.log()}")

    def kill(self) -> None:
        """As a power cut would: nothing is finished."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    def log(self) -> str:
        path = self.folder / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def run(self, *arguments: str, text: str = "", ok: bool = True) -> str:
        """One command with this server's settings; its stdout."""
        done = self.try_to_run(*arguments, text=text)
        if ok:
            assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def try_to_run(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[bytes]:
        """The same, however it ends."""
        return subprocess.run(
            [*COMMAND, "--config", str(self.config), *arguments],
            input=text.encode(),
            capture_output=True,
            cwd=self.folder,
            env=environment(),
            timeout=60,
        )


def environment() -> dict[str, str]:
    """Without anybody's settings of their own."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("FEDIVERSE", "COORD_"))}


def write_folder(
    folder: Path, port: int, names: tuple[str, ...], *, hold: str = "all", more: str = ""
) -> None:
    from fediverse_coord.protocol.sealing import key_file_text

    (folder / "actors").mkdir(parents=True)
    origin = f"http://127.0.0.1:{port}"
    (folder / "config.toml").write_text(CONFIG.format(origin=origin, port=port, more=more))
    key_file = folder / "instance.key"
    key_file.write_text(key_file_text(os.urandom(32)))
    key_file.chmod(0o600)
    for name in names:
        form = "note" if name.endswith("note") else "article"
        text = ACTOR.format(name=name, title=name.title(), form=form, hold=hold)
        (folder / "actors" / f"{name}.toml").write_text(text)


@contextlib.contextmanager
def server(
    folder: Path, *names: str, hold: str = "all", more: str = "", start: bool = True
) -> Iterator[ServerProcess]:
    """A running server with these coordinations; ended by its process id."""
    made = ServerProcess(folder, free_port())
    write_folder(folder, made.port, names or ("pits",), hold=hold, more=more)
    try:
        if start:
            made.start()
        yield made
    finally:
        made.stop()
