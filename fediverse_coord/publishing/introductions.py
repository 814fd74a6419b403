"""Introductions: a few sentences at the top of the page of a topic, a country or an organisation.

Plain text, in as many languages as somebody wrote; a blank line begins a paragraph. What a page is
about is a subject and a mark: the word by which texts are chosen there, however it was spelled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fediverse_coord.errors import FieldFault
from fediverse_coord.protocol.text import single_line
from fediverse_coord.publishing.fields import MAX_TEXT, Fields, country_codes
from fediverse_coord.publishing.inline import is_tag, tag_from, tag_key
from fediverse_coord.publishing.passages import read_texts
from fediverse_coord.publishing.search_words import spelling_of

MAX_INTRODUCTION: Final = 1_000  # characters of one language


class Subject(StrEnum):
    """What a page or feed is about."""

    TOPIC = "topic"
    COUNTRY = "country"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an introduction stands. `name` is as written, `mark` as texts are chosen by."""

    subject: Subject
    mark: str
    name: str


def place(subject: str, name: str) -> tuple[Place | None, list[FieldFault]]:
    """The place of that name, or what is wrong with it."""
    if subject not in tuple(Subject):
        return None, [FieldFault("subject", f"must be one of: {', '.join(Subject)}")]
    cleaned = single_line(name)
    found = READERS[Subject(subject)](cleaned) if len(cleaned) <= MAX_TEXT else None
    if found is None:
        return None, [FieldFault("name", WRONG[Subject(subject)])]
    return Place(Subject(subject), *found), []


def _topic(name: str) -> tuple[str, str] | None:
    word = name.removeprefix("#")
    tag = word if is_tag(word) else tag_from(word)
    return (tag_key(tag), tag) if tag else None


def _country(name: str) -> tuple[str, str] | None:
    code = name.upper()
    return (code, code) if code in country_codes() else None


def _organisation(name: str) -> tuple[str, str] | None:
    spelling = spelling_of(name)
    return (spelling, name) if spelling else None


READERS = {
    Subject.TOPIC: _topic,
    Subject.COUNTRY: _country,
    Subject.ORGANISATION: _organisation,
}
WRONG = {
    Subject.TOPIC: "must be a topic: a word or two with a letter in it",
    Subject.COUNTRY: "must be a country's two letters (ISO 3166-1), such as ES",
    Subject.ORGANISATION: "must be the name of an organisation, at most 300 characters",
}


def read(data: Mapping[str, object]) -> tuple[dict[str, str], list[FieldFault]]:
    """The text in each language, and every fault."""
    given = Fields(data)
    given.only(("texts",))
    return read_texts(given, data.get("texts"), MAX_INTRODUCTION), given.faults


def paragraphs(text: str) -> tuple[str, ...]:
    """As they are shown."""
    parts = (" ".join(one.split()) for one in text.split("\n\n"))
    return tuple(one for one in parts if one)
