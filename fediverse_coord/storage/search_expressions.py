"""What is looked for, in the languages of the engines' indexes: FTS5's and PostgreSQL's tsquery.

Every word is quoted; none holds a quotation mark (`publishing/search_words`), so nothing that was
typed is read as an operator. An index knows which words a row has; that they stand in an order is
left to the patterns, which are held against the row's own words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fediverse_coord.publishing.search_questions import Alternatives, Phrase, Question
from fediverse_coord.publishing.search_words import titled


@dataclass(frozen=True, slots=True)
class Syntax:
    """How an index spells a word, a beginning, and what joins them."""

    word: str
    beginning: str
    both: str
    either: str
    but_not: str


FTS = Syntax('"{}"', '"{}" *', " AND ", " OR ", " NOT ")
TSQUERY = Syntax("'{}'", "'{}':*", " & ", " | ", " & !")


@dataclass(frozen=True, slots=True)
class Sought:
    """A question and the marks that rows must have.

    Wholly in their titles, or not wholly in them; None asks for it anywhere.
    """

    asked: Question
    marks: tuple[str, ...] = ()
    in_title: bool | None = False

    def spelled(self, syntax: Syntax) -> str:
        """The whole condition. There is a part or a mark at least."""
        marks = [syntax.word.format(mark) for mark in self.marks]
        parts = [_part(part, syntax) for part in self.asked.parts]
        titles = [_part(_titled(part), syntax) for part in self.asked.parts]
        if self.in_title or not parts:
            return syntax.both.join((*marks, *titles))
        if self.in_title is None:
            return syntax.both.join((*marks, *parts))
        wanted, unwanted = syntax.both.join((*marks, *parts)), syntax.both.join(titles)
        return f"({wanted}){syntax.but_not}({unwanted})"

    @property
    def patterns(self) -> Sequence[Mapping[str, str]]:
        """Named patterns for LIKE, a group for each part whose words must stand in an order."""
        return _patterns(
            part for part in self.asked.parts if any(len(phrase.words) > 1 for phrase in part)
        )


def patterns_of(asked: Question) -> Sequence[Mapping[str, str]]:
    """Named patterns for LIKE, a group for each part: what finds the words without an index."""
    return _patterns(asked.parts)


def _patterns(parts: Iterable[Alternatives]) -> list[Mapping[str, str]]:
    return [
        {f"pattern_{place}_{number}": _pattern(phrase) for number, phrase in enumerate(part)}
        for place, part in enumerate(parts)
    ]


def _part(part: Alternatives, syntax: Syntax) -> str:
    return f"({syntax.either.join(_phrase(phrase, syntax) for phrase in part)})"


def _phrase(phrase: Phrase, syntax: Syntax) -> str:
    *words, last = phrase.words
    end = syntax.beginning if phrase.open else syntax.word
    return f"({syntax.both.join((*map(syntax.word.format, words), end.format(last)))})"


def _titled(part: Alternatives) -> Alternatives:
    return tuple(Phrase(tuple(map(titled, one.words)), one.open) for one in part)


def _pattern(phrase: Phrase) -> str:
    return f"% {phrase.text}{'' if phrase.open else ' '}%"


def is_in_title(asked: Question, words: Sequence[str]) -> bool:
    """Whether a row with these words is one of those that have all of them in the title."""
    known = frozenset(words)
    return all(any(_has(phrase, known) for phrase in _titled(part)) for part in asked.parts)


def _has(phrase: Phrase, known: frozenset[str]) -> bool:
    *words, last = phrase.words
    ends = any(one.startswith(last) for one in known) if phrase.open else last in known
    return ends and known.issuperset(words)
