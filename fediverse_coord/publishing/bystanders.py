"""Whom a declaration may name who did not sign it, where being named may be dangerous.

A question before it goes out, no refusal: `persons` guesses. Signatories from such a country are
held back until they are cleared (`naming.endangered`); who is in the text and signed nothing is
known to nobody but those who write.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

from fediverse_coord.protocol.sanitize import words_alone
from fediverse_coord.publishing.corrections import Correction
from fediverse_coord.publishing.declarations import Declaration, State, Version
from fediverse_coord.publishing.languages import country_name
from fediverse_coord.publishing.naming import needs_clearing, protected_countries
from fediverse_coord.publishing.persons import has_no_case, names_in, words_without_case

HASH = 12  # digits of sixteen: so that no name passes for another
# CLDR has these as variants, and Babel keeps the first form alone.
ALSO_CALLED = {"CI": "Ivory Coast", "MM": "Burma", "SZ": "Swaziland", "TR": "Turkey"}


@dataclass(frozen=True, slots=True)
class Bystanders:
    """Who may be named in one language; `is_unread`: in a script of it we cannot look.

    `mark` then stands for the words that nobody looked at but people.
    """

    language: str
    names: tuple[str, ...] = field(default=(), repr=False)
    is_unread: bool = False
    mark: str = field(default="", repr=False)

    @property
    def told(self) -> str:
        """For programs and commands, in one line."""
        return "; ".join(self._told())

    def _told(self) -> Iterator[str]:
        if self.names:
            yield (
                f"the text in '{self.language}' may name people to whom that may be dangerous "
                f"({', '.join(self.names)}): make sure with them, or take the name out"
            )
        if self.is_unread:
            yield (
                f"the text in '{self.language}' has words in a script in which names cannot be "
                "looked for: read whether it names people to whom that may be dangerous"
            )


def bystanders(
    profile: Mapping[str, Any],
    one: Declaration,
    out: Declaration | None = None,
    corrections: Sequence[Correction] = (),
) -> tuple[Bystanders, ...]:
    """By language, where the text concerns a protected country, or did; without what is `out`.

    `corrections` are told to readers with it.
    """
    countries, before = protected_countries(profile), out if out and out.versions else None
    both = (one, before) if before else (one,)
    if not (countries and any(_concerns(each, countries) for each in both)):
        return ()
    texts, known = _texts(one, corrections), _known(one, before, profile, countries)
    were = _texts(before, ()) if before else {}
    said = {name for language, text in were.items() for name in names_in(text, language, known)}
    besides = _besides(one, before, known)
    found = (
        _in_text(language, text, were.get(language), known, said, besides.get(language, []))
        for language, text in texts.items()
    )
    return tuple(each for each in found if each)


def newly_named(
    profile: Mapping[str, Any],
    before: Declaration,
    after: Declaration,
    corrections: Sequence[Correction] = (),
) -> tuple[Bystanders, ...]:
    """Whom an edit adds to what readers see, or will see at the hour that is set."""
    return bystanders(profile, seen(after), seen(before), corrections)


def seen(one: Declaration) -> Declaration:
    """With the versions alone that readers see, or will see once it goes out."""
    is_over = one.state in {State.PUBLISHED, State.WITHDRAWN}
    return (one if is_over else one.releasing()).released


def mark_of(named: Sequence[Bystanders]) -> str:
    """What was asked, as hashes: of each name in each language, of each text nobody can look in."""
    asked = {(one.language, word) for one in named for word in (*one.names, one.mark) if word}
    hashes = {sha256("\0".join(one).encode()).hexdigest()[:HASH] for one in asked}
    return " ".join(sorted(hashes))


def agrees(mark: str, named: Sequence[Bystanders]) -> bool:
    """Whether whoever agreed to what `mark` stands for was asked about all of these."""
    return set(mark_of(named).split()) <= set(mark.split())


def _in_text(
    language: str,
    text: str,
    was: str | None,
    known: Sequence[str],
    said: Collection[str],
    besides: Sequence[str],
) -> Bystanders | None:
    names = [name for name in names_in(text, language, known) if name not in said]
    is_unread = has_no_case(text) if was is None else _adds_unread(was, text)
    if not (names or besides or is_unread):
        return None
    mark = sha256(text.encode()).hexdigest() if is_unread else ""
    return Bystanders(language, tuple(dict.fromkeys((*besides, *names))), is_unread, mark)


def _adds_unread(was: str, text: str) -> bool:
    """Whether it has words that it had not, or not there, in a script in which nobody can look."""
    before = iter(words_without_case(was))
    return not all(word in before for word in words_without_case(text))


def _texts(one: Declaration, corrections: Sequence[Correction]) -> dict[str, str]:
    """By language: what readers meet as its text, and what they are told of a change."""
    texts = {version.language: text_of(one, version) for version in one.versions}
    for correction in corrections:
        for language, told in correction.told.items():
            parts = (texts.get(language), told.what, told.why)
            texts[language] = "\n".join(part for part in parts if part)
    return texts


def _besides(
    one: Declaration, before: Declaration | None, known: Sequence[str]
) -> dict[str, list[str]]:
    """Who is named beside a text: a translator; in an edit, a person in a field for others."""
    were = {version.translator for version in before.versions} if before else set()
    called = {name.casefold() for name in known}
    found = {
        version.language: [version.translator]
        for version in one.versions
        if version.translator and version.translator not in were
        if version.translator.casefold() not in called
    }
    persons = [name for entry in _persons(_headings, one, before) for name in _named_by(entry)]
    if persons:
        found.setdefault(one.language, []).extend(persons)
    return found


def _headings(one: Declaration) -> tuple[str, ...]:
    return (*one.addressees, *one.organisations, *one.topics)


def _entries(one: Declaration) -> tuple[str, ...]:
    """What a declaration says in its fields who or what somebody is."""
    offices = [word for who in one.signatories for word in (who.office, who.organisation) if word]
    return (*offices, *(source.name for source in one.sources), *_headings(one))


def _persons(
    entries: Callable[[Declaration], Sequence[str]], one: Declaration, before: Declaration | None
) -> list[str]:
    """Entries that an edit adds and that look like persons: they say nothing of who is meant."""
    if before is None:
        return []
    known = set(entries(before))
    return [each for each in entries(one) if each not in known and _named_by(each)]


def _named_by(entry: str) -> list[str]:
    """Read as English, in which a name may stand first."""
    return names_in(entry, "en")


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
    one: Declaration,
    before: Declaration | None,
    profile: Mapping[str, Any],
    countries: Collection[str],
) -> tuple[str, ...]:
    """What the declaration itself says who or what it is, and who signs without danger."""
    signing = [who for who in one.signatories if not needs_clearing(who, countries)]
    ours = [texts["name"] for texts in profile["texts"].values()]
    named = [who.name for who in signing if who.sealed is None]
    new = set(_persons(_entries, one, before))
    return (*ours, *named, *(each for each in _entries(one) if each not in new))
