"""Markdown in, clean HTML out: CommonMark with tables and strikethrough.

Mentions, hashtags and bare links are found while the text is parsed, so that they are
never found inside code, links or e-mail addresses, and a backslash keeps them text. Raw
HTML is text. A line `{{passage: ID}}` stands for a passage (`publishing/passages`). Of images
only our own (`media:KEY`) are shown, in a Note beside its text; where that names a recording or a
document, the text links to it.
The microformats are those that Mastodon writes and reads (`protocol`,
`actors-and-objects.md` 2.4, 2.6). Who is behind a handle is asked of the caller; the
allow-lists are in `protocol/sanitize.py`, and `publishing/inline.py` holds the parsing.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from fediverse_coord.errors import FieldFault, Refusal
from fediverse_coord.protocol import uris
from fediverse_coord.protocol.sanitize import article_html, note_html, plain_text
from fediverse_coord.protocol.text import (
    MAX_CONTENT,
    visible_length,
    without_controls,
)
from fediverse_coord.publishing import inline, passages
from fediverse_coord.publishing.illustrations import SCHEME, Image
from fediverse_coord.publishing.passages import Inserted

FormName: TypeAlias = Literal["note", "article"]


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody whom a text names: `handle` is `@user@host`, `url` their page."""

    handle: str
    actor_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Album:
    """Pictures by key, and the address below which their files are served."""

    media: str = ""
    images: Mapping[str, Image] = field(default_factory=dict)

    def encloses(self, key: str) -> bool:
        """Whether it is a recording or a document: a text links to it."""
        found = self.images.get(key)
        return found is not None and found.enclosed is not None


NO_PICTURES: Final = Album()
WORD: Final = re.compile(r"\s*(?:[^\W\d_]|\d+ +[^\W_])")  # not the number of a list


@dataclass(frozen=True, slots=True)
class Rendered:
    """`hashtags` as first written, without `#`; `mentions` as `@user@host`; in text order."""

    html: str
    hashtags: tuple[str, ...]
    mentions: tuple[str, ...]


def render(
    text: str,
    *,
    form: FormName,
    resolve_mention: Callable[[str], Mention | None],
    tag_url: Callable[[str], str],
    album: Album = NO_PICTURES,
    inserted: Sequence[Inserted] = (),
) -> Rendered:
    """The HTML of a declaration or an answer, and whom and what it names.

    `resolve_mention` gets `@user@host` with a lower-case host; what it does not know
    stays text. `tag_url` gets the `tag_key` of the tag. A picture that the album lacks leaves
    nothing, nor does a passage that is not among the `inserted`. Raises Refusal where the text is
    longer than 200,000 characters.
    """
    tokens = _parsed(text)
    known = {handle: resolve_mention(handle) for handle in _handles(tokens)}
    if form == "article":
        _lower_headings(tokens)
        _figures(tokens, album)
    shown = {one.slug: one for one in inserted}
    env = {"mentions": known, "tag_url": tag_url, "form": form, "album": album, "passages": shown}
    html = str(PARSER.renderer.render(tokens, PARSER.options, env))
    return Rendered(
        article_html(html, album.media) if form == "article" else note_html(html),
        _hashtags(tokens),
        tuple(handle for handle, found in known.items() if found is not None),
    )


def says_anything(text: str) -> bool:
    """Whether words or a picture are left of the text once the HTML in it is taken away."""
    if "<" not in text and WORD.match(text):
        return True  # as nearly all do; the first line is read, whatever follows it
    left = plain_text(article_html(WITH_HTML.render(text)))
    return visible_length(left.strip()) > 0 or any(_images(_parsed(text)))


def handles_in(text: str) -> tuple[str, ...]:
    """Each `@user@host` that `render` would ask about, once, in text order."""
    return tuple(dict.fromkeys(_handles(_parsed(text))))


def hashtags_in(text: str) -> tuple[str, ...]:
    """Each hashtag of the text as first written, without `#`, once, in text order."""
    return _hashtags(_parsed(text))


def pictures_in(text: str) -> tuple[tuple[str, str], ...]:
    """Key and alt text of each `![alt](media:KEY)`, in text order."""
    return tuple(
        (source.removeprefix(SCHEME), inline.text_of(one.children or ()).strip())
        for one, source in _images(_parsed(text))
        if source.startswith(SCHEME)
    )


def passages_in(text: str) -> tuple[str, ...]:
    """The id of each `{{passage: ID}}` on a line of its own, in text order."""
    return passages.named_in(_parsed(text)) if passages.OPENING in text else ()


def plain_words(text: str) -> str:
    """What a reader reads of it, in one line."""
    html = render(text, form="note", resolve_mention=lambda _: None, tag_url=lambda _: "").html
    return " ".join(plain_text(html).split())


def files_in(text: str) -> tuple[tuple[str, str], ...]:
    """Path and alt text of each `![alt](path)` that is no address, in text order."""
    return tuple(
        (unquote(source), inline.text_of(one.children or ()).strip())
        for one, source in _images(_parsed(text))
        if source and ":" not in source.partition("/")[0]
    )


def _images(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    for token in _inline(tokens):
        if token.type == "image":
            yield token, str(token.attrGet("src") or "")


def _parsed(text: str) -> list[Token]:
    if len(text) > MAX_CONTENT:
        reason = f"the text is longer than {MAX_CONTENT:,} characters; divide it"
        raise Refusal(reason, faults=[FieldFault("content", reason)])
    return PARSER.parse(without_controls(text.replace("\r\n", "\n")))


def _inline(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or ()


def _handles(tokens: Sequence[Token]) -> Iterator[str]:
    return (str(one.meta["handle"]) for one in _inline(tokens) if one.type == inline.MENTION)


def _hashtags(tokens: Sequence[Token]) -> tuple[str, ...]:
    words = (one.content[1:] for one in _inline(tokens) if one.type == inline.HASHTAG)
    return tuple({inline.tag_key(word): word for word in reversed(list(words))}.values())[::-1]


def _lower_headings(tokens: Sequence[Token]) -> None:
    """The title is the page's only h1: where a text has one, all move down by one."""
    headings = [one for one in tokens if one.type in {"heading_open", "heading_close"}]
    if any(one.tag == "h1" for one in headings):
        for one in headings:
            one.tag = f"h{min(6, int(one.tag[1]) + 1)}"


def _figures(tokens: Sequence[Token], album: Album) -> None:
    """A picture of ours that stands alone in its paragraph is a figure, its title the caption."""
    for start, middle, end in zip(tokens, tokens[1:], tokens[2:], strict=False):
        keys = [one.removeprefix(SCHEME) for _, one in _images([middle]) if one.startswith(SCHEME)]
        alone = len(middle.children or ()) == 1 and keys != [] and not album.encloses(keys[0])
        if start.type == "paragraph_open" and not start.hidden and alone:
            start.tag = end.tag = "figure"
            middle.children[0].meta["figure"] = True  # type: ignore[index]


class Renderer(RendererHTML):
    """Writes what differs from CommonMark; `env` carries what the caller knows."""

    def mention(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        found = env["mentions"].get(token.meta["handle"])
        if found is None:
            return str(escapeHtml(token.content))
        user = escapeHtml(token.content[1:].partition("@")[0])
        link = f'<a href="{escapeHtml(found.url)}" class="u-url mention">@<span>{user}</span></a>'
        return f'<span class="h-card" translate="no">{link}</span>'

    def hashtag(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        url = escapeHtml(env["tag_url"](tokens[idx].meta["tag"]))
        word = escapeHtml(tokens[idx].content[1:])
        return f'<a href="{url}" class="mention hashtag" rel="tag">#<span>{word}</span></a>'

    def passage(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        found = env["passages"].get(tokens[idx].meta["slug"])
        if found is None:
            return ""
        inner = WITHOUT_NAMES.parse(without_controls(found.text))
        if env["form"] == "article":
            _lower_headings(inner)
        return str(self.render(inner, options, env)) + passages.source_line(found)

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        source, alt = str(token.attrGet("src") or ""), inline.text_of(token.children or ())
        if source.startswith(SCHEME):
            return _ours(token, env["album"], source.removeprefix(SCHEME), alt, env["form"])
        if uris.origin_of(source) is None:
            return str(escapeHtml(alt))
        if _inside_link(tokens, idx):
            return str(escapeHtml(alt or source))
        return f'<a href="{escapeHtml(source)}">{escapeHtml(alt or source)}</a>'

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        href = str(tokens[idx].attrGet("href") or "")
        return f'<a href="{escapeHtml(href)}">' if uris.origin_of(href) is not None else ""

    def link_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        start = _matching_open(tokens, idx)
        href = str(tokens[start].attrGet("href") or "")
        if uris.origin_of(href) is not None:
            return "</a>"
        # Mastodon drops mailto links: the address has to be readable.
        address = inline.mail_address(href)
        shown = inline.text_of(tokens[start:idx])
        return f" ({escapeHtml(address)})" if address and address not in shown else ""


def _ours(token: Token, album: Album, key: str, alt: str, form: FormName) -> str:
    """The picture; in a Note nothing but its caption, as Mastodon drops images from texts."""
    image, caption = album.images.get(key), escapeHtml(str(token.attrGet("title") or ""))
    if image is not None and image.enclosed is not None:
        # A link in every form: of documents Mastodon shows nothing but what the text says.
        link = f'<a href="{album.media}{image.enclosed.name}">{escapeHtml(alt)}</a>'
        return f"{link} {caption}" if caption else link
    if form == "note" or image is None:
        return str(caption)
    file = image.page
    size = f'width="{file.width}" height="{file.height}"'
    source = f"{album.media}{file.name}"
    shown = f'<img src="{source}" alt="{escapeHtml(alt)}" {size} loading="lazy">'
    if not caption or "figure" not in token.meta:
        return shown
    return f"{shown}<figcaption>{caption}</figcaption>"


def _matching_open(tokens: Sequence[Token], idx: int) -> int:
    """Links cannot be nested: the nearest opening before is ours."""
    return next(i for i in range(idx, -1, -1) if tokens[i].type == "link_open")


def _inside_link(tokens: Sequence[Token], idx: int) -> bool:
    before = (one.type for one in reversed(tokens[:idx]))
    return next((one for one in before if one in {"link_open", "link_close"}), "") == "link_open"


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False}, renderer_cls=Renderer)
    return parser.enable(["table", "strikethrough"])


PARSER, WITHOUT_NAMES = _parser(), _parser()
inline.install(PARSER)
passages.install(PARSER)
inline.install(WITHOUT_NAMES)
WITHOUT_NAMES.disable([inline.MENTION, inline.HASHTAG])  # of a passage, where both are words
WITH_HTML = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
