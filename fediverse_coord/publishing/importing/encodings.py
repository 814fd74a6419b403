"""Bytes of a page as text: by what it declares, else UTF-8, else what old sites were written in.

A byte order mark goes before everything, then the answer's header, then what stands in the page.
"""

import codecs
import io
import re
import string
from typing import BinaryIO, TextIO

from fediverse_coord.errors import Refusal

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9._-]{2,40})""")
LOOKED_AT = 4096
PIECE = 1 << 16
CYRILLIC = "cp1251"
ASCII_LETTERS = tuple(one.encode() for one in string.ascii_letters)
# What browsers read where a page says so: everything that Latin-1 is meant by.
SAME = dict.fromkeys(("iso-8859-1", "latin-1", "latin1", "ascii", "us-ascii"), "cp1252")


def decoded(data: bytes, declared: str | None = None) -> str:
    """The text. Raises Refusal for what is no text at all."""
    return data.decode(encoding_of(io.BytesIO(data), declared))


def opened(file: BinaryIO) -> TextIO:
    """The text of a file, to be read piece by piece. Raises Refusal for what is no text at all."""
    name = encoding_of(file)
    file.seek(0)
    return io.TextIOWrapper(file, name, newline="")


def encoding_of(file: BinaryIO, declared: str | None = None) -> str:
    """The one that all of the file can be read in. Raises Refusal for what is no text at all."""
    head = file.read(100_000)
    marked = next((name for mark, name in MARKS if head.startswith(mark)), None)
    if marked is None and b"\0" in head[:LOOKED_AT]:
        raise Refusal("is no text: it has zero bytes in it")
    in_page = DECLARED.search(head[:LOOKED_AT])
    said = declared or (in_page[1].decode("ascii") if in_page else None)
    asked = (marked, "utf-8", said and SAME.get(said.lower(), said), CYRILLIC, "cp1252")
    for name in asked:
        if name is CYRILLIC and not _looks_cyrillic(head):
            continue
        if name and _reads(file, name):
            return name
    return "latin-1"


def _reads(file: BinaryIO, name: str) -> bool:
    file.seek(0)
    try:
        text = io.TextIOWrapper(file, name, newline="")
    except LookupError:  # also of codecs that a page has no business to name
        return False
    try:
        while text.read(PIECE):
            pass
    except UnicodeError:
        return False
    finally:
        text.detach()
    return True


def _looks_cyrillic(head: bytes) -> bool:
    """More of Windows' Cyrillic letters than of the alphabet that every encoding has."""
    high = sum(one > 0xBF for one in head)
    return high > sum(map(head.count, ASCII_LETTERS))
