"""Strict JSON: what strangers send, and what we send.  RFC 8259, RFC 7493 (I-JSON).

Whatever two readers could understand differently is refused: repeated keys, numbers that are
none, halves of characters, JSON-LD that moves its statements about. What a document means is
read by `documents`; how many bytes may come is decided where they are read.
"""

import json
import math
import re
from typing import NoReturn

import msgspec

from fediverse_coord.errors import MalformedDocument
from fediverse_coord.protocol.documents import Document

MAX_DEPTH = 32
MAX_NODES = 10_000
INTEGERS = range(-(2**63), 2**64)

# With these a JSON-LD processor finds a graph that plain reading does not see.
RESTRUCTURING = frozenset({"@graph", "@included", "@reverse"})
SUSPECT_ESCAPE = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def loads(data: bytes) -> Document:
    """The object in the bytes. Raises MalformedDocument.

    At most 32 levels and 10,000 values; integers of 64 bits; no NUL, which PostgreSQL refuses.
    """
    try:
        found = _decoder.decode(data.decode("utf-8"))
    except RecursionError:
        raise MalformedDocument("the JSON is nested too deeply") from None
    except ValueError:
        raise MalformedDocument("not JSON in UTF-8") from None
    if not isinstance(found, dict):
        raise MalformedDocument("not a JSON object")
    if not _is_small(data):
        _check_size(found)
    if SUSPECT_ESCAPE.search(data):
        _check_text(found)
    return found


def reread(data: bytes) -> Document:
    """What `loads` has read before from these very bytes: nothing is checked again."""
    found: Document = msgspec.json.decode(data)
    return found


def dumps(document: Document) -> bytes:
    """Compact UTF-8, keys in the order given."""
    return msgspec.json.encode(document)


def _object(pairs: list[tuple[str, object]]) -> Document:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedDocument("a key stands twice in one object")
    if not RESTRUCTURING.isdisjoint(found):
        raise MalformedDocument("JSON-LD that restructures the document is not read")
    return found


def _integer(digits: str) -> int:
    found = int(digits) if len(digits) <= 20 else None
    if found is None or found not in INTEGERS:
        raise MalformedDocument("an integer is longer than 64 bits")
    return found


def _fraction(digits: str) -> float:
    found = float(digits)
    if not math.isfinite(found):
        raise MalformedDocument("a number is out of range")
    return found


def _constant(name: str) -> NoReturn:
    raise MalformedDocument(f"{name} is not JSON")


_decoder = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_constant,
)


def _is_small(data: bytes) -> bool:
    """Whether it can hold no more than it may: every level opens, every value but one is parted."""
    levels = data.count(b"{") + data.count(b"[")
    return levels < MAX_DEPTH and levels + data.count(b",") < MAX_NODES


def _check_size(document: Document) -> None:
    """Level by level, so that depth costs no stack."""
    level: list[object] = [document]
    nodes = 0
    for _ in range(MAX_DEPTH):
        nodes += len(level)
        if nodes > MAX_NODES:
            raise MalformedDocument("the JSON holds too many values")
        level = [one for node in level for one in _children(node)]
        if not level:
            return
    raise MalformedDocument("the JSON is nested too deeply")


def _children(node: object) -> list[object]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def _check_text(node: object) -> None:
    if isinstance(node, str) and UNSTORABLE.search(node):
        raise MalformedDocument("a text holds a NUL or half a character")
    if isinstance(node, dict):
        for name in node:
            _check_text(name)
    for one in _children(node):
        _check_text(one)
