"""From our form to the reader's own server, and nowhere else."""

import logging
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
from peers import Peer, Person, running_peer
from running_site import BROWSER, Site, running_site
from sample_pages import Page

from fediverse_coord.desk.interactions import FOLLOW, INTENT, OPEN, SUBSCRIBE, filled

pytestmark = pytest.mark.asyncio(loop_scope="module")

US = "https://here.example/actors/pits"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("interact"), "pits") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def peer() -> AsyncIterator[Peer]:
    async with running_peer() as far:
        yield far


def living_at(peer: Peer, *templates: tuple[str, object], name: str = "rosa") -> Person:
    """Somebody whose server offers these (rel, template)."""
    person = peer.person(name)
    links = [{"rel": rel, "template": template} for rel, template in templates]
    jrd: dict[str, Any] = person.jrd
    jrd["links"] += links
    url = f"/.well-known/webfinger?{name}"
    peer.serve(url, jrd, content_type="application/jrd+json")
    return person


async def knock(site: Site, uri: str, handle: str) -> httpx.Response:
    form = {"uri": uri, "handle": handle}
    return await site.reader.post("/interact", data=form, headers=BROWSER)


async def test_a_reader_is_sent_to_their_own_server(site: Site, peer: Peer) -> None:
    work = await site.publish("Opened elsewhere")
    template = f"{peer.origin}/authorize_interaction?uri={{uri}}"
    rosa = living_at(peer, (SUBSCRIBE, template))
    for uri in (f"{site.origin}/actors/pits", site.object_id(work)):
        answer = await knock(site, uri, rosa.handle)
        assert answer.status_code == 303
        assert answer.headers["location"] == (
            f"{peer.origin}/authorize_interaction?uri={quote(uri, safe='')}"
        )
        assert answer.headers["cache-control"] == "no-store"


async def test_an_intent_is_preferred_to_what_is_older(site: Site, peer: Peer) -> None:
    rosa = living_at(
        peer,
        (SUBSCRIBE, f"{peer.origin}/old?uri={{uri}}"),
        (f"{INTENT}Object", f"{peer.origin}/open?uri={{object}}"),
        (f"{INTENT}Follow", f"{peer.origin}/follow?uri={{object}}&then={{on-success}}"),
    )
    work = await site.publish("Preferred")
    followed = await knock(site, f"{site.origin}/actors/pits", rosa.handle)
    opened = await knock(site, site.object_id(work), rosa.handle)

    assert followed.headers["location"].startswith(f"{peer.origin}/follow?uri=http%3A%2F%2F127")
    assert followed.headers["location"].endswith("&then=")
    assert opened.headers["location"].startswith(f"{peer.origin}/open?uri=")


@pytest.mark.parametrize(
    "template",
    [
        "https://evil.example/?uri={uri}",
        "//evil.example/?uri={uri}",
        "javascript:alert('{uri}')",
        "data:text/html,{uri}",
        "http://127.0.0.1@evil.example/?uri={uri}",
        "{origin}@evil.example/?uri={uri}",
        "{origin}.evil.example/?uri={uri}",
        "{origin}\\@evil.example/?uri={uri}",
        "https://{uri}/",
        "{origin}/nothing-to-fill",
        "{origin}/x\r\nSet-Cookie: a=b?uri={uri}",
        ["{origin}/?uri={uri}"],
        None,
    ],
)
async def test_a_template_leads_only_to_the_readers_own_server(
    site: Site, peer: Peer, template: object
) -> None:
    if isinstance(template, str):
        template = template.replace("{origin}", peer.origin)
    rosa = living_at(peer, (SUBSCRIBE, template))
    answer = await knock(site, f"{site.origin}/actors/pits", rosa.handle)

    assert answer.status_code == 422
    assert "location" not in answer.headers
    assert "does not say how" in answer.text


async def test_only_ids_of_ours_can_be_opened(site: Site, peer: Peer) -> None:
    work, draft = await site.publish("Open"), await site.draft("Closed")
    quiet = await site.publish("Quiet", visibility="followers")
    gone = await site.publish("Gone")
    await site.delete(gone)
    rosa = living_at(peer, (SUBSCRIBE, f"{peer.origin}/?uri={{uri}}"))
    for uri in (
        "",
        "https://evil.example/",
        f"{site.origin}@evil.example/actors/pits",
        f"{site.origin}.evil.example/actors/pits",
        f"{site.origin}/actors/pits?x=https://evil.example",
        f"{site.origin}/actors/pits/",
        f"{site.origin}/actors/PITS",
        f"{site.origin}/actor",
        f"{site.origin}/@pits",
        f"{site.object_id(work)}/activity",
        site.object_id(draft),
        site.object_id(quiet),
        site.object_id(gone),
        "javascript:alert(1)",
        f"{site.origin}/actors/pits\x00",
    ):
        answer = await knock(site, uri, rosa.handle)
        assert answer.status_code == 404, uri
        assert "location" not in answer.headers
        assert "evil" not in answer.text
    assert peer.asked == []


@pytest.mark.parametrize(
    "handle, words",
    [
        ("", "was not found"),
        ("rosa", "was not found"),
        ("@rosa@", "was not found"),
        ("@rosa@127.0.0.1:1", "does not answer"),
        ("@rosa@10.0.0.1", "was not found"),
        ("@rosa@[::ffff:10.0.0.1]", "was not found"),
        ("@pits@{own}", "was not found"),
        ("@nobody@{peer}", "was not found"),
        ('@x@"><script>alert(1)</script>', "was not found"),
    ],
)
async def test_a_fault_is_told_beside_what_was_typed(
    site: Site, peer: Peer, handle: str, words: str
) -> None:
    handle = handle.replace("{own}", site.origin[7:]).replace("{peer}", peer.authority)
    answer = await knock(site, f"{site.origin}/actors/pits", handle)
    page = Page(answer.text)
    (typed,) = [a["value"] for a in page.all("input") if a["name"] == "handle"]
    (uri,) = [a["value"] for a in page.all("input") if a["name"] == "uri"]

    assert answer.status_code in {422, 502}
    assert words in page.text
    assert (typed, uri) == (handle, f"{site.origin}/actors/pits")
    assert page.meta("robots") == "noindex"
    assert page.faults == []
    assert "<script" not in answer.text


async def test_a_get_shows_the_form_and_redirects_nobody(site: Site, peer: Peer) -> None:
    rosa = living_at(peer, (SUBSCRIBE, f"{peer.origin}/?uri={{uri}}"))
    work = await site.publish("By link")
    uri = quote(site.object_id(work), safe="")
    answer = await site.get(f"/interact?uri={uri}&handle={quote(rosa.handle)}")

    assert answer.status_code == 200
    assert "By link" in answer.text
    assert peer.asked == []


async def test_forms_that_are_too_long_or_no_forms_are_refused(site: Site) -> None:
    uri = f"{site.origin}/actors/pits"
    long = await knock(site, uri, "@a@" + "b" * 400)
    longer = await site.reader.post("/interact", content=b"uri=" + b"x" * 10_000)
    broken = await site.reader.post("/interact", content=b"\xff\xfe=%zz&&&=")
    many = await site.reader.post("/interact", content=b"&".join([b"a=b"] * 50))

    assert [one.status_code for one in (long, longer, broken, many)] == [422, 422, 404, 404]


async def test_nothing_of_the_reader_is_kept_or_logged(
    site: Site, peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    rosa = living_at(peer, (SUBSCRIBE, f"{peer.origin}/?uri={{uri}}"), name="veryprivate")
    with caplog.at_level(logging.DEBUG, "fediverse_coord"):
        await knock(site, f"{site.origin}/actors/pits", rosa.handle)
        await knock(site, f"{site.origin}/actors/pits", f"@unheardof@{peer.authority}")
    folder = site.services.config.folder
    kept = b"".join(one.read_bytes() for one in folder.rglob("coord.db*") if one.is_file())

    assert "veryprivate" not in caplog.text + str([one.__dict__ for one in caplog.records])
    assert "unheardof" not in caplog.text + str([one.__dict__ for one in caplog.records])
    assert b"veryprivate" not in kept


async def test_one_client_may_ask_only_so_often(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("often")
    limits = "\n[limits]\ninteractions_per_minute = 3\n"
    async with running_site(folder, "pits", more=limits) as site:
        uri = f"{site.origin}/actors/pits"
        answers = [await knock(site, uri, "rosa") for _ in range(5)]
    assert [one.status_code for one in answers] == [422, 422, 422, 429, 429]


@pytest.mark.parametrize(
    "template, address",
    [
        ("https://far.example/f?uri={uri}", f"https://far.example/f?uri={quote(US, safe='')}"),
        ("https://far.example/{object}", f"https://far.example/{quote(US, safe='')}"),
        ("https://FAR.example/?a={uri}&b={x}", f"https://far.example/?a={quote(US, safe='')}&b="),
        ("https://far.example/?b={inReplyTo}", None),
        ("far.example/{uri}", None),
        ("https://{uri}.example/", None),
    ],
)
async def test_a_template_is_filled_with_our_id(template: str, address: str | None) -> None:
    assert filled(template, US) == address


async def test_following_and_opening_prefer_intents() -> None:
    assert FOLLOW[-1] == OPEN[-1] == SUBSCRIBE
    assert FOLLOW[0].endswith("/Follow")
