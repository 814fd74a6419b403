"""Rules for the Markdown parser: `@user@host`, `#word` and bare http(s) links.

Each rule is asked where its first character stands, outside code and autolinks; inside a
link's text it declines. A word or an address before the character declines it too, so
that `press@far.example` and `page#part` stay what they are. Writing HTML from the tokens
is `publishing/markdown.py`'s work.
"""

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MENTION, HASHTAG = "mention", "hashtag"
MAX_TAG = 100

HANDLE = re.compile(
    r"@([a-z0-9_](?:[a-z0-9_.-]{0,62}[a-z0-9_])?)"
    r"@((?:[^\W_][\w-]{0,62}\.)+[^\W\d_][\w-]{0,61}[^\W_]|localhost|(?:\d{1,3}\.){3}\d{1,3})"
    r"(:\d{1,5})?(?![\w@])",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"https?://[^\s<>\"`\\^{|}\x00-\x1f]{1,2000}", re.IGNORECASE)
SCHEME = re.compile(r"(?:^|[^a-zA-Z0-9.+-])(https?)\Z", re.IGNORECASE)
TRAILING = ".,;:!?'\"*_~…。、！？；：»”’"
JOINERS = frozenset("\u200c\u200d·・")


def install(parser: MarkdownIt) -> None:
    """Adds the rules to a parser."""
    parser.inline.ruler.before("emphasis", MENTION, mention)
    parser.inline.ruler.before("emphasis", HASHTAG, hashtag)
    parser.inline.ruler.before("emphasis", "address", address)
    parser.core.ruler.after("inline", "alt_texts", alt_texts)


def mention(state: StateInline, silent: bool) -> bool:
    """`@user@host`, the host with a dot, or one of a laboratory."""
    if state.src[state.pos] != "@" or state.linkLevel or _after_word(state, "@/.-+"):
        return False
    found = HANDLE.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        host = f"{found[2]}{found[3] or ''}".lower()
        _push(state, MENTION, found[0], {"handle": f"@{found[1]}@{host}"})
    state.pos = found.end()
    return True


def hashtag(state: StateInline, silent: bool) -> bool:
    """`#word`: letters, marks, digits and underscores of any script, not digits alone."""
    if state.src[state.pos] != "#" or state.linkLevel or _after_word(state, "#&/"):
        return False
    end = _end_of_word(state.src, state.pos + 1, state.posMax)
    word = state.src[state.pos + 1 : end]
    if not is_tag(word):
        return False
    if not silent:
        _push(state, HASHTAG, f"#{word}", {"tag": tag_key(word)})
    state.pos = end
    return True


def is_tag(word: str) -> bool:
    """Whether the word, without `#`, is a hashtag."""
    return (
        0 < len(word) <= MAX_TAG
        and _end_of_word(word, 0, len(word)) == len(word)
        and any(unicodedata.category(one)[0] == "L" for one in word)
    )


def tag_key(word: str) -> str:
    """The one spelling of a hashtag in addresses and in `tag`."""
    return unicodedata.normalize("NFC", word).lower()


def tag_from(topic: str) -> str | None:
    """A topic as one word: `Safety at work` as `SafetyAtWork`; nothing where no letter is left."""
    letters = unicodedata.normalize("NFC", topic)
    words = "".join(
        one if unicodedata.category(one)[0] in "LMN" or one in JOINERS else " " for one in letters
    ).split()
    if len(words) == 1:
        return words[0] if is_tag(words[0]) else None
    joined = "".join(one[:1].upper() + one[1:] for one in words)
    return joined if is_tag(joined) else None


def address(state: StateInline, silent: bool) -> bool:
    """A bare http or https link; what ends the sentence does not belong to it."""
    if not state.src.startswith("://", state.pos) or state.linkLevel:
        return False
    scheme = SCHEME.search(state.pending)
    found = ADDRESS.match(state.src, state.pos - len(scheme[1])) if scheme else None
    if scheme is None or found is None:
        return False
    url = _without_trailing(found[0][: state.posMax - found.start()])
    href = state.md.normalizeLink(url)
    if len(url) <= len(scheme[1]) + 3 or not state.md.validateLink(href):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[1])]
        state.push("link_open", "a", 1).attrSet("href", href)
        state.push("text", "", 0).content = url
        state.push("link_close", "a", -1)
    state.pos = found.start() + len(url)
    return True


def alt_texts(state: StateCore) -> None:
    """In an image's alt text a mention or hashtag is text and names nobody."""
    for token in state.tokens:
        for image in (one for one in token.children or () if one.type == "image"):
            for child in image.children or ():
                if child.type in {MENTION, HASHTAG}:
                    child.type = "text"


def text_of(tokens: Sequence[Token]) -> str:
    """The words of inline tokens, without their marks."""
    return "".join(_text(one) for one in tokens)


def mail_address(href: str) -> str | None:
    """The address of a `mailto:` link."""
    scheme, _, rest = href.partition(":")
    return unquote(rest.partition("?")[0]) if scheme.lower() == "mailto" else None


def _text(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    return text_of(token.children or ()) if token.type == "image" else token.content


def _push(state: StateInline, kind: str, content: str, meta: dict[str, str]) -> None:
    token = state.push(kind, "", 0)
    token.content, token.meta = content, meta


def _after_word(state: StateInline, others: str) -> bool:
    before = state.src[state.pos - 1] if state.pos else " "
    return _in_word(before) or before in others


def _in_word(one: str) -> bool:
    return one == "_" or unicodedata.category(one) in {
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "Mn",
        "Mc",
        "Nd",
    }


def _end_of_word(text: str, start: int, limit: int) -> int:
    """Where the word ends; a joiner counts only between two of its characters."""
    end = start
    while end < limit and (_in_word(text[end]) or (text[end] in JOINERS and end > start)):
        end += 1
    while end > start and text[end - 1] in JOINERS:
        end -= 1
    return end


def _without_trailing(url: str) -> str:
    """Without the sentence's punctuation, and a bracket that opened outside."""
    while url and (url[-1] in TRAILING or _closes_too_much(url)):
        url = url[:-1]
    return url


def _closes_too_much(url: str) -> bool:
    opening = {")": "(", "]": "["}.get(url[-1])
    return opening is not None and url.count(url[-1]) > url.count(opening)
