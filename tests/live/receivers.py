"""Far servers that misbehave, byte by byte: what a delivery may meet out there.

Each is a real listener on an address of its own. `speak` says whatever it likes once a POST has
been read; GETs are answered from `pages`. Timing is never asked about: who hangs, hangs until
the test is over or the other side has gone.
"""

import asyncio
import contextlib
import gzip
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from peers import Request

SHARED, PERSONAL = "/inbox", "/users/ann/inbox"


@dataclass(slots=True)
class Receiver:
    """One far server. `inbox` is the path that our follower there named."""

    name: str
    speak: "Speak"
    inbox: str = SHARED
    tls: str = ""  # which kind of certificate; none: plain http
    actor_is_gone: bool = False
    listens: bool = True
    host: str = ""
    port: int = 0
    received: list[Request] = field(default_factory=list)
    open: int = 0

    @property
    def origin(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    @property
    def actor_id(self) -> str:
        return f"{self.origin}/users/ann"

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                request = await _read(reader)
                if request.method == "GET":
                    writer.write(self._actor())
                else:
                    self.received.append(request)
                    await self.speak(self, request, writer)
                await writer.drain()
        finally:
            self.open -= 1
            with contextlib.suppress(OSError):
                writer.close()

    def _actor(self) -> bytes:
        if self.actor_is_gone:
            return said(410)
        person = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": self.actor_id,
            "type": "Person",
            "preferredUsername": "ann",
            "inbox": self.origin + PERSONAL,
        }
        return said(200, json.dumps(person).encode(), "Content-Type: application/activity+json")


Certify = Callable[[str, str], ssl.SSLContext | None]  # kind and host
Speak = Callable[[Receiver, Request, asyncio.StreamWriter], Awaitable[None]]


def plain(kind: str, host: str) -> None:
    """Nobody here speaks TLS."""


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)


def said(status: int, body: bytes = b"", *lines: str) -> bytes:
    head = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *lines, "", ""]
    return "\r\n".join(head).encode() + body


@contextlib.asynccontextmanager
async def listening(receivers: Iterable[Receiver], certify: Certify = plain) -> AsyncIterator[None]:
    """Each on 127.0.1.N. One that does not listen has a port where nobody does."""
    servers = []
    talks: set[asyncio.Task[None]] = set()
    for number, one in enumerate(receivers, 1):
        one.host = f"127.0.1.{number}"
        tls = certify(one.tls, one.host) if one.tls else None
        server = await asyncio.start_server(_talk(one, talks), one.host, 0, ssl=tls)
        one.port = server.sockets[0].getsockname()[1]
        servers.append(server)
        if not one.listens:
            server.close()
    try:
        yield
    finally:
        for server in servers:
            server.close()
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def _talk(
    one: Receiver, talks: set[asyncio.Task[None]]
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        await one.connected(reader, writer)

    return talk


# What they say


def answers(status: int, *lines: str, body: bytes = b"") -> Speak:
    async def speak(one: Receiver, request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(said(status, body, *lines))

    return speak


def in_turn(*statuses: int) -> Speak:
    """The first status to the first request, and so on; 503 asks for ten minutes."""

    async def speak(one: Receiver, request: Request, writer: asyncio.StreamWriter) -> None:
        status = statuses[min(len(one.received), len(statuses)) - 1]
        writer.write(said(status, b"", *(["Retry-After: 600"] if status == 503 else [])))

    return speak


def by_path(**statuses: int) -> Speak:
    async def speak(one: Receiver, request: Request, writer: asyncio.StreamWriter) -> None:
        kind = "shared" if request.target == SHARED else "personal"
        writer.write(said(statuses[kind]))

    return speak


async def hangs(one: Receiver, request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def drips(one: Receiver, request: Request, writer: asyncio.StreamWriter) -> None:
    """One byte a second, and it would be a fine answer."""
    for byte in said(202):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)


async def closes_in_the_headers(
    one: Receiver, request: Request, writer: asyncio.StreamWriter
) -> None:
    writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Le")


async def closes_at_once(one: Receiver, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def speaks_mail(one: Receiver, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n")


async def endless_headers(one: Receiver, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 202 Accepted\r\n")
    while True:
        writer.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        await writer.drain()


def endless_body(status: int) -> Speak:
    async def speak(one: Receiver, request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status} Said\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        while True:
            writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            await writer.drain()

    return speak


BOMB = gzip.compress(bytes(50_000_000))


def bomb(status: int) -> Speak:
    return answers(status, "Content-Encoding: gzip", body=BOMB)


async def only_rfc9421(one: Receiver, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(said(202 if "signature-input" in request.headers else 401))
