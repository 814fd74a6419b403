"""How many files are worked on at once: one of a kind in a process, and few may wait for it.

Each costs a core for a second or more and some hundred megabytes (`press/darkroom`, `recordings`,
`leaflets`), whoever sends them. Whoever comes when all places are taken is asked to come back,
before the file is read.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from fediverse_coord.config import Media
from fediverse_coord.errors import Refusal
from fediverse_coord.press.darkroom import Print, developed
from fediverse_coord.press.kinds import kind_of
from fediverse_coord.press.leaflets import MEDIA_TYPE as PDF
from fediverse_coord.press.leaflets import reprinted
from fediverse_coord.press.recordings import MEDIA_TYPE as MP3
from fediverse_coord.press.recordings import recorded
from fediverse_coord.publishing.illustrations import Enclosed, File, Kind
from fediverse_coord.storage.shelf import name_for

PLACES: Final = 4
TOO_LARGE: Final = {
    Kind.PICTURE: "a picture may have {} MB: make it smaller",
    Kind.RECORDING: "a recording may have {} MB: make it shorter, or send it as an MP3",
    Kind.DOCUMENT: "a document may have {} MB: send its parts",
}
ENDINGS: Final = {MP3: "mp3", PDF: "pdf"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of each kind is taken: bytes, minutes of sound, pages of a document."""

    picture_bytes: int = 15_000_000
    recording_bytes: int = 60_000_000
    document_bytes: int = 30_000_000
    minutes: int = 30
    pages: int = 100

    @classmethod
    def of(cls, media: Media) -> "Bounds":
        return cls(
            media.largest_bytes,
            media.recording_bytes,
            media.document_bytes,
            media.recording_minutes,
            media.document_pages,
        )

    def bytes_of(self, kind: Kind) -> int:
        return {
            Kind.PICTURE: self.picture_bytes,
            Kind.RECORDING: self.recording_bytes,
            Kind.DOCUMENT: self.document_bytes,
        }[kind]

    def most_for(self, content: bytes) -> int:
        """How many bytes a file that begins like this may have. Raises Refusal."""
        return self.bytes_of(kind_of(content))


@dataclass(frozen=True, slots=True)
class Developed:
    """The pictures of a file in every size, and what is heard or read, where it is more."""

    prints: tuple[Print, ...]
    content: bytes = field(default=b"", repr=False)
    media_type: str = ""
    seconds: int = 0
    pages: int = 0

    @property
    def files(self) -> dict[str, File]:
        """The pictures by their size."""
        return {
            one.size: File(
                name_for(one.content, one.extension), one.media_type, one.width, one.height
            )
            for one in self.prints
        }

    @property
    def enclosed(self) -> Enclosed | None:
        if not self.content:
            return None
        name = name_for(self.content, ENDINGS[self.media_type])
        return Enclosed(name, self.media_type, len(self.content), self.seconds, self.pages)

    @property
    def contents(self) -> dict[str, bytes]:
        """Everything that is to lie on the shelf, by name."""
        found = {name_for(one.content, one.extension): one.content for one in self.prints}
        enclosed = self.enclosed
        return found | ({enclosed.name: self.content} if enclosed else {})


@dataclass(slots=True)
class Darkroom:
    """Places to wait with a file, and one at work; a picture waits for pictures alone."""

    places: int = PLACES
    bounds: Bounds = Bounds()
    _taken: int = 0
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    _long: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    @contextlib.contextmanager
    def place(self) -> Iterator[bool]:
        """Whether there was a place; it is one's own meanwhile."""
        free = self._taken < self.places
        self._taken += free
        try:
            yield free
        finally:
            self._taken -= free

    async def develop(self, content: bytes) -> Developed:
        """What is made of the file, once it is its turn. Raises Refusal."""
        kind, most = kind_of(content), self.bounds.most_for(content)
        if len(content) > most:
            raise Refusal(TOO_LARGE[kind].format(most // 1_000_000 or 1))
        async with self._turn if kind is Kind.PICTURE else self._long:
            return await asyncio.to_thread(self._developed, kind, content)

    def _developed(self, kind: Kind, content: bytes) -> Developed:
        match kind:
            case Kind.PICTURE:
                return Developed(developed(content))
            case Kind.RECORDING:
                sound = recorded(content, self.bounds.minutes)
                return Developed(sound.prints, sound.content, MP3, seconds=sound.seconds)
            case Kind.DOCUMENT:
                pages = reprinted(content, self.bounds.pages)
                return Developed(pages.prints, pages.content, PDF, pages=pages.pages)
