"""The real command, in a process and a folder of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
ORIGIN = "http://localhost:8765"


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def line(self) -> str:
        """The one line of the result."""
        assert self.code == 0, self.err
        (line,) = self.out.splitlines()
        return line

    @property
    def refusal(self) -> str:
        """The one line of the error: exit 1, nothing on stdout, no traceback."""
        assert (self.code, self.out) == (1, ""), self
        (line,) = self.err.splitlines()
        assert line.startswith("fediverse-coord: ")
        assert "Traceback" not in line
        return line

    @property
    def misuse(self) -> str:
        """The one line about wrong usage: exit 2."""
        assert (self.code, self.out) == (2, ""), self
        (line,) = self.err.splitlines()
        assert "--help` shows how" in line
        return line


def environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if "FEDIVERSE" not in name}
    return {**own, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "fediverse_coord", *map(str, arguments)]


class Warm:
    """A process that has imported the program already; see `warm_process`."""

    def __init__(self, folder: Path) -> None:
        self.files = [folder / name for name in ("in", "out", "err")]
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("warm_process.py"))],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, folder: Path, arguments: list[str], stdin: str) -> Done:
        for file, text in zip(self.files, (stdin, "", ""), strict=True):
            file.write_text(text, encoding="utf-8")
        request = {
            "folder": str(folder),
            "arguments": arguments,
            "files": [str(one) for one in self.files],
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        _, out, err = (one.read_text(encoding="utf-8") for one in self.files)
        return Done(code, out, err)

    def end(self) -> None:
        self.process.communicate()


@dataclass(frozen=True, slots=True)
class Place:
    """A folder in which commands are run, from the very beginning or in a warm process."""

    folder: Path
    warm: Warm | None = None

    def run(self, *arguments: str | Path, stdin: str = "") -> Done:
        if self.warm is not None:
            return self.warm.run(self.folder, [str(one) for one in arguments], stdin)
        done = subprocess.run(
            command(*arguments),
            cwd=self.folder,
            env=environment(),
            input=stdin.encode(),
            capture_output=True,
            check=False,
            timeout=120,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def publish(self, text: str, *arguments: str) -> str:
        """The id of what was published from stdin."""
        return self.run("publish", *arguments, "-", stdin=text).line

    def shown(self, named: str) -> Any:
        return self.run("show", named, "--json").json


def begun(place: Place, origin: str = ORIGIN) -> Done:
    return place.run(
        "init", ".", "--origin", origin, "--username", "dockers", "--name", "The Dockers",
        "--lang", "en", "--contact", "press@dockers.example",
    )  # fmt: skip
