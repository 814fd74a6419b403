"""What every reader of an earlier site makes: one text, as it is going to stand here.

Readers are given bytes or text and are pure; where those come from is `desk/import_sources`.
What cannot be read is a value too, that says where it stood, so that the rest comes in.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any, TypeAlias

from fediverse_coord.protocol.text import encodable

MAX_TITLE = 150
SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that came with the text, by its name in the source; `alt` says what it shows."""

    name: str
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One text in one language.

    `identity` is what the source calls it, and the same whenever it is read again. `moment` has
    the hour where the source knows it, `day` is what stands on the document. `more_url` leads to
    the whole text where this is its beginning. Texts of one `group` are versions of one work by
    the source's own word; what is only alike is found by `versions`. `place` says where in the
    source it stands, for people.
    """

    identity: str
    place: str
    title: str | None
    content: str = field(repr=False)
    language: str | None = None
    moment: datetime | None = None
    day: date | None = None
    kind: str | None = None
    countries: tuple[str, ...] = ()
    url: str | None = None
    old_path: str | None = None
    more_url: str | None = None
    pictures: tuple[Picture, ...] = ()
    group: str | None = None
    tags: tuple[str, ...] = ()
    fields: tuple[tuple[str, object], ...] = ()  # of front matter: all else that it says
    is_title_only: bool = False
    is_beginning: bool = False


@dataclass(frozen=True, slots=True)
class Faulty:
    """What was left out, and why: one sentence."""

    place: str
    reason: str


Found: TypeAlias = Imported | Faulty


def read(work: Callable[[], Found | None], place: str) -> Found | None:
    """What a reader makes of one entry, which keeps none of the others out."""
    try:
        return work()
    except (ValueError, RecursionError) as error:
        return Faulty(place, unreadable(error))


def unreadable(error: Exception) -> str:
    """The sentence of a fault that nobody foresaw."""
    return f"cannot be read: {error}"[:300]


def sound(one: Found) -> Found:
    """Without what no row and no terminal takes: lone surrogates and NUL."""
    values = {each.name: getattr(one, each.name) for each in fields(one)}
    return replace(one, **{name: _sound(value) for name, value in values.items()})


def _sound(value: Any) -> Any:
    match value:
        case str():
            return encodable(value)
        case tuple() | list():
            return type(value)(map(_sound, value))
        case dict():
            return {_sound(key): _sound(one) for key, one in value.items()}
        case Picture():
            return Picture(_sound(value.name), _sound(value.alt))
    return value


def identity_of(*parts: str) -> str:
    """A name for a text that has none: of its words, however they are spaced."""
    words = "\n".join(SPACES.sub(" ", one).strip().casefold() for one in parts)
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32]


def hidden(identity: str) -> str:
    """What is kept of an identity that says a name: it is known again, and says nothing."""
    return f"hidden:{identity_of(identity)}"


def title_from(words: str) -> tuple[str | None, str]:
    """The title, and what of it has no room there: after 150 characters, at a word's end."""
    line = SPACES.sub(" ", words).strip()
    if len(line) <= MAX_TITLE:
        return line or None, ""
    cut = line[: MAX_TITLE - 1].rpartition(" ")[0] or line[: MAX_TITLE - 1]
    return f"{cut.rstrip(' ,;:–-')}…", line


def with_title(words: str, paragraphs: Sequence[str]) -> tuple[str | None, str]:
    """Title and Markdown; a title that is too long stands above its text in full."""
    title, whole = title_from(words)
    kept = [f"**{whole}**"] if whole else []
    return title, "\n\n".join([*kept, *paragraphs])
