"""Days as people write them, in several languages: "24-25 February 2023", "14.11.20".

Months come from CLDR, through Babel. A span is dated by its first day. Only a whole date counts:
a day without its year tells when to meet, not when it was written.
"""

import re
from datetime import date, datetime
from functools import cache

from babel import Locale

LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl", "tr", "pl", "ru", "uk", "sr_Latn", "ca")
LOOKED_AT = 1_000  # characters: titles and single lines are shorter
FIRST_YEAR, LAST_YEAR = 1900, 2099

ISO = re.compile(r"\b((?:19|20)\d\d)-(\d\d)-(\d\d)\b")
NUMBERS = re.compile(r"(?<![\d./])(\d{1,2})([./])(\d{1,2})\2((?:19|20)?\d\d)(?![\d/]|\.\d)")
ORDINAL = r"(?:st|nd|rd|th|er|º|ª|\.)?"
# "24-25 February 2023", "9-10-11 December, 2022", "13 de mayo de 2021", "the 13th of May, 2021"
SPAN = rf"(?P<day>\d{{1,2}}){ORDINAL}(?:\s*(?:[-–,&/]|and|und|et|y|e|i|и)\s*\d{{1,2}}{ORDINAL})*"
OF = r"\s*(?:(?:of|de|du)\s+|d'\s*)?"
WORD = r"(?P<month>[^\W\d_]{3,12})\.?"
DAY_FIRST = re.compile(rf"(?<!\d){SPAN}{OF}{WORD},?{OF}(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE)
MONTH_FIRST = re.compile(
    rf"\b(?P<month>[^\W\d_]{{3,12}})\.?\s+{SPAN},?\s+(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE
)
CJK = re.compile(r"((?:19|20)\d\d)\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")


@cache
def months() -> dict[str, int]:
    """Names of months, as they stand after a day and by themselves, shortened ones included."""
    found: dict[str, int] = {}
    for tag in LANGUAGES:
        known = Locale.parse(tag).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in known[context].get(width, {}).items():
                    word = str(name).casefold().strip(". ")
                    if len(word) >= 3:
                        found.setdefault(word, number)
    return found


def day_in(text: str) -> date | None:
    """The first whole date in the text."""
    found = [(place, day) for place, day in _all_in(text[:LOOKED_AT]) if day is not None]
    return min(found)[1] if found else None


def not_zero(moment: datetime | None) -> datetime | None:
    """Site makers write the first day of the calendar where they know none."""
    return None if moment is not None and moment.year == 1 else moment


def is_day(line: str) -> bool:
    """Whether the line is a date and nothing else, or hardly anything: "Paris, 3 May 2021"."""
    words = line.strip()
    if not words or len(words) > 60 or day_in(words) is None:
        return False
    rest = words
    for pattern in (DAY_FIRST, MONTH_FIRST, ISO, NUMBERS, CJK):
        rest = pattern.sub("", rest)
    return len(re.findall(r"[^\W\d_]+", rest)) <= 2


def _all_in(text: str) -> list[tuple[int, date | None]]:
    return [
        *((m.start(), _date(m[1], m[2], m[3])) for m in ISO.finditer(text)),
        *((m.start(), _date(m[1], m[2], m[3])) for m in CJK.finditer(text)),
        *((m.start(), _numbers(m)) for m in NUMBERS.finditer(text)),
        *((m.start(), _named(m)) for m in DAY_FIRST.finditer(text)),
        *((m.start(), _named(m)) for m in MONTH_FIRST.finditer(text)),
    ]


def _numbers(match: re.Match[str]) -> date | None:
    """Day before month, as nearly everywhere; where only the other order makes a date, that."""
    day, month, year = match[1], match[3], match[4]
    whole = year if len(year) == 4 else f"20{year}"
    return _date(whole, month, day) or (_date(whole, day, month) if match[2] == "/" else None)


def _named(match: re.Match[str]) -> date | None:
    month = months().get(match["month"].casefold())
    return _date(match["year"], str(month), match["day"]) if month else None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
