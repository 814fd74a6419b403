"""A page as its lines: from HTML as a browser saved it, or from plain text.

Both become the same blocks, so that one mapping describes a site, however its page was kept. What
HTML says besides (this is a heading, an item, a link) goes along; of its looks nothing does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

MAX_DEPTH = 400
HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "dd", "details", "div", "dl", "dt",
    "figcaption", "figure", "footer", "form", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul", *HEADINGS,
})  # fmt: skip
SILENT = frozenset({
    "script", "style", "head", "noscript", "template", "svg", "select", "button", "iframe",
    "object",
})  # fmt: skip
GAP_OF_HEADING = 2
IS_HTML = re.compile(r"<(?:!doctype html|html|body|div|article|p|h[1-6])[\s>]", re.IGNORECASE)
SPACES = re.compile(r"\s+")
BANG = re.compile(r"<!--|<!|<\?")
LONGEST_TAG = 65_536  # characters


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that stand together. `gap` is how many empty lines follow; `line` begins with 1."""

    text: str
    line: int
    gap: int = 1
    level: int = 0  # of a heading
    is_item: bool = False
    href: str | None = None


def blocks_of(text: str) -> list[Block]:
    """The page's blocks, whichever of the two it is."""
    return list(_from_html(text) if IS_HTML.search(text[:20_000]) else _from_text(text))


def _from_text(text: str) -> Iterator[Block]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    gathered: list[str] = []
    start, gap = 1, 0
    for number, raw in enumerate([*lines, "", "."], start=1):
        line = raw.replace("\N{NO-BREAK SPACE}", " ").strip()
        if not line:
            gap += 1
            continue
        if gathered and gap:
            yield Block("\n".join(gathered), start, gap)
            gathered = []
        if not gathered:
            start = number
        gathered.append(line)
        gap = 0


def _from_html(text: str) -> Iterator[Block]:
    parser = _Lines()
    parser.feed(tamed(text))
    parser.close()
    parser.flush()
    yield from parser.found


def tamed(text: str) -> str:
    """The page without comments and declarations, and with no tag that does not end.

    The parser looks for the end of each such thing, up to the page's own: a page of nothing else
    would keep it busy for days. Line ends stay, so that lines have their numbers.
    """
    *pieces, last = "".join(_without_comments(text)).split("<")
    away, kept = last.find(">") if ">" in last else LONGEST_TAG, [last]
    for piece in reversed(pieces):
        kept += ["<" if away < LONGEST_TAG else "&lt;", piece]
        end = piece.find(">")
        away = end if end >= 0 else away + len(piece) + 1
    return "".join(reversed(kept))


def _without_comments(text: str) -> Iterator[str]:
    place, missing = 0, set[str]()
    for found in BANG.finditer(text):
        if found.start() < place:
            continue
        yield text[place : found.start()]
        closing = "-->" if found[0] == "<!--" else ">"
        end = -1 if closing in missing else text.find(closing, found.end())
        if end < 0:
            missing.add(closing)
        place = end + len(closing) if end >= 0 else found.end()
        yield "\n" * text.count("\n", found.start(), place)
    yield text[place:]


@dataclass(slots=True)
class _Open:
    """The block that is being read."""

    parts: list[str] = field(default_factory=list)
    line: int = 1
    href: str | None = None


class _Lines(HTMLParser):
    """Gathers the text between the beginnings and ends of blocks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Block] = []
        self._open = _Open()
        self._silent: list[str] = []
        self._level = 0
        self._items = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            if len(self._silent) < MAX_DEPTH:
                self._silent.append(tag)
            return
        if tag == "body":
            self._silent.clear()
        if tag in BLOCKS:
            self.flush()
        if tag == "br":
            self._open.parts.append("\n")
        if tag == "a" and self._open.href is None:
            self._open.href = dict(attrs).get("href")
        self._level = HEADINGS.get(tag, self._level)
        self._items += tag == "li"

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT and tag in self._silent:
            while self._silent.pop() != tag:
                pass
            return
        if tag in BLOCKS:
            self.flush()
        if tag in HEADINGS:
            self._level = 0
        self._items = max(0, self._items - (tag == "li"))

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if not self._open.parts and data.strip():
            self._open.line = self.getpos()[0]
        if self._open.parts or data.strip():
            self._open.parts.append(SPACES.sub(" ", data))

    def flush(self) -> None:
        """Ends the block that is open."""
        lines = "".join(self._open.parts).split("\n")
        text = "\n".join(line for line in (SPACES.sub(" ", one).strip() for one in lines) if line)
        if text:
            level = self._level
            gap = GAP_OF_HEADING if level else 1
            block = Block(text, self._open.line, gap, level, self._items > 0, self._open.href)
            self.found.append(block)
        self._open = _Open(line=self._open.line)
