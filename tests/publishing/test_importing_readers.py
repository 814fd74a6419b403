"""Feeds, posts, Markdown files and encodings, as earlier sites have them, and attackers."""

import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fediverse_coord.errors import Refusal
from fediverse_coord.publishing.importing.encodings import decoded
from fediverse_coord.publishing.importing.entries import Faulty, Imported
from fediverse_coord.publishing.importing.feeds import Feed, page_of
from fediverse_coord.publishing.importing.listed_json import members_of
from fediverse_coord.publishing.importing.markup import escaped, markdown_from
from fediverse_coord.publishing.importing.posts import posts_in
from fediverse_coord.publishing.importing.texts import text_from
from fediverse_coord.publishing.markdown import render

NOW = datetime(2026, 10, 14, 12, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


class Counted(io.StringIO):
    """A text that is handed out in pieces of at most so many characters."""

    def __init__(self, text: str, size: int = 1 << 20) -> None:
        super().__init__(text)
        self.size = size

    def read(self, size: int | None = -1) -> str:
        return super().read(self.size if size is None or size < 0 else min(size, self.size))


ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Werft</title>
<link rel="next" href="/feed?page=2"/>
<entry><id>urn:1</id><title>Brief an die Schweißer</title><link href="https://old.example/a/1"/>
<published>2019-02-03T10:00:00Z</published><category term="Night shift"/>
<content type="html">&lt;p&gt;Ihr seid &lt;b&gt;nicht&lt;/b&gt; allein.&lt;/p&gt;</content></entry>
<entry><id>urn:2</id><title></title></entry></feed>"""

RSS = """<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel><title>x</title>
<generator>{maker}</generator><item><title>Café</title><link>https://old.example/{place}</link>
<description>&lt;p&gt;Fermé [...]&lt;/p&gt;</description>
<pubDate>Mon, 04 Mar 2019 10:00:00 GMT</pubDate></item></channel></rss>"""


def rss(maker: str = "", place: str = "1", encoding: str = "utf-8") -> bytes:
    return RSS.format(maker=maker, place=place, encoding=encoding).encode(encoding)


def only(found: object) -> Imported:
    assert isinstance(found, Imported)
    return found


def test_an_atom_entry_keeps_its_day_language_words_and_path() -> None:
    page = page_of(ATOM.encode(), "feed", "https://old.example/feed")
    entry = only(page.found[0])

    assert (entry.title, entry.language) == ("Brief an die Schweißer", "de")
    assert entry.content == "Ihr seid **nicht** allein."
    assert str(entry.moment) == "2019-02-03 10:00:00+00:00"
    assert (entry.old_path, entry.tags) == ("/a/1", ("NightShift",))
    assert page.next_url == "https://old.example/feed?page=2"


def test_an_empty_entry_is_named_and_the_others_come_in() -> None:
    page = page_of(ATOM.encode(), "feed")
    assert page.found[1] == Faulty("feed, entry 2", "has neither a title nor a text")


@pytest.mark.parametrize(
    ("maker", "url", "further"),
    [
        ("https://wordpress.org/?v=6", "https://o.example/feed/", "https://o.example/feed/?paged=2"),
        ("WordPress", "https://o.example/feed/?paged=4", "https://o.example/feed/?paged=5"),
        ("Joomla! - Open Source", "https://o.example/?format=feed", "https://o.example/?format=feed&start=1"),
        ("Joomla!", "https://o.example/?start=10", "https://o.example/?start=11"),
        ("Plone", "https://o.example/rss", None),
    ],
)  # fmt: skip
def test_feeds_go_on_as_their_makers_count(maker: str, url: str, further: str | None) -> None:
    assert page_of(rss(maker), "feed", url).next_url == further


def test_a_cut_text_leads_to_the_whole() -> None:
    entry = only(page_of(rss(), "feed").found[0])
    assert (entry.is_beginning, entry.more_url) == (True, "https://old.example/1")


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_declared_encodings_are_read(encoding: str) -> None:
    assert only(page_of(rss(encoding=encoding), "feed").found[0]).title == "Café"


LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>
<rss version="2.0"><channel><item><title>&b;</title></item></channel></rss>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_feed_that_declares_entities_is_refused(encoding: str) -> None:
    with pytest.raises(Refusal, match="DOCTYPE"):
        page_of(LAUGHS.encode(encoding), "feed")


def test_what_is_no_feed_is_refused_and_a_broken_one_says_where() -> None:
    with pytest.raises(Refusal, match="no Atom or RSS"):
        page_of(b"Down tools at noon.", "feed")
    broken = page_of(ATOM.replace("</feed>", "").encode(), "feed")
    assert isinstance(broken.found[-1], Faulty)
    assert "line" in broken.found[-1].place


def post(**changed: object) -> dict[str, object]:
    one: dict[str, object] = {
        "id": "https://old.example/users/pits/statuses/1",
        "type": "Note",
        "attributedTo": "https://old.example/users/pits",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "published": "2020-01-02T03:04:05Z",
        "url": "https://old.example/@pits/1",
        "content": "<p>Down <a href='https://a.example/'>tools</a>.</p>",
        "contentMap": {"en": "<p>Down tools.</p>"},
    }
    return one | changed


def outbox(*posts: object) -> io.StringIO:
    items = [{"type": "Create", "object": one} for one in posts]
    return io.StringIO(
        json.dumps({"orderedItems": [*items, {"type": "Announce", "object": "x"}, 7]})
    )


def test_posts_for_everybody_come_in_and_no_others() -> None:
    picture = {"mediaType": "image/png", "url": "/media_attachments/1.png", "name": "A gate"}
    followers = post(id="f", to=["https://old.example/users/pits/followers"])
    answer = post(id="a", inReplyTo="https://far.example/1")
    goes_on = post(id="g", inReplyTo="https://old.example/users/pits/statuses/1")
    found = list(posts_in(outbox(post(attachment=[picture]), followers, answer, goes_on), "outbox"))

    assert [one.identity for one in found if isinstance(one, Imported)] == [
        "mastodon:https://old.example/users/pits/statuses/1",
        "mastodon:g",
    ]
    first = only(found[0])
    assert (first.content, first.language) == ("Down [tools](https://a.example/).", "en")
    assert (first.pictures[0].name, first.old_path) == ("media_attachments/1.png", "/@pits/1")
    assert found[-1] == Faulty("outbox, entry 6", "is no activity")


def test_an_outbox_that_breaks_off_brings_what_is_before_and_says_where() -> None:
    whole = outbox(post(), post(id="b")).getvalue()
    broken = io.StringIO(whole[: whole.index('"type": "Announce"')])
    *found, fault = posts_in(broken, "outbox")

    assert [only(one).identity for one in found][1:] == ["mastodon:b"]
    assert isinstance(fault, Faulty)
    assert fault.place == "outbox, after entry 2"
    assert "no readable JSON" in fault.reason


@pytest.mark.parametrize("text", ["", "nothing", "{", '{"a" 1}', '{"orderedItems": [', "{}x"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="no readable JSON"):
        list(posts_in(io.StringIO(text), "outbox"))


@pytest.mark.parametrize("text", ["[]", "{}", '"x"', '{"orderedItems": 7}'])
def test_what_is_no_outbox_is_told(text: str) -> None:
    assert list(posts_in(io.StringIO(text), "outbox")) == [
        Faulty("outbox", "is no outbox: it has no orderedItems")
    ]


@given(st.lists(JSON), st.integers(1, 40))
def test_a_list_is_told_as_it_is_however_it_is_cut_into_pieces(
    members: list[object], size: int
) -> None:
    document = {"before": members, "orderedItems": members, "after": {"orderedItems": 1.5}}
    for indent in (None, 2):
        text = Counted(json.dumps(document, indent=indent), size)
        assert list(members_of(text, "orderedItems")) == members


@pytest.mark.parametrize("of", ["feed", "outbox"])
def test_years_of_texts_are_told_while_they_are_read(of: str) -> None:
    if of == "feed":
        items = "".join(f"<item><title>{n}</title></item>" for n in range(9_000))
        text = Counted(f"<rss version='2.0'><channel>{items}</channel></rss>")
        told = Feed(text, "feed").found()
    else:
        text = Counted(outbox(*(post(id=str(n)) for n in range(1_000))).getvalue())
        told = posts_in(text, "outbox")

    assert isinstance(next(told), Imported)
    assert text.tell() * 3 < len(text.getvalue())
    assert sum(1 for _ in told) > 900


def test_a_broken_feed_tells_each_of_its_entries_once() -> None:
    items = "".join(f"<item><title>Text {n} &nbsp;</title></item>" for n in range(3))
    whole = "".join(f"<item><title>Whole {n}</title></item>" for n in range(3_000))
    text = f"<rss version='2.0'><channel>{whole}{items}</channel></rss>"
    *found, fault = page_of(text.encode(), "feed").found

    assert [only(one).title for one in found][2999:] == ["Whole 2999", "Text 0", "Text 1", "Text 2"]
    assert isinstance(fault, Faulty)
    assert fault.place == "feed, line 1"


def test_markdown_files_say_their_fields_and_their_names_the_language() -> None:
    source = "---\ntitle: On masks\ndate: 2018-05-06\nkind: letter\nlayout: post\n---\nThey fit."
    found = text_from(source, "letters/masks.de.md", NOW)

    assert (found.title, found.content, found.kind) == ("On masks", "They fit.", "letter")
    assert (found.language, found.group) == ("de", "letters/masks")
    assert str(found.moment) == "2018-05-06 00:00:00+00:00"


def test_a_heading_is_a_title_and_a_file_name_a_day() -> None:
    found = text_from("# On masks\n\nThey fit.", "2017-08-09-masks.md", NOW)
    assert (found.title, found.content, str(found.day)) == ("On masks", "They fit.", "2017-08-09")


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h1>A</h1><p>b<br>c</p>", "## A\n\nb\\\nc"),
        ("<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>", "- a\n\n- b\n\n    1. c"),
        ("<blockquote><p>a</p></blockquote>", "> a"),
        ("<p>5 * 3 _x_ [y] &lt;b&gt;</p>", "5 \\* 3 \\_x\\_ \\[y\\] \\<b\\>"),
        ("<p># no heading</p>", "\\# no heading"),
        ("<p>1. no list</p>", "1\\. no list"),
        ("<script>alert(1)</script><p onclick='x'>a</p>", "a"),
        ("<a href='javascript:alert(1)'>a</a>", "a"),
        ("<img src='https://a.example/x.png' alt='A gate'>", "[A gate](https://a.example/x.png)"),
        ("<p><b></b></p>", ""),
    ],
)
def test_html_becomes_the_markdown_that_shows_the_same(html: str, markdown: str) -> None:
    assert markdown_from(html) == markdown


def test_escaped_text_is_shown_as_it_was() -> None:
    text = "2 * 3 < 4 [a](b) `c` # d"
    html = render(
        escaped(text), form="article", resolve_mention=lambda _: None, tag_url=lambda _: ""
    ).html
    assert html == "<p>2 * 3 &lt; 4 [a](b) `c` # d</p>"


def test_old_encodings_are_recognised() -> None:
    assert decoded("Привет горнякам".encode("cp1251")) == "Привет горнякам"
    assert decoded("déjà vu".encode("cp1252")) == "déjà vu"
    assert decoded(b'<meta charset="koi8-r">' + "мир".encode("koi8-r")).endswith("мир")
    assert decoded(b"<meta charset=rot13>a\xe9") == "<meta charset=rot13>aé"
    with pytest.raises(Refusal, match="no text"):
        decoded(b"PK\x03\x04\x00\x00")


@pytest.mark.parametrize(
    "said",
    [
        "draft: true", "draft: yes", "published: false", "visibility: followers",
        "visibility: direct", "work_state: draft", "work_state: withdrawn", "state: reviewed",
        "Draft: true", "draft: [true]", "state: [draft]", "state: {is: draft}", "status: draft",
        "status: private", "status: hidden", "private: true", "hidden: yes", "password: apple",
        "publishDate: 2099-01-01", "date: 2099-01-01 10:00:00 +0100", "date: 1 May 2099",
        "expiryDate: 2019-01-01",
    ],
)  # fmt: skip
def test_a_file_that_is_not_for_everybody_does_not_become_a_page(said: str) -> None:
    with pytest.raises(Refusal, match="is not for everybody"):
        text_from(f"---\ntitle: Among us\n{said}\n---\n\nNot for all.", "a.md", NOW)


@pytest.mark.parametrize(
    "said",
    ["draft: false", "published: 2015-01-02", "published: true", "visibility: unlisted",
     "work_state: published", "state: published", "draft:", "private: 0", "password: ''",
     "status: publish", "status: [published]", "expiryDate: 2099-01-01", "publishDate: 2019-01-01",
     "date: 2026-10-14"],
)  # fmt: skip
def test_a_file_that_says_that_it_is_for_everybody_comes_in(said: str) -> None:
    found = text_from(f"---\ntitle: For all\n{said}\n---\n\nFor all.", "a.md", NOW)
    assert found.title == "For all"
    assert ("visibility", "unlisted") in found.fields or "visibility" not in said


def test_a_password_is_not_told() -> None:
    with pytest.raises(Refusal) as told:
        text_from("---\npassword: apple\n---\n\nNot for all.", "a.md", NOW)
    assert "apple" not in told.value.reason


@pytest.mark.parametrize(
    "path", ["_drafts/a.md", "blog/_drafts/2019/a.md", "Drafts/a.md", "_posts/2099-01-01-a.md"]
)
def test_a_file_where_drafts_lie_or_of_a_day_to_come_does_not_become_a_page(path: str) -> None:
    with pytest.raises(Refusal, match=r"drafts|day to come"):
        text_from("# Among us\n\nNot for all.", path, NOW)


HEADS = {
    "toml": "+++\ntitle = 'On masks'\ndate = 2018-05-06\ntags = ['air']\n{}\n+++\n\nThey fit.",
    "lines": "Title: On masks\nDate: 2018-05-06\nTags: air\n{}\n\nThey fit.",
    "yaml below an empty line": (
        "\n---\ntitle: On masks\ndate: 2018-05-06\ntags: [air]\n{}\n---\nThey fit."
    ),
}
SAID = {"toml": "draft = true", "lines": "Status: draft"}


@pytest.mark.parametrize("how", HEADS)
def test_front_matter_is_read_as_other_makers_write_it(how: str) -> None:
    found = text_from(HEADS[how].format(""), "a.md", NOW)
    assert (found.title, found.content, found.tags) == ("On masks", "They fit.", ("air",))
    assert str(found.moment) == "2018-05-06 00:00:00+00:00"
    with pytest.raises(Refusal, match="is not for everybody"):
        text_from(HEADS[how].format(SAID.get(how, "draft: true")), "a.md", NOW)


def test_front_matter_that_is_not_read_does_not_become_words() -> None:
    with pytest.raises(Refusal, match="in JSON, which is not read"):
        text_from('{\n"draft": true\n}\n\nNot for all.', "a.md", NOW)
    with pytest.raises(Refusal, match="TOML"):
        text_from("+++\ndraft true\n+++\nNot for all.", "a.md", NOW)
    with pytest.raises(Refusal, match="TOML"):
        text_from(f"+++\nn = {'7' * 5000}\n+++\nNot for all.", "a.md", NOW)
    found = text_from("Chile: they went up\n\nAt noon.", "a.md", NOW)
    assert found.content == "Chile: they went up\n\nAt noon."


def test_the_first_day_of_the_calendar_is_none() -> None:
    found = text_from("---\ndate: 0001-01-01T00:00:00Z\n---\n# x\n\ny", "a.md", NOW)
    assert (found.moment, found.day) == (None, None)
    zero = rss().replace(b"04 Mar 2019 10", b"01 Jan 0001 00")
    assert only(page_of(zero, "feed").found[0]).moment is None


WXR = """<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>x</title>
<item><title>Open</title><wp:status>publish</wp:status><wp:post_password/></item>
<item><title>Shut</title>{0}</item></channel></rss>"""
ATOM_OF_TWO = """<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>
<entry><id>1</id><title>Open</title></entry><entry><id>2</id><title>Shut</title>{0}</entry></feed>"""
CONTROL = "<a:control xmlns:a='http://www.w3.org/2007/app'><a:draft>yes</a:draft></a:control>"
SHUT = {
    "<wp:status>draft</wp:status>": WXR,
    "<wp:status>private</wp:status>": WXR,
    "<wp:status>future</wp:status>": WXR,
    "<wp:status>publish</wp:status><wp:post_password>apple</wp:post_password>": WXR,
    CONTROL: ATOM_OF_TWO,
}


@pytest.mark.parametrize("said", SHUT)
def test_an_export_keeps_what_was_no_page_there(said: str) -> None:
    first, second = page_of(SHUT[said].format(said).encode(), "feed").found
    assert only(first).title == "Open"
    assert isinstance(second, Faulty)
    assert "is not for everybody" in second.reason
    assert "apple" not in second.reason


def test_a_number_that_nobody_can_hold_keeps_no_later_post_out() -> None:
    whole = outbox(post(), post(id="b")).getvalue()
    longer = whole.replace('"id": "b"', f'"n": {"7" * 5000}, "id": "b"')
    found = list(posts_in(io.StringIO(longer), "outbox"))
    assert [only(one).identity for one in found[:2]][1] == "mastodon:b"
