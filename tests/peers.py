"""A far server on loopback, for tests and demonstrations: people, posts, inboxes, signatures.

It speaks HTTP through a real socket and signs with real keys. What it serves is a table of
paths, so that a test can also make it lie; what it receives is a list. Everything it says is
built here and asks nothing of the code under test but the signatures.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from fediverse_coord.network.client import Answer, Client
from fediverse_coord.protocol import multikey
from fediverse_coord.protocol.keys import (
    SigningKey,
    generate_ed25519,
    generate_rsa,
    public_pem,
)
from fediverse_coord.protocol.signatures import (
    InboundRequest,
    Spec,
    digests_of,
    sign_post,
)
from fediverse_coord.protocol.signatures.integrity import prove

ACTIVITY_JSON = "application/activity+json"
JRD_JSON = "application/jrd+json"
AS2 = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS2}#Public"
CONTEXT = [AS2, "https://w3id.org/security/data-integrity/v2"]


@lru_cache(maxsize=64)
def rsa_key(number: int) -> Any:
    """The same few keys in all tests: making one costs more than a test."""
    return generate_rsa()


@dataclass(frozen=True, slots=True)
class Request:
    """What came in at the peer."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def as_inbound(self) -> InboundRequest:
        """As our verifier takes it."""
        return InboundRequest(self.method, self.target, self.headers, self.body)


@dataclass(frozen=True, slots=True)
class Page:
    """What a path answers."""

    body: bytes
    content_type: str = ACTIVITY_JSON
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Peer:
    """A server. `pages` maps paths to answers; `received` holds every POST, `asked` every GET."""

    origin: str = ""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    pages: dict[str, Page] = field(default_factory=dict)
    received: list[Request] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    answer: int = 202
    decide: Callable[[Request], int] | None = None  # instead of `answer`
    people: int = 0
    arrival: asyncio.Condition = field(default_factory=asyncio.Condition)
    gate: asyncio.Event = field(default_factory=asyncio.Event)  # GETs wait before it,
    answering: asyncio.Event = field(default_factory=asyncio.Event)  # POSTs behind it

    @property
    def authority(self) -> str:
        return urlsplit(self.origin).netloc

    def serve(self, iri: str, document: object, **page: Any) -> None:
        """The document answers at the path of this id from now on."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.pages[urlsplit(iri)._replace(scheme="", netloc="", fragment="").geturl()] = Page(
            body, **page
        )

    def bury(self, iri: str, status: int = 410) -> None:
        self.serve(iri, b"", status=status)

    def person(self, name: str, /, **changed: Any) -> "Person":
        """Somebody who lives here, with a document, a handle and keys."""
        self.people += 1
        person = Person(self, name, number=self.people)
        self.serve(person.actor_id, person.document | changed)
        self.serve(f"/.well-known/webfinger?{name}", person.jrd, content_type=JRD_JSON)
        return person

    async def wait_for(self, count: int, seconds: float = 10) -> list[Request]:
        """What was received, once there are so many."""
        async with asyncio.timeout(seconds), self.arrival:
            await self.arrival.wait_for(lambda: len(self.received) >= count)
        return self.received

    async def wait_asked(self, count: int, seconds: float = 10) -> list[Request]:
        """The GETs, once there are so many; they may still wait for their answers."""
        async with asyncio.timeout(seconds), self.arrival:
            await self.arrival.wait_for(lambda: len(self.asked) >= count)
        return self.asked

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await _read(reader)
            page = await self._answer(request)
            writer.write(_written(page))
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def _answer(self, request: Request) -> Page:
        async with self.arrival:
            (self.received if request.method == "POST" else self.asked).append(request)
            self.arrival.notify_all()
        if request.method == "POST":
            status = self.decide(request) if self.decide else self.answer
            await self.answering.wait()
            return Page(b"", status=status)
        await self.gate.wait()
        return self.pages.get(_page_key(request.target), Page(b"", status=404))


def _page_key(target: str) -> str:
    path, _, query = target.partition("?")
    if path != "/.well-known/webfinger":
        return target
    account = unquote(parse_qs(query).get("resource", [""])[0]).removeprefix("acct:")
    return f"{path}?{account.partition('@')[0]}"


@contextlib.asynccontextmanager
async def running_peer(
    host: str = "127.0.0.1", clock: Callable[[], datetime] | None = None
) -> AsyncIterator[Peer]:
    """A peer that listens for as long as the block lasts. Hosts: 127.0.0.1, 127.0.0.2, …"""
    peer = Peer()
    if clock is not None:
        peer.clock = clock
    peer.gate.set()
    peer.answering.set()
    server = await asyncio.start_server(peer.connected, host, 0)
    peer.origin = f"http://{host}:{server.sockets[0].getsockname()[1]}"
    try:
        yield peer
    finally:
        peer.gate.set()
        peer.answering.set()
        server.close()
        await server.wait_closed()


@dataclass(slots=True)
class Person:
    """An actor of a peer, ready to sign."""

    peer: Peer
    name: str
    number: int = 0
    key: SigningKey = field(init=False)
    proof_key: SigningKey = field(init=False)

    def __post_init__(self) -> None:
        self.key = SigningKey(f"{self.actor_id}#main-key", rsa_key(self.number))
        self.proof_key = SigningKey(f"{self.actor_id}#ed25519-key", generate_ed25519())

    @property
    def actor_id(self) -> str:
        return f"{self.peer.origin}/users/{self.name}"

    @property
    def handle(self) -> str:
        return f"@{self.name}@{self.peer.authority}"

    @property
    def inbox_url(self) -> str:
        return f"{self.actor_id}/inbox"

    @property
    def document(self) -> dict[str, Any]:
        return {
            "@context": [AS2, "https://w3id.org/security/v1"],
            "id": self.actor_id,
            "type": "Person",
            "preferredUsername": self.name,
            "name": self.name.title(),
            "inbox": self.inbox_url,
            "outbox": f"{self.actor_id}/outbox",
            "followers": f"{self.actor_id}/followers",
            "endpoints": {"sharedInbox": f"{self.peer.origin}/inbox"},
            "url": f"{self.peer.origin}/@{self.name}",
            "publicKey": self.public_key,
            "assertionMethod": [
                {
                    "id": self.proof_key.key_id,
                    "type": "Multikey",
                    "controller": self.actor_id,
                    "publicKeyMultibase": multikey.encode(self.proof_key.private_key.public_key()),
                }
            ],
        }

    @property
    def public_key(self) -> dict[str, str]:
        pem = public_pem(self.key.private_key.public_key())
        return {"id": self.key.key_id, "owner": self.actor_id, "publicKeyPem": pem}

    @property
    def jrd(self) -> dict[str, Any]:
        return {
            "subject": f"acct:{self.name}@{self.peer.authority}",
            "links": [{"rel": "self", "type": ACTIVITY_JSON, "href": self.actor_id}],
        }

    def activity(self, type_: str, object_: object, **more: Any) -> dict[str, Any]:
        """An activity of theirs; `id=None` leaves the id out."""
        made = {
            "@context": CONTEXT,
            "id": f"{self.actor_id}/{type_.lower()}/1",
            "type": type_,
            "actor": self.actor_id,
            "object": object_,
        }
        return {name: value for name, value in (made | more).items() if value is not None}

    def note(self, key: str = "1", **more: Any) -> dict[str, Any]:
        """A post of theirs, which their server serves as well."""
        made = {
            "@context": CONTEXT,
            "id": f"{self.actor_id}/statuses/{key}",
            "type": "Note",
            "attributedTo": self.actor_id,
            "content": "<p>We stand with you.</p>",
            "to": [PUBLIC],
            "cc": [f"{self.actor_id}/followers"],
            "published": "2026-10-14T12:00:00Z",
        }
        note = {name: value for name, value in (made | more).items() if value is not None}
        self.peer.serve(note["id"], note)
        return note

    def create(self, note: dict[str, Any], **more: Any) -> dict[str, Any]:
        told = {name: note[name] for name in ("to", "cc") if name in note}
        return self.activity("Create", note, **({"id": f"{note['id']}/activity"} | told | more))

    def proved(self, activity: dict[str, Any]) -> dict[str, Any]:
        """With their FEP-8b32 proof, made now."""
        return prove(activity, self.proof_key, self.peer.clock())

    def signed(
        self,
        url: str,
        activity: dict[str, Any] | bytes,
        *,
        spec: Spec = Spec.CAVAGE,
        key: SigningKey | None = None,
        now: datetime | None = None,
    ) -> InboundRequest:
        """The POST that delivers it, as it arrives."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        headers = self._headers(url, body, spec, key, now)
        lowered = {name.lower(): value for name, value in headers.items()}
        return InboundRequest("POST", urlsplit(url).path, lowered, body)

    async def deliver(
        self, client: Client, url: str, activity: dict[str, Any], *, spec: Spec = Spec.CAVAGE
    ) -> Answer:
        """The same over the wire."""
        body = json.dumps(activity).encode()
        return await client.post(url, self._headers(url, body, spec, None, None), body)

    def _headers(
        self, url: str, body: bytes, spec: Spec, key: SigningKey | None, now: datetime | None
    ) -> dict[str, str]:
        moment = now or self.peer.clock()
        return sign_post(spec, url, digests_of(body), key or self.key, moment)


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, {name: value for name, value in headers.items() if name}, body)


def _written(page: Page) -> bytes:
    fields = [
        ("Content-Type", page.content_type),
        ("Content-Length", str(len(page.body))),
        ("Connection", "close"),
        *page.headers,
    ]
    lines = [f"HTTP/1.1 {page.status} Because", *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + page.body
