"""The HTTP client of the server: GET for what is fetched, POST for what is delivered.

Both are bounded and go through the guarded door; neither follows a redirect, because where
one may lead depends on what is fetched (see `dereference`). Headers come ready and signed.
A delivery calls the exchange directly, a fetch goes by httpx.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from fediverse_coord.errors import Forbidden
from fediverse_coord.network.certificate import expiry
from fediverse_coord.network.guard import Guard
from fediverse_coord.network.resolver import Resolver
from fediverse_coord.network.transport import (
    Door,
    Fault,
    GuardedTransport,
    Limits,
    Reply,
    Request,
    Wanted,
    tls_context,
)
from fediverse_coord.protocol.uris import Address

__all__ = ["Answer", "Client", "Fault", "Limits", "Reply", "Request"]

JSON_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: header names in lower case, repeated ones joined by `, `."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Client:
    """Asks other servers. One for each process, closed with `aclose`."""

    def __init__(
        self,
        guard: Guard,
        resolver: Resolver,
        user_agent: str,
        limits: Limits | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._door = Door(guard, resolver, self.limits, ssl_context or tls_context())
        self._own = {"User-Agent": user_agent}
        self._http = httpx.AsyncClient(
            transport=GuardedTransport(self._door),
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=None,  # noqa: S113 - the door has one deadline for all of it
            headers=self._own | {"Accept-Encoding": "gzip"},
        )

    async def get(
        self, url: str, headers: Mapping[str, str], *, limit_bytes: int = JSON_BYTES
    ) -> Answer:
        """One GET. Raises Forbidden (guard, too long) or Unreachable.

        `limit_bytes` counts the unpacked body.
        """
        address = self._door.guard.vet(url)
        extensions = {"limit_bytes": limit_bytes}
        dialled = address.origin + address.target
        try:
            request = self._http.build_request(
                "GET", dialled, headers=dict(headers), extensions=extensions
            )
        except ValueError:  # UnicodeError is one
            raise Forbidden(url, "not a header field") from None
        response = await self._http.send(request)
        raw = response.headers.raw
        fields = tuple((k.lower().decode("latin-1"), v.decode("latin-1")) for k, v in raw)
        return _answer(Reply(response.status_code, fields, response.content), url)

    def vetted(self, url: str) -> Address:
        """The address of a URL that may be asked. Raises Forbidden."""
        return self._door.guard.vet(url)

    def prepare(self, address: Address, headers: Mapping[str, str], body: bytes) -> Request:
        """A POST ready to go; `headers` are signed. Raises Forbidden for what no header holds.

        Needs no event loop: a thread may prepare many.
        """
        return self._door.prepared("POST", address, (self._own | dict(headers)).items(), body)

    async def deliver(self, request: Request, seconds: float) -> Reply | Fault:
        """Sends it and waits so long for the answer, once connected. Decided by the status.

        Of a refusal's body at most 8 kB are read. Raises Forbidden where the name leads to an
        address that is not asked, Unreachable where it leads nowhere; all else is a Fault.
        """
        wanted = Wanted(self.limits.reason_bytes, whole=False, seconds=seconds)
        return await self._door.dial(request, wanted)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One POST, decided by its status; of a refusal's body at most 8 kB come along.

        `headers` are ready and signed. Raises Forbidden or Unreachable.
        """
        fields = (self._own | dict(headers)).items()
        wanted = Wanted(self.limits.reason_bytes, whole=False)
        return _answer(await self._door.send("POST", url, fields, body, wanted), url)

    async def certificate_end(self, url: str) -> datetime | None:
        """When its certificate ends; nothing without TLS. Raises Forbidden, Unreachable."""
        return await expiry(url, self._door)

    async def aclose(self) -> None:
        """Ends what is being looked up."""
        await self._http.aclose()
        await self._door.resolver.close()


def _answer(reply: Reply, url: str) -> Answer:
    joined: dict[str, str] = {}
    for name, value in reply.headers:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return Answer(reply.status, joined, reply.body, url)
