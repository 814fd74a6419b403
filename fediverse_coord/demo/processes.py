"""Our servers, as anybody runs them: a folder with settings, and a process that serves it.

Coordinations come from the folder of actors where there is one, else from `samples`. What the
operator does once (a token, the first follow) is done at the desk before or beside the process.
"""

import asyncio
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from fediverse_coord.app import opened, write_key_file
from fediverse_coord.config import Config, load, load_coordinations
from fediverse_coord.demo import samples
from fediverse_coord.demo.asking import Api, ask
from fediverse_coord.desk import follows, tokens
from fediverse_coord.desk.people import OPERATOR, Role
from fediverse_coord.errors import ConfigError

READY_SECONDS = 60
ENDING_SECONDS = 10


@dataclass(slots=True)
class OurServer:
    """A server of ours: its settings, the names of its coordinations, its process."""

    folder: Path
    config: Config
    names: tuple[str, ...]
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def origin(self) -> str:
        return self.config.server.origin

    @property
    def name(self) -> str:
        """The coordination that acts in the demonstration."""
        return self.names[0]

    @property
    def actor_id(self) -> str:
        return self.config.uris.actor(self.name)

    @property
    def handle(self) -> str:
        return self.config.uris.handle(self.name)

    async def token(self) -> Api:
        """Makes a token, as `token create` does; the API with it in hand."""
        async with opened(self.config) as services:
            made = await tokens.create(services.desk, OPERATOR, "The demonstration", Role.ADMIN)
        return Api(self.origin, made)

    async def start(self) -> None:
        """Starts `serve` and waits until it is ready. Raises ConfigError where it ends instead."""
        process = self._started()
        deadline = time.monotonic() + READY_SECONDS
        while (await ask("GET", f"{self.origin}/readyz")).status != 200:
            if process.poll() is not None or time.monotonic() > deadline:
                raise ConfigError(f"a server did not start: {self._last_words()}")
            await asyncio.sleep(0.05)

    def _started(self) -> "subprocess.Popen[bytes]":
        settings = str(self.folder / "config.toml")
        command = [sys.executable, "-m", "fediverse_coord", "--config", settings, "serve"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                command, stdout=log, stderr=log, cwd=self.folder
            )
        return self.process

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[-1] if lines else "it said nothing"

    def stop(self) -> None:
        """Ends the process, by its own number."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    async def follow(self, handle: str) -> None:
        """Its coordination asks to follow somebody, as `follow` does."""
        async with opened(self.config) as services:
            await follows.follow(services.desk, OPERATOR, self.name, handle)


def founded(folder: Path, actors: Path | None, sample: str) -> OurServer:
    """A new server in this folder, not started yet: the actors of a folder, or the sample."""
    (folder / "actors").mkdir(parents=True)
    if actors is None:
        (folder / "actors" / "sample.toml").write_text(sample, encoding="utf-8")
    else:
        shutil.copytree(actors, folder / "actors", dirs_exist_ok=True)
    port = free_port()
    text = samples.CONFIG.format(origin=f"http://127.0.0.1:{port}", port=port)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    write_key_file(folder / "instance.key")
    config = load(folder / "config.toml")
    return OurServer(folder, config, tuple(one.username for one in load_coordinations(config)))


def shipped_actors() -> Path | None:
    """The folder of example coordinations, where the command was started beside it."""
    folder = Path("actors")
    return folder if any(folder.glob("*.toml")) else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
