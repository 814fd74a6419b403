"""How far a long command is: a bar on a terminal; nothing for pipes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Told(Protocol):
    """Hears how much is done, and of how much where that is known by now."""

    def __call__(self, done: int, whole: int | None = None, /) -> None: ...


@contextmanager
def progress(what: str, whole: int | None = None) -> Iterator[Told]:
    """Shows what it is told while it is open."""
    if not sys.stderr.isatty():
        yield _unshown
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=whole)

        def told(done: int, whole: int | None = None, /) -> None:
            bar.update(task, completed=done, total=whole)

        yield told


def _unshown(done: int, whole: int | None = None, /) -> None:
    """To nobody."""
