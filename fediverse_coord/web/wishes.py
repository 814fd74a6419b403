"""Which of the languages that our own words are written in a reader prefers.  RFC 9110 12.5.4."""

from fediverse_coord.publishing import languages
from fediverse_coord.web.negotiation import media_ranges
from fediverse_coord.web.templating import FALLBACK, words_for
from fediverse_coord.web.views import Language

MOST_WISHES = 16


def language_of(tag: str) -> Language:
    return Language(tag, languages.direction(tag), languages.native_name(tag))


def languages_wished(accept_language: str) -> tuple[str, ...]:
    """What a reader prefers, the best first, in small letters."""
    wishes = [one.strip() for one in accept_language.split(",")[:MOST_WISHES]]
    ranges = media_ranges(",".join(f"x/{one}" for one in wishes))
    ranked = sorted(ranges, key=lambda one: -one[1])
    return tuple(name.removeprefix("x/") for name, q in ranked if q > 0)


def language_wished(accept_language: str, fallback: str = FALLBACK) -> Language:
    """The reader's best language among those our own words are written in."""
    for name in languages_wished(accept_language):
        base = name.partition("-")[0]
        if words_for(base).tag == base:
            return language_of(base)
    return language_of(fallback)
