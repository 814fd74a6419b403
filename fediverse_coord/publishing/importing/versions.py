"""Which texts are probably one work in several languages.

Neighbours in a list are compared, in so many of which a translation stands: days, numbers, names
and countries stay what they are in every language, and a translation is about as long. What comes
of it is a proposal with a confidence; a person decides.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from fediverse_coord.publishing.importing.entries import Imported
from fediverse_coord.publishing.importing.places import codes

NEIGHBOURS = 8
HELD = 24  # texts; works end among the last half of so many
MOST_HELD = 200  # where they are languages of one text, by the source's own word
PROPOSED = 0.5
SURE = 0.65
DIGITS = re.compile(r"\d+")
NAMES = re.compile(r"\b[^\W\d_a-zà-ÿа-я][\w’'-]{3,}")
LOOKED_AT = 2500
BY_SOURCE = 1.0
SHORT = 120  # characters: too little to tell by


@dataclass(frozen=True, slots=True)
class Proposal:
    """One work. Of several members each has a language of its own; `confidence` is 0 to 1."""

    members: tuple[Imported, ...]
    confidence: float = BY_SOURCE

    @property
    def is_guess(self) -> bool:
        """Whether its texts are only alike: the source itself does not say that they are one."""
        groups = {one.group for one in self.members}
        return len(self.members) > 1 and (None in groups or len(groups) > 1)


@dataclass
class _Seen:
    """A text with what of it is the same in every language, worked out when it is asked for."""

    entry: Imported

    @cached_property
    def text(self) -> str:
        return f"{self.entry.title or ''} {self.entry.content}"[:LOOKED_AT]

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(DIGITS.findall(self.text))

    @cached_property
    def names(self) -> frozenset[str]:
        found = (one.rstrip("'’-") for one in NAMES.findall(self.text))
        return frozenset(codes().get(one.casefold(), _folded(one)) for one in found)


def proposals(entries: Iterable[Imported]) -> Iterator[Proposal]:
    """The works, in order of their first texts; only so many neighbours are held at a time."""
    finder = Finder()
    for entry in entries:
        yield from finder.take(entry)
    yield from finder.rest()


class Finder:
    """The same, a text at a time."""

    def __init__(self) -> None:
        self._held: list[_Seen] = []

    def take(self, entry: Imported) -> Iterator[Proposal]:
        """Takes the next text; the works that nothing can join any more."""
        before = self._held[-1].entry.group if self._held else None
        most = MOST_HELD if before is not None and before == entry.group else HELD
        self._held.append(_Seen(entry))
        if len(self._held) >= most:
            yield from self._settled(len(self._held) - HELD // 2)

    def rest(self) -> Iterator[Proposal]:
        """What is left at the end."""
        yield from self._settled(len(self._held))

    def _settled(self, before: int) -> Iterator[Proposal]:
        """Works that begin among the first so many; the other texts are held on."""
        groups = _grouped(self._held)
        kept = [place for group in groups if group.places[0] >= before for place in group.places]
        for group in groups:
            if group.places[0] < before:
                members = tuple(self._held[place].entry for place in group.places)
                yield Proposal(members, round(group.confidence, 2))
        self._held = [self._held[place] for place in sorted(kept)]


@dataclass
class _Group:
    places: list[int]
    confidence: float = BY_SOURCE


def _grouped(seen: list[_Seen]) -> list[_Group]:
    """The likeliest pairs are joined first; every member must be like every other."""
    likely = dict(_likely_pairs(seen))
    groups = {place: _Group([place]) for place in range(len(seen))}
    for first, second in sorted(likely, key=lambda pair: (-likely[pair], pair)):
        one, other = groups[first], groups[second]
        if one is other or not _may_join(seen, one, other):
            continue
        among = [likely.get((min(a, b), max(a, b)), 0.0) for a in one.places for b in other.places]
        if min(among) < PROPOSED:
            continue
        joined = _Group(
            sorted(one.places + other.places), min(one.confidence, other.confidence, *among)
        )
        groups.update(dict.fromkeys(joined.places, joined))
    return sorted({id(one): one for one in groups.values()}.values(), key=lambda g: g.places[0])


def _likely_pairs(seen: list[_Seen]) -> Iterator[tuple[tuple[int, int], float]]:
    for second, other in enumerate(seen):
        near = 0 if other.entry.group else max(0, second - NEIGHBOURS)
        for first in range(near, second):
            if seen[first].entry.language != other.entry.language:
                score = likeness(seen[first], other, second - first)
                if score >= PROPOSED:
                    yield (first, second), score


def _may_join(seen: list[_Seen], one: _Group, other: _Group) -> bool:
    languages = [seen[place].entry.language for place in one.places + other.places]
    return len(set(languages)) == len(languages)


def likeness(one: _Seen, other: _Seen, distance: int = 1) -> float:
    """0 to 1; 0 where what is known speaks against it."""
    first, second = one.entry, other.entry
    if first.group and second.group:
        return BY_SOURCE if first.group == second.group else 0.0
    if distance > NEIGHBOURS:
        return 0.0
    if first.is_title_only or second.is_title_only or not first.language:
        return 0.0
    days = [each.day or (each.moment.date() if each.moment else None) for each in (first, second)]
    if all(days) and days[0] != days[1]:
        return 0.0
    lengths = sorted((len(first.content), len(second.content)))
    if lengths[0] < SHORT or lengths[0] * 2.2 < lengths[1]:
        return 0.0
    near = 1.0 if distance <= 3 else 0.5
    numbers = _share(one.numbers, other.numbers) if one.numbers | other.numbers else 0.3
    parts = (0.45 * numbers, 0.25 * _share(one.names, other.names), 0.15 * lengths[0] / lengths[1])
    return min(1.0, sum(parts) + 0.15 * near + (0.1 if all(days) else 0.0))


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """How much of both they have in common (Dice)."""
    both = len(one) + len(other)
    return 2 * len(one & other) / both if both else 0.0


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))[:6]
