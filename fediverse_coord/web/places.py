"""Places in a text: ways over to the same paragraph in another language.

Translations are parallel, so the third paragraph of one is the third of the other. Without script
nobody knows where a reader is; so every few paragraphs, and beside each heading, there is a way
over. HTML that `protocol/sanitize` made, and nothing else, is read here.
"""

from collections.abc import Sequence
from html.parser import HTMLParser

from markupsafe import Markup

from fediverse_coord.web.views import LanguageLink

MOST = 12  # ways over in one text
VOID = frozenset({"br", "hr", "img", "wbr"})
HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
NAME = "p{}"


def with_places(html: str, links: Sequence[LanguageLink], say: str) -> Markup:
    """The text with an id at each paragraph, and ways over to it in the other languages.

    `say` is what the way over is called. With no other language the text is as it was.
    """
    if not links:
        return Markup(html)  # noqa: S704 - sanitised when it was saved
    blocks = _Blocks(html)
    ways = _chosen(blocks.names)
    made, at = [], 0
    for number, (start, end) in enumerate(blocks.spans, start=1):
        tag_end = start + 1 + len(blocks.names[number - 1])
        made += [html[at:tag_end], f' id="{NAME.format(number)}"', html[tag_end:end]]
        if number - 1 in ways:
            made.append(_way(NAME.format(number), links, say))
        at = end
    return Markup("".join([*made, html[at:]]))  # noqa: S704 - the same, with ids and our own links


def _chosen(names: Sequence[str]) -> set[int]:
    """Beside headings, and else so that they lie evenly; never at the end, where the others are."""
    inner = range(1, len(names) - 1)
    every = max(2, -(-len(names) // MOST))
    chosen = [n for n in inner if names[n] in HEADINGS or n % every == 0]
    return set(chosen[:MOST])


def _way(name: str, links: Sequence[LanguageLink], say: str) -> str:
    head = '<details class="way"><summary title="{0}" aria-label="{0}">⇄</summary>'
    ways = Markup(" ").join(
        Markup('<a href="{}#{}" hreflang="{}" lang="{}">{}</a>').format(
            one.url, name, one.language.tag, one.language.tag, one.language.name
        )
        for one in links
    )
    return f"{Markup(head).format(say)}{ways}</details>"  # noqa: S704 - a constant


class _Blocks(HTMLParser):
    """Where the outermost elements begin and end, and what they are."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.spans: list[tuple[int, int]] = []
        self.names: list[str] = []
        self._depth, self._start = 0, 0
        self._lines = [0]
        for line in html.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.feed(html)
        self.close()

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        if not self._depth:
            self._start = self._at()
            self.names.append(tag)
        self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not self._depth:
            return
        self._depth -= 1
        if not self._depth:
            self.spans.append((self._start, self._at() + len(f"</{tag}>")))
