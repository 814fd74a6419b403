"""What strangers can make the server ask, and what asking can cost it.  security C1–C9, D3.

The narrow house may ask 127.0.0.9 and nothing else: all other addresses of loopback stand for
its own network, and a server listens there that must never hear of it.
"""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

import pytest
from besieged import Besieged
from peers import CONTEXT, PUBLIC, Peer, Person

from fediverse_coord.protocol.keys import SigningKey

Speak: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]

INSIDE = (
    "127.0.0.1", "localhost", "0.0.0.0", "127.1", "2130706433", "0x7f000001", "017700000001",
    "[::1]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[::]", "[64:ff9b::7f00:1]", "[fe80::1]",
    "10.0.0.1", "169.254.169.254", "192.168.0.1", "100.64.0.1", "inside.test", "both.test",
    "127.0.0.9.", "127.0.0.9@127.0.0.1", "ⓛocalhost", "[::ffff:7f00:1]", "[2002:7f00:1::]",
)  # fmt: skip


def key_at(who: Person, place: str) -> SigningKey:
    return SigningKey(place, who.key.private_key)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_key_id_makes_us_ask_our_own_network(
    narrow: Besieged, far: Peer, allowed: Peer, scheme: str
) -> None:
    """C1: every spelling, with the port where something listens."""
    mallory, port = allowed.person("mallory"), far.authority.partition(":")[2]
    for host in INSIDE:
        place = f"{scheme}://{host}:{port}/users/ann#main-key"
        follow = mallory.activity("Follow", narrow.actor())
        status = await narrow.told(mallory, follow, key=key_at(mallory, place))
        assert status in {400, 401}, host
    assert far.asked == []
    assert far.received == []


async def test_the_server_can_ask_whom_it_may(narrow: Besieged, allowed: Peer) -> None:
    """So that the silence of the others proves something; by address and by name."""
    ann = allowed.person("ann")
    assert await narrow.told(ann, ann.activity("Follow", narrow.actor())) == 202
    named = allowed.origin.replace("127.0.0.9", "plain.test")
    place = f"{named}/users/ann#main-key"
    await narrow.told(ann, ann.activity("Follow", narrow.actor()), key=key_at(ann, place))
    assert "plain.test" in {one.headers["host"].partition(":")[0] for one in allowed.asked}


@pytest.mark.parametrize("place", ["http://127.0.0.1", "http://localhost", "http://inside.test"])
async def test_no_redirect_leads_inside(
    narrow: Besieged, far: Peer, allowed: Peer, place: str
) -> None:
    mallory, port = allowed.person("mallory"), far.authority.partition(":")[2]
    lure = f"{allowed.origin}/lure"
    location = f"{place}:{port}/users/ann"
    allowed.serve(lure, b"", status=302, headers=(("Location", location),))
    follow = mallory.activity("Follow", narrow.actor())
    assert await narrow.told(mallory, follow, key=key_at(mallory, f"{lure}#k")) == 401
    assert far.asked == []


async def test_a_name_that_turns_private_reaches_nothing(
    narrow: Besieged, far: Peer, allowed: Peer
) -> None:
    """C2: the name leads to an address we may ask, and a moment later to one of ours."""
    mallory = allowed.person("mallory")
    for port in (far.authority.partition(":")[2], allowed.authority.partition(":")[2]):
        place = f"http://rebind.test:{port}/users/mallory#main-key"
        follow = mallory.activity("Follow", narrow.actor())
        await narrow.told(mallory, follow, key=key_at(mallory, place))
    assert far.asked == []


@pytest.mark.parametrize(
    "place",
    [
        "file:///etc/passwd", "gopher://127.0.0.9/1", "ftp://127.0.0.9/", "data:,x", "did:key:z6",
        "javascript:1", "http://127.0.0.9:22/\r\nX: y", "//127.0.0.9/", "http://", "",
    ],
)  # fmt: skip
async def test_only_http_is_asked(narrow: Besieged, allowed: Peer, place: str) -> None:
    """C3, C7: as a key id and as an inbox."""
    mallory = allowed.person("mallory")
    request = mallory.signed(narrow.inbox, mallory.activity("Follow", narrow.actor()))
    cleaned = place.replace("\r\n", "%0d%0a")
    signature = request.headers["signature"].replace(mallory.key.key_id, cleaned)
    assert await narrow.post(request, signature=signature) in {400, 401}
    allowed.serve(mallory.actor_id, mallory.document | {"inbox": place})
    assert await narrow.told(mallory, mallory.activity("Follow", narrow.actor())) == 401


async def test_no_inbox_leads_inside_or_to_a_third_host(
    narrow: Besieged, far: Peer, allowed: Peer
) -> None:
    """C4: an actor's own document names where we deliver."""
    port = far.authority.partition(":")[2]
    for number, host in enumerate(("127.0.0.1", "localhost", "inside.test", "[::1]")):
        mallory = allowed.person(f"mallory{number}", inbox=f"http://{host}:{port}/inbox")
        assert await narrow.told(mallory, mallory.activity("Follow", narrow.actor())) == 401
    endpoints = {"sharedInbox": f"{far.origin}/inbox"}
    shared = allowed.person("shared", endpoints=endpoints)
    assert await narrow.told(shared, shared.activity("Follow", narrow.actor())) == 202
    await narrow.publish()
    await allowed.wait_for(2)
    assert far.received == []


async def test_a_domain_without_end_of_names_is_asked_a_few_times(
    narrow: Besieged, allowed: Peer
) -> None:
    """C9: a wildcard in the DNS is an endless supply of servers (CVE-2022-46405)."""
    mallory, port = allowed.person("mallory"), allowed.authority.partition(":")[2]
    for number in range(40):
        place = f"http://n{number}.endless.test:{port}/users/nobody"
        follow = mallory.activity("Follow", narrow.actor())
        await narrow.told(mallory, follow, key=key_at(mallory, f"{place}#k"))
    hosts = {one.headers["host"] for one in allowed.asked}
    assert len([one for one in hosts if "endless" in one]) <= 10


async def test_one_activity_makes_us_ask_five_times_at_most(
    here: Besieged, far: Peer, evil: Peer
) -> None:
    """C9, D3: ten thousand recipients on a victim's host, and threads that go on for ever."""
    word, mallory = await here.publish("dockers"), evil.person("mallory")
    crowd = [f"{far.origin}/users/{number}" for number in range(4000)]
    parent = f"{far.origin}/statuses/1"
    far.serve(parent, {"id": parent, "type": "Note", "inReplyTo": f"{far.origin}/statuses/2"})
    pages: dict[str, Any] = {"type": "Collection", "first": f"{far.origin}/pages/1"}
    note = mallory.note(
        "1", to=[PUBLIC, *crowd], inReplyTo=parent, context=f"{far.origin}/context",
        tag=[{"type": "Mention", "href": one} for one in [here.actor("dockers"), *crowd[:190]]],
        replies=pages, attachment=[{"type": "Image", "url": f"{far.origin}/a.png"}],
        icon={"type": "Image", "url": f"{far.origin}/i.png"},
    )  # fmt: skip
    create = mallory.create(note)
    create["@context"] = [*CONTEXT, f"{far.origin}/context.jsonld"]
    assert await here.told(mallory, create) == 202
    assert await here.told(mallory, mallory.activity("Announce", word["id"], to=crowd)) == 202
    assert far.asked == []
    assert len(evil.asked) <= 5


# --- C5, C6: answers without end ----------------------------------------------------------


async def drips(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\n\r\n{")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.2)


async def pours(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n")
    writer.write(b"Content-Type: application/activity+json\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        await writer.drain()


async def explodes(writer: asyncio.StreamWriter) -> None:
    bomb = gzip.compress(b" " * 200_000_000, 9)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n")
    writer.write(b"Content-Type: application/activity+json\r\n")
    writer.write(f"Content-Length: {len(bomb)}\r\n\r\n".encode() + bomb)
    await writer.drain()


async def heads_without_end(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"x" * 60_000 + b"\r\n")
        await writer.drain()


async def is_silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


@asynccontextmanager
async def speaking(speak: Speak) -> AsyncIterator[str]:
    """A server that says this to everybody; its origin."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await speak(writer)
        writer.transport.abort()

    server = await asyncio.start_server(connected, "127.0.0.3", 0)
    async with server:
        yield f"http://127.0.0.3:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("speak", [drips, pours, explodes, heads_without_end, is_silent])
async def test_an_answer_without_end_costs_little(
    hasty: Besieged, evil: Peer, speak: Speak
) -> None:
    mallory = evil.person("mallory")
    assert await hasty.told(mallory, mallory.activity("Like", "https://nothing.example/")) == 202
    before = hasty.memory()
    async with speaking(speak) as origin:
        key = key_at(mallory, f"{origin}/key")
        follow = mallory.activity("Follow", hasty.actor())
        asked = asyncio.create_task(hasty.post(mallory.signed(hasty.inbox, follow, key=key)))
        assert (await hasty.get("/actors/pits")).status_code == 200
        assert await asked in {401, 503}
    assert hasty.memory() - before < 40_000_000
