"""Far servers on loopback that say whatever bytes a test gives them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from fediverse_coord.network.client import Client
from fediverse_coord.network.guard import Guard

Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

LAB = Guard(allow_http=True, networks=("127.0.0.0/8",), ports=frozenset())
ACTIVITY = "application/activity+json"


def answer(status: int = 200, body: bytes = b"", *lines: str) -> bytes:
    """The bytes of an answer with its length and the further header lines."""
    head = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def document(body: bytes, content_type: str = ACTIVITY) -> bytes:
    return answer(200, body, f"Content-Type: {content_type}")


@dataclass
class Peer:
    """A far server: answers by path, remembers each request's head and body."""

    port: int = 0
    scheme: str = "http"
    host: str = "127.0.0.1"
    answers: dict[str, bytes] = field(default_factory=dict)
    speak: Speak | None = None  # says everything itself, instead of `answers`
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"{self.scheme}://{self.host}:{self.port}{path}"

    @property
    def asked(self) -> list[str]:
        """The paths asked for, in order."""
        return [head.split(" ")[1] for head in self.heads]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._read(reader)
            if self.speak is not None:
                await self.speak(reader, writer)
            else:
                writer.write(self.answers.get(self.asked[-1], answer(404)))
                await writer.drain()
        with suppress(ConnectionError):
            writer.transport.abort() if writer.is_closing() else writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        self.heads.append(head)
        lengths = [int(line[15:]) for line in head.split("\r\n") if line[:15] == "Content-Length:"]
        self.bodies.append(await reader.readexactly(sum(lengths)))


@dataclass(frozen=True)
class Table:
    """Names that a function knows."""

    lookup: Callable[[str, int], list[str]]

    async def __call__(self, host: str, port: int) -> list[str]:
        return self.lookup(host, port)

    async def close(self) -> None: ...


MakePeer = Callable[..., Awaitable[Peer]]
MakeClient = Callable[..., Client]
