"""HTML that may be stored, sent and shown: allow-lists.  `actors-and-objects.md` 2.4.

Three lists: what we send as an Article (FEP-b2b8), what we send as a Note (what
Mastodon keeps), and what we keep of a stranger's response. The parsing is html5ever's,
through nh3; an element that a list lacks leaves its text behind, headings and table rows
become paragraphs where the list has none. Nothing here raises: HTML that is too long, too
deep or beyond the parser becomes escaped text (`security.md` D4, E1). Escaping on output
remains the templates' duty, and plain text is `protocol/text.py`'s.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape, unescape

import nh3

from fediverse_coord.protocol import uris
from fediverse_coord.protocol.text import MAX_CONTENT, encodable, without_controls
from fediverse_coord.protocol.text import display_name as display_name

MAX_DEPTH = 100  # html5ever takes quadratic time in the depth of open elements
MAX_FORMATTING = 12  # open formatting elements are repeated in every paragraph after them
MOST_LOOKED_AT = 1_000_000_000  # characters, while it is written out: less than a tenth of a second


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MASTODON_TAGS = _words("p br span a del s pre blockquote code b strong u i em ul ol li ruby rt rp")
ARTICLE_TAGS = MASTODON_TAGS | _words(
    "h2 h3 h4 h5 h6 hr img figure figcaption table caption thead tbody tfoot tr th td"
    " sub sup ins q cite abbr dl dt dd bdi bdo"
)
DEGRADED_TAGS = MASTODON_TAGS | _words(
    "h1 h2 h3 h4 h5 h6 div img table thead tbody tfoot tr th td hr figure figcaption caption"
    " dt dd section article"
)
BLOCK_TAGS = _words(
    "p br h1 h2 h3 h4 h5 h6 div li tr blockquote pre hr figure figcaption caption dt dd"
    " section article header footer"
)
SILENT_TAGS = _words(
    "script style template iframe object embed svg math noembed noframes noscript"
    " textarea title xmp select audio video canvas"
)  # removed with what they contain

ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "rel", "class", "translate"},
    "span": {"class", "translate"},
    "p": {"class"},
    "ol": {"start", "reversed"},
    "li": {"value"},
}
ARTICLE_ATTRIBUTES = ATTRIBUTES | {
    "img": {"src", "alt", "width", "height", "loading"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
    "abbr": {"title"},
}
CLASSES = re.compile(
    r"((h|p|u|dt|e)-[\w-]{1,40}|mention|hashtag|ellipsis|invisible|quote-inline)\Z"
)
RELATIONS = frozenset({"tag", "me", "nofollow", "noopener", "noreferrer", "ugc"})
LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,35}\Z")
NUMBER = re.compile(r"-?[0-9]{1,6}\Z", re.ASCII)

STRANGERS_REL = "nofollow noopener ugc"


def _kept_attribute(tag: str, name: str, value: str) -> str | None:
    """The attribute's value as far as it is allowed, or nothing."""
    match name:
        case "href" | "src":
            return value if uris.origin_of(value) is not None else None
        case "class":
            return " ".join(one for one in value.split() if CLASSES.match(one)) or None
        case "rel":
            return " ".join(one for one in value.split() if one in RELATIONS) or None
        case "translate":
            return value if value in {"no", "yes"} else None
        case "dir":
            return value if value in {"ltr", "rtl", "auto"} else None
        case "lang":
            return value if LANGUAGE.match(value) else None
        case "alt" | "title":
            return without_controls(value)
        case "scope":
            return value if value in {"row", "col"} else None
        case "loading":
            return value if value == "lazy" else None
        case "reversed":
            return ""
    return value if NUMBER.match(value) else None


def _cleaner(
    tags: frozenset[str],
    attributes: dict[str, set[str]],
    *,
    rel: str | None = None,
    kept: Callable[[str, str, str], str | None] = _kept_attribute,
) -> nh3.Cleaner:
    if rel is not None:
        attributes = attributes | {"a": attributes["a"] - {"rel"}}
    return nh3.Cleaner(
        tags=tags,
        clean_content_tags=SILENT_TAGS,
        attributes=attributes,
        attribute_filter=kept,
        link_rel=rel,
        url_schemes={"http", "https"},
        url_relative="deny",
    )


NOTE = _cleaner(MASTODON_TAGS, ATTRIBUTES)
RESPONSE = _cleaner(MASTODON_TAGS, ATTRIBUTES, rel=STRANGERS_REL)
DEGRADED = _cleaner(DEGRADED_TAGS, ATTRIBUTES | {"img": {"alt"}})
BLOCKS = nh3.Cleaner(tags=BLOCK_TAGS, clean_content_tags=SILENT_TAGS, attributes={})


FILE_NAME = re.compile(r"[0-9a-f]{64}\.(jpg|png)\Z", re.ASCII)


@lru_cache(maxsize=8)
def _article(media: str) -> nh3.Cleaner:
    """Of images, those alone that we serve ourselves below `media`: readers tell nobody else."""

    def kept(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src":
            file_name = value.removeprefix(media)
            return value if file_name != value and FILE_NAME.match(file_name) else None
        return _kept_attribute(tag, name, value)

    return _cleaner(ARTICLE_TAGS, ARTICLE_ATTRIBUTES, kept=kept)


def article_html(html: str, media: str = "") -> str:
    """Our Article: the FEP-b2b8 set, absolute http(s) URLs only.

    `media` is the address below which our own pictures lie. Others' leave their alt text.
    """
    cleaner = _article(media)
    return _safely(html, lambda text: IMAGE.sub(_ours_or_alt, cleaner.clean(text)))


def note_html(html: str) -> str:
    """Our Note: what Mastodon keeps; headings are bold paragraphs, rows are paragraphs."""
    return _safely(html, lambda text: NOTE.clean(_degraded(text)))


def response_html(html: object) -> str:
    """A stranger's post: Mastodon's set, links with `rel="nofollow noopener ugc"`.

    Images are not hot-linked: their alt text stands in their place (`security.md` E4).
    """
    if not isinstance(html, str):
        return ""
    return _safely(html, lambda text: RESPONSE.clean(_degraded(text)))


# --- from more elements to fewer -------------------------------------------------------

# All of these are applied to what the cleaner has serialised, where text and attribute
# values cannot contain a bare tag; and the result is cleaned once more.
IMAGE = re.compile(r'<img(?: [a-z]+="[^"]*")*>')
ALT = re.compile(r' alt="([^"]*)"')
REWRITES = (
    (re.compile(r"<h[1-6](?: [^<>]*)?>"), "<p><strong>"),
    (re.compile(r"</h[1-6]>"), "</strong></p>"),
    (re.compile(r"</t[hd]>\s*<t[hd](?: [^<>]*)?>"), " | "),
    (re.compile(r"</?t[hd](?: [^<>]*)?>"), ""),
    (re.compile(r"</?(table|thead|tbody|tfoot)(?: [^<>]*)?>\s*"), ""),
    (re.compile(r"\s*<hr>\s*"), "\n"),
    (re.compile(r"<tr(?: [^<>]*)?>\s*"), "<p>"),
    (re.compile(r"\s*</tr>"), "</p>"),
    (re.compile(r"<(div|figure|figcaption|caption|dt|dd|section|article)(?: [^<>]*)?>"), "<p>"),
    (re.compile(r"</(div|figure|figcaption|caption|dt|dd|section|article)>"), "</p>"),
)
RICHER = re.compile(f"<(?:{'|'.join(sorted(DEGRADED_TAGS - MASTODON_TAGS))})[ >]")
EMPTY = re.compile(r"<p>\s*</p>\n?|<strong></strong>")


def _degraded(html: str) -> str:
    """With paragraphs for headings, rows and divisions, and alt texts for images."""
    cleaned = DEGRADED.clean(html)
    if not RICHER.search(cleaned):
        return EMPTY.sub("", cleaned) if "<p>" in cleaned else cleaned  # nothing to rewrite
    text = IMAGE.sub(_alt_text, cleaned)
    for pattern, replacement in REWRITES:
        text = pattern.sub(replacement, text)
    return EMPTY.sub("", NOTE.clean(text)) if "<p>" in text else text


def _ours_or_alt(image: re.Match[str]) -> str:
    return image[0] if ' src="' in image[0] else _alt_text(image)


def _alt_text(image: re.Match[str]) -> str:
    found = ALT.search(image[0])
    return found[1].replace("<", "&lt;").replace(">", "&gt;") if found else ""


# --- text -----------------------------------------------------------------------------

LINE_ENDS = re.compile(r"<br>|</(?!li>)[a-z0-9]+>|</li>|<hr>")
ANY_TAG = re.compile(r"<[^<>]*>")
BLANK_LINES = re.compile(r"[ \t]*\n\s*\n\s*")
SOURCE_LINES = re.compile(r"\s+")


def plain_text(html: str) -> str:
    """The words alone; paragraphs are separated by a blank line, `<br>` by a line feed."""
    if len(html) > MAX_CONTENT or too_deep(html) or too_dense(html):
        return _stripped(html)
    cleaned = caught(lambda: BLOCKS.clean(encodable(html)))
    if cleaned is None:
        return _stripped(html)
    lines = LINE_ENDS.sub(_line_end, SOURCE_LINES.sub(" ", cleaned))
    text = unescape(ANY_TAG.sub("", lines)).replace("\xa0", " ")
    return BLANK_LINES.sub("\n\n", "\n".join(one.strip() for one in text.split("\n"))).strip()


BLOCK_ENDS = re.compile(
    r"<[bh]r>|</(?:p|h[1-6]|[uo]l|li|blockquote|pre|div|table|t[rdh]|figure|figcaption)>"
)


def words_alone(sanitised: str) -> str:
    """The words of HTML that was sanitised here already, which need not be parsed again."""
    return unescape(ANY_TAG.sub("", BLOCK_ENDS.sub("\n", sanitised)))


def _line_end(tag: re.Match[str]) -> str:
    return "\n" if tag[0] in {"<br>", "</li>", "</tr>"} else "\n\n"


LINK = re.compile(r'<a href="([^"]*)"[^<>]*>(.*?)</a>', re.DOTALL)


def with_hosts(html: str) -> str:
    """Sanitised HTML in which each link whose text hides its host is followed by it.

    A mention may carry one name and lead to another server (`security.md` E3).
    """
    return LINK.sub(_link_with_host, html)


def _link_with_host(link: re.Match[str]) -> str:
    host = uris.host_in(unescape(link[1])) or ""
    shown = unescape(ANY_TAG.sub("", link[2])).casefold()
    name = re.escape(host)
    told = re.match(rf"(https?://)?{name}(?![\w.:@-])|@[\w.-]+@{name}\Z", shown.strip())
    return link[0] if told else f"{link[0]} ({escape(host)})"


# --- what keeps the parser safe -----------------------------------------------------------

TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,20})")
VOID = _words("area base br col embed hr img input link meta source track wbr")
SELF_CLOSING = frozenset({"p", "li", "dd", "dt"})  # another one closes the first
FORMATTING = _words("a b big code em font i nobr s small strike strong tt u")


def too_deep(html: str) -> bool:
    """Whether more elements stand open at once than the parser should be given.

    Linear, and never too small: a closing tag counts only where its element is open.
    """
    opened: dict[str, int] = {}
    depth = formatting = 0
    for closing, name in TAG.findall(html):
        tag = name.lower()
        if tag in VOID or tag in SELF_CLOSING or (closing and not opened.get(tag)):
            continue
        step = -1 if closing else 1
        opened[tag] = opened.get(tag, 0) + step
        depth += step
        formatting += step if tag in FORMATTING else 0
        if depth > MAX_DEPTH or formatting > MAX_FORMATTING:
            return True
    return False


OTHER_LETTERS = ("&lt;", "&gt;", "&quot;", "&#39;")


def too_dense(html: str) -> bool:
    """Whether it has more `&` and no-break spaces than should be written out again.

    At each of them html5ever looks for the next `<` or `>` of the text, which may have none up to
    its end: quadratic time, however they are spelled. Linear here, and never too small.
    """
    marks = html.count("&") + html.count("\N{NO-BREAK SPACE}")
    if marks * len(html) <= MOST_LOOKED_AT:
        return False
    return (marks - sum(map(html.count, OTHER_LETTERS))) * len(html) > MOST_LOOKED_AT


def _safely(html: str, clean: Callable[[str], str]) -> str:
    if len(html) > MAX_CONTENT or too_deep(html) or too_dense(html):
        return _as_paragraph(html)
    cleaned = caught(lambda: clean(without_controls(html)))
    return _as_paragraph(html) if cleaned is None else cleaned.strip()


def caught(work: Callable[[], str]) -> str | None:
    """A panic inside the parser arrives as a BaseException; it must not stop a worker.

    None where it happened.
    """
    try:
        return work()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        return None


def _stripped(html: str) -> str:
    return unescape(ANY_TAG.sub(" ", without_controls(html[:MAX_CONTENT]))).strip()


def _as_paragraph(html: str) -> str:
    text = _stripped(html)
    return f"<p>{escape(text)}</p>" if text else ""
