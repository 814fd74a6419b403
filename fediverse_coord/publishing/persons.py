"""What may be persons' names in a plain text, so that somebody is asked before it goes out.

Two to four words in a row, each with a capital letter, with particles and initials between them;
one word after a title. Whether they are names nobody can know: this asks, and misses some, such as
single words. It knows nothing of scripts without case; `has_no_case` says where it cannot look.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import TypeAlias

from fediverse_coord.publishing import languages
from fediverse_coord.publishing.person_words import (
    ABBREVIATED,
    BEFORE_THINGS,
    BETWEEN_NOUNS,
    NOUNS_ARE_CAPITAL,
    ORGANISED,
    PARTICLES,
    STARTERS,
    TITLES,
)

Phrase: TypeAlias = tuple[str, ...]  # its tokens, folded

MOST_WORDS = 4
# An article without its vowel; an initial; a word with what holds it together; a sign.
TOKEN = re.compile(
    r"\b[dlnsjmtcLNSJ]['’](?=[^\W\d_])|\b[^\W\d_]\.|[^\W\d_]+(?:['’ʼ‐-][^\W\d_]+)*|\n|\d+|[^\w\s]|_"
)
NAME = re.compile(r"[CI](?:p{0,3}[CI])+|(?<=T)C")  # over the letters that `_kinds` gives
ELIDED = re.compile(r"(['’]) ")
INSIDE = ",()/&+"  # signs after which no sentence begins


def has_no_case(text: str) -> bool:
    """Whether most letters are of a script without capitals: Arabic, Devanagari, Han, …"""
    letters = [one for one in text if one.isalpha()]
    return 2 * sum(map(_is_without_case, letters)) > len(letters)


def _is_without_case(letter: str) -> bool:
    return unicodedata.category(letter) == "Lo" or "ა" <= letter <= "ჿ"  # Georgian


def words_without_case(text: str) -> list[str]:
    """Those of scripts without capitals, in their order; a single letter, as in `1º`, is none."""
    words = "".join(one if _holds_together(one) else " " for one in text).split()
    return [word for word in words if sum(map(_is_without_case, word)) > 1]


def _holds_together(sign: str) -> bool:
    """Letters, and the vowels and joiners that stand between them."""
    return sign.isalpha() or unicodedata.category(sign) in {"Mn", "Mc", "Cf"}


def names_in(text: str, language: str, known: Iterable[str] = ()) -> list[str]:
    """Each once, as it stands there. What is `known` is left out, and what is part of it."""
    tokens = _tokens(text)
    phrases = {_phrase(one) for one in known}
    known_whole = [f" {' '.join(one)} " for one in phrases]
    lowered = {one for one in tokens if one.islower()}
    kinds = _kinds(tokens, language, _by_first(phrases | _proper(language)))
    found: dict[str, None] = {}
    for start, stop in _runs(tokens, kinds, language, lowered):
        words = _phrase(" ".join(tokens[start:stop]))
        is_known = any(f" {' '.join(words)} " in one for one in known_whole)
        if not (is_known or lowered.issuperset(words) or ORGANISED.intersection(words)):
            found.setdefault(ELIDED.sub(r"\1", " ".join(tokens[start:stop])))
    return list(found)


def _tokens(text: str) -> list[str]:
    return TOKEN.findall(unicodedata.normalize("NFC", text))


def _folded(token: str) -> str:
    return token.casefold().replace("’", "'")


def _phrase(text: str) -> Phrase:
    return tuple(map(_folded, _tokens(text)))


@lru_cache(maxsize=32)
def _proper(language: str) -> frozenset[Phrase]:
    return frozenset(map(_phrase, languages.proper_names(language)))


def _by_first(phrases: Iterable[Phrase]) -> dict[str, list[Phrase]]:
    """By their first token, the longest first."""
    sorted_out: dict[str, list[Phrase]] = {}
    for one in sorted(filter(None, phrases), key=len, reverse=True):
        sorted_out.setdefault(one[0], []).append(one)
    return sorted_out


def _kinds(tokens: list[str], language: str, known: dict[str, list[Phrase]]) -> str:
    """A letter for each: Capital, Initial, particle, Title, word, sign, '.' and x for known."""
    folded = [_folded(one) for one in tokens]
    kinds: list[str] = []
    for place, word in enumerate(tokens):
        if place < len(kinds):  # within a known phrase
            continue
        length = _known_length(folded, place, known)
        before = kinds[-1] if kinds else "."
        if length:
            kinds += "x" * length
        elif word == "." and place and folded[place - 1] in ABBREVIATED:
            kinds[-1:] = "TT"
        else:
            kinds.append(_kind(word, before, language))
    return "".join(kinds)


def _known_length(folded: list[str], place: int, known: dict[str, list[Phrase]]) -> int:
    for one in known.get(folded[place], ()):
        if tuple(folded[place : place + len(one)]) == one:
            return len(one)
    return 0


def _kind(token: str, before: str, language: str) -> str:
    folded = _folded(token)
    if token[0].isdigit():
        return "x"
    if not token[0].isalpha():
        return "s" if token in INSIDE else "."
    if token.endswith("."):
        return "I" if token[0].isupper() else "w"
    if folded in TITLES:
        return "T"
    if folded in PARTICLES and (token.islower() or before in "CIp"):
        return "w" if folded in BETWEEN_NOUNS and _has_capital_nouns(language) else "p"
    return "C" if folded not in STARTERS and _has_capital(token) else "w"


def _has_capital_nouns(language: str) -> bool:
    return language.partition("-")[0] in NOUNS_ARE_CAPITAL


def _has_capital(word: str) -> bool:
    """Of `Rosa`, `Jean-Luc`, `al-Hakim`, `O'Brien`; not of `rosa`, `ROSA`, `UN`."""
    first, *rest = re.split("['’ʼ‐-]", word)
    begins = first[0].isupper() or (first in PARTICLES and any(one[0].isupper() for one in rest))
    return begins and not word.isupper() and not word.islower()


def _runs(
    tokens: list[str], kinds: str, language: str, lowered: Collection[str]
) -> Iterator[tuple[int, int]]:
    """Where words stand that may be a name."""
    for found in NAME.finditer(kinds):
        start, stop = found.span()
        before = kinds[start - 1] if start else "."
        if before == "." and (_has_capital_nouns(language) or _folded(tokens[start]) in lowered):
            start += 1 + len(kinds[start + 1 : stop]) - len(kinds[start + 1 : stop].lstrip("p"))
        elif start and _folded(tokens[start - 1]) in BEFORE_THINGS:
            continue
        run = kinds[start:stop].replace("p", "")
        if "C" in run and run != "CI" and (1 if before == "T" else 2) <= len(run) <= MOST_WORDS:
            yield start, stop
