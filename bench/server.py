"""A server process to be measured, and what the operating system says it used."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.world import write_folder


@dataclass(frozen=True, slots=True)
class Serving:
    """The process; `started` is seconds from its start to its first answer."""

    pid: int
    port: int
    folder: Path
    started: float

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def memory_mib(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100


@contextlib.contextmanager
def serving(folder: Path, port: int = 18_000, *, prepared: bool = False) -> Iterator[Serving]:
    """`fediverse-coord serve` in this folder, ended by its process id."""
    if not prepared:
        write_folder(folder, port)
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "fediverse_coord", "--config", str(folder / "config.toml"), "serve"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/readyz", process)
        yield Serving(process.pid, port, folder, time.perf_counter() - began)
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
