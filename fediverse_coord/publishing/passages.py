"""Passages: paragraphs that several texts of a coordination hold, each written in one place.

A line of its own, `{{passage: demands-2024}}`, stands for one in the text of a version. Readers see
what the passage says in that version's language, with a link to where it comes from. A backslash
before the braces keeps them text, and so does code. What a text was saved with stays with it (ADR
0022): `Inserted` is that. In a passage, handles and hashtags are words like others.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from fediverse_coord.errors import FieldFault
from fediverse_coord.protocol.text import without_controls
from fediverse_coord.publishing.fields import MAX_TEXT, Fields
from fediverse_coord.publishing.languages import is_tag, tag
from fediverse_coord.publishing.slugs import slug_fault

PASSAGE: Final = "passage"
OPENING: Final = "{{"  # a text without it names none, and need not be parsed for them
REFERENCE: Final = re.compile(r"\{\{[ \t]*passage[ \t]*:(.*?)\}\}[ \t]*\Z", re.IGNORECASE)
MAX_PASSAGE: Final = 20_000  # characters of one language
MOST_LANGUAGES: Final = 100
MOST_IN_A_TEXT: Final = 50
FIELDS: Final = ("texts", "source")
SOURCE_FIELDS: Final = ("name", "url", "declaration")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a passage comes from: a name, maybe with an address, or a declaration by its key."""

    name: str | None = None
    url: str | None = None
    declaration: str | None = None

    def as_fields(self) -> dict[str, str]:
        fields = {"name": self.name, "url": self.url, "declaration": self.declaration}
        return {name: value for name, value in fields.items() if value}


NOWHERE: Final = Origin()


@dataclass(frozen=True, slots=True)
class Wording:
    """What somebody handed in, checked: the passage in each language, the first of them first."""

    texts: Mapping[str, str] = field(repr=False)
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Inserted:
    """A passage as a version holds it; `language` is another where it is not said in its own."""

    slug: str
    language: str
    text: str = field(repr=False)
    name: str | None = None
    url: str | None = None

    def says_as(self, other: "Inserted") -> bool:
        """Whether a reader would read the same words."""
        return (self.text, self.language) == (other.text, other.language)


def took_up(before: Iterable[Inserted], after: Iterable[Inserted]) -> bool:
    """Whether a passage that both hold has other words afterwards."""
    held = {one.slug: one for one in before}
    return any(one.slug in held and not one.says_as(held[one.slug]) for one in after)


def as_rows(inserted: Iterable[Inserted]) -> list[dict[str, str]]:
    """As they are kept and exported."""
    return [
        {name: value for name in Inserted.__slots__ if (value := getattr(one, name))}
        for one in inserted
    ]


def from_rows(rows: Iterable[Mapping[str, str]]) -> tuple[Inserted, ...]:
    """Raises TypeError for what `as_rows` does not write."""
    found = tuple(Inserted(**one) for one in rows)
    if not all(isinstance(value, str) for one in as_rows(found) for value in one.values()):
        raise TypeError("a passage is told in texts")
    return found


# --- in a text ----------------------------------------------------------------------------


def install(parser: MarkdownIt) -> None:
    """Adds the rule to a parser: a line of its own, also directly below others."""
    parser.block.ruler.before("fence", PASSAGE, _reference, {"alt": ["paragraph", "reference"]})


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    first = state.bMarks[start] + state.tShift[start]
    found = REFERENCE.match(state.src, first, state.eMarks[start])
    if found is None:
        return False
    if not silent:
        token = state.push(PASSAGE, "", 0)
        token.meta, token.map = {"slug": found[1].strip()}, [start, start + 1]
        state.line = start + 1
    return True


def named_in(tokens: Sequence[Token]) -> tuple[str, ...]:
    """Each slug that a text names, as often as it does, in its order; also what is none."""
    return tuple(str(one.meta["slug"]) for one in tokens if one.type == PASSAGE)


def source_line(one: Inserted) -> str:
    """HTML: where the passage comes from, below its words."""
    if not one.name:
        return ""
    name = escapeHtml(one.name)
    told = f'<a href="{escapeHtml(one.url)}">{name}</a>' if one.url else name
    return f"<p>— {told}</p>"


# --- in languages -------------------------------------------------------------------------


def spoken(texts: Mapping[str, str], wished: str) -> str:
    """The language to be shown: the one wished for, one that fits it, else the first.

    `pt` fits `pt-BR`, and the other way round; `pt-PT` does not.
    """
    if wished in texts:
        return wished
    return next((one for one in texts if fits(one, wished)), next(iter(texts)))


def fits(language: str, wished: str) -> bool:
    """Whether readers of a version in `wished` may be given that."""
    shorter, longer = sorted((language.lower(), wished.lower()), key=len)
    return longer == shorter or longer.startswith(f"{shorter}-")


def foreign(inserted: Iterable[Inserted], language: str) -> tuple[Inserted, ...]:
    """Those that the version says in another language than its own."""
    return tuple(one for one in inserted if not fits(one.language, language))


# --- handed in ----------------------------------------------------------------------------


def read(data: Mapping[str, object]) -> tuple[Wording, list[FieldFault]]:
    """The wording that the fields describe, and every fault in them."""
    given = Fields(data)
    given.only(FIELDS)
    texts = read_texts(given, data.get("texts"), MAX_PASSAGE)
    return Wording(texts, _origin(given, data.get("source"))), given.faults


def read_texts(given: Fields, value: object, limit: int) -> dict[str, str]:
    """A text of at most `limit` characters in each language; its faults are `given`'s."""
    if not isinstance(value, Mapping) or len(value) > MOST_LANGUAGES:
        given.fault("texts", "must be an object: of each language (such as 'en') its text")
        return {}
    texts: dict[str, str] = {}
    for language, text in value.items():
        if not is_tag(language):
            given.fault(f"texts.{str(language)[:40]}", "is no language: a tag such as 'en'")
        elif not isinstance(text, str):
            given.fault(f"texts.{language}", "must be text")
        elif text.strip():
            texts[tag(language)] = _cleaned(given, f"texts.{language}", text, limit)
    if not texts and not given.faults:
        given.fault("texts", "is needed, in one language at least")
    return texts


def _cleaned(given: Fields, name: str, text: str, limit: int) -> str:
    cleaned = without_controls(text.replace("\r\n", "\n")).strip()
    if len(cleaned) > limit:
        length = f"{len(cleaned):,}"
        given.fault(name, f"must not be longer than {limit:,} characters (it has {length})")
    return cleaned


def _origin(given: Fields, value: object) -> Origin:
    if value in (None, {}, ""):
        return NOWHERE
    if not isinstance(value, Mapping):
        given.fault("source", "must be an object with: name, url, or declaration")
        return NOWHERE
    inner = Fields(value, "source.")
    inner.only(SOURCE_FIELDS)
    origin = Origin(
        inner.text("name"), inner.url("url"), inner.text("declaration", limit=MAX_TEXT * 4)
    )
    if origin.declaration and (origin.name or origin.url):
        inner.fault("declaration", "has a name and an address of its own: leave those out")
    if origin.url and not origin.name:
        origin = replace(origin, name=origin.url)
    given.faults += inner.faults
    return origin


def slug_faults(slug: str) -> list[FieldFault]:
    """Whether a text can name it so."""
    reason = slug_fault(slug, "demands-2024")
    return [FieldFault("id", reason)] if reason else []
