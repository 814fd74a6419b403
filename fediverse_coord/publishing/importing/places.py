"""Countries that a title begins with, or names after a comma or a bar.

"Chile: …" in any of a dozen languages; the names are CLDR's, through Babel, and a few that people
write otherwise. A country in the middle of a title says where something happened as well, so it
counts too: but only by its whole name, beginning with a capital letter.
"""

import re
from functools import cache, lru_cache

from babel import Locale

LANGUAGES = (
    "en", "de", "fr", "es", "pt", "it", "nl", "tr", "pl", "ru", "uk", "ca", "sr_Latn", "id",
)  # fmt: skip
ALSO = {
    "usa": "US", "u.s.": "US", "u.s.a.": "US", "uk": "GB", "great britain": "GB", "england": "GB",
    "großbritannien": "GB", "grande-bretagne": "GB", "gran bretaña": "GB", "estados unidos": "US",
    "états-unis": "US", "etats-unis": "US", "turkey": "TR", "south korea": "KR", "bosnia": "BA",
    "bosnien": "BA", "bosnie": "BA", "korea": "KR", "corée": "KR", "corea": "KR", "burma": "MM",
    "birma": "MM", "birmanie": "MM", "azania": "ZA", "azanie": "ZA", "holland": "NL",
    "holanda": "NL", "ivory coast": "CI", "dr congo": "CD", "drc": "CD", "rdc": "CD",
    "czech republic": "CZ", "swaziland": "SZ", "macedonia": "MK", "palestine": "PS",
    "palestina": "PS", "palästina": "PS", "russian federation": "RU", "moldavia": "MD",
    "schottland": "GB", "scotland": "GB", "weißrussland": "BY", "white russia": "BY",
}  # fmt: skip
NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"})
WORD = re.compile(r"[^\W\d_][\w.'’-]*", re.UNICODE)
LEADING = re.compile(r"^\s*([^:;|–—]{2,60}?)\s*[:;|–—]\s+\S")
LONGEST_NAME = 6  # words


@cache
def codes() -> dict[str, str]:
    """Names in small letters, to ISO 3166-1 codes."""
    found = {name.casefold(): code for name, code in ALSO.items()}
    for tag in LANGUAGES:
        for code, name in Locale.parse(tag).territories.items():
            if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES:
                found.setdefault(str(name).casefold(), code)
    return found


@cache
def _first_words() -> frozenset[str]:
    return frozenset(_stem(name.partition(" ")[0]) for name in codes())


def _stem(word: str) -> str:
    """Without the end that says whose something is."""
    return word.casefold().replace("’s", "").removesuffix("'s")


@lru_cache(maxsize=16)  # the kind asks as well
def leading_country(title: str) -> str | None:
    """The country before "Country: title"."""
    match = LEADING.match(title)
    return codes().get(match[1].strip().casefold()) if match else None


def countries_in(title: str) -> tuple[str, ...]:
    """All countries that the title names, each once, in their order; the leading one first."""
    first = leading_country(title)
    words = [one[0].rstrip(".'’") for one in WORD.finditer(title)]
    found = [first] if first else []
    place = 0
    while place < len(words):
        code, length = _at(words, place)
        if code is not None:
            found.append(code)
        place += length
    return tuple(dict.fromkeys(found))


def _at(words: list[str], place: int) -> tuple[str | None, int]:
    """The longest name of a country that begins here; a small letter begins none."""
    if not words[place][:1].isupper() or _stem(words[place]) not in _first_words():
        return None, 1
    for length in range(min(LONGEST_NAME, len(words) - place), 0, -1):
        name = " ".join(words[place : place + length]).casefold().replace("’s", "")
        code = codes().get(name) or codes().get(name.removesuffix("'s"))
        if code is not None:
            return code, length
    return None, 1
