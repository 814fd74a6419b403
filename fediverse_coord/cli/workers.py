"""Several processes that answer on one socket: begun, told to end, and ended together.

The first of them runs the roads, unless `work` does. Whoever is idle takes the next connection.
When one ends unasked all end, and say so: whoever started us starts us again. None outlives the
process that began it: each holds the end of a pipe that closes with it.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fediverse_coord.errors import ConfigError

if TYPE_CHECKING:
    from fediverse_coord.config import Config

BEGIN_SECONDS = 60


def answer(config: "Config", shared: tuple[int, int, int], *, with_roads: bool) -> None:
    """One of several: answers on the socket given, and says through the pipe that it listens."""
    from fediverse_coord import serving

    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    said = shared[1]
    threading.Thread(target=_end_with, args=(shared[2],), daemon=True).start()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: None)  # uvicorn raises it once more when it has ended
    serving.serve(
        config,
        with_roads=with_roads,
        listens=serving.shared_socket(shared[0]),
        told=lambda: _say_listening(said),
    )


def _end_with(pipe: int) -> None:
    """Ends this process once nobody holds the other end: whoever began it is gone."""
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _say_listening(pipe: int) -> None:
    os.write(pipe, b".")
    os.close(pipe)


@dataclass(slots=True)
class Workers:
    """So many of ourselves, with one socket. `run` goes on until it is cancelled."""

    config: "Config"
    file: Path | None
    count: int
    with_roads: bool
    _children: list[asyncio.subprocess.Process] = field(default_factory=list)
    _alive: tuple[int, int] = (-1, -1)  # a pipe: what the children hold ends with us

    async def run(self) -> None:
        """Raises ConfigError where it cannot listen, or when one of them ends."""
        from fediverse_coord import serving
        from fediverse_coord.cli.telling import say

        with serving.listening(self.config) as listens:
            self._alive = os.pipe()
            try:
                ends = [await self._began(listens.fileno(), number) for number in range(self.count)]
                say(f"serving {self.config.server.origin}; stop with Ctrl-C")
                serving.say_ready()
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                raise ConfigError("one of the serving processes ended; its last line says why")
            finally:  # also where we are told to end while they begin
                await self._end()
                for one in self._alive:
                    os.close(one)

    async def _began(self, listens: int, number: int) -> "asyncio.Task[int]":
        """Begins one and waits until it listens. Raises ConfigError where it does not."""
        hears, says = os.pipe()
        roads = [] if self.with_roads and number == 0 else ["--no-work"]
        settings = ["--config", str(self.file)] if self.file else []
        alive = self._alive[0]
        shared = ["--shared", str(listens), str(says), str(alive)]
        try:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "fediverse_coord", *settings, "serve", *roads, *shared),
                pass_fds=(listens, says, alive),
            )
        finally:
            os.close(says)
        self._children.append(child)
        await _heard(hears)
        return asyncio.ensure_future(child.wait())

    async def _end(self) -> None:
        for child in self._children:
            if child.returncode is None:
                child.terminate()
        await asyncio.gather(*(child.wait() for child in self._children))


async def _heard(pipe: int) -> None:
    with os.fdopen(pipe, "rb", buffering=0) as file:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), file
        )
        try:
            async with asyncio.timeout(BEGIN_SECONDS):
                said = await reader.read(1)
        except TimeoutError:
            said = b""
        finally:
            transport.close()
    if not said:
        raise ConfigError("one of the serving processes did not start; its last line says why")
