"""What strangers write, as it stands on our pages.  security E1–E6.

Answers are sent to a coordination that holds nothing back, so that every word is shown at once;
the page is then read as a browser would, element by element.
"""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from besieged import Besieged, reply
from peers import Peer

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert&#40;1)</script>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<a href="javascript:alert(1)">a</a>',
    '<a href="java\tscript:alert(1)">a</a>',
    '<a href=" &#14; javascript:alert(1)">a</a>',
    '<a href="data:text/html,<script>alert(1)</script>">a</a>',
    '<a href="vbscript:msgbox(1)">a</a>',
    '<iframe src="https://evil.example/"></iframe>',
    '<object data="x"></object><embed src="x"><applet code="x">',
    '<form action="https://evil.example/"><input name=p><button>go</button></form>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    '<base href="https://evil.example/">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    "<style>body{display:none}</style>",
    '<p style="position:fixed;top:0">over</p>',
    '<p id="responses" class="notice title">clobber</p>',
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[><script>alert(1)</script>]]>",
    "</article></section></main><script>alert(1)</script>",
    '<img src="https://evil.example/tracker.gif">',
    '<video src="https://evil.example/v"><source src="https://evil.example/s"></video>',
    "<details open ontoggle=alert(1)>",
    "<x onclick=alert(1) tabindex=1 id=x>",
    "{{ 7*7 }}{% raw %}${7*7}#{7*7}",
    "<a href='https://safe.example/' onmouseover='alert(1)' target=_top>a</a>",
    "\x1b]0;title\x07",
]
ELEMENTS = {
    "script", "iframe", "object", "embed", "applet", "base", "svg", "math", "style", "template",
    "video", "audio", "source", "noscript", "details", "x", "input", "mglyph",
}  # fmt: skip


class Elements(HTMLParser):
    """Every start tag within the list of responses, with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = self.inside or (tag == "ol" and ("class", "responses") in attrs)
        if self.inside:
            self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "ol"


def responses_in(page: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Elements()
    reader.feed(page)
    return reader.found


@pytest.fixture
async def word(here: Besieged) -> dict[str, Any]:
    return await here.publish("dockers")


async def shown(here: Besieged, far: Peer, word: dict[str, Any], text: str) -> str:
    ann = far.person("ann")
    note = reply(ann, word["id"], "1", content=f"<p>before</p>{text}<p>after</p>")
    assert await here.told(ann, ann.create(note)) == 202
    await here.until_page(word["url"], lambda page: "before" in page)
    return await here.page(word["url"])


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_markup_of_strangers_does_anything(
    here: Besieged, far: Peer, word: dict[str, Any], text: str
) -> None:
    page = await shown(here, far, word, text)
    assert "before" in page
    for tag, attributes in responses_in(page):
        assert tag not in ELEMENTS, (tag, attributes)
        assert tag not in {"img", "form", "meta", "link", "button"}, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "id"}]
        place = attributes.get("href")
        assert place is None or urlsplit(place).scheme in {"http", "https"}, place
    assert ">49<" not in page
    assert "\x1b" not in page


async def test_the_policy_of_pages_lets_no_script_run(here: Besieged, word: dict[str, Any]) -> None:
    answer = await here.get(word["url"], accept="text/html")
    policy = answer.headers["content-security-policy"]
    parts = {part.split()[0]: part.split()[1:] for part in policy.split(";") if part.strip()}
    assert parts["default-src"] == ["'none'"]
    assert "script-src" not in parts
    assert parts["base-uri"] == parts["frame-ancestors"] == ["'none'"]
    assert "unsafe-inline" not in policy
    assert "http:" not in " ".join(parts["img-src"])
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_names_are_text_in_one_line(here: Besieged, far: Peer, word: dict[str, Any]) -> None:
    """E2: no markup, no direction overrides, nothing invisible that hides another name."""
    name = "Dock\u202eers\u200b <b>Union</b>\n\u2066official\u0000\x07<script>"
    ann = far.person("ann", name=name.replace("\x00", ""), preferredUsername="<i>ann</i>\u202e")
    assert await here.told(ann, ann.create(reply(ann, word["id"], "1"))) == 202
    page = await here.page(word["url"])
    own = page[page.index('class="who"') :].partition("</article>")[0]
    for hidden in ("\u202e", "\u200b", "\x07", "<b>", "<i>", "<script>"):
        assert hidden not in own, ascii(hidden)
    assert "&lt;b&gt;Union&lt;/b&gt;" in own


async def test_a_link_tells_where_it_leads(here: Besieged, far: Peer, word: dict[str, Any]) -> None:
    """E3: a link that reads like our address and leads elsewhere is followed by its host."""
    lure = f'<a href="https://evil.example/login" class="mention">{here.actor()}</a>'
    page = await shown(here, far, word, f"<p>{lure}</p>")
    links = [one for tag, one in responses_in(page) if tag == "a" and "evil" in str(one)]
    assert links
    assert {"nofollow", "noopener", "ugc"} <= set(str(links[0]["rel"]).split())
    after = page[page.index("https://evil.example/login") :]
    assert "evil.example" in after.partition("</a>")[2][:200]


async def test_nothing_is_loaded_from_strangers(
    here: Besieged, far: Peer, word: dict[str, Any]
) -> None:
    """E4: pictures, custom emoji and avatars stay where they are."""
    picture = {"type": "Image", "url": f"{far.origin}/tracker.png"}
    emoji = {"type": "Emoji", "name": ":heron:", "icon": picture}
    ann = far.person("ann", icon=picture, image=picture)
    note = reply(ann, word["id"], "1", content="<p>:heron:</p>", tag=[emoji], attachment=[picture])
    assert await here.told(ann, ann.create(note)) == 202
    assert "tracker.png" not in await here.page(word["url"])
    assert "/tracker.png" not in [one.target for one in far.asked]


@pytest.mark.parametrize("field", ["title", "summary", "kind", "slug"])
async def test_our_own_titles_hold_no_markup(here: Besieged, field: str) -> None:
    """E6: Mastodon puts an article's name into its page as HTML."""
    fields = {
        "title": "A title",
        "summary": "In short. " * 25,
        "content": "Words.",
        "form": "article",
    }
    body = fields | {field: "<img src=x onerror=alert(1)>", "publish": True}
    before = here.everything()
    answer = await here.api("POST", "/actors/pits/declarations", body)
    if answer.status_code == 201:
        document = await here.document(answer.json()["id"])
        assert "<img" not in str({name: document.get(name) for name in ("name", "nameMap")})
        assert "<img" not in await here.page(answer.json()["url"])
        assert field == "summary"
    else:
        assert answer.status_code == 422
        assert field in {fault["field"] for fault in answer.json()["errors"]}
        assert here.everything() == before
