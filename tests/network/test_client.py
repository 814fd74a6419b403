"""The door against servers that lie, hang up and split; `test_limits` has those that flood."""

import asyncio
import weakref

import pytest
import uvloop
from far_server import LAB, MakeClient, MakePeer, Peer, answer, document

from fediverse_coord.errors import Forbidden, Unreachable
from fediverse_coord.network import transport
from fediverse_coord.network.client import Client
from fediverse_coord.network.guard import Guard
from fediverse_coord.network.resolver import Resolver
from fediverse_coord.network.transport import Limits, request_head
from fediverse_coord.protocol.uris import Address

SHORT = Limits(total_seconds=0.5)


async def test_a_get_brings_status_headers_and_body(peer: Peer, client: Client) -> None:
    peer.answers["/a?b=c"] = answer(
        200, b"words", "X-One: 1", "x-one: 2", "Content-Type: text/plain"
    )

    got = await client.get(peer.url("/a?b=c"), {"Accept": "text/plain", "Signature": "s"})

    assert (got.status, got.body, got.url) == (200, b"words", peer.url("/a?b=c"))
    assert got.headers["x-one"] == "1, 2"
    lines = peer.heads[0].split("\r\n")
    assert lines[:2] == ["GET /a?b=c HTTP/1.1", f"Host: 127.0.0.1:{peer.port}"]
    assert {"Accept: text/plain", "Signature: s", "User-Agent: coord-test/1"} <= set(lines)
    assert sum(line.lower().startswith("host:") for line in lines) == 1


async def test_a_post_sends_its_body_and_headers(peer: Peer, client: Client) -> None:
    peer.answers["/inbox"] = answer(202)
    headers = {"Host": f"127.0.0.1:{peer.port}", "Content-Type": "application/activity+json"}

    got = await client.post(peer.url("/inbox"), headers, b'{"type":"Follow"}')

    assert got.status == 202
    assert peer.bodies == [b'{"type":"Follow"}']
    assert peer.heads[0].startswith("POST /inbox HTTP/1.1\r\n")
    assert peer.heads[0].lower().count("host:") == 1


async def test_a_post_reads_the_reason_of_a_refusal(peer: Peer, client: Client) -> None:
    peer.answers["/inbox"] = answer(401, b"no such key", "Retry-After: 60")

    got = await client.post(peer.url("/inbox"), {}, b"{}")

    assert (got.status, got.body, got.headers["retry-after"]) == (401, b"no such key", "60")


async def test_a_post_reads_eight_kilobytes_of_a_refusal(peer: Peer, client: Client) -> None:
    peer.answers["/inbox"] = answer(500, b"x" * 500_000)

    assert len((await client.post(peer.url("/inbox"), {}, b"{}")).body) == 8192


async def test_a_post_is_decided_before_an_endless_body(
    peer: Peer, make_client: MakeClient
) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        status = b"202 Accepted" if peer.asked[-1] == "/good" else b"403 Forbidden"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 1000\r\n\r\nbe")
        await reader.read()

    peer.speak = endless
    client = make_client(limits=Limits(reason_seconds=0.1))

    assert (await client.post(peer.url("/good"), {}, b"{}")).status == 202
    refused = await client.post(peer.url("/bad"), {}, b"{}")
    assert (refused.status, refused.body) == (403, b"be")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_neither_get_nor_post_follows_a_redirect(
    peer: Peer, client: Client, status: int
) -> None:
    peer.answers["/a"] = answer(status, b"", "Location: /b")

    assert (await client.get(peer.url("/a"), {})).status == status
    assert (await client.post(peer.url("/a"), {}, b"{}")).status == status
    assert peer.asked == ["/a", "/a"]


async def test_cookies_are_neither_kept_nor_sent(peer: Peer, client: Client) -> None:
    peer.answers["/a"] = answer(200, b"", "Set-Cookie: who=you; Path=/")

    await client.get(peer.url("/a"), {})
    await client.get(peer.url("/a"), {})

    assert "cookie:" not in peer.heads[1].lower()


async def test_proxies_of_the_environment_are_not_asked(
    peer: Peer, client: Client, monkeypatch: pytest.MonkeyPatch, make_client: MakeClient
) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    peer.answers["/a"] = answer(200, b"straight")

    assert (await make_client().get(peer.url("/a"), {})).body == b"straight"


# resolving


async def test_name_that_was_public_and_turns_private_reaches_nothing(
    peer: Peer, make_client: MakeClient
) -> None:
    answers = iter([["203.0.114.1"], ["127.0.0.1"]])
    client = make_client(
        Guard(allow_http=True, ports=frozenset()), lambda host, port: next(answers), SHORT
    )
    address = client._door.guard.vet(peer.url("/").replace("127.0.0.1", "rebind.example"))

    ips = await client._door.resolver.addresses(address.host, address.port)
    routes = client._door.guard.routes(address, ips)
    client._door.resolver._known.clear()  # the name's time to live is over

    assert [route.ip for route in routes] == ["203.0.114.1"]  # what is dialled stays what it was
    with pytest.raises(Forbidden):
        await client.get(f"http://rebind.example:{peer.port}/", {})
    assert peer.heads == []


@pytest.mark.parametrize("ips", [["127.0.0.1"], ["203.0.114.1", "127.0.0.1"], ["::1"],
                                 ["::ffff:127.0.0.1"], ["169.254.169.254"]])  # fmt: skip
async def test_name_that_leads_inside_is_not_asked(
    peer: Peer, make_client: MakeClient, ips: list[str]
) -> None:
    client = make_client(Guard(allow_http=True, ports=frozenset()), lambda host, port: ips)

    for ask in (client.get(f"http://inside.example:{peer.port}/", {}),
                client.post(f"http://inside.example:{peer.port}/", {}, b"{}")):  # fmt: skip
        with pytest.raises(Forbidden):
            await ask
    assert peer.heads == []


async def test_second_address_is_tried_when_the_first_does_not_answer(
    peer: Peer, make_client: MakeClient
) -> None:
    peer.answers["/a"] = answer(200, b"here")
    client = make_client(lookup=lambda host, port: ["127.0.0.99", "127.0.0.1"])

    got = await client.get(f"http://union.example:{peer.port}/a", {})

    assert got.body == b"here"
    assert f"Host: union.example:{peer.port}" in peer.heads[0]


async def test_a_request_once_sent_is_not_sent_to_the_second_address(
    make_peer: MakePeer, make_client: MakeClient
) -> None:
    peer = await make_peer()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    peer.speak = hang_up
    client = make_client(lookup=lambda host, port: ["127.0.0.1", "127.0.0.99"])

    with pytest.raises(Unreachable, match="closed before"):
        await client.post(f"http://union.example:{peer.port}/inbox", {}, b"{}")
    assert len(peer.heads) == 1


async def test_server_that_is_not_there_is_unreachable(make_client: MakeClient) -> None:
    with pytest.raises(Unreachable, match="no connection"):
        await make_client().get("http://127.0.0.1:9/", {})


# what is said on the wire


SAID = {
    "nothing": b"",
    "not HTTP": b"SSH-2.0-OpenSSH\r\n",
    "a truncated body": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    "truncated chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
    "a truncated head": b"HTTP/1.1 200 OK\r\nContent-",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "length and chunks":
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n0\r\n\r\n",
    "a switch of protocol":
        b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    "a folded header": b"HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
async def test_broken_answer_is_no_answer(peer: Peer, client: Client, said: bytes) -> None:
    peer.answers["/"] = said

    with pytest.raises(Unreachable):
        await client.get(peer.url("/"), {})


async def test_early_hints_and_trailers_are_not_the_answer(peer: Peer, client: Client) -> None:
    peer.answers["/"] = (
        b"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nwords\r\n0\r\nContent-Type: application/activity+json\r\n\r\n"
    )

    got = await client.get(peer.url("/"), {})

    assert (got.status, got.body) == (200, b"words")
    assert not {"x-early", "content-type"} & got.headers.keys()


async def test_body_may_end_with_the_connection(peer: Peer, client: Client) -> None:
    peer.answers["/"] = b"HTTP/1.1 200 OK\r\n\r\nwords"

    assert (await client.get(peer.url("/"), {})).body == b"words"


@pytest.mark.parametrize(
    "name, value",
    [
        ("Signature", "a\r\nX-Injected: 1"),
        ("Signature", "a\nX-Injected: 1"),
        ("Signature", "a\0b"),
        ("Signature\r\nX-Injected", "1"),
        ("Bad Name", "1"),
        ("", "1"),
        ("Signature", "ü"),
    ],
)
async def test_header_that_would_split_the_request_is_not_sent(
    peer: Peer, client: Client, name: str, value: str
) -> None:
    with pytest.raises(Forbidden):
        await client.get(peer.url("/"), {name: value})
    with pytest.raises(Forbidden):
        await client.post(peer.url("/"), {name: value}, b"{}")
    assert peer.heads == []


@pytest.mark.parametrize("path", ["/a\r\nX-Injected: 1", "/a b", "/a\0", "/a\n", "/a%0d%0aX: 1"])
async def test_url_that_would_split_the_request_is_not_asked(
    peer: Peer, client: Client, path: str
) -> None:
    with pytest.raises(Forbidden):
        await client.get(peer.url(path), {})
    with pytest.raises(Forbidden):
        await client.post(peer.url(path), {}, b"{}")
    assert peer.heads == []


@pytest.mark.parametrize("target", ["/a\r\nX: y", "/a b", "a", "", "/\x7f"])
def test_request_line_is_checked_once_more(target: str) -> None:
    with pytest.raises(ValueError, match="request line"):
        request_head("GET", Address("https", "union.example", 443, target), [], None)


async def test_nothing_of_a_conversation_waits_for_the_garbage_collector(
    peer: Peer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Seen(transport._Conversation):
        __slots__ = ("__weakref__",)

        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)  # type: ignore[arg-type]
            seen.append(weakref.ref(self))

    seen: list[weakref.ref[Seen]] = []
    monkeypatch.setattr(transport, "_Conversation", Seen)
    peer.answers["/"] = answer(202)

    await client.post(peer.url("/"), {}, b"{}")
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert [one() for one in seen] == [None]


def test_the_door_works_on_uvloop() -> None:
    async def whole() -> tuple[bytes, int]:
        peer = Peer(answers={"/a": document(b"{}")})
        server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
        peer.port = server.sockets[0].getsockname()[1]
        client = Client(LAB, Resolver(), "coord-test/1")
        got = await client.get(peer.url("/a"), {})
        posted = await client.post(peer.url("/nowhere"), {}, b"{}")
        await client.aclose()
        server.close()
        return got.body, posted.status

    assert uvloop.run(whole()) == (b"{}", 404)
