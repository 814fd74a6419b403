"""Whom a declaration may name who did not sign it, where being named may be dangerous.

A question before it goes out, no refusal: `persons` guesses. Signatories from such a country are
held back until they are cleared (`naming.endangered`); who is in the text and signed nothing is
known to nobody but those who write.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

from fediverse_coord.protocol.sanitize import words_alone
from fediverse_coord.publishing.declarations import Declaration, State, Version
from fediverse_coord.publishing.languages import country_name
from fediverse_coord.publishing.naming import needs_clearing, protected_countries
from fediverse_coord.publishing.persons import has_no_case, names_in

# CLDR has these as variants, and Babel keeps the first form alone.
ALSO_CALLED = {"CI": "Ivory Coast", "MM": "Burma", "SZ": "Swaziland", "TR": "Turkey"}


@dataclass(frozen=True, slots=True)
class Bystanders:
    """Who may be named in one language; `is_unread`: in its script we cannot look."""

    language: str
    names: tuple[str, ...] = field(default=(), repr=False)
    is_unread: bool = False

    @property
    def told(self) -> str:
        """For programs and commands, in one line."""
        if self.is_unread:
            return (
                f"the text in '{self.language}' is in a script in which names cannot be looked "
                "for: read whether it names people to whom that may be dangerous"
            )
        names = ", ".join(self.names)
        return (
            f"the text in '{self.language}' may name people to whom that may be dangerous "
            f"({names}): make sure with them, or take the name out"
        )


def bystanders(
    profile: Mapping[str, Any], one: Declaration, out: Declaration | None = None
) -> tuple[Bystanders, ...]:
    """By language, where the text concerns a protected country; without what is `out` already."""
    countries = protected_countries(profile)
    if not (countries and _concerns(one, countries)):
        return ()
    known = _known(one, profile, countries)
    before = {version.language: version for version in out.versions} if out else {}
    said = {name for version in before.values() for name in _names(out or one, version, known)}
    return tuple(
        found
        for version in one.versions
        if (found := _in_version(one, version, known, said, version.language in before))
    )


def newly_named(
    profile: Mapping[str, Any], before: Declaration, after: Declaration
) -> tuple[Bystanders, ...]:
    """Whom an edit adds to what readers see, or will see at the hour that is set."""
    return bystanders(profile, seen(after), seen(before))


def seen(one: Declaration) -> Declaration:
    """With the versions alone that readers see, or will see once it goes out."""
    is_over = one.state in {State.PUBLISHED, State.WITHDRAWN}
    return (one if is_over else one.releasing()).released


def mark_of(named: Sequence[Bystanders]) -> str:
    """The same for the same names in the same languages: what was asked, and nothing beyond it."""
    asked = "\0".join(word for one in named for word in (one.language, *one.names))
    return sha256(asked.encode()).hexdigest()


def _in_version(
    one: Declaration, version: Version, known: Sequence[str], said: Collection[str], is_out: bool
) -> Bystanders | None:
    language = version.language
    if has_no_case(text_of(one, version)):
        return None if is_out else Bystanders(language, is_unread=True)
    names = [name for name in _names(one, version, known) if name not in said]
    return Bystanders(language, tuple(names)) if names else None


def _names(one: Declaration, version: Version, known: Sequence[str]) -> list[str]:
    return names_in(text_of(one, version), version.language, known)


def text_of(one: Declaration, version: Version) -> str:
    """All that readers meet as its text: title, summary, content, words of pictures."""
    hero = one.hero.alt_in(version.language) if one.hero else None
    shown = [each.alt for each in version.pictures]
    content = words_alone(version.html.replace("\n", " "))  # lines are broken for those who write
    parts = [version.title, version.summary, content, hero, *shown]
    return "\n".join(part for part in parts if part)


def _concerns(one: Declaration, countries: tuple[str, ...]) -> bool:
    """By its own fields, by who signs, or by a country's name in a text."""
    stated = {*one.countries, *(who.country for who in one.signatories)}
    return not stated.isdisjoint(countries) or any(
        _called(countries, version.language).search(text_of(one, version))
        for version in one.versions
    )


@lru_cache(maxsize=64)
def _called(countries: tuple[str, ...], language: str) -> re.Pattern[str]:
    """Their names: as words in scripts with capitals, anywhere in others."""
    named = [country_name(code, language) for code in countries]
    named += [ALSO_CALLED[code] for code in countries if code in ALSO_CALLED]
    words = [re.escape(name) for name in named if name not in countries]  # CLDR knows it
    whole = [rf"(?<!\w){word}(?!\w)" if word[0].isupper() else word for word in words]
    return re.compile("|".join(whole) or r"(?!)", re.IGNORECASE)


def _known(
    one: Declaration, profile: Mapping[str, Any], countries: Collection[str]
) -> tuple[str, ...]:
    """What the declaration itself says who or what it is, and who signs without danger."""
    signing = [who for who in one.signatories if not needs_clearing(who, countries)]
    ours = [texts["name"] for texts in profile["texts"].values()]
    named = [who.name for who in signing if who.sealed is None]
    offices = [word for who in one.signatories for word in (who.office, who.organisation) if word]
    sources = [source.name for source in one.sources]
    return (*ours, *named, *offices, *sources, *one.organisations, *one.addressees, *one.topics)
