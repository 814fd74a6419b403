"""How this program was called, so that what it proposes can be copied."""

import os
import shlex
import sys
from pathlib import Path


def itself(config: Path | None = None) -> str:
    """`fediverse-coord`, the way to it where it is not on the PATH, and `--config FILE`."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        words = [_short(sys.executable), "-m", "fediverse_coord"]
    else:
        words = [_short(str(called))]
    if config is not None:
        words += ["--config", str(config)]
    return shlex.join(words)


def _short(program: str) -> str:
    """Its name alone where a shell finds it by that; else the shorter way to it."""
    name = os.path.basename(program)
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder and os.path.abspath(program) == os.path.join(folder, name):
            return name
    return min(program, os.path.relpath(program), key=len)
