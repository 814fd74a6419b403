"""Pictures from strangers' files: made anew from their pixels, in a process of its own.

security D6, A3. The process (`reencoder`, run by `bounded`) has a bound on memory, CPU time, the
clock and on what it may give, no network and no files. What it gives is believed only as far as
it was looked at here. The file's own bytes are never written anywhere. Blocking: call it in a
thread.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fediverse_coord.errors import Refusal
from fediverse_coord.press.bounded import UNREADABLE, Fault, asked, number

REENCODER: Final = Path(__file__).with_name("reencoder.py")
SECONDS: Final = 40.0
MOST_BYTES: Final = 40_000_000  # given back, all sizes together

SIZES: Final = ("page", "small", "card")
KINDS: Final = {
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
}

SEND: Final = "send a PNG, JPEG or WebP picture"
NO_PICTURE: Final = f"this is no picture: {SEND}"
SENTENCES: Final = {
    "pixels": "the picture has more than 50 million pixels: make it smaller",
    "memory": "the picture is too large to be worked on here: make it smaller",
    "animated": f"the picture is an animation, and only still ones are taken: {SEND}",
    "unreadable": f"the picture cannot be read, it is cut off or damaged: {SEND}",
    "late": "the picture takes too long to be worked on: make it smaller",
}

# What people send instead, by how it begins, and what to do about it.
OTHERS: Final = (
    (b"GIF8", "a GIF"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"II*\x00", "a TIFF or a camera's raw picture"),
    (b"MM\x00*", "a TIFF or a camera's raw picture"),
    (b"BM", "a BMP"),
)
HEIF: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"hevx"})
HEIC: Final = (
    "this is a HEIC picture, as iPhones take them: choose Settings > Camera > Formats > "
    "Most Compatible, or send it to yourself by mail, which makes it a JPEG; then send that"
)


@dataclass(frozen=True, slots=True)
class Print:
    """One size of a picture: a fresh file, and its size in pixels."""

    size: str
    content: bytes = field(repr=False)
    extension: str
    media_type: str
    width: int
    height: int


def developed(content: bytes, *, seconds: float = SECONDS) -> tuple[Print, ...]:
    """The picture in every size of SIZES, without anything but its pixels.

    Raises Refusal, whose sentence says what the file is or what is wrong with it; ConfigError
    where the process cannot run here.
    """
    look(content)
    try:
        told, rest = asked(REENCODER, content, seconds=seconds, most=MOST_BYTES)
        return tuple(_prints(told["files"], rest))
    except Fault as fault:
        return _refused(fault)
    except (ValueError, KeyError, TypeError, AttributeError):
        return _refused(UNREADABLE)


def look(content: bytes) -> None:
    """Whether it begins as a picture that we take. Raises Refusal, which says what it is."""
    if content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        return
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return
    if not content:
        raise Refusal(f"the file is empty: {SEND}")
    raise Refusal(_told(content))


def _told(content: bytes) -> str:
    if content[4:8] == b"ftyp" and content[8:12] in HEIF:
        return HEIC
    if content[4:8] == b"ftyp" and content[8:12] in {b"avif", b"avis"}:
        return f"this is an AVIF picture: {SEND}"
    start = content[:1_000].lstrip(b"\xef\xbb\xbf\r\n\t ").lower()
    if start.startswith(b"<"):
        what = "an SVG, which may carry a program" if b"<svg" in start else "a page or document"
        return f"this is {what}: {SEND}"
    found = next((name for begins, name in OTHERS if content.startswith(begins)), "no picture")
    return f"this is {found}: {SEND}"


def _refused(fault: object) -> tuple[Print, ...]:
    raise Refusal(SENTENCES.get(str(fault), SENTENCES[UNREADABLE]))


def _prints(files: Mapping[str, Mapping[str, object]], rest: bytes) -> Iterator[Print]:
    """Raises KeyError, TypeError or ValueError where it is not what was agreed."""
    start = 0
    for size in SIZES:
        told = files[size]
        media_type, begins = KINDS[str(told["kind"])]
        width, height, length = (
            number(told[name], MOST_BYTES) for name in ("width", "height", "bytes")
        )
        content = rest[start : start + length]
        start += length
        if len(content) != length or not content.startswith(begins):
            raise ValueError(size)
        yield Print(size, content, str(told["kind"]), media_type, width, height)
    if start != len(rest):
        raise ValueError("more than was announced")
