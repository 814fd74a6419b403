"""From a text's HTML to the tree that paper is set from: plain JSON, which nothing evaluates.

Reads HTML as `protocol/sanitize` leaves it. Blocks are dicts with a kind under `k`; inline content
is a list of texts and such dicts. What paper cannot bear is made bearable here: nesting without
end, words longer than a line, tables wider than a page. Pictures stand by their description.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TypeAlias

Node: TypeAlias = dict[str, object]
Inline: TypeAlias = str | Node

VOID = frozenset({"br", "hr", "img"})
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
BLOCKS = frozenset({
    "p", "ul", "ol", "li", "blockquote", "pre", "hr", "table", "figure", "figcaption", "dl", "dt",
    "dd", "div", "section", "article", "caption", *HEADINGS,
})  # fmt: skip
INLINE = {
    "b": "strong", "strong": "strong", "i": "em", "em": "em", "cite": "em", "u": "u", "ins": "u",
    "del": "s", "s": "s", "sub": "sub", "sup": "sup", "code": "code", "q": "q",
}  # fmt: skip
DEEPEST = 60  # elements within each other that are told apart at all
DEEPEST_BLOCKS = 6
DEEPEST_INLINE = 12
MOST_COLUMNS, MOST_CELLS = 8, 1_500
MOST_ITEMS_FROM = 99_999

SPACES = re.compile(r"[ \t\n\f\r]+")
# Scripts that may be broken anywhere are left to the typesetter.
LONG_WORD = re.compile(
    r"[^\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]{40,}"
)
BREAK, BREAK_EVERY = "\u200b", 24


@dataclass(slots=True)
class Element:
    """An element with what it contains."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: "list[Element | str]" = field(default_factory=list)


def blocks_of(html: str) -> list[Node]:
    """The text's blocks in their order. Never raises."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    found = list(_blocks(reader.root.inside, 0))
    _settle_headings(found)
    return found


def plain_blocks(text: str) -> list[Node]:
    """A paragraph for each line: what always can be set."""
    return [{"k": "p", "c": [breakable(line)]} for line in text.split("\n") if line.strip()]


def breakable(text: str) -> str:
    """The text, where words longer than any line may be broken."""
    return LONG_WORD.sub(lambda found: _broken(found[0]), text)


def _broken(word: str) -> str:
    parts, part = [], ""
    for letter in word:
        stays = unicodedata.category(letter) in {"Mn", "Mc", "Me", "Cf"}
        if len(part) >= BREAK_EVERY and not stays:
            parts.append(part)
            part = ""
        part += letter
    return BREAK.join([*parts, part])


class _Reader(HTMLParser):
    """A tree, however badly elements are closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(one)
        if tag not in VOID and len(self.open) < DEEPEST:
            self.open.append(one)

    def handle_endtag(self, tag: str) -> None:
        place = next((n for n in range(len(self.open) - 1, 0, -1) if self.open[n].tag == tag), 0)
        if place:
            del self.open[place:]

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


# --- blocks ---------------------------------------------------------------------------


def _blocks(inside: "Iterable[Element | str]", depth: int) -> Iterator[Node]:
    """Blocks as they are; what stands between them becomes paragraphs."""
    loose: list[Element | str] = []
    for one in inside:
        if isinstance(one, Element) and one.tag in BLOCKS:
            yield from _paragraph(loose)
            loose = []
            yield from _block(one, depth)
        else:
            loose.append(one)
    yield from _paragraph(loose)


def _paragraph(inside: "list[Element | str]", like: Element | None = None) -> Iterator[Node]:
    content = _Run().of(inside)
    if any(not isinstance(one, str) or one.strip() for one in content):
        yield _spoken({"k": "p", "c": content}, like)


def _spoken(node: Node, like: Element | None) -> Node:
    """With the element's own language and direction, where it has any."""
    for name, key in (("lang", "lang"), ("dir", "dir")):
        value = like.attributes.get(name, "") if like else ""
        if value and value != "auto":
            node[key] = value
    return node


def _block(one: Element, depth: int) -> Iterator[Node]:
    match one.tag:
        case "p":
            yield from _paragraph(one.inside, one)
        case "hr":
            yield {"k": "rule"}
        case "pre":
            yield {"k": "pre", "t": breakable(_text(one).strip("\n"))}
        case "table":
            yield from _table(one, depth)
        case _ if one.tag in HEADINGS:
            for made in _paragraph(one.inside, one):  # none where it is empty: PDF/UA-1, 7.4.2
                yield made | {"k": "h", "n": HEADINGS[one.tag]}
        case _ if depth >= DEEPEST_BLOCKS:
            yield from _blocks(one.inside, depth)
        case "ul" | "ol":
            yield from _list(one, depth + 1)
        case "blockquote":
            yield _spoken({"k": "quote", "c": list(_blocks(one.inside, depth + 1))}, one)
        case "dt":
            yield from _paragraph([Element("strong", {}, one.inside)])
        case "dd":
            yield {"k": "indent", "c": list(_blocks(one.inside, depth + 1))}
        case "figcaption" | "caption":
            yield from _paragraph([Element("em", {}, one.inside)])
        case _:
            yield from _blocks(one.inside, depth)


def _list(one: Element, depth: int) -> Iterator[Node]:
    items = [
        list(_blocks(inner.inside, depth))
        for inner in one.inside
        if isinstance(inner, Element) and inner.tag == "li"
    ]
    if not items:
        yield from _blocks(one.inside, depth)
    elif one.tag == "ul":
        yield _spoken({"k": "list", "c": items}, one)
    else:
        start = _number(one.attributes.get("start", ""), 1, MOST_ITEMS_FROM, least=0)
        yield _spoken({"k": "enum", "n": start, "c": items}, one)


def _number(text: str, otherwise: int, most: int, *, least: int = 1) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise
    return max(least, min(number, most))


def _settle_headings(blocks: list[Node]) -> None:
    """No level is left out on the way down; the paper's title is the first. PDF/UA-1, 7.4.2."""
    levels: list[int] = []
    for one in blocks:
        if one["k"] != "h":
            continue
        level = one["n"]
        assert isinstance(level, int)
        while levels and levels[-1] >= level:
            levels.pop()
        levels.append(level)
        one["n"] = len(levels) + 1


# --- tables ---------------------------------------------------------------------------


def _table(one: Element, depth: int) -> Iterator[Node]:
    """Cells with their places; a table that no page can hold is told row by row."""
    captions = [inner for inner in _elements(one) if inner.tag == "caption"]
    yield from (node for inner in captions for node in _block(inner, depth))
    rows = [[cell for cell in _elements(row) if cell.tag in {"td", "th"}] for row in _rows(one)]
    cells, columns = _placed(rows)
    if not cells:
        return
    if columns > MOST_COLUMNS or len(cells) > MOST_CELLS:
        yield from (node for row in rows for node in _paragraph(_told(row)))
        return
    heads = bool(rows[0]) and all(cell.tag == "th" for cell in rows[0])
    found: list[Node] = []
    for cell, x, y, wide, high in cells:
        content = list(_blocks(cell.inside, DEEPEST_BLOCKS))
        heading = cell.tag == "th"
        high = 1 if heads and y == 0 else high
        found.append({"c": content, "th": heading, "x": x, "y": y, "w": wide, "h": high})
    yield {"k": "table", "columns": columns, "head": heads, "cells": found}


def _elements(one: Element) -> Iterator[Element]:
    return (inner for inner in one.inside if isinstance(inner, Element))


def _rows(one: Element) -> Iterator[Element]:
    for inner in _elements(one):
        if inner.tag == "tr":
            yield inner
        elif inner.tag in {"thead", "tbody", "tfoot"}:
            yield from _rows(inner)


def _placed(rows: list[list[Element]]) -> tuple[list[tuple[Element, int, int, int, int]], int]:
    """Cell, column, row, columns wide, rows high; none covers another. And how many columns."""
    taken: set[tuple[int, int]] = set()
    cells, columns = [], 0
    for y, row in enumerate(rows):
        x = 0
        for cell in row:
            while (x, y) in taken:
                x += 1
            wide = _number(cell.attributes.get("colspan", ""), 1, MOST_COLUMNS)
            while any((x + more, y) in taken for more in range(wide)):
                wide -= 1
            high = _number(cell.attributes.get("rowspan", ""), 1, len(rows) - y)
            high = min(high, MOST_CELLS)
            taken |= {(x + dx, y + dy) for dx in range(wide) for dy in range(high)}
            cells.append((cell, x, y, wide, high))
            x += wide
            columns = max(columns, x)
            if len(cells) > MOST_CELLS:
                return cells, columns
    return cells, columns


def _told(row: list[Element]) -> "list[Element | str]":
    told: list[Element | str] = []
    for cell in row:
        told += [" | ", *cell.inside] if told else cell.inside
    return told


# --- inline ---------------------------------------------------------------------------


@dataclass(slots=True)
class _Run:
    """Inline content with its spaces collapsed, as a browser does it across elements."""

    spaced: bool = True  # what came last is a space, or nothing came yet

    def of(self, inside: "Iterable[Element | str]", depth: int = 0) -> list[Inline]:
        found: list[Inline] = []
        for one in inside:
            found += self._text(one) if isinstance(one, str) else self._element(one, depth)
        return found

    def _text(self, text: str) -> list[Inline]:
        text = SPACES.sub(" ", text)
        if self.spaced:
            text = text.removeprefix(" ")
        if not text:
            return []
        self.spaced = text.endswith(" ")
        return [breakable(text)]

    def _element(self, one: Element, depth: int) -> list[Inline]:
        match one.tag:
            case "br":
                self.spaced = True
                return [{"k": "br"}]
            case "img":
                return self._picture(one)
            case "a":
                return self._wrapped("a", one, depth, u=one.attributes.get("href", ""))
            case "rt":
                return self._wrapped("rt", one, depth)
            case "rp":
                return []
            case _ if one.tag in INLINE:
                return self._wrapped(INLINE[one.tag], one, depth)
        if {"lang", "dir"} & one.attributes.keys() or one.tag in {"bdi", "bdo"}:
            return [_spoken(node, one) for node in self._wrapped("span", one, depth)]  # type: ignore[arg-type]
        # Blocks within inline content stand apart from their neighbours.
        gap: list[Inline] = [" "] if one.tag in BLOCKS and not self.spaced else []
        return gap + self.of(one.inside, depth)

    def _picture(self, one: Element) -> list[Inline]:
        """Until pictures are set on paper, what they show is told."""
        self.spaced = False
        alt = one.attributes.get("alt", "").strip()
        return [{"k": "picture", "t": breakable(SPACES.sub(" ", alt))}] if alt else []

    def _wrapped(self, kind: str, one: Element, depth: int, **more: str) -> list[Inline]:
        content = self.of(one.inside, depth + 1)
        if not content or depth >= DEEPEST_INLINE:
            return content
        return [{"k": kind, "c": content, **more}]


def _text(one: Element) -> str:
    """All text inside, as it stands."""
    parts = []
    for inner in one.inside:
        if isinstance(inner, str):
            parts.append(inner)
        else:
            parts.append("\n" if inner.tag == "br" else _text(inner))
    return "".join(parts)
