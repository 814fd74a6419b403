"""Markdown in, clean HTML out.  actors-and-objects.md 2.4 and 2.6."""

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fediverse_coord.errors import Refusal
from fediverse_coord.publishing.markdown import (
    Mention,
    Rendered,
    handles_in,
    hashtags_in,
    render,
    says_anything,
)

ROSA = Mention("@rosa@far.example", "https://far.example/users/rosa", "https://far.example/@rosa")
ROSA_LINK = (
    '<span class="h-card" translate="no"><a href="https://far.example/@rosa"'
    ' class="u-url mention">@<span>rosa</span></a></span>'
)


def tag_url(tag: str) -> str:
    return f"https://here.example/tags/{quote(tag)}"


def rendered(text: str, form: str = "note") -> Rendered:
    known = {ROSA.handle: ROSA}
    return render(text, form=form, resolve_mention=known.get, tag_url=tag_url)


def html_of(text: str, form: str = "note") -> str:
    return rendered(text, form).html


# --- mentions -------------------------------------------------------------------------


def test_a_known_handle_becomes_a_mention_as_mastodon_writes_it() -> None:
    assert rendered("Thanks, @rosa@far.example.") == Rendered(
        f"<p>Thanks, {ROSA_LINK}.</p>", (), ("@rosa@far.example",)
    )


def test_an_unknown_handle_stays_text_and_mentions_nobody() -> None:
    assert rendered("@ben@far.example") == Rendered("<p>@ben@far.example</p>", (), ())


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@rosa@far.example and @rosa@FAR.example", ["@rosa@far.example"]),
        ("(@rosa@far.example)", ["@rosa@far.example"]),
        ("@_rosa_@far.example", ["@_rosa_@far.example"]),
        ("**@rosa@far.example**", ["@rosa@far.example"]),
        ("@rosa@localhost:8001", ["@rosa@localhost:8001"]),
        ("@rosa@127.0.0.1:8001", ["@rosa@127.0.0.1:8001"]),
        ("@rosa@união.example", ["@rosa@união.example"]),
        ("`@rosa@far.example`", []),
        ("    @rosa@far.example", []),
        ("```\n@rosa@far.example\n```", []),
        ("[@rosa@far.example](https://far.example/)", []),
        ("https://far.example/@rosa@far.example", []),
        ("press@rosa@far.example", []),
        ("rosa@far.example", []),
        ("@rosa", []),
        ("@rosa@far", []),
        ("\\@rosa@far.example", []),
        ("![@rosa@far.example](https://far.example/x.png)", []),
    ],
)
def test_a_handle_is_found_only_where_somebody_is_addressed(text: str, handles: list[str]) -> None:
    assert list(handles_in(text)) == handles


# --- hashtags -------------------------------------------------------------------------


def test_a_hashtag_links_to_its_lower_case_page_and_keeps_its_spelling() -> None:
    assert rendered("#NorthernShafts now, #northernshafts!") == Rendered(
        '<p><a href="https://here.example/tags/northernshafts" class="mention hashtag" rel="tag">'
        "#<span>NorthernShafts</span></a> now, "
        '<a href="https://here.example/tags/northernshafts" class="mention hashtag" rel="tag">'
        "#<span>northernshafts</span></a>!</p>",
        ("NorthernShafts",),
        (),
    )


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#मज़दूर", ["मज़दूर"]),
        ("#عمّال", ["عمّال"]),
        ("#کار\u200cگر", ["کار\u200cگر"]),
        ("#工人团结", ["工人团结"]),
        ("#Шахтёры2026", ["Шахтёры2026"]),
        ("#may_day", ["may_day"]),
        ("#1mayo", ["1mayo"]),
        ("#2026 #_ #", []),
        ("a#b #a#b", ["a"]),
        ("# heading", []),
        ("#heading", ["heading"]),
        ("\\#no", []),
        ("`#no`", []),
        ("[#no](https://far.example/)", []),
        ("https://far.example/#no", []),
        ("far.example/#no", []),
        ("&#39; &#x27;", []),
        ("#" + "a" * 101, []),
    ],
)
def test_a_hashtag_is_a_word_of_any_script_outside_code_and_links(
    text: str, tags: list[str]
) -> None:
    assert list(hashtags_in(text)) == tags


# --- links ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "url", "rest"),
    [
        ("See https://far.example/a_b_c.", "https://far.example/a_b_c", "."),
        ("(https://far.example/x)", "https://far.example/x", ")"),
        ("https://far.example/W_(x)", "https://far.example/W_(x)", ""),
        ("https://far.example/?a=1&b=2", "https://far.example/?a=1&amp;b=2", ""),
        ("https://far.example/*x* y", "https://far.example/*x", "* y"),
        ("http://far.example/#part", "http://far.example/#part", ""),
        ("工会https://far.example/。", "https://far.example/", "。"),
    ],
)
def test_a_bare_address_becomes_a_link_without_the_sentences_punctuation(
    text: str, url: str, rest: str
) -> None:
    assert f'<a href="{url}">{url}</a>{rest}' in html_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](JAVA&#x0A;SCRIPT:alert(1))",
        "[x](data:text/html,x)",
        "[x](/relative)",
        "[x](#part)",
        "[x](ftp://far.example/)",
        "[x](https://bank.example@evil.example/)",
        "<a href='//far.example/'>x</a>",
        "ftp://far.example/ xhttps://far.example/ https://",
        "`https://far.example/`",
    ],
)
@pytest.mark.parametrize("form", ["note", "article"])
def test_only_whole_http_addresses_become_links(text: str, form: str) -> None:
    assert "<a " not in html_of(text, form)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("[Write to us](mailto:press@miners.example)", "Write to us (press@miners.example)"),
        ("<press@miners.example>", "press@miners.example"),
        ("[press@miners.example](mailto:press@miners.example?subject=x)", "press@miners.example"),
    ],
)
def test_a_mail_address_stays_readable_where_its_link_would_be_dropped(
    text: str, html: str
) -> None:
    assert html_of(text) == html_of(text, "article") == f"<p>{html}</p>"


# --- forms ----------------------------------------------------------------------------

WORK = """# Five demands

We met.

## Air

| Pit | Men |
|-----|-----|
| 7   | 120 |

---

![The shaft](https://here.example/media/shaft.jpg)
"""


def test_a_note_turns_headings_rows_and_images_into_paragraphs_and_links() -> None:
    assert html_of(WORK) == (
        "<p><strong>Five demands</strong></p>\n<p>We met.</p>\n<p><strong>Air</strong></p>\n"
        "<p>Pit | Men</p>\n<p>7 | 120</p>\n"
        '<p><a href="https://here.example/media/shaft.jpg">The shaft</a></p>'
    )


def test_an_article_keeps_headings_and_tables_below_the_pages_own_heading() -> None:
    html = html_of(WORK, "article")

    assert html.startswith("<h2>Five demands</h2>\n<p>We met.</p>\n<h3>Air</h3>\n<table>")
    # A picture elsewhere would tell its server who reads.
    link = '<a href="https://here.example/media/shaft.jpg">The shaft</a>'
    assert html.endswith(f"<hr>\n<p>{link}</p>")


def test_headings_without_a_first_level_keep_their_level() -> None:
    assert html_of("## Air", "article") == "<h2>Air</h2>"


def test_an_image_inside_a_link_leaves_one_link() -> None:
    text = "[![The shaft](https://here.example/a.jpg)](https://far.example/)"

    assert html_of(text) == '<p><a href="https://far.example/">The shaft</a></p>'


@pytest.mark.parametrize("form", ["note", "article"])
def test_raw_html_is_shown_as_it_was_typed(form: str) -> None:
    text = "<script>alert(1)</script> <b>x</b>"

    assert html_of(text, form) == (
        "<p>&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;x&lt;/b&gt;</p>"
    )


def test_lists_quotes_code_and_strokes_survive_in_a_note() -> None:
    html = html_of("1. a\n2. b\n\n> c\n\n`d < e` ~~f~~ *g* **h**")

    for part in ("<ol>", "<li>a</li>", "<blockquote>", "<code>d &lt; e</code>", "<s>f</s>"):
        assert part in html


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<script>alert(1)</script>", False),
        ("<!-- a -->\n\n<svg onload=x>", False),
        ("&nbsp;\u200b", False),
        ("---", False),
        ("<b>We stay.</b>", True),
        ("`<script>`", True),
        ("1 < 2", True),
        ("[a]:\nhttps://a.example/", False),
        ("1.", False),
        ("Air.", True),
        ("12 masks.", True),
        ("ваздух", True),
        ("![The gate](media:abcdefghijklmnop)", True),
        ("![The gate](gate.jpg)", True),
    ],
)
def test_a_text_says_something_where_more_than_html_is_left(text: str, says: bool) -> None:
    assert says_anything(text) is says


def test_a_text_that_is_too_long_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(Refusal, match="divide it") as refused:
        html_of("x" * 200_001)
    assert [fault.field for fault in refused.value.faults] == ["content"]


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="@#a.:/ht ps*_[]()!`<>&\n-|é工\u0301\u202e\x00", max_size=60))
def test_any_text_can_be_rendered(text: str) -> None:
    for form in ("note", "article"):
        assert isinstance(html_of(text, form), str)


@pytest.mark.parametrize("part", ["[", "*a ", "@", "#", "@a", "_", "https://", "`", "<a ", "&#"])
def test_repetition_is_survived(part: str) -> None:
    assert isinstance(html_of(part * 5_000), str)
