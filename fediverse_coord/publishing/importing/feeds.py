"""Atom and RSS: entries, and where the feed goes on.  RFC 4287, RFC 5005; RSS 2.0.

A feed is read piece by piece and told entry by entry, so that years of texts need no more memory
than one. What the elements mean is feedparser's knowledge; it is driven here, as its own `parse`
holds everything at once. A DOCTYPE, where entities would be declared, ends the reading. Only a feed
that is no XML is read a second time and whole, by feedparser's patient parser.
"""

import io
import re
import xml.sax
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TextIO
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit
from xml.sax import expatreader, handler

import feedparser
from feedparser.api import StrictFeedParser

from fediverse_coord.errors import Refusal
from fediverse_coord.protocol.text import encodable
from fediverse_coord.publishing.importing.addresses import host_of
from fediverse_coord.publishing.importing.days import not_zero
from fediverse_coord.publishing.importing.encodings import decoded
from fediverse_coord.publishing.importing.entries import (
    Faulty,
    Found,
    Imported,
    identity_of,
    read,
    with_title,
)
from fediverse_coord.publishing.importing.markup import markdown_from
from fediverse_coord.publishing.importing.pages import old_path_of
from fediverse_coord.publishing.inline import tag_from
from fediverse_coord.publishing.languages import is_tag, tag

MAX_BYTES = 64_000_000
PIECE = 1 << 16
DECLARATION = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
PROLOGUE = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
DECLARES = "declares a DOCTYPE or entities, which are not read"
CUTS = ("[…]", "[...]", "[&#8230;]", "[&hellip;]", "…")
REFERENCE = re.compile(r"&#(x[0-9a-f]+|[0-9]+);?", re.IGNORECASE | re.ASCII)
LETTERS, SURROGATES = range(1, 0x110000), range(0xD800, 0xE000)
# What feedparser raises where it did not expect what it read.
ODD = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
NUMBER = re.compile(r"[0-9]{1,8}\Z")
MAX_TAGS = 20


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer held; `next_url` where the feed says or is known to go on."""

    found: tuple[Found, ...]
    next_url: str | None = None


def page_of(data: bytes, name: str, url: str | None = None) -> Page:
    """The entries of a feed. Raises Refusal for what is none, or declares entities."""
    if len(data) > MAX_BYTES:
        raise Refusal(f"{name}: has more than {MAX_BYTES:,} bytes; import it in parts")
    feed = Feed(io.StringIO(decoded(data), newline=""), name)
    found = tuple(feed.found())
    try:
        return Page(found, _next(feed, url) if url else None)
    except ValueError:
        fault = Faulty(name, "goes on at an address that is none: what follows is not read")
        return Page((*found, fault))


class Feed:
    """One feed; `number` of its entries were told so far. `about` is what it says of itself."""

    def __init__(self, text: TextIO, name: str) -> None:
        self.name, self.number = name, 0
        self.about: Any = {}
        self._text = text

    def found(self) -> Iterator[Found]:
        """Every entry, in its order. Raises Refusal for what is no feed, or declares entities."""
        parser = _Parser()
        self.about = parser.feeddata
        try:
            for entries in _read(self._text, parser):
                yield from self._told(entries)
        except xml.sax.SAXParseException as error:
            yield from self._patiently()
            place = f"{self.name}, line {error.getLineNumber()}"
            yield Faulty(place, "is not well-formed XML from here on; what is before came in")
        except ODD as error:
            yield from self._patiently()
            place = f"{self.name}, after entry {self.number}"
            yield Faulty(place, f"cannot be read from here on: {error}"[:300])
        except _Declared:
            raise Refusal(f"{self.name}: {DECLARES}") from None
        else:
            self._require_one(parser.version)

    def _patiently(self) -> Iterator[Found]:
        """The entries that were not told yet, as far as anybody can make them out."""
        self._text.seek(0)
        text = self._text.read()
        if DECLARATION.search(text):
            raise Refusal(f"{self.name}: {DECLARES}")
        plain = PROLOGUE.sub("", text, count=1).lstrip("\ufeff")
        data = REFERENCE.sub(_a_letter, plain).encode("utf-8", "replace")
        try:
            parsed = feedparser.parse(io.BytesIO(data), sanitize_html=False)
        except ODD:
            return
        self.about = parsed.feed
        yield from self._told(parsed.entries[self.number :])
        self._require_one(parsed.get("version"))

    def _told(self, entries: list[Any]) -> Iterator[Found]:
        language = _language(self.about.get("language"))
        for one in entries:
            self.number += 1
            place = f"{self.name}, entry {self.number}"
            found = read(partial(_entry, one, place, language), place)
            if found is not None:
                yield found

    def _require_one(self, version: object) -> None:
        if not version and not self.number:
            raise Refusal(f"{self.name}: is no Atom or RSS feed")


def _a_letter(reference: re.Match[str]) -> str:
    """feedparser's patient parser ends where a number is no letter's."""
    digits = reference[1].lower()
    if len(digits) > 8:
        return "\ufffd"
    number = int(digits[1:], 16) if digits.startswith("x") else int(digits)
    return reference[0] if number in LETTERS and number not in SURROGATES else "\ufffd"


class _Declared(Exception):
    """There is a DOCTYPE."""


class _Parser(StrictFeedParser, handler.LexicalHandler):  # type: ignore[misc]
    """feedparser's, which gives its entries away as they end."""

    entries: list[Any]
    sanitize_html = False

    def __init__(self) -> None:
        super().__init__(None, None, "utf-8")

    @property
    def resolve_relative_uris(self) -> bool:
        """Every text would be parsed for it; without an `xml:base` in vain."""
        return bool(self.baseuri)

    def startDTD(self, *_: object) -> None:  # noqa: N802 - SAX calls it so
        raise _Declared

    def ended(self) -> list[Any]:
        """The entries that are complete, which it forgets."""
        place = len(self.entries) - bool(self.inentry)
        done, self.entries = self.entries[:place], self.entries[place:]
        for one in done:
            self.property_depth_map.pop(one, None)
        return done


def _read(text: TextIO, parser: _Parser) -> Iterator[list[Any]]:
    """Entries, piece after piece. Raises SAXParseException, and _Declared."""
    reader = expatreader.ExpatParser(namespaceHandling=1)
    reader.setFeature(handler.feature_external_ges, False)
    reader.setContentHandler(parser)
    reader.setErrorHandler(parser)
    reader.setProperty(handler.property_lexical_handler, parser)
    piece = text.read(PIECE).lstrip("\ufeff \t\r\n")
    while piece:
        reader.feed(encodable(piece))
        yield parser.ended()
        piece = text.read(PIECE)
    reader.close()
    yield parser.ended()


def _language(value: object) -> str | None:
    return tag(value) if isinstance(value, str) and is_tag(value) else None


def _entry(one: Any, place: str, language: str | None) -> Found:
    contents = one.get("content") or []
    html = max((str(each.get("value", "")) for each in contents), key=len, default="")
    summary = str(one.get("summary", ""))
    html = html or summary
    title, text = with_title(_plain(one.get("title", "")), [])
    if reason := _withheld(one):
        return Faulty(place, f"is not for everybody, as {reason} says; change that first")
    content = markdown_from(html)
    if not content and not title:
        return Faulty(place, "has neither a title nor a text")
    link = _web(one.get("link"))
    said = next((each.get("language") for each in contents if each.get("language")), None)
    cut = html.rstrip().removesuffix("</p>").rstrip().endswith(CUTS)
    return Imported(
        identity=f"feed:{identity_of(str(one.get('id') or link or f'{title}{html}'))}",
        place=place,
        title=title,
        content="\n\n".join(part for part in (text and f"**{text}**", content) if part)
        or str(title),
        language=_language(said) or language,
        moment=_moment(one.get("published_parsed") or one.get("updated_parsed")),
        url=link,
        old_path=old_path_of(link),
        more_url=link if cut or not content else None,
        tags=_tags(one.get("tags") or []),
        is_title_only=not content,
        is_beginning=cut,
    )


def _withheld(one: Any) -> str | None:
    """What says that it is no page there: exports hold drafts too (WordPress, Atom 5023)."""
    status = str(one.get("wp_status") or "publish").strip().casefold()
    if status != "publish":
        return f"`status: {status[:40]}`"
    if str(one.get("wp_post_password") or "").strip():
        return "its password"
    is_draft = any(
        name.endswith("_draft") and str(said).strip().casefold() == "yes"
        for name, said in one.items()
    )
    return "`draft: yes`" if is_draft else None


def _plain(title: object) -> str:
    return re.sub(r"<[^<>]{0,200}>", "", str(title or ""))


def _web(link: object) -> str | None:
    return link.strip() if isinstance(link, str) and host_of(link) else None


def _moment(parsed: Any) -> datetime | None:
    try:
        return not_zero(datetime.fromtimestamp(timegm(parsed), UTC)) if parsed else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _tags(given: Any) -> tuple[str, ...]:
    made = (tag_from(str(one.get("term") or "")) for one in given[:MAX_TAGS])
    return tuple(dict.fromkeys(one for one in made if one))


def _next(feed: Feed, url: str) -> str | None:
    """RFC 5005 says it; WordPress and Joomla count pages and entries."""
    links = feed.about.get("links") or []
    said = next((one.get("href") for one in links if one.get("rel") == "next"), None)
    if said:
        return urljoin(url, str(said))
    maker = str(feed.about.get("generator", "")).lower()
    if not feed.number:
        return None
    if "wordpress" in maker:
        return _counted(url, "paged", 1, 2)
    if "joomla" in maker:
        return _counted(url, "start", feed.number, feed.number)
    return None


def _counted(url: str, name: str, step: int, first: int) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    now = query.get(name, "")
    query[name] = str(int(now) + step if NUMBER.match(now) else first)
    return urlunsplit(parts._replace(query=urlencode(query)))
