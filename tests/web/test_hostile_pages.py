"""security E1, E2, A4: what strangers write or type stays text, and leads nowhere."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
import pytest_asyncio
from running_site import Site, running_site
from sample_pages import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
    "javascript:alert(1)",
    "..",
    "%2e%2e/%2e%2e/instance.key",
    "\x00",
    "\r\nSet-Cookie: a=b",
    "\u202egnp.exe",
    "' OR 1=1 --",
    "a" * 5_000,
    "//evil.example",
    "\\\\evil.example",
    "https://evil.example/",
    "\udcff",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("hostile"), "pits") as running:
        await running.publish("Known", slug="known", tags=["Known"])
        yield running


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize(
    "path",
    [
        "/@{}",
        "/@pits/{}",
        "/@pits/tags/{}",
        "/@pits?lang={}",
        "/@pits?before={}",
        "/@pits/known?lang={}",
        "/@pits/known?responses={}",
        "/interact?uri={}",
        "/static/{}",
        "/media/{}",
        "/{}",
    ],
)
async def test_hostile_addresses_are_refused_and_never_repeated(
    site: Site, path: str, text: str
) -> None:
    address = path.format(quote(text.encode("utf-8", "surrogateescape"), safe=""))
    answer = await site.get(address)

    assert answer.status_code in {200, 301, 303, 307, 404}, address
    assert "alert(1)" not in answer.text
    assert "49" not in Page(answer.text).text or "7*7" not in path
    assert "set-cookie" not in answer.headers
    target = answer.headers.get("location", site.origin)
    assert target.startswith((f"{site.origin}/", "/")) or target == site.origin
    assert not target.startswith("//")


@pytest.mark.parametrize("header", ["Accept", "Accept-Language", "If-None-Match", "Host"])
@pytest.mark.parametrize("value", ["<script>", "x" * 5_000, ",,,;;;q=,q=x", "evil.example"])
async def test_hostile_headers_change_nothing(site: Site, header: str, value: str) -> None:
    for path in ("/@pits/known", "/about", "/@nobody", "/"):
        answer = await site.reader.get(path, headers={header: value})
        assert answer.status_code in {200, 303, 404}
        assert "evil.example" not in answer.text + answer.headers.get("location", "")
        assert "<script" not in answer.text


async def test_a_replys_author_cannot_write_into_the_page(site: Site) -> None:
    work = await site.publish("Replied to")
    html = "<p>Fine.</p>"
    await site.respond(work, "h1", html=html, url="javascript:alert(1)", language='en"><script>')
    page = await site.page(site.path(work))

    assert page.faults == []
    assert "https://far.example/posts/h1" in {a.get("href") for a in page.all("a")}
    assert not page.all("script")
    assert not [a for a in page.all("a") if str(a.get("href")).startswith("javascript")]


async def test_a_title_with_signs_is_text_everywhere(site: Site) -> None:
    work = await site.publish('Coal & "steel" {{ 7*7 }} > 1', slug="signs")
    for path in (site.path(work), "/@pits"):
        page = await site.page(path)
        assert 'Coal & "steel" {{ 7*7 }} > 1' in page.text
        assert page.faults == []


async def test_markdown_cannot_bring_a_script_or_a_foreign_frame(site: Site) -> None:
    content = (
        "<script>alert(1)</script>\n\n<iframe src='https://evil.example'></iframe>\n\n"
        "[click](javascript:alert(1)) <img src=x onerror=alert(1)>"
    )
    work = await site.publish("Marked", content=content)
    page = await site.page(site.path(work))

    assert not page.all("script")
    assert not page.all("iframe")
    assert not {name for _, a in page.elements for name in a if name.startswith("on")}
    assert not [a for a in page.all("a") if "javascript" in str(a.get("href"))]
