"""Languages by tag.  BCP 47: RFC 5646 section 2.1 for the syntax, 2.1.1 for the case.

A tag is checked for its shape, and its language, script and region against what CLDR knows, through
Babel: some 7,600 languages of ISO 639, with or without a name. Names and directions come from there
as well.
"""

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Literal, TypeAlias

from babel import Locale
from babel.core import UnknownLocaleError, get_global
from babel.dates import format_date

from fediverse_coord.errors import FieldFault, Refusal

Direction: TypeAlias = Literal["ltr", "rtl"]

MAX_TAG = 35  # RFC 5646 4.4.1 shows why no sensible tag is longer

LANGTAG = re.compile(
    r"(?P<language>[a-z]{2,3}(-[a-z]{3}){0,3})"
    r"(-(?P<script>[a-z]{4}))?"
    r"(-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(-[0-9a-wy-z](-[a-z0-9]{2,8})+)*"
    r"(-x(-[a-z0-9]{1,8})+)?\Z",
    re.ASCII,
)
OLD_CODES = frozenset({"bh", "in", "iw", "ji", "jw", "mo"})  # withdrawn, and in use
NO_SCRIPTS = frozenset({"Zinh", "Zxxx", "Zyyy", "Zzzz"})  # inherited, unwritten, common, unknown
NO_REGIONS = frozenset({"ZZ"})
RTL_SCRIPTS = frozenset({
    "Adlm", "Arab", "Aran", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa",
})  # fmt: skip
RTL_LANGUAGES = frozenset({
    "ar", "arc", "azb", "bal", "ckb", "dv", "fa", "glk", "he", "iw", "ji", "khw",
    "ks", "lrc", "mzn", "nqo", "ota", "pnb", "prs", "ps", "sd", "skr", "syr",
    "ug", "ur", "yi",
})  # fmt: skip


SUCH = "such as 'en', 'pt-BR' or 'zh-Hant'"
NO_TAG = f"must be a tag {SUCH}"
UNKNOWN = f"'{{}}' is the tag of no language that we know; write one {SUCH}"


def tag(text: object) -> str:
    """The canonical spelling: `es-419`, `zh-Hant-TW`. Raises Refusal, which says how."""
    cleaned = text.strip().replace("_", "-").lower() if isinstance(text, str) else ""
    if len(cleaned) > MAX_TAG or LANGTAG.match(cleaned) is None:
        raise Refusal(f"the language {NO_TAG}", faults=[FieldFault("language", NO_TAG)])
    if not _is_known(cleaned):
        reason = UNKNOWN.format(_canonical(cleaned))
        raise Refusal(reason, faults=[FieldFault("language", reason)])
    return _canonical(cleaned)


def is_tag(text: object) -> bool:
    """Whether `tag` would take it."""
    try:
        return bool(tag(text))
    except Refusal:
        return False


def direction(tag: str) -> Direction:
    """How the language's writing runs; the script decides where the tag names one."""
    script = _script(tag)
    if script is not None:
        return "rtl" if script in RTL_SCRIPTS else "ltr"
    return "rtl" if tag.lower().partition("-")[0] in RTL_LANGUAGES else "ltr"


@lru_cache(maxsize=512)
def _is_known(lowered: str) -> bool:
    found = LANGTAG.match(lowered)
    if found is None:
        return False
    script, region = (found["script"] or "Latn").title(), (found["region"] or "US").upper()
    parts = found["language"].split("-")
    return _languages().issuperset(parts) and script in _scripts() and region in _regions()


@lru_cache(maxsize=1)
def _languages() -> frozenset[str]:
    listed = (*Locale("en").languages, *get_global("likely_subtags"))
    aliases: Iterable[str] = get_global("language_aliases")
    return OLD_CODES.union(aliases, (one.partition("_")[0] for one in listed))


@lru_cache(maxsize=1)
def _scripts() -> frozenset[str]:
    return frozenset(Locale("en").scripts) - NO_SCRIPTS


@lru_cache(maxsize=1)
def _regions() -> frozenset[str]:
    """Those that are no more included."""
    aliases: Iterable[str] = get_global("territory_aliases")
    return frozenset(Locale("en").territories).union(aliases) - NO_REGIONS


@lru_cache(maxsize=512)
def native_name(tag: str) -> str:
    """The language's name for itself, as CLDR writes it: `español`; else the tag."""
    locale = _locale(tag)
    name = locale.get_display_name(locale) if locale is not None else None
    return name or tag


@lru_cache(maxsize=2048)
def country_name(code: str, tag: str) -> str:
    """The country in that language, as CLDR names it; else its two letters."""
    locale = _locale(tag)
    return (locale.territories.get(code) if locale is not None else None) or code


def written_date(day: date, tag: str) -> str:
    """The day as that language writes it, from CLDR; ISO 8601 where no list knows the language.

    English has the day first wherever it is read, as on our pages.
    """
    locale = _locale("en-GB" if tag.lower().partition("-")[0] == "en" else tag)
    return format_date(day, "long", locale) if locale is not None else day.isoformat()


@lru_cache(maxsize=32)
def proper_names(tag: str) -> frozenset[str]:
    """Countries, regions, languages, months and weekdays in that language, as CLDR names them."""
    locale = _locale(tag)
    if locale is None:
        return frozenset()
    named = [*locale.territories.values(), *locale.languages.values()]
    for times in (locale.months, locale.days):
        named += [one for use in times.values() for one in use["wide"].values()]
    return frozenset(named)


@lru_cache(maxsize=16)
def country_names(codes: frozenset[str], tag: str) -> tuple[tuple[str, str], ...]:
    """(code, name in that language) of each, in the order of the names."""
    named = [(code, country_name(code, tag)) for code in codes]
    return tuple(sorted(named, key=lambda one: one[1].casefold()))


def _canonical(lowered: str) -> str:
    """2.1.1: scripts in title case, regions in upper case, except after a singleton."""
    parts = lowered.split("-")
    singleton = next((i for i, one in enumerate(parts) if i and len(one) == 1), len(parts))
    cased = [_cased(one) if 0 < i < singleton else one for i, one in enumerate(parts)]
    return "-".join(cased)


def _cased(subtag: str) -> str:
    if len(subtag) == 2:
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag


def _script(tag: str) -> str | None:
    match = LANGTAG.match(tag.lower())
    found = match["script"] if match else None
    return found.title() if found else None


def _locale(tag: str) -> Locale | None:
    """CLDR's locale for language, script and region, then for fewer of them."""
    match = LANGTAG.match(tag.lower())
    if match is None:
        return None
    language, script, region = match["language"], match["script"], match["region"]
    for parts in ((language, script, region), (language, script), (language,)):
        found = _parsed("_".join(one for one in parts if one))
        if found is not None:
            return found
    return None


def _parsed(identifier: str) -> Locale | None:
    try:
        return Locale.parse(identifier)
    except (UnknownLocaleError, ValueError):
        return None
