"""Runs command after command, each in a fork of itself: importing the program costs once.

One request a line on stdin, `{"folder", "arguments", "files": [in, out, err]}`; the exit code a
line on stdout. Each command is a process with its own folder, streams and end.
"""

import importlib
import json
import os
import signal
import sys
from typing import Any, NoReturn

from fediverse_coord.cli import COMMANDS, main

LONGEST_SECONDS = 120


def imported() -> None:
    for place in ("fediverse_coord.app", *COMMANDS.values()):
        importlib.import_module(place.partition(":")[0])


def run(request: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        become(request)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def become(request: dict[str, Any]) -> NoReturn:
    """The command itself."""
    code = 70
    try:
        signal.alarm(LONGEST_SECONDS)
        os.chdir(request["folder"])
        for number, name in enumerate(request["files"]):
            os.dup2(os.open(name, os.O_RDWR), number)
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
        sys.argv = ["fediverse-coord", *request["arguments"]]
        main()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 70
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    imported()
    for line in sys.stdin:
        print(run(json.loads(line)), flush=True)
