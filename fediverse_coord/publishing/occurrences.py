"""Where a text says a name, for names that must not be read.

What a reader would take for the name counts: other spaces, case and accents, letters that look or
sound alike, signs that nobody sees, an address or a reference of HTML that spells it, Markdown
between its letters. Texts are compared as plain ones, each of whose characters knows where it
stood. The forms of a declined name, and other alphabets, are other names.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape

from fediverse_coord.publishing.search_words import ALIKE
from fediverse_coord.publishing.slugs import LATIN

BETWEEN_WORDS = re.compile(r"[\s.·'\u2019\u200c\u2010-\u2015-]+")  # of the name itself
ANY_MARK = r"[\W_]{0,12}"  # as in **Rosa** Lux, rosa_lux, #RosaLux
INNER_MARK = r"[*_~`\\]{0,6}"  # as in Ro**sa** Lux
INNER_SPACE = r"[\s*_~`\\]{0,6}"  # as in 王　芳
LETTER = r"[^\W_]"
# Scripts that set no space between words, and those that write small words onto the next.
RUNS_ON = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
BEFORE, AFTER = ("ARABIC", "HEBREW"), ("HANGUL",)
ESCAPED = re.compile(
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    r"|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
)
# What stands around words in Markdown and HTML and is not read with them.
UNREAD = re.compile(
    r"!?\[|\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\]\[[^\]\n]*\]|\]|<[^<>\n]{1,2000}>"
)
INVISIBLE = frozenset("\u0640\u02b9\u02bc\u115f\u1160\u3164\uffa0")  # letters by their category
SPELT_OUT = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"}
SAME = {one: like for one, like in LATIN.items() if chr(one).isalpha()} | ALIKE


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Finds a name in whatever form, or nothing."""

    pattern: re.Pattern[str] = field(repr=False)

    def are_in(self, text: str) -> bool:
        return self.are_in_plain(plain(text))

    def are_in_plain(self, text: str) -> bool:
        """The same, of what `plain` made of a text: for whoever looks for many names in it."""
        return self.pattern.search(text) is not None

    def replaced(self, text: str, instead: str) -> str:
        """The text with each of them replaced."""
        if not self.are_in(text):
            return text
        bare, places = _plain_with_places(text)
        made, end = [], 0
        for found in self.pattern.finditer(bare):
            start, stop = places[found.start()], places[found.end()]
            made.append(text[end:start] + instead)
            end = stop
        return "".join(made) + text[end:]

    def are_read_in(self, source: str) -> bool:
        """Whether readers meet it in Markdown or HTML, also across a link or a tag."""
        return self.are_in(UNREAD.sub("", source))

    def cleared(self, source: str, instead: str) -> str:
        """Markdown with each replaced; all of it where a link or a tag stands between its words."""
        left = self.replaced(source, instead)
        return instead if self.are_read_in(left) else left


def occurrences_of(name: str) -> Occurrences:
    """Finds the name as whole words. Raises ValueError for a name without letters."""
    words = [one for one in BETWEEN_WORDS.split(unicodedata.normalize("NFC", name)) if plain(one)]
    letters = "".join(map(plain, words))
    if not any(one.isalnum() for one in letters):
        raise ValueError("a name needs letters")
    before = f"(?<!{LETTER})" if _stands_alone(letters[0], (*RUNS_ON, *BEFORE)) else ""
    after = f"(?!{LETTER})" if _stands_alone(letters[-1], (*RUNS_ON, *AFTER)) else ""
    return Occurrences(re.compile(before + ANY_MARK.join(map(_spelt, words)) + after))


def _spelt(word: str) -> str:
    """Its letters as a pattern."""
    parts = [(one, INNER_MARK.join(map(re.escape, _bare(one)))) for one in word if _bare(one)]
    between = INNER_MARK if all(_stands_alone(one, RUNS_ON) for one, _ in parts) else INNER_SPACE
    spelt = ((SPELT_OUT.get(one.casefold()), part) for one, part in parts)
    return between.join(f"(?:{long}|{part})" if long else part for long, part in spelt)


def _stands_alone(letter: str, others: Collection[str]) -> bool:
    """Whether words of its script begin and end at a space or a sign."""
    return not unicodedata.name(letter, "").startswith(tuple(others))


def plain(text: str) -> str:
    """The text as names are looked for in it."""
    if text.isascii() and not ESCAPED.search(text):
        return text.lower()
    return _plain_with_places(text)[0]


def _plain_with_places(text: str) -> tuple[str, list[int]]:
    """And for each character, where it stood, and last the end."""
    bare, places = [], []
    for letter, place in _letters(text):
        made = _bare(letter)
        bare.append(made)
        places += [place] * len(made)
    return "".join(bare), [*places, len(text)]


def _letters(text: str) -> Iterator[tuple[str, int]]:
    """What is read, each with where it begins: `%20` and `&nbsp;` are a space."""
    end = 0
    for found in ESCAPED.finditer(text):
        yield from zip(text[end : found.start()], range(end, found.start()), strict=True)
        yield from _unescaped(found)
        end = found.end()
    yield from zip(text[end:], range(end, len(text)), strict=True)


def _unescaped(found: re.Match[str]) -> Iterator[tuple[str, int]]:
    place, text = found.start(), found[0]
    if found["percent"] is None:
        yield from ((one, place) for one in unescape(text))
        return
    try:
        read = bytes.fromhex(text.replace("%", "")).decode()
    except UnicodeDecodeError:
        yield from zip(text, range(place, found.end()), strict=True)
        return
    for one in read:
        yield one, place
        place += 3 * len(one.encode())


@lru_cache(maxsize=16_384)
def _bare(letter: str) -> str:
    """Without case and accents, in letters that are alike for all; nothing of what is not seen."""
    folded = unicodedata.normalize("NFKD", letter).casefold()
    seen = "".join(one for one in folded if not _is_unseen(one)).translate(SAME)
    return unicodedata.normalize("NFC", seen)  # the syllables of Korean are whole again


def _is_unseen(one: str) -> bool:
    return one in INVISIBLE or unicodedata.category(one) in {"Mn", "Me", "Cf"}
