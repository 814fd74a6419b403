"""Where the files of media lie: named by the hash of what is in them, whole or not there.

A `Shelf` is a folder, a `bucket` an object store; `Shelves` are several, while files are carried
from one to another. Several processes, and machines that share the place, may put and remove at
once: what is there already under a name is the same. A file that no row has is removed by `clear`,
once it has lain for a day, so that one which is being taken in is never in the way. Only names of
our own making are touched. Blocking, save `clear`.
"""

import asyncio
import contextlib
import hashlib
import heapq
import os
import re
import stat
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from fediverse_coord.storage import media
from fediverse_coord.storage.database import Database

PICTURE: Final = re.compile(r"[0-9a-f]{64}\.(jpg|png)\Z", re.ASCII)
FILE: Final = re.compile(r"[0-9a-f]{64}\.(jpg|png|mp3|pdf)\Z", re.ASCII)
UNFINISHED: Final = re.compile(r"\.[0-9a-f]{32,64}\.(jpg|png|mp3|pdf)\.\d+\Z", re.ASCII)
KEPT: Final = timedelta(days=1)
PORTION: Final = 1_000


def name_for(content: bytes, extension: str) -> str:
    """Under which name a file lies, and is served."""
    return f"{hashlib.sha256(content).hexdigest()}.{extension}"


def is_whole(name: str, content: bytes) -> bool:
    """Whether it is what its name says."""
    return name_for(content, name.rpartition(".")[2]) == name


class Store(Protocol):
    """What a shelf does, wherever its files lie. All raise OSError or MediaUnavailable."""

    def put(self, name: str, content: bytes) -> None:
        """The file, durably; one that is there already counts as new again."""

    def size(self, name: str) -> int | None:
        """Of the file, in bytes; nothing where there is none."""

    def read(self, name: str, start: int = 0, end: int | None = None) -> bytes | None:
        """The file or a part of it; nothing where there is none."""

    def remove(self, names: Iterable[str]) -> None:
        """Those of them that are there."""

    def old(self, before: datetime, after: str) -> list[str]:
        """The next files after that name, in order, that nobody has put since; a portion."""

    def remove_old(self, names: Iterable[str], before: datetime) -> int:
        """Those that still nobody has put since; how many."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder; it is made when the first file comes."""

    folder: Path

    def __str__(self) -> str:
        return str(self.folder)

    @property
    def places(self) -> tuple[Store, ...]:
        return (self,)

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

    def size(self, name: str) -> int | None:
        path = self.folder / name
        found = path.lstat() if os.path.lexists(path) else None
        return found.st_size if found is not None and stat.S_ISREG(found.st_mode) else None

    def read(self, name: str, start: int = 0, end: int | None = None) -> bytes | None:
        """Nothing as well where it only points somewhere else."""
        path = self.folder / name
        try:
            if path.is_symlink():
                return None
            with path.open("rb") as file:
                file.seek(start)
                return file.read() if end is None else file.read(end - start)
        except FileNotFoundError:
            return None

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
                if name > after and (FILE.match(name) or UNFINISHED.match(name)):
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


@dataclass(frozen=True, slots=True)
class Shelves:
    """Files are put on the first; what it lacks may still lie on the others."""

    places: tuple[Store, ...]

    def put(self, name: str, content: bytes) -> None:
        self.places[0].put(name, content)

    def size(self, name: str) -> int | None:
        found = (one.size(name) for one in self.places)
        return next((one for one in found if one is not None), None)

    def read(self, name: str, start: int = 0, end: int | None = None) -> bytes | None:
        found = (one.read(name, start, end) for one in self.places)
        return next((one for one in found if one is not None), None)

    def remove(self, names: Iterable[str]) -> None:
        wanted = list(names)
        for one in self.places:
            one.remove(wanted)

    def old(self, before: datetime, after: str) -> list[str]:
        return self.places[0].old(before, after)

    def remove_old(self, names: Iterable[str], before: datetime) -> int:
        return self.places[0].remove_old(names, before)


@dataclass(slots=True)
class Clearing:
    """Goes through a place, a portion at a time, and removes what no row has."""

    shelf: Store
    db: Database
    after: str = ""

    async def clear(self, now: datetime) -> int:
        """One portion; how many files went. After the last it begins anew."""
        before = now - KEPT
        found = await asyncio.to_thread(self.shelf.old, before, self.after)
        self.after = found[-1] if len(found) == PORTION else ""
        strays = [name for name in found if not await media.has_file(self.db, name)]
        return await asyncio.to_thread(self.shelf.remove_old, strays, before) if strays else 0
