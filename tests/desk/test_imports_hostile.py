"""One text that is no good keeps no other out, and no archive ends in a trace."""

import json
import random
import zipfile
from pathlib import Path

import pytest
from bringing_in import bring, source, works
from earlier_site import Web

from fediverse_coord.desk.desk import Desk
from fediverse_coord.errors import Refusal

pytestmark = pytest.mark.both_engines

BAD = "https://[bad/1"
NO_NAME = "http://ex\u2100ample.com/1"  # which no name is, once its letters are unfolded
SITE = "https://o.example"
ITEM = """<item><title>T{0}</title><guid>urn:{0}</guid><link>{1}</link>
<description>Of {0}.{2}</description></item>"""
NEXT = f"<a:link xmlns:a='http://www.w3.org/2005/Atom' rel='next' href='{BAD}'/>"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def feed(first: str = "", link: str = BAD, more: str = "") -> str:
    links = [f"{SITE}/0", link, f"{SITE}/2"]
    items = "".join(ITEM.format(number, one, more) for number, one in enumerate(links))
    return f"<rss version='2.0'><channel><title>x</title>{first}{items}</channel></rss>"


def post(number: int, **more: object) -> dict[str, object]:
    one = {
        "id": f"https://m.example/{number}",
        "type": "Note",
        "content": f"<p>Text {number}</p>",
        "to": [PUBLIC],
        "published": "2020-01-01T00:00:00Z",
    }
    return {"type": "Create", "object": one | more}


def outbox(folder: Path, *items: object) -> Path:
    place = folder / "mastodon"
    place.mkdir()
    (place / "outbox.json").write_text(json.dumps({"orderedItems": items}))
    return place


@pytest.mark.parametrize("link", [BAD, NO_NAME])
async def test_an_address_that_is_none_keeps_no_text_of_a_feed_out(
    desk: Desk, tmp_path: Path, link: str
) -> None:
    place = tmp_path / "feed.xml"
    place.write_text(feed(link=link), encoding="utf-8")
    _, done = await bring(desk, source("feed", place, tmp_path))
    assert (done.works, done.faults) == (3, [])


LEADING: dict[str, tuple[dict[str, bytes | str], str]] = {
    "to whole texts": ({f"{SITE}/feed": feed(more=" […]")}, "has no more than its beginning"),
    "on": ({f"{SITE}/feed": feed(NEXT, f"{SITE}/1")}, "goes on at an address that is none"),
    "elsewhere": (
        {
            f"{SITE}/feed": feed("<generator>WordPress</generator>", f"{SITE}/1"),
            f"{SITE}/feed?paged=2": f"->{BAD}",
        },
        "leads to an address that is none",
    ),
    "nowhere": (
        {f"{SITE}/feed": feed().replace("Of 1", "Of &#xD800; &#9999999999; 1")},
        "not well-formed",
    ),
}


@pytest.mark.parametrize("where", LEADING)
async def test_an_address_that_is_none_ends_no_reading_unsaid(
    desk: Desk, tmp_path: Path, where: str
) -> None:
    pages, told = LEADING[where]
    one = source("feed", f"{SITE}/feed", tmp_path, web=Web(pages))
    plan, done = await bring(desk, one)
    assert done.works == 3
    assert any(told in fault.reason for fault in plan.faults)


POSTS: dict[str, dict[str, object]] = {
    "url": {"url": BAD},
    "picture": {"attachment": [{"mediaType": "image/png", "url": BAD}]},
    "text": {"content": "\ud800"},
    "html": {"content": "<p>\ud800</p>"},
    "name": {"name": "\ud800"},
    "id": {"id": "https://m.example/\ud800", "url": "https://m.example/1"},
    "nul": {"id": "https://m.example/\0", "url": "https://m.example/1"},
    "alt": {"attachment": [{"mediaType": "image/png", "url": "/x.png", "name": "\ud800"}]},
    "warning": {"summary": "a\0b", "contentMap": {"\ud800": "x"}},
}


@pytest.mark.parametrize("what", POSTS)
async def test_a_post_that_cannot_be_kept_as_it_is_keeps_no_other_out(
    desk: Desk, tmp_path: Path, what: str
) -> None:
    place = outbox(tmp_path, post(0), post(1, **POSTS[what]), post(2))
    plan, done = await bring(desk, source("mastodon", place, tmp_path))
    assert (done.works, plan.faults) == (3, [])
    assert (await bring(desk, source("mastodon", place, tmp_path)))[0].known == 3


async def test_a_post_that_no_reader_takes_is_named(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unfolded(html: str) -> str:
        if "Text 1" in html:
            raise ValueError("too odd")
        return html

    monkeypatch.setattr("fediverse_coord.publishing.importing.posts.markdown_from", unfolded)
    place = outbox(tmp_path, post(0), post(1), post(2))
    plan, done = await bring(desk, source("mastodon", place, tmp_path))
    assert done.works == 2
    assert [(one.place, one.reason) for one in plan.faults] == [
        ("outbox.json, entry 2", "cannot be read: too odd")
    ]


async def test_zero_bytes_within_a_text_are_not_kept(desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / "zero"
    place.mkdir()
    (place / "a.md").write_text(f"# Letter\n\n{'x ' * 4000}\0end", encoding="utf-8")
    (place / "b.md").write_text('---\ntitle: "A\\0 letter"\n---\nHere.', encoding="utf-8")
    _, done = await bring(desk, source("markdown", place, tmp_path))
    assert (done.works, done.faults) == (2, [])
    assert not any("\0" in one.declaration.original.source for one in await works(desk))


@pytest.mark.parametrize("form", ["feed", "markdown", "mastodon"])
async def test_what_is_of_a_day_to_come_is_left_out_and_told(
    desk: Desk, tmp_path: Path, form: str
) -> None:
    if form == "mastodon":
        place = outbox(tmp_path, post(0), post(1, published="2099-01-01T00:00:00Z"))
    elif form == "feed":
        place = tmp_path / "feed.xml"
        day = "<pubDate>Thu, 01 Jan 2099 00:00:00 GMT</pubDate>"
        both = ITEM.format(0, SITE, "") + ITEM.format(1, SITE, "").replace("<guid>", f"{day}<guid>")
        place.write_text(f"<rss version='2.0'><channel><title>x</title>{both}</channel></rss>")
    else:
        place = tmp_path / "texts"
        place.mkdir()
        (place / "a.md").write_text("# Now\n\nHere.")
        (place / "b.md").write_text("---\npublishDate: 2099-01-01\n---\n# Then\n\nThere.")
    plan, done = await bring(desk, source(form, place, tmp_path))
    assert (done.works, len(plan.faults)) == (1, 1)
    assert "2099-01-01" in plan.faults[0].reason


def damaged(place: Path, method: int, *names: str) -> Path:
    """A ZIP whose last member is."""
    chance = random.Random(1)
    with zipfile.ZipFile(place, "w", method) as packed:
        for name in names:
            packed.writestr(name, str([chance.random() for _ in range(9999)]))
        start = packed.getinfo(names[-1]).header_offset + 60
    raw = bytearray(place.read_bytes())
    raw[start : start + 140] = bytes(one ^ 0xFF for one in raw[start : start + 140])
    place.write_bytes(raw)
    return place


@pytest.mark.parametrize("method", METHODS)
async def test_a_damaged_archive_is_refused(desk: Desk, tmp_path: Path, method: int) -> None:
    place = damaged(tmp_path / "a.zip", method, "outbox.json")
    with pytest.raises(Refusal, match=r"a\.zip: cannot be unpacked: [^\n]+\Z"):
        await bring(desk, source("mastodon", place, tmp_path))


@pytest.mark.parametrize("method", METHODS)
async def test_a_damaged_picture_keeps_nothing_else_out(
    desk: Desk, tmp_path: Path, method: int
) -> None:
    place = damaged(tmp_path / "a.zip", method, "0.png", "1.png")
    with zipfile.ZipFile(place, "a") as packed:
        packed.writestr("outbox.json", json.dumps({"orderedItems": [post(0)]}))
    plan, done = await bring(desk, source("mastodon", place, tmp_path))
    assert done.works == 1
    assert ["'1.png'" in one.place for one in plan.faults] == [True]
    assert sorted(path.name for path in (tmp_path / "unpacked").glob("*.png")) == ["0.png"]


async def test_an_archive_with_a_name_in_no_encoding_is_refused(desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / "a.zip"
    with zipfile.ZipFile(place, "w") as packed:
        packed.writestr("é.json", "{}")
    place.write_bytes(place.read_bytes().replace("é.json".encode(), b"\xff\xfe.json"))
    with pytest.raises(Refusal, match="cannot be unpacked"):
        await bring(desk, source("mastodon", place, tmp_path))
