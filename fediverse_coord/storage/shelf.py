"""The folder of media: files named by the hash of what is in them, whole or not there.

Several processes, and machines that share the folder, may put and remove at once: what is there
already under a name is the same. A file that no picture has is removed by `clear`, once it has
lain for a day, so that one which is being taken in is never in the way. Only names of our own
making are touched. Blocking, save `clear`.
"""

import asyncio
import contextlib
import hashlib
import heapq
import os
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from fediverse_coord.storage import media
from fediverse_coord.storage.database import Database

PICTURE: Final = re.compile(r"[0-9a-f]{64}\.(jpg|png)\Z", re.ASCII)
UNFINISHED: Final = re.compile(r"\.[0-9a-f]{32,64}\.(jpg|png)\.\d+\Z", re.ASCII)
KEPT: Final = timedelta(days=1)
PORTION: Final = 1_000


def name_for(content: bytes, extension: str) -> str:
    """Under which name a file lies, and is served."""
    return f"{hashlib.sha256(content).hexdigest()}.{extension}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder; it is made when the first file comes."""

    folder: Path

    def put(self, name: str, content: bytes) -> None:
        """The file, durably; one that is there already counts as new again. Raises OSError."""
        path = self.folder / name
        with contextlib.suppress(FileNotFoundError):
            os.utime(path, follow_symlinks=False)
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.folder / f".{name}.{os.getpid()}{threading.get_ident()}"
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                (self.folder / name).unlink()

    def old(self, before: datetime, after: str) -> list[str]:
        """The next files after that name, in order, that nobody has put since; a portion."""
        return heapq.nsmallest(PORTION, self._old(before.timestamp(), after))

    def _old(self, before: float, after: str) -> Iterator[str]:
        if not self.folder.is_dir():
            return
        with os.scandir(self.folder) as entries:
            for entry in entries:
                name = entry.name
                if name > after and (PICTURE.match(name) or UNFINISHED.match(name)):
                    with contextlib.suppress(FileNotFoundError):
                        if entry.stat(follow_symlinks=False).st_mtime < before:
                            yield name

    def remove_old(self, names: Iterable[str], before: datetime) -> int:
        """Those that still nobody has put since; how many."""
        still = [name for name in names if self._is_old(name, before.timestamp())]
        self.remove(still)
        return len(still)

    def _is_old(self, name: str, before: float) -> bool:
        try:
            return (self.folder / name).lstat().st_mtime < before
        except FileNotFoundError:
            return False


@dataclass(slots=True)
class Clearing:
    """Goes through the folder, a portion at a time, and removes what no picture has."""

    shelf: Shelf
    db: Database
    after: str = ""

    async def clear(self, now: datetime) -> int:
        """One portion; how many files went. After the last it begins anew."""
        before = now - KEPT
        found = await asyncio.to_thread(self.shelf.old, before, self.after)
        self.after = found[-1] if len(found) == PORTION else ""
        strays = [name for name in found if not await media.has_file(self.db, name)]
        return await asyncio.to_thread(self.shelf.remove_old, strays, before) if strays else 0
