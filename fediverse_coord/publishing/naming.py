"""Whose name may stand where: the protection of those who sign.  INTERFACE: Words, signatory.

A name that is not shown in full today is confidential. It is then kept sealed; what stands
beside it is its initials, or nothing. Sealing needs the instance's key and is done by `desk`.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from fediverse_coord.publishing.details import Details, Display, Signatory, initials

SPACE = r"[\s\u00a0\u2019'’-]+"
ANY_MARK = r"[\W_]{0,12}"  # as in **Rosa** Lux, rosa_lux, #RosaLux
LETTER = r"[^\W_]"
# Scripts that set no space between words, and those that write small words onto the next.
RUNS_ON = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
PREFIXED = ("ARABIC", "HEBREW")


def is_confidential(one: Signatory, day: date) -> bool:
    """Whether readers may not see the whole name on that day."""
    return one.display_on(day) is not Display.FULL


def reduced(one: Signatory, day: date, sealed: str) -> Signatory:
    """What may stand in rows and on pages while the name is confidential."""
    shown = initials(one.name) if one.display_on(day) is Display.INITIALS else ""
    return replace(one, name=shown, sealed=sealed)


def revealed(one: Signatory, name: str) -> Signatory:
    """From its day on, or by an editor's decision, the name is shown."""
    return replace(one, name=name, display=Display.FULL, sealed=None)


def withheld(one: Signatory) -> Signatory:
    """Its day has come, but it may not be named: it stays as it is, and has no day any more."""
    display = Display.HIDDEN if one.display is Display.FULL else one.display
    return replace(one, display=display, since=None)


def handle_of(sealed: str) -> str:
    """What stands for a sealed name where it is told of: enough to hand it back unchanged."""
    return hashlib.sha256(sealed.encode()).hexdigest()[:16]


def masked(details: Details) -> dict[str, object]:
    """The details as they are told: of a sealed name its handle alone."""
    hidden = (
        replace(one, sealed=handle_of(one.sealed)) if one.sealed else one
        for one in details.signatories
    )
    return replace(details, signatories=tuple(hidden)).details_as_fields()


def reveal_day(details: Details) -> date | None:
    """The next day on which a sealed name may be shown."""
    days = (one.since for one in details.signatories if one.sealed is not None)
    return min((one for one in days if one is not None), default=None)


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Finds a name also where marks stand between its words, or nothing."""

    pattern: re.Pattern[str] = field(repr=False)

    def are_in(self, text: str) -> bool:
        return self.pattern.search(_plain(text)) is not None

    def replaced(self, text: str, instead: str) -> str:
        """The text with each of them replaced."""
        if not self.are_in(text):
            return text
        plain, places = _plain_with_places(text)
        made, end = [], 0
        for found in self.pattern.finditer(plain):
            start, stop = places[found.start()], places[found.end()]
            made.append(text[end:start] + instead)
            end = stop
        return "".join(made) + text[end:]


def occurrences_of(name: str) -> Occurrences:
    """Finds the name as whole words. Raises ValueError for a name without letters."""
    words = [one for one in re.split(SPACE, _plain(name).strip()) if one]
    letters = "".join(words)
    if not any(one.isalnum() for one in letters):
        raise ValueError("a name needs letters")
    before = f"(?<!{LETTER})" if _stands_alone(letters[0], (*RUNS_ON, *PREFIXED)) else ""
    after = f"(?!{LETTER})" if _stands_alone(letters[-1], RUNS_ON) else ""
    return Occurrences(re.compile(before + ANY_MARK.join(map(re.escape, words)) + after))


def _stands_alone(letter: str, others: Collection[str]) -> bool:
    """Whether words of its script begin and end at a space or a sign."""
    return not unicodedata.name(letter, "").startswith(tuple(others))


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    return _plain_with_places(text)[0]


def _plain_with_places(text: str) -> tuple[str, list[int]]:
    """Without case and accents; for each character, where it stood, and last the end."""
    plain, places = [], []
    for place, letter in enumerate(text):
        bare = unicodedata.normalize("NFKD", letter).casefold()
        kept = [one for one in bare if unicodedata.category(one) != "Mn"]
        plain += kept
        places += [place] * len(kept)
    return "".join(plain), [*places, len(text)]


def needs_clearing(one: Signatory, countries: Collection[str]) -> bool:
    """Whether somebody of these countries is or will be named whom nobody has cleared.

    A day that is to come counts now: on that day the name is shown, and no editor looks again.
    """
    is_named = one.display is Display.FULL or one.since is not None
    return is_named and one.country in countries and not one.cleared


def endangered(details: Details, countries: Collection[str]) -> list[int]:
    """The places of those signatories whom somebody has to clear first."""
    return [
        place for place, who in enumerate(details.signatories) if needs_clearing(who, countries)
    ]


def protected_countries(profile: Mapping[str, Any]) -> tuple[str, ...]:
    """Where being named may be dangerous, as the coordination's file lists them."""
    return tuple(profile["policies"].get("protected_countries", ()))
