"""What the ASGI server answers itself is what the application would, in order and within bounds."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path

import httpx
import pytest
from running_site import BROWSER, MASTODON, Site, running_site

from fediverse_coord.direct import LARGEST_HEAD

WHOLE_WAY = {"Cookie": "personal=1"}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(tmp_path, "pits") as found:
        yield found


async def sent(site: Site, *parts: bytes, pause: float = 0) -> bytes:
    """Everything that comes back until the server ends it."""
    host, _, port = site.origin.partition("://")[2].partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        answer = asyncio.create_task(_heard(reader))
        for part in parts:
            if answer.done():
                break
            with contextlib.suppress(ConnectionError):
                writer.write(part)
                await writer.drain()
            await asyncio.sleep(pause)
        async with asyncio.timeout(20):
            return await answer
    finally:
        writer.close()


async def _heard(reader: asyncio.StreamReader) -> bytes:
    """Also where what was sent too late is answered by a reset."""
    heard = b""
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(65_536):
            heard += chunk
    return heard


def get(target: str, *fields: str, method: str = "GET") -> bytes:
    return "\r\n".join((f"{method} {target} HTTP/1.1", "Host: pits", *fields, "", "")).encode()


def said(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    fields = [one for one in answer.headers.multi_items() if one[0] != "date"]
    return answer.status_code, fields, answer.content


async def test_every_kind_of_request_hears_what_the_application_says(site: Site) -> None:
    work = await site.publish("On the shafts")
    object_path = site.object_id(work).removeprefix(site.origin)
    account = f"acct:pits@{site.origin.partition('://')[2]}"
    paths = [
        "/actors/pits",
        object_path,
        f"/.well-known/webfinger?resource={account}",
        "/@pits",
        site.path(work),
        "/actor/outbox",
        "/robots.txt",
        "/actors/%70its",
        "/actors/pits?x=1",
        "/actors/pits/",
        "/actors/nobody",
    ]
    for path, accept in product(paths, (MASTODON, BROWSER, {"Accept": "*/*"})):
        first = await site.reader.get(path, headers=accept)
        tag = first.headers.get("etag", '"none"')
        for method, known in product(
            ("GET", "HEAD"), (None, tag, f"W/{tag}", f'"other", {tag}', "*", '"other"', "")
        ):
            headers = accept | ({} if known is None else {"If-None-Match": known})
            kept = await site.reader.request(method, path, headers=headers)
            made = await site.reader.request(method, path, headers=headers | WHOLE_WAY)
            assert said(kept) == said(made), (method, path, headers)


async def test_other_methods_are_never_answered_from_what_is_kept(site: Site) -> None:
    await site.get("/actors/pits", **MASTODON)
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = await site.reader.request(method, "/actors/pits", headers=MASTODON)
        assert answer.status_code == 405


async def test_a_second_accept_field_names_no_other_answer(site: Site) -> None:
    """Joined, it would look like one field that asks for something else."""
    one, two = ("Accept", "text/plain"), ("Accept", "text/html")
    split = await site.reader.get("/actors/pits", headers=[one, two])
    joined = await site.reader.get("/actors/pits", headers={"Accept": "text/plain,text/html"})
    assert (split.status_code, joined.status_code) == (200, 303)


async def test_pipelined_answers_come_in_the_order_of_their_requests(site: Site) -> None:
    accept = f"Accept: {MASTODON['Accept']}"
    await sent(site, get("/actors/pits", accept, "Connection: close"))
    asked = [
        get("/actors/pits", accept),
        get("/livez"),
        get("/actors/pits", accept, method="HEAD"),
        get("/actors/pits", accept),
        get("/nowhere", "Connection: close"),
    ]
    answer = await sent(site, b"".join(asked))
    order = [b'"preferredUsername"', b"coord-seen", b"etag", b'"preferredUsername"', b" 404 "]
    places, at = [], -1
    for word in order:
        at = answer.index(word, at + 1)
        places.append(at)
    assert places == sorted(places)
    assert answer.count(b"HTTP/1.1 ") == len(asked)


DRIPPED = b"POST /inbox HTTP/1.1\r\nHost: pits\r\nContent-Length: 100000\r\n\r\n"
SLOW = {
    "a body that drips": [DRIPPED, *[b"x"] * 2_000],
    "a head that drips": [b"GET /actors/pits HTTP/1.1\r\nX: ", *[b"x"] * 2_000],
    "nothing at all": [b""],
}


@pytest.mark.parametrize("parts", SLOW.values(), ids=SLOW)
async def test_whoever_never_comes_to_an_end_is_cut_off(
    tmp_path: Path, parts: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    async with running_site(tmp_path, "pits", patience=0.5) as site:
        with caplog.at_level(logging.ERROR):
            answer = await sent(site, *parts, pause=0.02)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert (await site.get("/livez")).status_code == 200
    assert caplog.messages == []


async def test_a_head_without_end_is_refused(site: Site) -> None:
    for begun in (b"GET /", b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\n"):
        piece = b"X: y\r\n" * 800 if begun.endswith(b"\n") else b"x" * 4_800
        pieces = LARGEST_HEAD // len(piece) + 8
        answer = await sent(site, begun, *[piece] * pieces, pause=0.01)
        assert answer.startswith(b"HTTP/1.1 431 ")


async def test_a_crowded_server_says_when_to_come_again(tmp_path: Path) -> None:
    async with running_site(tmp_path, "pits", most=1) as site:
        answer = await site.get("/livez")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"


# --- what is posted to an inbox --------------------------------------------------------


def post(target: str, body: bytes, *fields: str) -> bytes:
    told = ("Host: pits", "Content-Type: application/activity+json", *fields)
    return "\r\n".join((f"POST {target} HTTP/1.1", *told, "", "")).encode() + body


def sized(target: str, body: bytes, *fields: str) -> bytes:
    return post(target, body, f"Content-Length: {len(body)}", *fields)


def chunked(target: str, body: bytes, *fields: str) -> bytes:
    pieces = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    return post(target, pieces, "Transfer-Encoding: chunked", *fields)


def told(answer: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Status line, fields in their order without the date, content."""
    head, _, content = answer.partition(b"\r\n\r\n")
    line, *fields = head.lower().split(b"\r\n")
    kept = sorted(one for one in fields if not one.startswith((b"date", b"connection")))
    return line, kept, content


LIKE = b'{"id": "https://far.example/1", "type": "Like", "actor": "https://far.example/a"}'
REFUSED = [
    ("/inbox", LIKE, b"401"),
    ("/actors/pits/inbox", LIKE, b"401"),
    ("/actors/nobody/inbox", LIKE, b"404"),
    ("/inbox", b"[1, 2]", b"400"),
    ("/inbox", b"{", b"400"),
    ("/inbox", LIKE.replace(b"Like", b"Nothing"), b"202"),
    ("/actors/p%69ts/inbox", LIKE, b"404"),
]


@pytest.mark.parametrize(("target", "body", "status"), REFUSED)
async def test_an_inbox_says_the_same_however_it_was_sent(
    site: Site, target: str, body: bytes, status: bytes
) -> None:
    quick = await sent(site, sized(target, body, "Connection: close"))
    kept = await sent(site, sized(target, body), get("/robots.txt", "Connection: close"))
    usual = await sent(site, chunked(target, body, "Connection: close"))
    assert told(quick)[0].split()[1] == status
    assert told(quick)[:2] == told(usual)[:2]
    assert told(quick)[2] == told(usual)[2]
    assert kept.startswith(quick.partition(b"\r\n")[0])
    assert kept.count(b"HTTP/1.1 ") == 2


async def test_posts_and_pages_of_one_connection_are_answered_in_their_order(site: Site) -> None:
    await site.reader.get("/actors/pits", headers=MASTODON)
    several = [
        sized("/actors/nobody/inbox", LIKE),
        get("/actors/pits", f"Accept: {MASTODON['Accept']}"),
        sized("/inbox", b"{"),
        sized("/inbox", LIKE),
        get("/nothing", "Connection: close"),
    ]
    heard = await sent(site, b"".join(several))
    lines = [one[:3] for one in heard.split(b"HTTP/1.1 ")[1:]]
    assert lines == [b"404", b"200", b"400", b"401", b"404"]


async def test_a_large_body_in_pieces_comes_in_whole(site: Site) -> None:
    body = LIKE[:-1] + b', "content": "' + b"x" * 300_000 + b'"}'
    whole = sized("/inbox", body, "Connection: close")
    pieces = [whole[at : at + 50_000] for at in range(0, len(whole), 50_000)]
    assert (await sent(site, *pieces, pause=0.01)).startswith(b"HTTP/1.1 401")


async def test_more_than_the_limit_is_refused_before_it_is_kept(site: Site) -> None:
    most = site.services.config.limits.activity_bytes
    heard = await sent(
        site, post("/inbox", b"", f"Content-Length: {most + 1}", "Connection: close")
    )
    assert heard.startswith(b"HTTP/1.1 413")


async def test_whoever_goes_before_the_end_leaves_nothing_behind(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    host, _, port = site.origin.partition("://")[2].partition(":")
    for ending in (LIKE[:20], LIKE):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(post("/inbox", ending, f"Content-Length: {len(LIKE)}"))
        await writer.drain()
        writer.transport.abort()
    assert (await site.reader.get("/robots.txt")).status_code == 200
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_a_fault_of_ours_in_the_road_is_told_without_its_traceback(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the secret of the vault")

    monkeypatch.setattr("fediverse_coord.incoming.receive._activity_in", broken)
    heard = await sent(site, sized("/inbox", LIKE))
    assert heard.startswith(b"HTTP/1.1 500")
    assert heard.lower().count(b"connection: close") == 1
    assert b"vault" not in heard
    assert [one for one in caplog.records if one.message == "unexpected fault"]
