"""HTML of an earlier site as the Markdown that texts here are written in.

What our own renderer would not show is left out; a picture becomes a link with its words. Letters
that mean something in Markdown are escaped, so that a text reads as it did.
"""

import re
from html import unescape
from html.parser import HTMLParser

import nh3

from fediverse_coord.protocol.sanitize import caught, too_deep, too_dense
from fediverse_coord.protocol.text import encodable

TAGS = {
    "p", "br", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "b", "em", "i", "a", "ul", "ol", "li",
    "blockquote", "img", "hr", "pre", "code", "div", "td", "th", "tr", "dt", "dd", "figcaption",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}}
SPECIAL = re.compile(r"([\\`*_\[\]<>])")
AT_START = re.compile(r"^(\s*)([#+>-]|\d+[.)]|={3,}|~{3,})(?=\s|$|-|~|=)", re.MULTILINE)
MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`"}
BREAKS = frozenset({"p", "div", "tr", "dt", "dd", "figcaption", "hr"})
SPACES = re.compile(r"[ \t\r\n\f]+")
ANY_TAG = re.compile(r"<[^<>]*>")
MAX_DEPTH = 40
# What stands for them in a long text while it is cleaned: characters that no text has.
STAND_INS = {"&nbsp;": "\ufdd0", "&amp;": "\ufdd1"}


def escaped(text: str) -> str:
    """Plain text as Markdown that shows the same."""
    safe = SPECIAL.sub(r"\\\1", text)
    return AT_START.sub(lambda m: f"{m[1]}{m[2][:-1]}\\{m[2][-1]}", safe)


def markdown_from(html: str) -> str:
    """The text in Markdown; of what is no text nothing stays."""
    html = encodable(html)
    if "<" not in html and "&" not in html:
        return escaped(html.strip())
    cleaned = _cleaned(html)
    if cleaned is None:
        return escaped(SPACES.sub(" ", unescape(ANY_TAG.sub(" ", html))).strip())
    writer = _Writer()
    writer.feed(cleaned)
    writer.close()
    return writer.text()


def _cleaned(html: str) -> str | None:
    """None for what would keep the parser busy too long.

    What is only long is cleaned without what makes it dense, and has it back afterwards.
    """
    is_dense = too_dense(html)
    if is_dense:
        html = html.replace("\N{NO-BREAK SPACE}", "&nbsp;")
        for reference, one in STAND_INS.items():
            html = html.replace(one, "").replace(reference, one)
    if too_deep(html) or (is_dense and too_dense(html)):
        return None
    cleaned = caught(lambda: nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, link_rel=None))
    if cleaned is not None and is_dense:
        for reference, one in STAND_INS.items():
            cleaned = cleaned.replace(one, reference)
    return cleaned


class _Writer(HTMLParser):
    """Writes paragraphs as it goes; what is inside lists and quotes is set in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._done: list[str] = []
        self._line: list[str] = []
        self._lists: list[int] = []  # -1 for dots, else the next number
        self._quotes = 0
        self._links: list[str] = []
        self._lead = ""
        self._pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag in ("ul", "ol"):
            self._flush()
            if len(self._lists) < MAX_DEPTH:
                self._lists.append(-1 if tag == "ul" else 1)
        elif tag == "li":
            self._flush()
            self._lead = self._bullet()
        elif tag == "blockquote":
            self._flush()
            self._quotes += self._quotes < MAX_DEPTH
        elif tag == "a":
            self._links.append(found.get("href", ""))
            self._line.append("\0[" if self._links[-1].startswith(("http://", "https://")) else "")
        elif tag == "img":
            self._picture(found)
        elif tag == "br":
            self._line.append("\0\n")
        else:
            self._block(tag)

    def _block(self, tag: str) -> None:
        if tag in MARKS and not self._pre:
            self._line.append(f"\0{MARKS[tag]}")
        elif tag[0] == "h" and tag[1:].isdigit():
            self._flush()
            self._lead = "#" * max(2, int(tag[1:])) + " "
        elif tag in BREAKS or tag == "pre":
            lead = self._lead
            self._flush()
            self._lead = lead
            self._pre += tag == "pre"

    def _picture(self, found: dict[str, str]) -> None:
        """A link with the picture's words, where both are there."""
        src, alt = found.get("src", ""), SPACES.sub(" ", found.get("alt", "")).strip()
        if alt and src.startswith(("http://", "https://")):
            inner = escaped(alt)
            self._line.append(f"\0{inner}" if self._links else f"\0[{inner}]({_address(src)})")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            href = self._links.pop()
            if href.startswith(("http://", "https://")):
                self._line.append(f"\0]({_address(href)})")
        elif tag in MARKS and not self._pre:
            self._end_mark(f"\0{MARKS[tag]}")
        elif tag in ("ul", "ol"):
            self._flush()
            self._lists[-1:] = []
        elif tag == "blockquote":
            self._flush()
            self._quotes = max(0, self._quotes - 1)
        elif tag in BREAKS or tag in ("li", "pre") or (tag[0] == "h" and tag[1:].isdigit()):
            self._flush()
            self._pre -= tag == "pre"

    def _end_mark(self, mark: str) -> None:
        """Marks around nothing go."""
        place = len(self._line)
        while place and not self._line[place - 1].strip():
            place -= 1
        if place and self._line[place - 1] == mark:
            is_spaced = place < len(self._line) and self._line[place - 2 : place - 1] != [" "]
            self._line[place - 1 :] = [" "] if is_spaced else []
        else:
            self._line.append(mark)

    def handle_data(self, data: str) -> None:
        said = SPACES.sub(" ", data)
        if said != " " or self._line[-1:] != [" "]:  # one space is as good as many
            self._line.append(said)

    def _bullet(self) -> str:
        if not self._lists or self._lists[-1] < 0:
            return "- "
        self._lists[-1] += 1
        return f"{self._lists[-1] - 1}. "

    def _flush(self) -> None:
        """Ends a paragraph. What is written by us is marked with a zero, and not escaped."""
        said = "".join(one[1:] if one[:1] == "\0" else _inline(one) for one in self._line)
        text = _tidy(said)
        if text and self._lead.startswith("#"):
            text = text.replace("\n", " ")
        elif text and not self._lead:
            text = AT_START.sub(lambda m: f"{m[1]}{m[2][:-1]}\\{m[2][-1]}", text)
        self._line = []
        if text:
            self._done.append(self._set_in(text))
            self._lead = ""

    def _set_in(self, text: str) -> str:
        inside = "    " * max(0, len(self._lists) - 1)
        follow = inside + " " * (len(self._lead) if not self._lead.startswith("#") else 0)
        lines = text.split("\n")
        whole = "\n".join([f"{inside}{self._lead}{lines[0]}", *(follow + one for one in lines[1:])])
        return "\n".join(f"{'> ' * self._quotes}{line}" for line in whole.split("\n"))

    def text(self) -> str:
        """All of it."""
        self._flush()
        return "\n\n".join(self._done)


EDGES = re.compile(r"[ \t]*\n[ \t]*")


def _inline(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text)


def _tidy(text: str) -> str:
    """Breaks as Markdown writes them."""
    lines = [one.strip() for one in EDGES.split(text.strip())]
    return "\\\n".join(one for one in lines if one and one != "[]()")


def _address(url: str) -> str:
    return url.replace(" ", "%20").replace("(", "%28").replace(")", "%29").replace("\\", "%5C")
