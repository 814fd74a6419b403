"""Words as they are looked for: the same of a text and of a question, in any script.

Case, accents and vowel signs are folded away, and so are the forms of one Arabic letter. Scripts
that set no spaces between words (Chinese, Japanese, Korean, Thai …) are cut into pairs of
neighbouring characters, the last one alone. Both engines are handed these words, one space apart,
and never cut a text themselves: so they find the same. Questions are in `search_questions`.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

LONGEST_WORD = 40
LONGEST_MARK = 400
MARK = "\u00a4"  # begins what is no word of a text; no word holds one
BREAK = MARK  # stands between title, summary and text, so that no phrase spans them

# Characters of scripts without spaces: Thai, Lao, Burmese, Khmer, kana, Han, Hangul.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
INVISIBLE = "\u00ad\u200c-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u0640"  # inside words
PIECE = re.compile(
    rf"[{UNSPACED}]+|(?:[^\W_{UNSPACED}]|[\u0300-\u036f{INVISIBLE}]"
    r"|[\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]"
    r"|[\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0980-\u0983\u09bc-\u09d7\u0a01-\u0a75"
    r"\u0abc-\u0ae3\u0b01-\u0b57\u0bbe-\u0bd7\u0c00-\u0c56\u0cbc-\u0cd6\u0d00-\u0d57\u0dca-\u0df3])+"
)
ASCII_WORD = re.compile(r"[a-z0-9]+")  # what PIECE finds where there is nothing else
DROPPED = re.compile(f"[{INVISIBLE}\u02bc\u02b9]")
# Letters that no decomposition leads back to their like.
ALIKE = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th",
        "ð": "d", "ŧ": "t", "ґ": "г",
        "\u0671": "\u0627", "\u0649": "\u064a", "\u06cc": "\u064a", "\u0629": "\u0647",
        "\u06a9": "\u0643", "\u06c1": "\u0647", "\u06d5": "\u0647", "\u06be": "\u0647",
    }
)  # fmt: skip
# Marks that make another letter or syllable stay: vowel signs of India (0), kana's voice (8),
# and what joins letters (9). All others are accents, points and tones.
MEANT = frozenset({0, 8, 9})


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is looked for, and where it stands in the text: from `start` to before `end`."""

    word: str
    start: int
    end: int


@lru_cache(maxsize=65_536)
def folded(word: str) -> str:
    """Without case, accents and points, in letters and digits that are alike for all."""
    if word.isascii():
        return word.lower()[:LONGEST_WORD]
    plain = unicodedata.normalize("NFKD", DROPPED.sub("", word)).casefold()
    kept = (one for one in plain if unicodedata.combining(one) in MEANT)
    letters = unicodedata.normalize("NFC", "".join(map(_digit, kept))).translate(ALIKE)
    return "".join(one for one in letters if _is_inner(one))[:LONGEST_WORD]


def _digit(one: str) -> str:
    value = unicodedata.decimal(one, None)
    return one if value is None else str(value)


def _is_inner(one: str) -> bool:
    return one.isalnum() or unicodedata.category(one) in {"Mn", "Mc"}


def tokens(text: str) -> Iterator[Token]:
    """Every word of a text in NFC (`readied`), in its order."""
    for piece in PIECE.finditer(text):
        start, end = piece.span()
        if _is_unspaced(piece[0]):
            yield from _pairs(piece[0], start)
        elif word := folded(piece[0]):
            yield Token(word, start, end)


def _is_unspaced(piece: str) -> bool:
    return not piece[0].isascii() and UNSPACED_ONE.match(piece) is not None


UNSPACED_ONE = re.compile(f"[{UNSPACED}]")


def _pairs(run: str, start: int) -> Iterator[Token]:
    letters = [(folded(one), start + place) for place, one in enumerate(run)]
    letters = [one for one in letters if one[0]]
    for (first, begins), (second, ends) in pairwise(letters):
        yield Token(first + second, begins, ends + 1)
    if letters:
        last, place = letters[-1]
        yield Token(last, place, place + 1)


def readied(text: str) -> str:
    """The text as `tokens` reads it: composed, which nobody sees."""
    return unicodedata.normalize("NFC", text)


def words_of(text: str) -> list[str]:
    """The words of `tokens` alone, which is most of what filling an index costs."""
    if text.isascii():
        return [one[:LONGEST_WORD] for one in ASCII_WORD.findall(text.lower())]
    found: list[str] = []
    for piece in PIECE.findall(readied(text)):
        if _is_unspaced(piece):
            found += [one.word for one in _pairs(piece, 0)]
        elif word := folded(piece):
            found.append(word)
    return found


def spelling_of(text: str) -> str:
    """One spelling of a name: its words, one space apart."""
    return " ".join(words_of(text))


def titled(word: str) -> str:
    """The same word as one of a title."""
    return f"{MARK}t{word}"


def marked(letter: str, value: str | int) -> str:
    """What texts are chosen by, as one word: `marked("k", "call")`; each thing has its letter."""
    return f"{MARK}{letter}{MARK.join(words_of(str(value)))}"[:LONGEST_MARK]
