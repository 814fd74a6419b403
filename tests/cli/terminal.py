"""A person at a terminal: a command on a pseudo-terminal of its own, read and answered."""

import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from running_command import Done, command, environment

PATIENCE_SECONDS = 15


@dataclass(slots=True)
class Terminal:
    """What is shown so far stands in `shown`; the result goes to a pipe."""

    process: subprocess.Popen[bytes]
    screen: int
    shown: str = ""
    _read_to: int = 0

    def see(self, words: str) -> None:
        """Waits until these words were shown after what was seen before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while words not in self.shown[self._read_to :]:
            assert time.monotonic() < deadline, f"{words!r} was not shown: {self.shown}"
            assert self._more(), f"{words!r} was not shown: {self.shown}"
        self._read_to = self.shown.index(words, self._read_to) + len(words)

    def answer(self, words: str) -> None:
        os.write(self.screen, words.encode() + b"\n")

    def ask(self, question: str, answer: str) -> None:
        self.see(question)
        self.answer(answer)

    def interrupt(self) -> None:
        """Ctrl-C, and again where it came between the question and the listening for an answer."""
        for _ in range(2 * PATIENCE_SECONDS):
            os.write(self.screen, b"\x03")
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.5)
                return

    def end(self) -> Done:
        while self._more():
            pass
        out, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        return Done(self.process.returncode, out.decode(), self.shown)

    def _more(self) -> bool:
        """Whether there was more; at the end of the process there is no more."""
        ready, _, _ = select.select([self.screen], [], [], PATIENCE_SECONDS)
        try:
            found = os.read(self.screen, 65_536) if ready else b""
        except OSError:  # the other side is closed
            found = b""
        self.shown += found.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(found)


@contextmanager
def terminal(folder: Path, *arguments: str) -> Iterator[Terminal]:
    screen, other = pty.openpty()
    process = subprocess.Popen(
        command(*arguments),
        cwd=folder,
        env={**environment(), "TERM": "dumb"},
        stdin=other,
        stdout=subprocess.PIPE,
        stderr=other,
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    os.close(other)
    try:
        yield Terminal(process, screen)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        os.close(screen)


def _own_terminal() -> None:
    """So that Ctrl-C at it reaches the command."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
