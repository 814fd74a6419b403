"""What a person makes of a proposal: one work, several, or none of its texts for now.

`1 3, 2:de` says that the first and the third text are one work, the second another, and that its
language is German. What is not named comes in by itself.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from fediverse_coord.errors import Refusal
from fediverse_coord.publishing.importing.entries import Imported
from fediverse_coord.publishing.importing.versions import SURE, Proposal
from fediverse_coord.publishing.languages import is_tag, tag

Works: TypeAlias = list[tuple[Imported, ...]]
NAMED = re.compile(r"(?P<number>\d{1,4})(?::(?P<language>[A-Za-z0-9-]{2,35}))?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Placed:
    """A text by its place in the proposal; with a language where it was recognised wrongly."""

    place: int
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The works that a proposal becomes, each of texts by their places. Holds no text itself."""

    works: tuple[tuple[Placed, ...], ...]

    def of(self, proposal: Proposal) -> Works:
        return [tuple(_placed(proposal, one) for one in work) for work in self.works]


def _placed(proposal: Proposal, one: Placed) -> Imported:
    member = proposal.members[one.place]
    return replace(member, language=one.language) if one.language else member


def together(proposal: Proposal) -> Decision:
    return Decision((tuple(map(Placed, range(len(proposal.members)))),))


def apart(proposal: Proposal) -> Decision:
    return Decision(tuple((Placed(place),) for place in range(len(proposal.members))))


def skipped() -> Decision:
    """None of them comes in; the next import proposes them again."""
    return Decision(())


def if_sure(proposal: Proposal) -> Decision:
    """One work, where that is as good as certain."""
    return together(proposal) if proposal.confidence >= SURE else apart(proposal)


def edited(proposal: Proposal, said: str) -> Decision:
    """What somebody typed. Raises Refusal, in a sentence that says what to change."""
    works = [tuple(map(_named, part.split())) for part in said.split(",")]
    works = [work for work in works if work]
    if not works:
        raise Refusal("name texts by their numbers, such as: 1 3, 2:de")
    _check(proposal, works)
    seen = {one.place for work in works for one in work}
    left = [(Placed(one),) for one in range(len(proposal.members)) if one not in seen]
    return Decision((*works, *left))


def _named(word: str) -> Placed:
    found = NAMED.match(word)
    if found is None:
        raise Refusal(f"'{word[:40]}' is no number of a text, nor one with its language: 2:de")
    language = found["language"]
    if language is not None and not is_tag(language):
        raise Refusal(f"'{language}' is no language such as 'en' or 'pt-BR'")
    return Placed(int(found["number"]) - 1, tag(language) if language else None)


def _check(proposal: Proposal, works: Sequence[Sequence[Placed]]) -> None:
    places = [one.place for work in works for one in work]
    count = len(proposal.members)
    if unknown := [place + 1 for place in places if not 0 <= place < count]:
        raise Refusal(f"there is no text {unknown[0]}; there are 1 to {count}")
    if twice := [place + 1 for place in places if places.count(place) > 1]:
        raise Refusal(f"text {twice[0]} stands in it twice")
    for work in works:
        spoken = [_placed(proposal, one).language for one in work]
        if len(set(spoken)) < len(spoken):
            raise Refusal("a work has each language once: give one of them its own, such as 2:de")
