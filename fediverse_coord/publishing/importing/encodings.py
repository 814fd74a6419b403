"""Bytes of a page as text: by what it declares, else UTF-8, else what old sites were written in.

A byte order mark goes before everything, then the answer's header, then what stands in the page.
"""

import codecs
import re
import string

from fediverse_coord.errors import Refusal

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9._-]{2,40})""")
LOOKED_AT = 4096
CYRILLIC = "cp1251"
ASCII_LETTERS = tuple(one.encode() for one in string.ascii_letters)
# What browsers read where a page says so: everything that Latin-1 is meant by.
SAME = dict.fromkeys(("iso-8859-1", "latin-1", "latin1", "ascii", "us-ascii"), "cp1252")


def decoded(data: bytes, declared: str | None = None) -> str:
    """The text. Raises Refusal for what is no text at all."""
    marked = next((name for mark, name in MARKS if data.startswith(mark)), None)
    if marked is None and b"\0" in data[:LOOKED_AT]:
        raise Refusal("is no text: it has zero bytes in it")
    in_page = DECLARED.search(data[:LOOKED_AT])
    said = declared or (in_page[1].decode("ascii") if in_page else None)
    asked = (marked, "utf-8", said and SAME.get(said.lower(), said), CYRILLIC, "cp1252")
    for name in asked:
        if name is CYRILLIC and not _looks_cyrillic(data):
            continue
        text = _tried(data, name)
        if text is not None:
            return text
    return data.decode("latin-1")


def _tried(data: bytes, name: str | None) -> str | None:
    if name is None:
        return None
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):  # also of codecs that a page has no business to name
        return None


def _looks_cyrillic(data: bytes) -> bool:
    """More of Windows' Cyrillic letters than of the alphabet that every encoding has."""
    shown = data[:100_000]
    high = sum(one > 0xBF for one in shown)
    return high > sum(map(shown.count, ASCII_LETTERS))
