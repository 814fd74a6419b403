"""One request and its answer on one vetted connection.  HTTP/1.1: RFC 9110, RFC 9112.

`Door.exchange` is the only place that opens a connection to another server. It dials the address
that the guard has checked and asks the certificate for the name, so a name that changes its
mind changes nothing. `Door` puts the steps in order (vet, resolve, vet again, dial at most
two addresses) under one deadline; `GuardedTransport` is its face for httpx. No connection is
used twice, no redirect is followed, no proxy and no cookie jar is known. Proxies named in the
environment would resolve names for us, behind the guard's back.
"""

import asyncio
import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httpx
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from fediverse_coord.errors import Forbidden, Unreachable
from fediverse_coord.network.body import Body
from fediverse_coord.network.deadlines import Deadlines
from fediverse_coord.network.guard import Guard, Route, shown
from fediverse_coord.network.resolver import Resolver
from fediverse_coord.protocol.uris import Address

Headers = Iterable[tuple[str, str]]

METHOD = re.compile(r"[A-Z]{3,10}")
TARGET = re.compile(r"/[!-~]*")
FIELDS = re.compile(r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\x20-\x7e]*\r\n)*")
WELL = re.compile(rb"HTTP/1\.[01] 2[0-9][0-9][ \r]")
END = b"\r\n\r\n"
WIRE_FACTOR = 8  # chunks of one byte need six on the wire
OURS = frozenset({"host", "connection", "content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What an exchange may cost us. Seconds and bytes."""

    connect_seconds: float = 5  # each address, TLS included
    total_seconds: float = 30  # the whole fetch: names, redirects and body
    header_bytes: int = 32_768
    reason_bytes: int = 8_192  # what is read of the answer to a POST
    reason_seconds: float = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much of an answer is read: `whole` or a fault, else what came within the limits."""

    limit_bytes: int
    whole: bool = True
    seconds: float | None = None  # from the connection to the answer; None: the caller's deadline


@dataclass(frozen=True, slots=True)
class Reply:
    """Header names in lower case, as they came; the body unpacked."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no reply. `final`: asking again will not help."""

    reason: str
    final: bool = False
    connected: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """A request as it goes over the wire, to an address whose form was vetted."""

    address: Address
    head: bytes
    body: bytes


def request_head(method: str, address: Address, headers: Headers, length: int | None) -> bytes:
    """The request line and header block. Raises ValueError for anything that would split it."""
    fields = [f"{name}: {value}\r\n" for name, value in headers if name.lower() not in OURS]
    block = "".join(fields)
    if not METHOD.fullmatch(method) or not TARGET.fullmatch(address.target):
        raise ValueError("not a request line")
    if not FIELDS.fullmatch(block) or block.count("\n") != len(fields):
        raise ValueError("not a header field")
    own = f"Host: {address.authority}\r\nConnection: close\r\n"
    if length is not None:
        own += f"Content-Length: {length}\r\n"
    return f"{method} {address.target} HTTP/1.1\r\n{own}{block}\r\n".encode("ascii")


class _Conversation(asyncio.Protocol):
    """The far side's words, as the parser reads them out; settles `outcome` once."""

    __slots__ = (
        "_body", "_fields", "_limits", "_parser", "_request", "_settled_at_end", "_status",
        "_timer", "_transport", "_wanted", "_wire", "loop", "outcome",
    )  # fmt: skip

    def __init__(
        self, loop: asyncio.AbstractEventLoop, request: bytes, wanted: Wanted, limits: Limits
    ) -> None:
        self.loop = loop
        self.outcome: asyncio.Future[Reply | Fault] = loop.create_future()
        self._request, self._wanted, self._limits = request, wanted, limits
        self._parser: HttpResponseParser | None = None
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._fields: list[tuple[str, str]] = []
        self._body: Body | None = None  # there once the headers are complete
        self._status = self._wire = 0
        self._settled_at_end = False

    @property
    def connected(self) -> bool:
        """Whether the request has gone out."""
        return not self._request

    def leave(self) -> None:
        """Hangs up without the courtesies of TLS, which would wait for the other side."""
        if self._transport is not None:
            self._transport.abort()

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        self._transport.write(self._request)
        self._request = b""

    def data_received(self, data: bytes) -> None:
        if self.outcome.done():
            return
        if self._parser is None:
            if not self._wanted.whole and END in data and WELL.match(data):
                # The whole head is here, and nothing else of it is of interest.
                self._settle(Reply(int(data[9:12]), (), b""))
                return
            self._parser = HttpResponseParser(self)
        self._wire += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._settle(Fault("the answer is not HTTP/1.1"))
        most = self._limits.header_bytes
        if self._body is not None:
            most += self._wanted.limit_bytes * WIRE_FACTOR
        if self._wire > most:
            self._settle(Fault("the answer has no end", final=True))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._settled_at_end and exc is None:
            self._finish()
        self._settle(self._partial() or Fault("the connection closed before the answer"))
        if self._timer is not None:
            self._timer.cancel()
        # Protocol, parser and transport hold each other; thousands of them would wait for
        # the garbage collector.
        self._parser = self._transport = self._timer = None

    # the parser calls these

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._body is None:  # what follows the body are trailers, which we don't read
            self._fields.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        self._status = self._parser.get_status_code()
        if self._status < 200 or self._body is not None:
            return
        said = dict(self._fields)
        self._settled_at_end = not {"content-length", "transfer-encoding"} & said.keys()
        self._body = Body(self._wanted.limit_bytes, said.get("content-encoding", ""))
        if not self._wanted.whole:
            self._decide()

    def on_body(self, data: bytes) -> None:
        if self._body is None or self.outcome.done():
            return
        self._body.feed(data)
        if not self._wanted.whole:
            if self._body.full or self._body.fault:
                self._finish()
        elif self._body.full:
            self._settle(Fault("the answer is too long", final=True))
        elif self._body.fault:
            self._settle(Fault(self._body.fault, final=True))

    def on_message_complete(self) -> None:
        if self._body is None:  # 100 Continue and 103 Early Hints come before the answer
            self._fields.clear()
        else:
            self._finish()

    # settling

    def _decide(self) -> None:
        """A POST is decided by its status; a refusal's reason is worth a moment."""
        if self._status < 300:
            self._finish()
        elif not self.outcome.done():
            self._timer = self.loop.call_later(self._limits.reason_seconds, self._finish)

    def _finish(self) -> None:
        if self._wanted.whole and self._body is not None and not self._body.complete:
            self._settle(Fault("the packed body ends midway"))
        elif self._body is not None:
            self._settle(Reply(self._status, tuple(self._fields), self._body.content()))

    def _partial(self) -> Reply | None:
        if self._body is None or self._wanted.whole:
            return None
        return Reply(self._status, tuple(self._fields), self._body.content())

    def _settle(self, outcome: Reply | Fault) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


@dataclass(frozen=True, slots=True)
class Door:
    """Vets, resolves, vets again and dials: every request to another server goes this way."""

    guard: Guard
    resolver: Resolver
    limits: Limits
    tls: ssl.SSLContext
    deadlines: Deadlines = field(default_factory=Deadlines, repr=False)

    async def send(
        self, method: str, url: str, headers: Headers, body: bytes | None, wanted: Wanted
    ) -> Reply:
        """Raises Forbidden where the guard or a limit says no, Unreachable for all else."""
        request = self.prepared(method, self.guard.vet(url), headers, body)
        try:
            async with asyncio.timeout(self.limits.total_seconds):
                outcome = await self.dial(request, wanted)
        except TimeoutError:
            raise Unreachable(url, "no answer in time") from None
        if isinstance(outcome, Fault):
            raise (Forbidden if outcome.final else Unreachable)(url, outcome.reason)
        return outcome

    def prepared(
        self, method: str, address: Address, headers: Headers, body: bytes | None
    ) -> Request:
        """A request ready to go. Raises Forbidden for what would split its header block."""
        length = None if body is None else len(body)
        try:
            head = request_head(method, address, headers, length)
        except ValueError as fault:
            raise Forbidden(shown(address.origin), str(fault)) from None
        return Request(address, head, body or b"")

    async def dial(self, request: Request, wanted: Wanted) -> Reply | Fault:
        """Resolves, vets every address, dials at most two. Raises Forbidden, Unreachable (name)."""
        address = request.address
        ips = await self.resolver.addresses(address.host, address.port)
        outcome: Reply | Fault = Fault("the name has no address")
        for route in self.guard.routes(address, ips):
            outcome = await self.exchange(route, request, wanted)
            if isinstance(outcome, Reply) or outcome.connected:
                break
        return outcome

    async def exchange(self, route: Route, request: Request, wanted: Wanted) -> Reply | Fault:
        """Dials a vetted address, sends, and reads the answer. Raises nothing but cancellation."""
        loop = asyncio.get_running_loop()
        conversation = _Conversation(loop, request.head + request.body, wanted, self.limits)
        try:
            with self.deadlines.within(self.limits.connect_seconds) as deadline:
                await loop.create_connection(
                    lambda: conversation,
                    route.ip,
                    route.port,
                    ssl=self.tls if route.server_name else None,
                    server_hostname=route.server_name,
                )
                deadline.extend(wanted.seconds)
                return await conversation.outcome
        except TimeoutError:
            if conversation.connected:
                return Fault("no answer in time")
            return Fault("no connection in time", connected=False)
        except ssl.SSLError as fault:  # CertificateError is one
            return Fault(f"TLS: {fault.reason or 'failed'}", connected=False)
        except OSError as fault:
            return Fault(f"no connection: {fault.strerror or 'failed'}", connected=False)
        finally:
            conversation.leave()


class GuardedTransport(httpx.AsyncBaseTransport):
    """httpx's view of the door. The limit comes as the extension `limit_bytes`."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        wanted = Wanted(int(request.extensions["limit_bytes"]))
        body = await request.aread()
        fields = [(k.decode("ascii"), v.decode("latin-1")) for k, v in request.headers.raw]
        reply = await self._door.send(
            request.method, str(request.url), fields, body or None, wanted
        )
        # The body is unpacked already; httpx would do it again.
        headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in reply.headers
            if name not in {"content-encoding", "set-cookie"}
        ]
        return httpx.Response(reply.status, headers=headers, content=reply.body)


def tls_context() -> ssl.SSLContext:
    """Made once and shared: it costs 20 ms. Honours SSL_CERT_FILE and SSL_CERT_DIR.

    Where the system has no certificates of its own, those that come with httpx are used.
    """
    paths = ssl.get_default_verify_paths()
    stored = paths.cafile or (paths.capath and any(Path(paths.capath).iterdir()))
    context = ssl.create_default_context() if stored else httpx.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(["http/1.1"])
    return context
