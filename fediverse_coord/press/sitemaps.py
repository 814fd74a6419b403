"""Sitemaps with the languages of each page (sitemaps.org 0.9; `hreflang` by `xhtml:link`).

A sitemap has at most 50,000 addresses; an index names several. Values in, bytes out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from fediverse_coord.protocol.times import as2_datetime

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
MEDIA_TYPE = "application/xml"


@dataclass(frozen=True, slots=True)
class SitePage:
    """A page in one language; `languages` are all of the text: tag and address."""

    url: str
    changed: datetime | None = None
    languages: tuple[tuple[str, str], ...] = ()


def sitemap(pages: Sequence[SitePage]) -> bytes:
    """UTF-8."""
    root = Element("urlset", {"xmlns": SITEMAP, "xmlns:xhtml": XHTML})
    for page in pages:
        element = SubElement(root, "url")
        SubElement(element, "loc").text = page.url
        if page.changed:
            SubElement(element, "lastmod").text = as2_datetime(page.changed)
        for language, url in page.languages:
            link = {"rel": "alternate", "hreflang": language, "href": url}
            SubElement(element, "xhtml:link", link)
    return _document(root)


def sitemap_index(urls: Sequence[str]) -> bytes:
    """UTF-8."""
    root = Element("sitemapindex", {"xmlns": SITEMAP})
    for url in urls:
        SubElement(SubElement(root, "sitemap"), "loc").text = url
    return _document(root)


def _document(root: Element) -> bytes:
    written: bytes = tostring(root, "utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + written + b"\n"
