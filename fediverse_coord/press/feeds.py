"""Feeds of declarations: Atom (RFC 4287, with RFC 5005's paging) and JSON Feed 1.1.

Full text, in the language of each entry, with its other languages and its PDF beside it. Values in,
bytes out; which declarations are in a feed, and who may see them, was decided before. HTML in
`content` has been through `protocol/sanitize`; every other text is plain.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from fediverse_coord.protocol.times import as2_datetime

ATOM = "http://www.w3.org/2005/Atom"
ATOM_TYPE = "application/atom+xml"
JSON_TYPE = "application/feed+json"
JSON_FEED = "https://jsonfeed.org/version/1.1"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an entry, of which the bytes are counted where they are known."""

    url: str
    media_type: str
    title: str
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One declaration in one language. `others` are its other languages: tag and page."""

    id: str
    url: str
    title: str
    language: str
    published: datetime
    updated: datetime
    content: str
    summary: str | None = None
    tags: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """`url` is the feed's own address, `home` the page for people, `next_url` older entries."""

    url: str
    home: str
    title: str
    subtitle: str
    language: str
    author: str
    author_url: str
    updated: datetime
    entries: tuple[FeedEntry, ...]
    icon: str | None = None
    next_url: str | None = None
    subtitle_language: str | None = None  # where it is not the feed's


def atom(feed: Feed) -> bytes:
    """As `application/atom+xml`, UTF-8."""
    root = Element("feed", {"xmlns": ATOM, LANG: feed.language})
    _text(root, "id", feed.url)
    _text(root, "title", feed.title)
    subtitle = SubElement(root, "subtitle")
    subtitle.text = _allowed(feed.subtitle)
    if feed.subtitle_language:
        subtitle.set(LANG, feed.subtitle_language)
    _text(root, "updated", as2_datetime(feed.updated))
    _author(root, feed)
    _link(root, "self", feed.url, type=ATOM_TYPE)
    _link(root, "alternate", feed.home, type="text/html")
    if feed.next_url:
        _link(root, "next", feed.next_url, type=ATOM_TYPE)
    if feed.icon:
        _text(root, "icon", feed.icon)
    for entry in feed.entries:
        _entry(root, entry)
    written: bytes = tostring(root, "utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + written + b"\n"


def _author(root: Element, feed: Feed) -> None:
    author = SubElement(root, "author")
    _text(author, "name", feed.author)
    _text(author, "uri", feed.author_url)


def _entry(root: Element, entry: FeedEntry) -> None:
    element = SubElement(root, "entry", {LANG: entry.language})
    _text(element, "id", entry.id)
    _text(element, "title", entry.title)
    _text(element, "published", as2_datetime(entry.published))
    _text(element, "updated", as2_datetime(entry.updated))
    _link(element, "alternate", entry.url, type="text/html", hreflang=entry.language)
    for language, url in entry.others:
        _link(element, "alternate", url, type="text/html", hreflang=language)
    for one in entry.enclosures:
        size = {} if one.size is None else {"length": str(one.size)}
        _link(element, "enclosure", one.url, type=one.media_type, title=one.title, **size)
    for tag in entry.tags:
        SubElement(element, "category", {"term": tag})
    if entry.summary:
        _text(element, "summary", entry.summary)
    content = SubElement(element, "content", {"type": "html"})
    content.text = _allowed(entry.content)


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _allowed(text)


def _link(parent: Element, rel: str, href: str, **more: str) -> None:
    SubElement(parent, "link", {"rel": rel, "href": href, **more})


def _allowed(text: str) -> str:
    """Without what XML 1.0 cannot hold (section 2.2)."""
    return "".join(one for one in text if one in "\t\n\r" or " " <= one not in "\ufffe\uffff")


def json_feed(feed: Feed) -> bytes:
    """As `application/feed+json`, UTF-8."""
    document: dict[str, object] = {
        "version": JSON_FEED,
        "title": feed.title,
        "description": feed.subtitle,
        "home_page_url": feed.home,
        "feed_url": feed.url,
        "next_url": feed.next_url,
        "icon": feed.icon,
        "language": feed.language,
        "authors": [{"name": feed.author, "url": feed.author_url}],
        "items": [_item(entry) for entry in feed.entries],
    }
    return json.dumps(_filled(document), ensure_ascii=False).encode()


def _item(entry: FeedEntry) -> dict[str, object]:
    return _filled(
        {
            "id": entry.id,
            "url": entry.url,
            "title": entry.title,
            "content_html": entry.content,
            "summary": entry.summary,
            "image": entry.image,
            "date_published": as2_datetime(entry.published),
            "date_modified": as2_datetime(entry.updated),
            "tags": list(entry.tags),
            "language": entry.language,
            "attachments": _attachments(entry.enclosures),
        }
    )


def _attachments(enclosures: Sequence[Enclosure]) -> list[dict[str, object]]:
    return [
        _filled(
            {
                "url": one.url,
                "mime_type": one.media_type,
                "title": one.title,
                "size_in_bytes": one.size,
            }
        )
        for one in enclosures
    ]


def _filled(document: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in document.items() if value not in (None, [])}
