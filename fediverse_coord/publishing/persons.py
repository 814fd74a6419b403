"""What may be persons' names in a plain text, so that somebody is asked before it goes out.

Two or more words in a row, each with a capital letter or in capitals, with particles and initials
between them; one word after a title. Whether they are names nobody can know: this asks, rather
once too often, and misses some, such as single words. It knows nothing of scripts without case;
`has_no_case` says where it cannot look.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
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
    PLACED,
    STARTERS,
    TITLES,
)

Phrase: TypeAlias = tuple[str, ...]  # its tokens, folded

MOST_WORDS = 4  # of a line that is nothing else: more of them are a heading
# An article without its vowel; an initial; a word with what holds it together; a sign.
TOKEN = re.compile(
    r"\b[dlnsjmtcLNSJ]['’](?=[^\W\d_])|\b[^\W\d_]\.|[^\W\d_]+(?:['’ʼ‐-][^\W\d_]+)*|\n|\d+|[^\w\s]|_"
)
NAME = re.compile(r"[CIPA](?:p{0,3}[CIPA])+|(?<=T)[CPA]")  # over the letters that `_kinds` gives
NUMERAL = re.compile(r"[IVXLC]+")
SHORT = 2  # letters of what may be an abbreviation among names: UN, EU
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
    kinds = _kinds(tokens, language, _by_first(phrases))
    found: dict[str, None] = {}
    for start, stop in _runs(tokens, kinds, language, lowered):
        words = _phrase(" ".join(tokens[start:stop]))
        is_known = any(f" {' '.join(words)} " in one for one in known_whole)
        if not (is_known or lowered.issuperset(words)):
            found.setdefault(ELIDED.sub(r"\1", " ".join(tokens[start:stop])))
    return list(found)


def _tokens(text: str) -> list[str]:
    return TOKEN.findall(unicodedata.normalize("NFC", text))


def _folded(token: str) -> str:
    return token.casefold().replace("’", "'")


def _phrase(text: str) -> Phrase:
    return tuple(map(_folded, _tokens(text)))


@lru_cache(maxsize=32)
def _proper(language: str) -> Mapping[str, list[Phrase]]:
    """What CLDR names; one of its words that begins sentences is no name of anything."""
    named = map(_phrase, languages.proper_names(language))
    return _by_first(one for one in named if len(one) > 1 or not STARTERS.issuperset(one))


def _by_first(phrases: Iterable[Phrase]) -> dict[str, list[Phrase]]:
    """By their first token, the longest first."""
    sorted_out: dict[str, list[Phrase]] = {}
    for one in sorted(filter(None, phrases), key=len, reverse=True):
        sorted_out.setdefault(one[0], []).append(one)
    return sorted_out


def _kinds(tokens: list[str], language: str, known: Mapping[str, list[Phrase]]) -> str:
    """A letter for each token.

    Capital, Abbreviation, Initial, Proper name of no person, particle, Title, word, sign, '.' for
    what ends a sentence, x for what is known or a number.
    """
    folded = [_folded(one) for one in tokens]
    proper, shouted = _proper(language), _shouted(tokens)
    kinds: list[str] = []
    for place, word in enumerate(tokens):
        if place < len(kinds):  # within a known phrase
            continue
        before = kinds[-1] if kinds else "."
        if length := _known_length(folded, place, known):
            kinds += "x" * length
        elif length := _known_length(folded, place, proper):
            kinds += ("P" if word[0].isupper() else "w") * length
        elif word == "." and place and folded[place - 1] in ABBREVIATED:
            kinds[-1:] = "TT"
        else:
            kinds.append(_kind(word, before, language, is_shouted=place in shouted))
    return "".join(kinds)


def _shouted(tokens: list[str]) -> Collection[int]:
    """The places of sentences that are written in capitals throughout."""
    found: set[int] = set()
    if not any(len(one) > 1 and one.isupper() for one in tokens):
        return found
    start = 0
    for place, one in enumerate((*tokens, ".")):
        if not (one[0].isalnum() or one in INSIDE):
            if all(word.isupper() or not word[0].isalpha() for word in tokens[start:place]):
                found.update(range(start, place))
            start = place + 1
    return found


def _known_length(folded: list[str], place: int, known: Mapping[str, list[Phrase]]) -> int:
    for one in known.get(folded[place], ()):
        if tuple(folded[place : place + len(one)]) == one:
            return len(one)
    return 0


def _kind(token: str, before: str, language: str, *, is_shouted: bool) -> str:
    folded = _folded(token)
    if token[0].isdigit():
        return "x"
    if not token[0].isalpha():
        return "s" if token in INSIDE else "."
    if token.endswith("."):
        return "I" if token[0].isupper() else "w"
    if folded in TITLES:
        return "T"
    if folded in PARTICLES and (token.islower() or before in "CIPAp"):
        return "w" if folded in BETWEEN_NOUNS and _has_capital_nouns(language) else "p"
    if folded in STARTERS:
        return "w"
    if token.isupper():
        is_letter = len(token.rstrip("'’")) == 1
        return "w" if is_shouted or is_letter else "A" if _is_short(token) else "C"
    return "C" if _has_capital(token) else "w"


def _is_short(token: str) -> bool:
    """Of `UN`, `XIV`: beside names they are none."""
    return len(token) <= SHORT or NUMERAL.fullmatch(token) is not None


def _has_capital_nouns(language: str) -> bool:
    return language.partition("-")[0] in NOUNS_ARE_CAPITAL


def _has_capital(word: str) -> bool:
    """Of `Rosa`, `Jean-Luc`, `al-Hakim`, `O'Brien`; not of `rosa`."""
    first, *rest = re.split("['’ʼ‐-]", word)
    begins = first[0].isupper() or (first in PARTICLES and any(one[0].isupper() for one in rest))
    return begins and not word.islower()


def _runs(
    tokens: list[str], kinds: str, language: str, lowered: Collection[str]
) -> Iterator[tuple[int, int]]:
    """Where words stand that may be a name."""
    for found in NAME.finditer(kinds):
        start, stop = found.span()
        most = MOST_WORDS if _is_line(kinds, start, stop) else len(tokens)
        start = _beginning(tokens, kinds, (start, stop), language, lowered)
        for first, last in _pieces(tokens, kinds, start, stop):
            run = kinds[first:last].replace("p", "")
            is_titled = kinds[first - 1 : first] == "T"
            if len(run) <= most and _may_be_name(run, is_titled=is_titled):
                yield first, last


def _is_line(kinds: str, start: int, stop: int) -> bool:
    return all(one in {"", "."} for one in (kinds[start - 1 : start], kinds[stop : stop + 1]))


def _beginning(
    tokens: list[str], kinds: str, run: tuple[int, int], language: str, lowered: Collection[str]
) -> int:
    """Where a name may begin in the run, behind what is capital for another reason."""
    start, stop = run
    before = kinds[start - 1] if start else "."
    word = _folded(tokens[start - 1]) if start else ""
    if before == "T":
        return start
    if before == "." and (_has_capital_nouns(language) or _folded(tokens[start]) in lowered):
        return start + 1
    if word in PLACED:
        return _behind_place(kinds, start, stop)
    if word in BEFORE_THINGS:
        return start + 1 if _length(kinds[start:stop]) > 2 else stop
    return start


def _length(run: str) -> int:
    return len(run) - run.count("p")


def _behind_place(kinds: str, start: int, stop: int) -> int:
    """Past a place that CLDR names; else past one word of three or more."""
    run = kinds[start:stop]
    if named := len(run) - len(run.lstrip("P")):
        return start + named
    return start + 1 if _length(run) > 2 else start


def _pieces(tokens: list[str], kinds: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The run without abbreviations, and without the organisation with which it begins."""
    is_mixed = any(not one.isupper() for one in tokens[start:stop] if one[0].isupper())
    first, is_organised = start, False
    for place in range(start, stop):
        of_organisation = _folded(tokens[place]) in ORGANISED
        if of_organisation or (is_mixed and kinds[place] == "A"):
            if not of_organisation and not is_organised:
                yield _stripped(kinds, first, place)
            first, is_organised = place + 1, of_organisation
    yield _stripped(kinds, first, stop)


def _stripped(kinds: str, start: int, stop: int) -> tuple[int, int]:
    """Without particles at its ends."""
    run = kinds[start:stop]
    return stop - len(run.lstrip("p")), start + len(run.rstrip("p"))


def _may_be_name(run: str, *, is_titled: bool) -> bool:
    """A name of somewhere is nobody's, save after a title, nor is an initial with one word."""
    if is_titled:
        return run.strip("I") != "" and run != "CI"
    return len(run) > 1 and run != "CI" and ("C" in run or "AA" in run)
