"""Sound from strangers' files: decoded and written anew as an MP3, in a process of its own.

docs/adr/0023-recordings-and-documents.md. Nothing but the sound is kept: no tag, no cover, no
place, no name of a program. What people see of it is a drawing of how loud it is, made here of
numbers. Blocking: call it in a thread.
"""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fediverse_coord.errors import Refusal
from fediverse_coord.press.bounded import UNREADABLE, Fault, asked, number
from fediverse_coord.press.darkroom import Print

REENCODER: Final = Path(__file__).with_name("sound_reencoder.py")
SECONDS: Final = 180.0
MOST_BYTES: Final = 200_000_000  # given back: three and a half hours in stereo
MEDIA_TYPE: Final = "audio/mpeg"
SOUND: Final = b"\xff\xfb"  # how each of our MP3s begins: MPEG 1, layer III

SEND: Final = "send an MP3, M4A, Ogg (Opus or Vorbis), FLAC or WAV"
SENTENCES: Final = {
    "silent": f"there is no sound in this file: {SEND}",
    "film": f"this is a film, and only sound is taken: save its sound alone, and {SEND}",
    "codec": f"the sound is written in a way that is not read here: {SEND}",
    "memory": "the recording is too large to be worked on here: make it shorter",
    "late": "the recording takes too long to be worked on: make it shorter",
    UNREADABLE: f"the recording cannot be read, it is cut off or damaged: {SEND}",
}

SIZES: Final = {"page": (1200, 240), "small": (480, 96), "card": (1200, 630)}
PAPER, INK = "white", "#5b5b5b"

# By how a file begins, which way it is read: a place in the list of the process.
MP3, OGG, FLAC, WAV, MP4, AAC, AMR = range(7)


@dataclass(frozen=True, slots=True)
class Recording:
    """A fresh MP3, how many seconds it lasts, and how loud it is, drawn in every size."""

    content: bytes = field(repr=False)
    seconds: int
    prints: tuple[Print, ...]


def recorded(content: bytes, minutes: int, *, seconds: float = SECONDS) -> Recording:
    """The sound alone, of at most so many minutes. Raises Refusal, ConfigError."""
    form = form_of(content)
    if form is None:
        raise Refusal(SENTENCES[UNREADABLE])
    try:
        told, sound = asked(
            REENCODER, content, form, minutes * 60, seconds=seconds, most=MOST_BYTES
        )
        lasts = number(told["seconds"], minutes * 60 + 1)
        bars = [int(one) for one in told["bars"]]
        if len(sound) != number(told["bytes"], MOST_BYTES) or not sound.startswith(SOUND):
            raise ValueError("not what was announced")
    except Fault as fault:
        raise _refused(str(fault), minutes) from None
    except (ValueError, KeyError, TypeError):
        raise _refused(UNREADABLE, minutes) from None
    return Recording(sound, lasts, tuple(_drawn(size, bars) for size in SIZES))


def _refused(fault: str, minutes: int) -> Refusal:
    if fault == "long":
        return Refusal(f"the recording lasts more than {minutes} minutes: make it shorter")
    return Refusal(SENTENCES.get(fault, SENTENCES[UNREADABLE]))


def form_of(content: bytes) -> int | None:
    """How a file that begins like this is read; nothing where it is no sound that we take."""
    if content.startswith(b"ID3") or _begins_mpeg(content, layer=0x02):
        return MP3
    if content.startswith(b"OggS"):
        return OGG
    if content.startswith(b"fLaC"):
        return FLAC
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return WAV
    if content[4:8] == b"ftyp" and content[8:12] in MP4_BRANDS:
        return MP4
    if _begins_mpeg(content, layer=0x00):
        return AAC
    return AMR if content.startswith((b"#!AMR\n", b"#!AMR-WB\n")) else None


MP4_BRANDS: Final = frozenset(
    {b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"3gp4",
     b"3gp5", b"3gp6", b"3gp7", b"qt  ", b"avc1", b"dash", b"MSNV"}
)  # fmt: skip


def _begins_mpeg(content: bytes, *, layer: int) -> bool:
    """Eleven bits that are set begin a frame; of those that follow, two tell the layer."""
    if len(content) < 4 or content[0] != 0xFF or content[1] & 0xE0 != 0xE0:
        return False
    return content[1] & 0x06 == layer and (layer != 0 or content[1] & 0xF0 == 0xF0)


def _drawn(size: str, bars: list[int]) -> Print:
    """How loud it is from beginning to end, as bars around the middle."""
    from PIL import Image, ImageDraw  # a server that is sent no recordings need not load them

    width, height = SIZES[size]
    picture = Image.new("RGB", (width, height), PAPER)
    draw, step = ImageDraw.Draw(picture), width / max(1, len(bars))
    for place, loud in enumerate(bars):
        half = max(1, height * 45 * min(100, max(0, loud)) // 10_000)
        left = round(place * step)
        right = max(left, round((place + 1) * step) - max(2, round(step / 3)))
        draw.rectangle((left, height // 2 - half, right, height // 2 + half), fill=INK)
    out = io.BytesIO()
    picture.quantize(16).save(out, "PNG", optimize=True)
    return Print(size, out.getvalue(), "png", "image/png", width, height)
