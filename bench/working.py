"""`fediverse-coord work` as a process to be measured, and what the system says that it used."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Working:
    """The process and its children. `most_mib` is how large the largest was while watched."""

    pid: int
    most_mib: float = 0.0
    _ended: threading.Event = field(default_factory=threading.Event)

    def pids(self) -> list[int]:
        tasks = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [self.pid, *(int(one) for task in tasks for one in task.read_text().split())]

    def cpu_seconds(self) -> float:
        """Of all of them since they began."""
        total = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def resident_mib(self) -> float:
        """Of the largest one."""
        found = [Path(f"/proc/{pid}/status").read_text() for pid in self.pids()]
        return max(int(one.partition("VmRSS:")[2].split()[0]) / 1024 for one in found)

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Looks at the memory ten times a second while the block runs."""
        watcher = threading.Thread(target=self._watch)
        watcher.start()
        try:
            yield
        finally:
            self._ended.set()
            watcher.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            self.most_mib = max(self.most_mib, self.resident_mib())


@contextlib.contextmanager
def working(
    folder: Path, processes: int, *, ready: bool = True, **environment: str
) -> Iterator[Working]:
    """`work --processes N` in this folder, at rest where it should be; ended by its process id."""
    command = [sys.executable, "-m", "fediverse_coord", "--config", str(folder / "config.toml")]
    process = subprocess.Popen(
        [*command, "work", "--processes", str(processes)],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    found = Working(process.pid)
    try:
        if ready:
            _settled(found, processes)
        yield found
    finally:
        process.terminate()
        process.wait()


def _settled(found: Working, processes: int) -> None:
    """Until all are there and have nothing more to do."""
    wanted, before = (1 if processes == 1 else processes + 1), -1.0
    for _ in range(60):
        time.sleep(1)
        now = found.cpu_seconds()
        if len(found.pids()) >= wanted and now - before < 0.1:
            return
        before = now
    raise SystemExit("bench: the working processes did not come to rest")
