"""What of HTML survives, and that nothing else does.  security.md D4, E1–E4."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fediverse_coord.protocol import uris
from fediverse_coord.protocol.sanitize import (
    ARTICLE_TAGS,
    MASTODON_TAGS,
    article_html,
    note_html,
    plain_text,
    response_html,
    too_deep,
    too_dense,
    with_hosts,
    words_alone,
)

SANITIZERS = [article_html, note_html, response_html]

ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<<script>alert(1);//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    '<img src="x" onerror="alert(1)">',
    "<img src=`javascript:alert(1)`>",
    '<IMG """><SCRIPT>alert(1)</SCRIPT>">',
    '<img src="javascript:alert(1)">',
    '<a href="javascript:alert(1)">a</a>',
    '<a href="jav\tascript:alert(1)">a</a>',
    '<a href="jav&#x0A;ascript:alert(1)">a</a>',
    '<a href=" &#14; javascript:alert(1)">a</a>',
    '<a href="JaVaScRiPt:alert(1)">a</a>',
    '<a href="&#106;&#97;vascript:alert(1)">a</a>',
    '<a href="java\x00script:alert(1)">a</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">a</a>',
    '<a href="vbscript:msgbox(1)">a</a>',
    '<a href="//evil.example/">a</a>',
    '<a href="/relative">a</a>',
    '<a href="https://bank.example@evil.example/">a</a>',
    '<a href="https:\\\\evil.example">a</a>',
    '<a href="https://far.example/" onclick="alert(1)" style="position:fixed">a</a>',
    '<svg onload="alert(1)"><a xlink:href="javascript:alert(1)">x</a></svg>',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style>"
    '<img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<math><mtext><table><mglyph><style><math><table id="</table>"><img src onerror=alert(1)">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<iframe src='https://evil.example/'></iframe><iframe srcdoc='<script>alert(1)</script>'>",
    '<object data="x"></object><embed src="x"><base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/"><link rel=stylesheet href=x>',
    '<style>@import "https://evil.example/x.css";</style><p style="background:url(x)">a</p>',
    '<form action="https://evil.example/"><input name=p><button formaction=x>b</button></form>',
    '<body onload=alert(1)><table background="javascript:alert(1)"><td>a</td></table>',
    "<details open ontoggle=alert(1)>a</details><video><source onerror=alert(1)></video>",
    "<textarea></textarea><img src=x onerror=alert(1)>",
    "<template><img src=x onerror=alert(1)></template>",
    "<plaintext><script>alert(1)</script>",
    "<!--><script>alert(1)</script-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<a href=https://far.example/ id=x name=y target=_blank data-x=1>a</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\ud800<p>\x00\ufffe</p>",
]


class Reader(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update((name, value or "") for name, value in attrs)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


HARMLESS = {
    "href", "src", "alt", "title", "class", "rel", "lang", "dir", "translate", "start",
    "reversed", "value", "width", "height", "colspan", "rowspan", "scope",
}  # fmt: skip


def assert_harmless(html: str, tags: frozenset[str] = ARTICLE_TAGS) -> None:
    found = read(html)
    assert found.tags <= tags
    assert {name for name, _ in found.attributes} <= HARMLESS
    urls = [value for name, value in found.attributes if name in {"href", "src"}]
    assert all(uris.origin_of(url) for url in urls)


@pytest.mark.parametrize("sanitize", SANITIZERS)
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_survives_and_cleaning_twice_changes_nothing(
    sanitize: Callable[[str], str], attack: str
) -> None:
    cleaned = sanitize(attack)

    assert_harmless(cleaned)
    assert sanitize(cleaned) == cleaned


@pytest.mark.parametrize("attack", ATTACKS)
def test_plain_text_of_an_attack_is_text_whatever_it_says(attack: str) -> None:
    assert "\x00" not in plain_text(attack)


MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<b>", "</b>", '<a href="https://x.example/">', "</a>", "<table>", "<td>",
         "<tr>", "</table>", "<svg>", "<math>", "<mtext>", "<style>", "</style>", "<!--", "-->",
         "<img alt='\"><script>'>", "<h2>", "</h2>", "<div>", "</div>", "<pre>", "<", ">", '"', "&",
         "<select>", "<template>", "</template>", "<script>", "javascript:", "\n", "ñ", "工"]
    )
    | st.text(max_size=8),
    max_size=30,
).map("".join)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(MARKUP)
def test_any_heap_of_markup_comes_out_harmless(html: str) -> None:
    assert_harmless(article_html(html))
    assert_harmless(note_html(html), MASTODON_TAGS)
    assert_harmless(response_html(html), MASTODON_TAGS)
    assert isinstance(plain_text(html), str)


@pytest.mark.parametrize("value", [None, 5, ["<p>"], {"en": "<p>"}])
def test_a_response_that_is_no_text_is_empty(value: object) -> None:
    assert response_html(value) == ""


# --- what costs a parser dearly ---------------------------------------------------------

BOMBS = [
    "<b>" * 333_000,
    "<div>" * 200_000,
    "<a " * 100_000,
    "<a href=x>" * 20_000,
    "<" * 200_000,
    "</p" * 66_000,
    "<p>" + "".join(f"<b id={n}>" for n in range(100)) + "</p>" + "<p>x" * 48_000,
    ("<div>" * 90 + "<table><tr><td>" + "</div>" * 90) * 300,
    "<svg>" + "<td>" * 40_000,
    "&" * 200_000,
    "&amp;" * 40_000,
    "\N{NO-BREAK SPACE}" * 200_000,
    "<abbr title='" + "&" * 190_000 + "'>x</abbr>",
]


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda text: text[:12])
def test_a_bomb_becomes_at_most_escaped_text(bomb: str) -> None:
    cleaned = response_html(bomb)

    assert_harmless(cleaned)
    assert len(cleaned) < 2_500_000
    assert len(plain_text(bomb)) <= len(bomb)


def test_what_is_too_deep_is_shown_as_its_words() -> None:
    assert response_html("<div>" * 150 + "Shift &amp; <i>pit</i>") == "<p>Shift &amp;  pit</p>"


@pytest.mark.parametrize("sign", ["&", "&amp;", "&nbsp;", "\N{NO-BREAK SPACE}"])
def test_what_is_too_dense_is_shown_as_its_words(sign: str) -> None:
    words = f"Shift <i>pit</i> {sign * (190_000 // len(sign))}."
    assert too_dense(words)
    assert response_html(words).startswith("<p>Shift  pit ")


def test_a_long_text_of_any_language_is_not_dense() -> None:
    french = (
        "<p>Ils ont dit&nbsp;: «\N{NO-BREAK SPACE}Non\N{NO-BREAK SPACE}» au directeur, puis "
        "ils sont remontés au jour tous ensemble avant la fin de la journée, R&amp;D comprise.</p>"
    )
    code = "<p>if (a &lt; b &amp;&amp; b &gt; c) {print(&quot;&lt;p&gt;&quot;);}</p>"
    assert not too_dense(french * (150_000 // len(french)))
    assert not too_dense(code * (80_000 // len(code)))
    assert response_html(french * 900).count("<p>") == 900


@pytest.mark.parametrize(
    ("html", "deep"),
    [
        ("<p>" * 500, False),
        ("<ul>" + "<li>x" * 500 + "</ul>", False),
        ("<br>" * 500, False),
        ("<div>x</div>" * 500, False),
        ("<div></span>" * 101, True),
        ("<b>" * 13, True),
    ],
)
def test_only_elements_that_stand_open_make_depth(html: str, deep: bool) -> None:
    assert too_deep(html) is deep


# --- what is kept ---------------------------------------------------------------------

MENTION = (
    '<p><span class="h-card" translate="no"><a href="https://far.example/@rosa"'
    ' class="u-url mention">@<span>rosa</span></a></span> met us.</p>'
)


@pytest.mark.parametrize("sanitize", [article_html, note_html])
def test_our_mentions_pass_unchanged(sanitize: Callable[[str], str]) -> None:
    assert sanitize(MENTION) == MENTION


def test_a_strangers_links_are_marked_as_theirs() -> None:
    cleaned = response_html('<a href="https://far.example/" rel="me tag">x</a>')

    assert cleaned == '<a href="https://far.example/" rel="nofollow noopener ugc">x</a>'


def test_foreign_classes_go_and_microformats_stay() -> None:
    cleaned = response_html('<span class="admin-panel h-card u-url invisible">x</span>')

    assert cleaned == '<span class="h-card u-url invisible">x</span>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h2>Demands</h2><p>Air.</p>", "<p><strong>Demands</strong></p><p>Air.</p>"),
        ("<div>One</div><div>Two</div>", "<p>One</p><p>Two</p>"),
        ("<p>a</p><hr><p>b</p>", "<p>a</p>\n<p>b</p>"),
        ("<table><tr><th>Pit</th><td>7</td></tr></table>", "<p>Pit | 7</p>"),
        ('<p><img src="https://far.example/x.png" alt="A &lt;lamp>"></p>', "<p>A &lt;lamp&gt;</p>"),
        ('<p lang="es" dir="rtl" id="x">hola</p>', '<p lang="es" dir="rtl">hola</p>'),
        ('<ol start="3"><li value="9">x</li></ol>', '<ol start="3"><li value="9">x</li></ol>'),
        ("<pre><code>a\n\n\nb</code></pre>", "<pre><code>a\n\n\nb</code></pre>"),
        ("<p>a\u202eb\x07c</p>", "<p>abc</p>"),
    ],
)
def test_what_a_note_cannot_carry_becomes_paragraphs(html: str, expected: str) -> None:
    assert note_html(html) == response_html(html) == expected


OURS = "https://here.example/media/"
FILE = f"{OURS}{'0a' * 32}.jpg"


def test_an_article_keeps_tables_and_our_own_pictures() -> None:
    html = (
        "<h2>Pits</h2><table><thead><tr><th>Pit</th></tr></thead></table><hr>"
        f'<figure><img src="{FILE}" alt="Lamp" width="3" height="2" loading="lazy"></figure>'
    )

    assert article_html(html, OURS) == html


@pytest.mark.parametrize(
    "source",
    [
        "https://far.example/a.png",
        "/b.png",
        f"{OURS}{'0a' * 32}.svg",
        f"{OURS}../source.zip",
        f"{FILE}?track=1",
        f"https://evil.example/{FILE}",
        FILE.replace("https", "http"),
        "data:image/png;base64,AAAA",
        "",
    ],
)
def test_of_any_other_picture_an_article_keeps_the_words(source: str) -> None:
    html = f'<p><img src="{source}" alt="A &lt;lamp>" onerror="x()"></p>'
    assert article_html(html, OURS) == "<p>A &lt;lamp&gt;</p>"
    assert "<img" not in article_html(f'<img src="{FILE}" alt="Lamp">')


def test_plain_text_keeps_lines_and_decodes_entities() -> None:
    html = "<h2>Pit</h2><p>One &amp; <b>two</b><br>three</p><ul><li>a</li><li>b</li></ul>"

    assert plain_text(html) == "Pit\n\nOne & two\nthree\n\na\nb"


@pytest.mark.parametrize(
    ("link", "host_is_told"),
    [
        ('<a href="https://far.example/@rosa">@rosa</a>', True),
        ('<a href="https://evil.example/">https://bank.example/</a>', True),
        ('<a href="https://evil.example/">evil.example.bank.example</a>', True),
        ('<a href="https://evil.example/">https://bank.example/@evil.example</a>', True),
        ('<a href="https://far.example/a">https://far.example/a</a>', False),
        ('<a href="https://far.example/@rosa">@rosa@far.example</a>', False),
        ('<a href="https://far.example/a"><span>https://</span>far.example/a</a>', False),
    ],
)
def test_a_link_whose_text_hides_its_host_is_followed_by_it(link: str, host_is_told: bool) -> None:
    shown = with_hosts(response_html(f"<p>{link}</p>"))

    assert bool(re.search(r"</a> \((far|evil)\.example\)</p>", shown)) is host_is_told


@pytest.mark.parametrize(
    "html",
    [
        "<p>One <em>two</em>three.</p><ul><li>Four</li><li>Five</li></ul><p>Six<br>7 &amp; 8</p>",
        "<h2>Title</h2><blockquote><p>Said.</p></blockquote><hr><p><a href='https://a.b/'>c</a></p>",
        "<pre><code>a &lt; b</code></pre><p>c &gt; <strong>d</strong>, e.</p>",
    ],
)
def test_what_was_sanitised_has_the_same_words_without_being_parsed_again(html: str) -> None:
    ours = article_html(html)
    assert words_alone(ours).split() == plain_text(ours).split()


PLAIN = [
    *("<p>", "</p>", "<br>", "<strong>", "</strong>", '<a href="https://a.example">', "</a>"),
    *("<ul>", "<li>", "<b>", "x", " ", "&lt;p&gt;", "<", "<script>", "</script>"),
]


@given(st.lists(st.sampled_from(PLAIN), max_size=12))
def test_what_mastodon_can_carry_is_cleaned_as_all_else_is(parts: list[str]) -> None:
    """A division that is empty leaves nothing behind, but is looked at the long way."""
    html = "<p>a</p>" + "".join(parts)
    assert response_html(html) == response_html("<div></div>" + html)


def test_neighbouring_cells_are_words_of_their_own() -> None:
    table = article_html("<table><tbody><tr><td>1</td><td>2</td></tr></tbody></table>")
    assert words_alone(table).split() == ["1", "2"]
