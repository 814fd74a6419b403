"""Mappings: where on a page of a site the texts begin and end, described in TOML.

A mapping names lines and words, not elements: sites are rebuilt more often than they are
reworded. `layouts/` has two that come along; the guide for operators tells how to write another.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fediverse_coord.errors import FieldFault, Refusal

TITLES = ("first", "gap")
SECTIONS = {
    "page": ("begins_after", "ends_before", "skip"),
    "article": ("title", "more", "cut"),
    "titles": ("begins",),
}
MOST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Layout:
    """A mapping, read.

    `title` is `first`: a text begins with its title, after the end of the one before; or `gap`: a
    title is a heading, or what more empty lines follow than other lines. `more` are the words of
    the line that ends a text's beginning, `cut` the marks that end a cut one.
    """

    name: str
    about: str
    title: str
    begins_after: tuple[str, ...] = ()
    ends_before: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()

    def begins(self, line: str) -> bool:
        return _is_one_of(line, self.begins_after)

    def ends(self, line: str) -> bool:
        return _begins_with(line, self.ends_before) is not None

    def skips(self, line: str) -> bool:
        return _begins_with(line, self.skip) is not None

    def heads_titles(self, line: str) -> bool:
        """Whether a list of mere titles begins below this line."""
        return _is_one_of(line.rstrip(" .…:"), self.titles)

    def more_in(self, line: str) -> str | None:
        """What the line that leads to the whole text says after its words; None for other lines."""
        found = _begins_with(line, self.more)
        if found is None or len(line) > 300:
            return None
        rest = line[len(found) :].strip()
        if rest and rest[0] not in ":.…[→»>(-–":
            return None
        return rest.strip(" :.…[]→»>()-–")


def layout_from(source: str, name: str) -> Layout:
    """Reads a mapping. Raises Refusal that names the mapping, and each faulty key."""
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise Refusal(f"mapping {name}: {error}") from None
    faults = [*_unknown(data), *_wrong(data)]
    if faults:
        told = "; ".join(f"{one.field} {one.reason}" for one in faults)
        raise Refusal(f"mapping {name}: {told}", faults=faults)
    page, article, titles = (_section(data, one) for one in SECTIONS)
    return Layout(
        name=str(data.get("name", name)),
        about=str(data.get("about", "")),
        title=str(article.get("title", "first")),
        begins_after=_words(page, "begins_after"),
        ends_before=_words(page, "ends_before"),
        skip=_words(page, "skip"),
        more=_words(article, "more"),
        cut=_words(article, "cut"),
        titles=_words(titles, "begins"),
    )


def _section(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = data.get(name, {})
    return found if isinstance(found, dict) else {}


def _unknown(data: Mapping[str, object]) -> list[FieldFault]:
    top = [one for one in data if one not in (*SECTIONS, "name", "about")]
    inner = [
        f"{section}.{one}"
        for section, known in SECTIONS.items()
        for one in _section(data, section)
        if one not in known
    ]
    return [FieldFault(one[:80], "is not a key of a mapping") for one in (*top, *inner)]


def _wrong(data: Mapping[str, object]) -> list[FieldFault]:
    faults = [
        FieldFault(one, "must be a section") for one in SECTIONS
        if not isinstance(data.get(one, {}), dict)
    ]  # fmt: skip
    for section in SECTIONS:
        for key, value in _section(data, section).items():
            if (section, key) == ("article", "title"):
                if value not in TITLES:
                    faults.append(FieldFault("article.title", "must be 'first' or 'gap'"))
            elif not _is_words(value):
                faults.append(FieldFault(f"{section}.{key}", "must be a list of words"))
    return faults


def _is_words(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MOST_WORDS
        and all(isinstance(one, str) and one.strip() for one in value)
    )


def _words(section: Mapping[str, object], key: str) -> tuple[str, ...]:
    found = section.get(key, [])
    return tuple(_plain(str(one)) for one in found) if isinstance(found, list) else ()


def _plain(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip()


def _is_one_of(line: str, words: Sequence[str]) -> bool:
    return _plain(line).casefold() in {one.casefold() for one in words}


def _begins_with(line: str, words: Sequence[str]) -> str | None:
    """The longest of the words that the line begins with."""
    lowered = line.casefold()
    fitting = [one for one in words if lowered.startswith(one.casefold())]
    return max(fitting, key=len, default=None)
