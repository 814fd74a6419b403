"""Time and size: what a server may cost us."""

import asyncio
import gzip
import zlib

import pytest
from far_server import MakeClient, Peer, answer

from fediverse_coord.errors import Forbidden, Unreachable
from fediverse_coord.network.client import Client
from fediverse_coord.network.transport import Limits

SHORT = Limits(total_seconds=0.5)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"])
async def test_one_byte_at_a_time_ends_with_the_total_deadline(
    peer: Peer, make_client: MakeClient, start: bytes
) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 500:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.05)

    peer.speak = drip

    with pytest.raises(Unreachable, match="in time"):
        await make_client(limits=SHORT).get(peer.url("/"), {})


async def test_endless_chunks_end_with_the_limit(peer: Peer, client: Client) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            await writer.drain()

    peer.speak = endless

    with pytest.raises(Forbidden, match="too long"):
        await client.get(peer.url("/"), {})


ENDLESS = {
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 4000 + b"\r\n"),
    "one header": (b"HTTP/1.1 200 OK\r\nX-More: ", b"x" * 4000),
    "early hints": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100),
    "chunk extensions": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=", b"x" * 40_000),
    "trailers": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-More: x\r\n" * 4000),
}  # fmt: skip


@pytest.mark.parametrize("what", ENDLESS)
async def test_endless_framing_ends_with_the_limit(peer: Peer, client: Client, what: str) -> None:
    start, more = ENDLESS[what]

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(more)
            await writer.drain()

    peer.speak = endless

    with pytest.raises((Forbidden, Unreachable), match=r"no end|not HTTP"):
        await client.get(peer.url("/"), {}, limit_bytes=10_000)


@pytest.mark.parametrize("size, fits", [(1000, True), (1001, False)])
@pytest.mark.parametrize("encoding", ["identity", "gzip", "deflate"])
async def test_the_limit_counts_unpacked_bytes(
    peer: Peer, client: Client, size: int, fits: bool, encoding: str
) -> None:
    pack = {"gzip": gzip.compress, "deflate": zlib.compress}.get(encoding, bytes)
    peer.answers["/"] = answer(200, pack(b"x" * size), f"Content-Encoding: {encoding}")

    if fits:
        got = await client.get(peer.url("/"), {}, limit_bytes=1000)
        assert got.body == b"x" * size
    else:
        with pytest.raises(Forbidden, match="too long"):
            await client.get(peer.url("/"), {}, limit_bytes=1000)


async def test_gzip_bomb_is_not_unpacked(peer: Peer, client: Client) -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, compresslevel=1)
    peer.answers["/"] = answer(200, bomb, "Content-Encoding: gzip")

    with pytest.raises(Forbidden, match="too long"):
        await client.get(peer.url("/"), {})
    assert (await client.post(peer.url("/"), {}, b"{}")).status == 200


PACKED = gzip.compress(b"words", mtime=0)


@pytest.mark.parametrize(
    "body, encoding, error",
    [
        (b"words", "gzip", Forbidden),
        (PACKED[:-4], "gzip", Unreachable),
        (PACKED + b"more", "gzip", Forbidden),
        (PACKED, "br", Forbidden),
        (PACKED, "gzip, gzip", Forbidden),
    ],
    ids=["not packed", "cut off", "goes on", "another packing", "packed twice"],
)
async def test_body_that_does_not_unpack_is_no_answer(
    peer: Peer, client: Client, body: bytes, encoding: str, error: type[Exception]
) -> None:
    peer.answers["/"] = answer(200, body, f"Content-Encoding: {encoding}")

    with pytest.raises(error):
        await client.get(peer.url("/"), {})
