"""What a reader looks for: words that must all occur, phrases in quotation marks, spellings.

A question is read from anything that can be typed; what is no word is passed over. Of its last
word the beginning is enough, unless quotation marks close it. How a name is also spelled is asked
of whoever keeps the spellings (`Spellings`). The engines' own languages are spoken in storage.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from fediverse_coord.publishing.search_words import (
    LONGEST_WORD,
    Token,
    readied,
    spelling_of,
    tokens,
)

LONGEST = 200  # characters that are read
MOST_WORDS = 12
SHORTEST_BEGINNING = 3  # letters; a character of Chinese is a word already
MOST_WORDS_OF_A_NAME = 5

MARKS = '"“”„«»「」『』'
QUOTED = re.compile(f"[{MARKS}]([^{MARKS}]*)[{MARKS}]|([^{MARKS}]+)")

Spellings = Mapping[str, Sequence[str]]
"""A spelling (`spelling_of`) to the other names of what it names."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in their order. Of the last one the beginning is enough where it is `open`.

    `name` is how an editor wrote it, where it is another spelling of what was typed.
    """

    words: tuple[str, ...]
    open: bool = False
    name: str = ""

    @property
    def text(self) -> str:
        return " ".join(self.words)


Alternatives = tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """`text` as it is shown again; of each of `parts` one alternative must occur."""

    text: str = ""
    parts: tuple[Alternatives, ...] = ()


def question(text: str) -> Question:
    """Reads what was typed. Without a word in it, nothing can be found."""
    text = " ".join(readied("".join(map(_printable, text))).split())[:LONGEST].strip()
    phrases: list[Phrase] = []
    for match in QUOTED.finditer(text):
        quoted, plain = match.groups()
        phrases += [_quoted(quoted)] if plain is None else _plain(plain)
    phrases = [one for one in phrases if one.words][:MOST_WORDS]
    if phrases and not _is_closed(text):
        phrases[-1] = _opened(phrases[-1])
    return Question(text, tuple((one,) for one in dict.fromkeys(phrases)))


def _printable(one: str) -> str:
    return " " if one < " " or one == "\x7f" or "\ud800" <= one <= "\udfff" else one


def _is_closed(text: str) -> bool:
    return text[-1:] in MARKS


def _quoted(text: str) -> Phrase:
    return _phrase(list(tokens(text)))


def _plain(text: str) -> list[Phrase]:
    """A phrase for each word; what stands without a space is one, as neighbours overlap."""
    found = list(tokens(text))
    runs: list[list[Token]] = []
    for one in found:
        if runs and one.start < runs[-1][-1].end:
            runs[-1].append(one)
        else:
            runs.append([one])
    return [_phrase(run) for run in runs]


def _phrase(found: list[Token]) -> Phrase:
    """The last character alone says nothing behind a pair that ends with it, but is a beginning."""
    words = tuple(one.word for one in found)
    if len(found) > 1 and found[-1].start < found[-2].end:
        return Phrase(words[:-1])
    return Phrase(words, open=bool(words) and _is_one_character(words[-1]))


def _is_one_character(word: str) -> bool:
    """Whether it is a word of a script without spaces: a pair in texts begins with it."""
    return len(word) == 1 and word >= "\u0e00" and not ("\u10a0" <= word <= "\u177f")


def _opened(phrase: Phrase) -> Phrase:
    last = phrase.words[-1]
    return Phrase(phrase.words, open=phrase.open or len(last) >= SHORTEST_BEGINNING)


def names_in(asked: Question) -> list[str]:
    """Every row of words that may be a name with other spellings."""
    parts = [one[0].text for one in asked.parts]
    return [
        " ".join(parts[first:last])
        for first in range(len(parts))
        for last in range(first + 1, min(first + MOST_WORDS_OF_A_NAME, len(parts)) + 1)
    ]


def with_spellings(asked: Question, known: Spellings) -> Question:
    """The same question where a name may be spelled in any of its ways; the longest name counts."""
    parts: list[Alternatives] = []
    place = 0
    while place < len(asked.parts):
        here = asked.parts[place : place + MOST_WORDS_OF_A_NAME]
        for length in range(len(here), 0, -1):
            others = known.get(" ".join(one[0].text for one in here[:length]))
            if others is not None:
                parts.append(_also(here[:length], others))
                place += length
                break
        else:
            parts.append(asked.parts[place])
            place += 1
    return Question(asked.text, tuple(parts))


def _also(named: Sequence[Alternatives], others: Sequence[str]) -> Alternatives:
    own = Phrase(tuple(word for one in named for word in one[0].words), open=named[-1][0].open)
    found = [own, *(replace(_quoted(readied(one)), name=one) for one in others)]
    return tuple({one.text: one for one in reversed(found) if one.words}.values())[::-1]


# --- showing what was found -------------------------------------------------------------


def hits(text: str, asked: Question) -> list[tuple[int, int]]:
    """Where words of the question stand in a text in NFC: from, to before; never overlapping."""
    if text.isascii():
        return [one.span() for one in _finder(asked).finditer(text.lower())]
    whole, begun = _sought(asked)
    found: list[tuple[int, int]] = []
    for one in tokens(text):
        if one.word in whole or (begun and one.word.startswith(begun)):
            if found and one.start <= found[-1][1]:
                found[-1] = (found[-1][0], max(one.end, found[-1][1]))
            else:
                found.append((one.start, one.end))
    return found


@lru_cache(maxsize=256)
def _finder(asked: Question) -> re.Pattern[str]:
    """What `hits` finds in plain letters, many times faster than word by word."""
    whole, begun = _sought(asked)
    begun += tuple(one for one in whole if len(one) == LONGEST_WORD)  # of longer ones cut there
    words = [one for one in whole if one.isascii()]
    words += [f"{one}[a-z0-9]*" for one in begun if one.isascii()]
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(words) or '(?!)'})(?![a-z0-9])")


def _sought(asked: Question) -> tuple[frozenset[str], tuple[str, ...]]:
    phrases = [one for part in asked.parts for one in part]
    whole = {word for one in phrases for word in one.words}
    return frozenset(whole), tuple({one.words[-1] for one in phrases if one.open})


def around(text: str, asked: Question, room: int = 280) -> str:
    """A piece of the text that begins a little before the first hit, cut between words."""
    text = " ".join(readied(text).split())
    found = hits(text, asked)
    first = found[0][0] if found else 0
    begin = 0 if first < room // 2 else text.rfind(" ", 0, first - room // 4) + 1
    if not begin and first >= room // 2:  # no spaces in this script
        begin = first - room // 4
    piece = text[begin : begin + room]
    if begin + room < len(text):
        piece = (piece.rpartition(" ")[0] or piece) + "…"
    return ("…" if begin else "") + piece


def pieces(text: str, asked: Question) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is one of the question's words."""
    spans = hits(text, asked)
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    cut = [(text[a:b], place % 2 == 1) for place, (a, b) in enumerate(pairwise(edges))]
    return [one for one in cut if one[0]]


def is_name(text: str) -> bool:
    """Whether a name can be looked for: one to a few words."""
    return 0 < len(spelling_of(text).split()) <= 3 * MOST_WORDS_OF_A_NAME
