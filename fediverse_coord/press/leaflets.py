"""Documents from strangers' PDF files: printed anew, page by page, in a process of its own.

docs/adr/0023-recordings-and-documents.md. The PDF that we serve is made of pictures of the pages:
nothing that lay in the other one is in it. Its first page is also a picture, in every size.
Blocking: call it in a thread.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fediverse_coord.errors import Refusal
from fediverse_coord.press.bounded import UNREADABLE, Fault, asked, number
from fediverse_coord.press.darkroom import Print, developed

REENCODER: Final = Path(__file__).with_name("page_reencoder.py")
SECONDS: Final = 120.0
MOST_BYTES: Final = 100_000_000
MEDIA_TYPE: Final = "application/pdf"
BEGINS: Final = b"%PDF-"

SENTENCES: Final = {
    "locked": "the document is locked with a password: save it without one, and send that",
    "memory": "the document is too large to be worked on here: send its parts",
    "late": "the document takes too long to be worked on: print it anew, or send its parts",
    UNREADABLE: "the document cannot be read, it is cut off or damaged: print it to a PDF anew",
}


@dataclass(frozen=True, slots=True)
class Leaflet:
    """A fresh PDF, how many pages it has, and the first of them in every size."""

    content: bytes = field(repr=False)
    pages: int
    prints: tuple[Print, ...]


def reprinted(content: bytes, most: int, *, seconds: float = SECONDS) -> Leaflet:
    """What its pages look like, at most so many. Raises Refusal, ConfigError."""
    try:
        told, rest = asked(REENCODER, content, most, seconds=seconds, most=MOST_BYTES)
        pages, length = number(told["pages"], most), number(told["bytes"], MOST_BYTES)
        made, cover = rest[:length], rest[length:]
        if len(cover) != number(told["cover"], MOST_BYTES) or not made.startswith(BEGINS):
            raise ValueError("not what was announced")
    except Fault as fault:
        raise _refused(str(fault), most) from None
    except (ValueError, KeyError, TypeError):
        raise _refused(UNREADABLE, most) from None
    return Leaflet(made, pages, developed(cover))


def _refused(fault: str, most: int) -> Refusal:
    if fault == "pages":
        return Refusal(f"the document has more than {most} pages: send its parts")
    return Refusal(SENTENCES.get(fault, SENTENCES[UNREADABLE]))


def is_document(content: bytes) -> bool:
    return content.startswith(BEGINS)
