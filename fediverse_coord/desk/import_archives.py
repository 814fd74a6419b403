"""Archives that are handed in, unpacked: what is wanted of them, and nothing that reaches further.

Only plain files under plain names come out, each within its limit, into a folder that is made for
it. What else is inside (links, devices, paths that lead elsewhere) is told and left where it is.
"""

import errno
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, cast

from fediverse_coord.errors import Refusal
from fediverse_coord.publishing.importing.entries import Faulty

OUTBOX = "outbox.json"
MOST_MEMBERS = 500_000
MOST_UNPACKED = 4_000_000_000  # bytes, what is passed over included
MOST_OUTBOX = 200_000_000
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
MOST_HEADER = 1 << 20  # bytes that say what a member is called
CHUNK = 1 << 20
ELSEWHERE = "is a link, or leads elsewhere"
UNUSABLE = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG}  # twice, or as both
DAMAGED = (
    tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError,
    OSError, NotImplementedError, RuntimeError, ValueError, OverflowError, struct.error,
)  # fmt: skip
NEVER = ("\\", ":", "\0")

Wanted = Callable[[str], int]


def unpacked(archive: Path, folder: Path, largest_picture: int) -> list[Faulty]:
    """Puts the outbox and the pictures into the folder. Raises Refusal for what is no archive."""

    def wanted(name: str) -> int:
        if PurePosixPath(name).name == OUTBOX:
            return MOST_OUTBOX
        return largest_picture if name.lower().endswith(SUFFIXES) else 0

    try:
        if zipfile.is_zipfile(archive):
            return list(_from_zip(archive, folder, wanted))
        return list(_from_tar(archive, folder, wanted))
    except DAMAGED as error:
        raise Refusal(f"{archive}: cannot be unpacked: {error}"[:300]) from None


def _from_zip(archive: Path, folder: Path, wanted: Wanted) -> Iterator[Faulty]:
    with zipfile.ZipFile(archive) as opened:
        members = opened.infolist()
        _count(archive, len(members))
        room = _Room(archive)
        for member in members:
            limit = 0 if member.is_dir() else wanted(member.filename)
            is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
            if is_link or not _is_plain(member.filename):
                yield Faulty(f"{archive}, {member.filename[:200]!r}", ELSEWHERE)
            elif limit:
                yield from _member_put(archive, folder, opened, member, room, limit)


def _member_put(
    archive: Path,
    folder: Path,
    opened: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    room: "_Room",
    limit: int,
) -> Iterator[Faulty]:
    """A damaged picture keeps nothing else out; a damaged outbox is all that there is."""
    try:
        with opened.open(member) as unbounded:
            file = cast(IO[bytes], _Bounded(unbounded, room))
            yield from _put(archive, folder, member.filename, file, limit)
    except DAMAGED as error:
        is_ours = isinstance(error, OSError) and error.errno is not None  # such as a full disk
        if is_ours or PurePosixPath(member.filename).name == OUTBOX:
            raise
        folder.joinpath(*PurePosixPath(member.filename).parts).unlink(missing_ok=True)
        told = f"cannot be unpacked: {error}"[:300]
        yield Faulty(f"{archive}, {member.filename[:200]!r}", told)


def _from_tar(archive: Path, folder: Path, wanted: Wanted) -> Iterator[Faulty]:
    with archive.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if packed else raw)
        bounded = cast(IO[bytes], _Bounded(stream, _Room(archive)))
        with tarfile.open(fileobj=bounded, mode="r|", tarinfo=_Member) as opened:
            for number, member in enumerate(opened):
                _count(archive, number)
                if member.isdir():
                    continue
                if not member.isreg() or not _is_plain(member.name):
                    yield Faulty(f"{archive}, {member.name[:200]!r}", ELSEWHERE)
                elif limit := wanted(member.name):
                    file = opened.extractfile(member)
                    if file is not None:
                        yield from _put(archive, folder, member.name, file, limit)


class _Member(tarfile.TarInfo):
    """Whose name is not read into memory before it is known to be one."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type not in tarfile.REGULAR_TYPES and self.size > MOST_HEADER:
            raise tarfile.ReadError(f"a name of {self.size:,} bytes")
        found: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return found


@dataclass(slots=True)
class _Room:
    """What may still be unpacked of an archive, all members together."""

    archive: Path
    left: int = field(default_factory=lambda: MOST_UNPACKED)

    def take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise Refusal(f"{self.archive}: unpacks to more than {MOST_UNPACKED:,} bytes")


@dataclass(slots=True)
class _Bounded:
    """Reads no further than there is room, so that a bomb ends where it begins to hurt."""

    file: IO[bytes]
    room: _Room

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(min(size, CHUNK) if size >= 0 else CHUNK)
        self.room.take(len(data))
        return data


def _count(archive: Path, number: int) -> None:
    if number > MOST_MEMBERS:
        raise Refusal(f"{archive}: holds more than {MOST_MEMBERS:,} files")


def _is_plain(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not name.startswith("/") and ".." not in parts and not any(one in name for one in NEVER)


def _put(archive: Path, folder: Path, name: str, file: IO[bytes], limit: int) -> Iterator[Faulty]:
    """Copies at most `limit` bytes; a longer file is told of and not kept."""
    target = folder.joinpath(*PurePosixPath(name).parts)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(exist_ok=False)
    except OSError as error:
        if error.errno not in UNUSABLE:
            raise
        yield Faulty(f"{archive}, {name[:200]!r}", f"cannot be unpacked: {error.strerror}")
        return
    size = 0
    with target.open("wb") as out:
        while chunk := file.read(min(CHUNK, limit + 1 - size)):
            size += len(chunk)
            if size > limit:
                break
            out.write(chunk)
    if size > limit:
        target.unlink()
        yield Faulty(f"{archive}, {name[:200]!r}", f"has more than {limit:,} bytes")
