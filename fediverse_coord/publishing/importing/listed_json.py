"""One list in a JSON document, told member by member: of a large one no more is held than that.

Each value is read by the standard library's own decoder, from a window that moves over the text.
"""

import json
from collections.abc import Iterator
from typing import Any, TextIO

PIECE = 1 << 16
MOST_HELD = 8_000_000  # characters of one member
MOST_DIGITS = 4_000  # of a whole number; Python reads no more of them


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)


DECODER = json.JSONDecoder(parse_int=_number)
BLANK = " \t\r\n"
GOES_ON = "0123456789.eE+-"  # behind the window a number may; nothing else is cut unseen


class NoSuchList(ValueError):
    """The document is no object with a list of that name."""


def members_of(text: TextIO, name: str) -> Iterator[Any]:
    """The members of the list `name` in the document's object, in their order.

    Raises NoSuchList; ValueError or RecursionError from where it is no JSON any more.
    """
    window, found = _Window(text), False
    if not window.takes("{"):
        window.value()
        raise NoSuchList
    while not window.takes("}"):
        key = window.value()
        window.expect(":")
        if key == name and window.takes("["):
            found = True
            yield from _members(window)
        else:
            window.value()
        if not window.takes(","):
            window.expect("}")
            break
    if window.next():
        raise ValueError("something follows after its end")
    if not found:
        raise NoSuchList


def _members(window: "_Window") -> Iterator[Any]:
    while not window.takes("]"):
        yield window.value()
        if not window.takes(","):
            window.expect("]")
            return


class _Window:
    """What was read of the text and not taken yet stands from `_at` on in `_held`."""

    def __init__(self, text: TextIO) -> None:
        self._text, self._held, self._at, self._ended = text, "", 0, False

    def next(self) -> str:
        """The next character that is no blank; none at the end."""
        while True:
            while self._at < len(self._held):
                if self._held[self._at] not in BLANK:
                    return self._held[self._at]
                self._at += 1
            if self._ended:
                return ""
            self._more()

    def takes(self, one: str) -> bool:
        """Whether that comes next; then it is taken."""
        is_next = self.next() == one
        self._at += is_next
        return is_next

    def expect(self, one: str) -> None:
        """Raises ValueError where something else comes."""
        if not self.takes(one):
            raise ValueError(f"{one!r} is missing before {self._held[self._at :][:20]!r}")

    def value(self) -> Any:
        """The next value, whole. Raises ValueError, RecursionError."""
        self.next()
        while True:
            try:
                value, end = DECODER.raw_decode(self._held, self._at)
                after = self._held[end : end + 1]
                if self._ended or after not in GOES_ON:
                    self._at = end
                    return value
            except json.JSONDecodeError as error:
                if self._ended:
                    raise ValueError(error.msg) from None
            self._more()

    def _more(self) -> None:
        """Twice as much each time, so that nothing is decoded many times over."""
        left = self._held[self._at :]
        if len(left) > MOST_HELD:
            raise ValueError(f"one value has more than {MOST_HELD:,} characters, or has no end")
        piece = self._text.read(max(PIECE, len(left)))
        self._held, self._at, self._ended = left + piece, 0, not piece
