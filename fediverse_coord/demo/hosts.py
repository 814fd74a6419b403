"""Hosts of the followers: small far servers on loopback, each on a port of its own.

A host serves the documents it was given and hears POSTs. Some hosts have a shared inbox, some
have not; some know RFC 9421 only and answer 401 to draft-cavage. A host can go down and come
back to the same address. What was heard is judged at once and kept as an `Arrival`.
"""

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from fediverse_coord.demo.judges import CAVAGE, Judge, Message, format_of, proved_in
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.vocabulary import ACTIVITY_JSON

ADDRESS = "127.0.0.1"
WEBFINGER = "/.well-known/webfinger"
JRD_JSON = "application/jrd+json"
READ_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery that a host took: where, what, how it was signed, and what the judge says."""

    url: str
    spec: str
    document: Document
    signature_holds: bool
    proofs: tuple[bool, ...]
    at: float
    message: Message = field(repr=False)

    @property
    def type(self) -> str:
        return str(self.document.get("type"))

    @property
    def object_id(self) -> str:
        value = self.document.get("object")
        return str(value.get("id") if isinstance(value, dict) else value)

    @property
    def holds(self) -> bool:
        """Whether everything that was to be judged holds."""
        return self.signature_holds and bool(self.proofs) and all(self.proofs)


@dataclass(slots=True)
class Host:
    """One far server. `pages` are its documents by path, `arrivals` what it took."""

    judge: Judge
    shared: bool = True
    modern: bool = False  # its people sign by RFC 9421
    only_9421: bool = False
    port: int = 0
    pages: dict[str, Document] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)
    refused: int = 0  # first knocks in a format that is not spoken here
    _server: asyncio.Server | None = None

    @property
    def origin(self) -> str:
        return f"http://{ADDRESS}:{self.port}"

    @property
    def shared_inbox(self) -> str:
        return f"{self.origin}/inbox"

    async def up(self) -> None:
        """Listens; after `down` at the same port."""
        self._server = await asyncio.start_server(self._connected, ADDRESS, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Nobody answers here any more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def serve(self, iri: str, document: Document) -> None:
        self.pages[urlsplit(iri).path] = document

    def name(self, account: str, jrd: Document) -> None:
        """What WebFinger answers for an account."""
        self.pages[f"{WEBFINGER}?{account}"] = jrd

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, EOFError, TimeoutError):
            async with asyncio.timeout(READ_SECONDS):
                message = await _read(reader, self.origin)
            status, document = self._answer(message)
            writer.write(_written(status, document, _type_of(message)))
            await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    def _answer(self, message: Message) -> tuple[int, Document | None]:
        if message.method == "POST":
            return self._take(message), None
        parts = urlsplit(message.url)
        account = parse_qs(parts.query).get("resource", [""])[0]
        key = f"{WEBFINGER}?{account}" if parts.path == WEBFINGER else parts.path
        found = self.pages.get(key)
        return (404, None) if found is None else (200, found)

    def _take(self, message: Message) -> int:
        spec = format_of(message.headers)
        if self.only_9421 and spec == CAVAGE:
            self.refused += 1
            return 401
        document = json.loads(message.body)
        holds = self.judge.request_holds(message)
        proofs = tuple(self.judge.proof_holds(one) for one in proved_in(document))
        now = time.monotonic()
        self.arrivals.append(Arrival(message.url, spec, document, holds, proofs, now, message))
        return 202


async def _read(reader: asyncio.StreamReader, origin: str) -> Message:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Message(method, origin + target, headers, body)


def _type_of(message: Message) -> str:
    return JRD_JSON if urlsplit(message.url).path == WEBFINGER else ACTIVITY_JSON


def _written(status: int, document: Document | None, type_: str) -> bytes:
    body = b"" if document is None else json.dumps(document).encode()
    fields = f"Content-Type: {type_}\r\nContent-Length: {len(body)}\r\nConnection: close"
    return f"HTTP/1.1 {status} Answer\r\n{fields}\r\n\r\n".encode() + body
