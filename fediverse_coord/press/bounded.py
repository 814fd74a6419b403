"""A process of its own for a stranger's file: bounded, and ended by its id when it is late.

security D6, A3. It gets the bytes on a pipe and gives bytes back; it has no environment, no
folder and, after it has given them up itself, no network and no files. What it gives is a line of
JSON and what that describes; it is believed only as far as it is looked at by the caller.
Blocking: call it in a thread.
"""

import contextlib
import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

from fediverse_coord.errors import ConfigError

LONGEST_HEAD: Final = 4_096
UNREADABLE: Final = "unreadable"
LATE: Final = "late"


class Fault(Exception):
    """What the process found wrong, in a word; or LATE, or UNREADABLE."""


def asked(
    program: Path, content: bytes, *bounds: int, seconds: float, most: int
) -> tuple[Any, bytes]:
    """What the program tells of the file, and the bytes it made of it, at most so many.

    `bounds` are told to the program. Raises Fault; ConfigError where the process cannot run here.
    """
    answer = _answer(_command(program, *bounds), content, seconds, most)
    head, _, rest = answer.partition(b"\n")
    try:
        told = json.loads(head[:LONGEST_HEAD])
        fault = told.get("fault")
    except (ValueError, AttributeError):
        raise Fault(UNREADABLE) from None
    if fault is not None:
        raise Fault(str(fault))
    return told, rest


def _command(program: Path, *bounds: int) -> tuple[str, ...]:
    return (sys.executable, "-I", "-B", str(program), *map(str, bounds))


def _answer(command: tuple[str, ...], content: bytes, seconds: float, most: int) -> bytes:
    """What the process says; it is gone afterwards, whatever it did."""
    with subprocess.Popen(  # noqa: S603 - our own file, nothing of a stranger's in its name
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={},
        start_new_session=True,
    ) as process:
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(seconds, end)
        clock.start()
        try:
            answer = _exchanged(process, content, most + LONGEST_HEAD)
        finally:
            clock.cancel()
    if late.is_set() or process.returncode == -signal.SIGXCPU:
        raise Fault(LATE)
    if not answer and process.returncode > 0:
        raise ConfigError(f"files cannot be worked on: look at what {' '.join(command)} says")
    return answer


def _exchanged(process: "subprocess.Popen[bytes]", content: bytes, most: int) -> bytes:
    """Gives with one hand while it takes with the other: a full pipe stops nobody."""
    stdin, stdout = process.stdin, process.stdout
    if stdin is None or stdout is None:
        return b""

    def give() -> None:
        with contextlib.suppress(OSError), stdin:  # it may end before it has read all
            stdin.write(content)

    giving = threading.Thread(target=give)
    giving.start()
    answer = stdout.read(most + 1)
    if len(answer) > most:
        process.kill()
    process.wait()  # until the clock ends it, if it does not end by itself
    giving.join()
    return answer if len(answer) <= most else b""


def number(value: object, most: int) -> int:
    """A number that was told, from 1 to `most`. Raises ValueError where it is none."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
        raise ValueError("not a size")
    return value
