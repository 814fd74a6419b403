"""Processes to be measured, and what the operating system says they used."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.world import write_folder


@dataclass(frozen=True, slots=True)
class Running:
    """A process of ours, by what it does."""

    pid: int
    role: str

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100


@dataclass(frozen=True, slots=True)
class Serving(Running):
    """A server; `started` is seconds from its start to its first answer."""

    port: int
    folder: Path
    started: float

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "coord.db"

    def memory_mib(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextlib.contextmanager
def serving(
    folder: Path,
    port: int = 18_000,
    words: Sequence[str] = (),
    *,
    prepared: bool = False,
    alone: bool = True,
) -> Iterator[Serving]:
    """`fediverse-coord serve` in this folder, ended by its process id; `alone` it also works.

    `words` go to it.
    """
    if not prepared:
        write_folder(folder, port)
    began = time.perf_counter()
    with _process(folder, "serve", *words, *([] if alone else ["--no-work"])) as process:
        _wait(f"http://127.0.0.1:{port}/readyz", process)
        yield Serving(process.pid, "serve", port, folder, time.perf_counter() - began)


@contextlib.contextmanager
def working(folder: Path, *, apart: bool = True) -> Iterator[list[Running]]:
    """`fediverse-coord work` in the same folder, where it is wanted `apart`."""
    if not apart:
        yield []
        return
    with _process(folder, "work") as process:
        yield [Running(process.pid, "work")]


@contextlib.contextmanager
def _process(folder: Path, *words: str) -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen(
        [sys.executable, "-m", "fediverse_coord", "--config", str(folder / "config.toml"), *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(2000):
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url).status_code == 200:
                return
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise SystemExit("the measured server did not start")
