"""Feeds and sitemaps as others read them: an independent reader, and XML that is well formed."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree.ElementTree import fromstring

from fediverse_coord.press.feeds import Enclosure, Feed, FeedEntry, atom, json_feed
from fediverse_coord.press.plain import PlainView, plain
from fediverse_coord.press.sitemaps import SitePage, sitemap, sitemap_index

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
PAGE = "https://coord.example/@pits/shafts"
ENTRY = FeedEntry(
    id="https://coord.example/actors/pits/objects/k",
    url=PAGE,
    title="Shafts & <safety>",
    language="en",
    published=NOON,
    updated=NOON,
    content="<p>We demand <b>five</b> things &amp; more.</p>",
    summary="Five demands.",
    tags=("Safety", "काम"),
    others=(("ar", f"{PAGE}?lang=ar"),),
    enclosures=(Enclosure(f"{PAGE}.pdf", "application/pdf", "PDF", 12_345),),
)
FEED = Feed(
    url="https://coord.example/@pits/feed.atom",
    home="https://coord.example/@pits",
    title="Pits",
    subtitle="@pits@coord.example",
    language="en",
    author="Pits",
    author_url="https://coord.example/@pits",
    updated=NOON,
    entries=(ENTRY, replace(ENTRY, id="https://coord.example/2", language="ar", title="آبار")),
    next_url="https://coord.example/@pits/feed.atom?before=k",
)
A = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def test_an_atom_feed_holds_what_rfc_4287_asks_for() -> None:
    root = fromstring(atom(FEED))
    assert [root.findtext(A + name) for name in ("id", "title", "updated")] == [
        FEED.url,
        "Pits",
        "2026-10-14T12:00:00Z",
    ]
    assert root.findtext(f"{A}author/{A}name") == "Pits"
    links = {(one.get("rel"), one.get("href")) for one in root.findall(A + "link")}
    assert ("self", FEED.url) in links
    assert ("next", FEED.next_url) in links
    first, second = root.findall(A + "entry")
    assert (first.get(LANG), second.get(LANG)) == ("en", "ar")
    assert first.findtext(A + "title") == "Shafts & <safety>"
    content = first.find(A + "content")
    assert content is not None
    assert (content.get("type"), content.text) == ("html", ENTRY.content)
    ids = [one.findtext(A + "id") for one in (first, second)]
    assert len(set(ids)) == 2


def test_an_entry_names_its_other_languages_its_tags_and_its_paper() -> None:
    entry = fromstring(atom(FEED)).find(A + "entry")
    assert entry is not None
    links = [dict(one.attrib) for one in entry.findall(A + "link")]
    assert {"rel": "alternate", "href": PAGE, "type": "text/html", "hreflang": "en"} in links
    assert any(one.get("hreflang") == "ar" for one in links)
    [paper] = [one for one in links if one["rel"] == "enclosure"]
    assert (paper["type"], paper["length"]) == ("application/pdf", "12345")
    assert [one.get("term") for one in entry.findall(A + "category")] == ["Safety", "काम"]


def test_what_xml_cannot_hold_is_left_out() -> None:
    hostile = replace(ENTRY, title="a\x00b\x0bc\ufffed]]>&#0;", content="<p>\x1b[31m]]></p>")
    entry = fromstring(atom(replace(FEED, entries=(hostile,)))).find(A + "entry")
    assert entry is not None
    assert entry.findtext(A + "title") == "abcd]]>&#0;"
    assert entry.findtext(A + "content") == "<p>[31m]]></p>"


def test_a_json_feed_holds_what_version_1_1_asks_for() -> None:
    document = json.loads(json_feed(FEED))
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert (document["feed_url"], document["home_page_url"]) == (FEED.url, FEED.home)
    item = document["items"][0]
    assert (item["id"], item["url"]) == (ENTRY.id, PAGE)
    assert item["content_html"] == ENTRY.content
    assert item["date_published"] == "2026-10-14T12:00:00Z"
    assert item["attachments"] == [
        {
            "url": f"{PAGE}.pdf",
            "mime_type": "application/pdf",
            "title": "PDF",
            "size_in_bytes": 12345,
        }
    ]
    assert None not in item.values()


def test_a_sitemap_names_each_language_of_each_page() -> None:
    languages = (("en", PAGE), ("ar", f"{PAGE}?lang=ar"))
    root = fromstring(sitemap([SitePage(PAGE, NOON, languages), SitePage(f"{PAGE}?a=1&b=2")]))
    m, x = "{http://www.sitemaps.org/schemas/sitemap/0.9}", "{http://www.w3.org/1999/xhtml}"
    assert [one.text for one in root.iter(m + "loc")] == [PAGE, f"{PAGE}?a=1&b=2"]
    assert [(one.get("hreflang"), one.get("href")) for one in root.iter(x + "link")] == [*languages]
    index = fromstring(sitemap_index(["https://coord.example/sitemap-1.xml"]))
    assert index.tag == m + "sitemapindex"


def test_plain_text_leaves_out_what_is_not_there() -> None:
    view = PlainView(
        author="Pits",
        title=None,
        date="14 October 2026",
        to="To",
        addressees=(),
        notices=(),
        text="We stay.\n\nAll of us.",
        signatories=("Ana, Spain", "Ben"),
        sources=(),
        url=PAGE,
    )
    assert plain(view) == (
        f"Pits\n14 October 2026\n\nWe stay.\n\nAll of us.\n\nAna, Spain\nBen\n\n{PAGE}\n"
    )
