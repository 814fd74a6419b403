"""A POST to an inbox, taken from the parser and answered without an application in between.

How long it is was told in its head, so all of it is here when the road in begins. To uvicorn's
protocol a `Post` is a cycle like another: what is pipelined behind it waits, what is under way is
waited for at the end, and the connection goes on afterwards. RFC 9112; ActivityPub 7.
"""

from asyncio import AbstractEventLoop, Task, Transport
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import Response
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.server import ServerState

from fediverse_coord.web.faces import Faces
from fediverse_coord.web.inbox import answer_to, is_inbox
from fediverse_coord.web.middleware import COMMON_HEADERS
from fediverse_coord.web.responses import NO_STORE

Fields = Sequence[tuple[bytes, bytes]]

LONGEST_NUMBER: Final = 9
OTHERWISE: Final = frozenset({"transfer-encoding", "expect", "upgrade"})
TAKEN: Final = b"HTTP/1.1 202 Accepted\r\n"
TAKEN_FIELDS: Final = (
    (b"cache-control", NO_STORE.encode()),
    (b"content-length", b"0"),
    *COMMON_HEADERS,
)
FORWARDED: Final = "x-forwarded-for"


def is_post(url: bytes, headers: Mapping[str, str], most: int) -> bool:
    """Whether a POST is to an inbox, with a body of a told length, of at most so many bytes."""
    if not is_inbox(url.decode("latin-1")):
        return False
    return OTHERWISE.isdisjoint(headers) and 0 < _number(headers.get("content-length", "")) <= most


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= LONGEST_NUMBER else -1


async def _nothing(*_: object) -> None:
    """Stands where an application would."""


@lru_cache(maxsize=4)
def proxies(trusted: str | tuple[str, ...]) -> ProxyHeadersMiddleware:
    """Whose word is taken on where a request came from; the same that all other requests pass."""
    return ProxyHeadersMiddleware(_nothing, trusted if isinstance(trusted, str) else list(trusted))


@lru_cache(maxsize=4)  # the date among them is one for all answers of a second
def _taken(default_fields: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """The whole of a 202 on a connection that goes on."""
    return b"".join((TAKEN, *_lines((*default_fields, *TAKEN_FIELDS)), b"\r\n"))


def _lines(fields: Fields) -> list[bytes]:
    return [b"%b: %b\r\n" % one for one in fields if one[0] != b"connection"]


@dataclass(frozen=True, slots=True)
class Connection:
    """What its Posts need of the protocol they come in by; `peer` is who holds its other end."""

    transport: Transport
    peer: tuple[str, int] | None = field(repr=False)
    proxies: ProxyHeadersMiddleware | None
    server: ServerState
    loop: AbstractEventLoop
    tasks: "set[Task[None]]"
    on_response: Callable[[], None]


@dataclass(slots=True, eq=False)
class Post:
    """One request and its answer. The names are those that uvicorn asks a cycle for."""

    faces: Faces
    url: bytes
    fields: Fields = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    connection: Connection
    body: bytearray = field(default_factory=bytearray, repr=False)
    more_body: bool = True
    disconnected: bool = False
    response_started: bool = False
    response_complete: bool = False
    keep_alive: bool = True
    _is_begun: bool = False

    @property
    def message_event(self) -> "Post":
        return self

    def set(self) -> None:
        """More of the body is here, or nothing will come any more."""
        if self.more_body or self._is_begun or self.disconnected:
            return
        self._is_begun = True
        task = self.connection.loop.create_task(self._answered())
        task.add_done_callback(self.connection.tasks.discard)
        self.connection.tasks.add(task)

    async def _client(self) -> str:
        """The address that it was sent from, which a proxy of ours may have told."""
        peer, trusted = self.connection.peer, self.connection.proxies
        if trusted is not None and FORWARDED in self.headers:
            told: Any = {"type": "http", "client": peer, "headers": self.fields}
            await trusted(told, _nothing, _nothing)  # type: ignore[arg-type]
            peer = told["client"]
        return str(peer[0]) if peer else ""

    async def _answered(self) -> None:
        target, client = self.url.decode("latin-1"), await self._client()
        answer = await answer_to(self.faces, target, self.headers, bytes(self.body), client)
        if self.disconnected or self.connection.transport.is_closing():
            return
        self.response_started = True
        self.connection.transport.write(self._wire(answer))
        self.response_complete = True
        if not self.keep_alive:
            self.connection.transport.close()
        self.connection.on_response()

    def _wire(self, answer: Response | None) -> bytes:
        """The whole answer; None is 202."""
        ours = tuple(self.connection.server.default_headers)
        if answer is None and self.keep_alive:
            return _taken(ours)
        line, fields, content = TAKEN, TAKEN_FIELDS, b""
        if answer is not None:
            status = HTTPStatus(answer.status_code)
            line = f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
            fields = (*answer.raw_headers, *COMMON_HEADERS)
            content = bytes(answer.body)
            self.keep_alive = self.keep_alive and answer.headers.get("connection") != "close"
        head = _lines((*ours, *fields))
        head.append(b"" if self.keep_alive else b"connection: close\r\n")
        return b"".join((line, *head, b"\r\n", content))
