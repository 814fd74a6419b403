"""Whole answers to GETs, kept and given again before anything else looks at the request.

Outermost of all, pure ASGI. A handler that made its answer of nothing but what it names says so
with `keep(request, …)`; the answer is then given to whoever asks alike, until one of the named
keys changes (`cache`). Asking alike means the same path and the same of what handlers read in a
query, the same form by what is accepted and the same of our languages preferred; `HEAD` and
`If-None-Match` are answered from what a `GET` left.
What a request alone decides goes the whole way: ranges and other conditions, credentials, every
signature, any body or other method. So what is given to signed requests alone is never kept.
`direct` asks here too, before the ASGI server has built anything.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fediverse_coord.web.cache import Cache
from fediverse_coord.web.faces import Faces
from fediverse_coord.web.negotiation import content_type_for, on_id, on_page
from fediverse_coord.web.wishes import language_wished

KEYS = "coord.kept_for"
FOR_EVER = "settings"  # which change with a restart alone
LONGEST_TARGET = 1000
LONGEST_FIELD = 200
LARGEST = 1_000_000

# One of these, and the answer may be this reader's alone.
PERSONAL = frozenset(
    {
        b"authorization",
        b"content-length",
        b"cookie",
        b"expect",
        b"if-match",
        b"if-modified-since",
        b"if-unmodified-since",
        b"range",
        b"signature",
        b"signature-input",
        b"transfer-encoding",
        b"upgrade",
    }
)
ASKED_WITH = frozenset({b"accept", b"accept-language", b"if-none-match"})

# What handlers of kept answers read in a query. With anything else nothing is kept, so that made-up
# parameters push nothing out; what no handler reads, and is asked with all the same, is left out.
READ = frozenset(
    {
        b"before",
        b"country",
        b"kind",
        b"lang",
        b"language",
        b"organisation",
        b"page",
        b"resource",
        b"responses",
        b"topic",
        b"year",
    }
)
NOT_READ = frozenset({b"r", b"rel"})  # a page's revision, for link cards; RFC 7033 4.3

# What describes bytes that a 304 does not carry.
OF_THE_BODY = frozenset({b"content-length", b"content-type"})

Fields: TypeAlias = Iterable[tuple[bytes, bytes]]
Name: TypeAlias = tuple[bytes, bytes, bytes, bytes]


def keep(request: Request, *keys: str) -> None:
    """The answer to this request says nothing but what these keys stand for (storage/changes).

    Only a `200` is kept, and only if none of the keys changed since the request came.
    """
    request.scope[KEYS] = keys


def _as_sent(headers: Fields) -> bytes:
    return b"".join(b"%b: %b\r\n" % one for one in headers)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent for a kept answer, with the header lines as they stand on the wire."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    etag: bytes = field(init=False)
    unchanged: tuple[tuple[bytes, bytes], ...] = field(init=False)
    wire: bytes = field(init=False)
    wire_unchanged: bytes = field(init=False)

    def __post_init__(self) -> None:
        unchanged = tuple(one for one in self.headers if one[0] not in OF_THE_BODY)
        object.__setattr__(self, "etag", dict(self.headers).get(b"etag", b""))
        object.__setattr__(self, "unchanged", unchanged)
        object.__setattr__(self, "wire", _as_sent(self.headers))
        object.__setattr__(self, "wire_unchanged", _as_sent(unchanged))

    def is_known_by(self, tags: bytes) -> bool:
        """Whether a reader with this `If-None-Match` has it already."""
        if not tags or not self.etag:
            return False
        given = {one.strip().removeprefix(b"W/") for one in tags.split(b",")}
        return self.etag in given or b"*" in given


class KeptAnswers:
    """Around the whole application; `app.state.faces` holds the cache once it is opened."""

    def __init__(self, app: ASGIApp, state: Mapping[str, object]) -> None:
        self.app, self.state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        faces = self.state.get("faces")
        if scope["type"] != "http" or not isinstance(faces, Faces):
            await self.app(scope, receive, send)
            return
        asked = asked_for(
            scope["method"].encode(),
            scope["raw_path"] or b"",
            scope["query_string"],
            scope["headers"],
        )
        if asked is None:
            await self.app(scope, receive, send)
            return
        name, tags = asked
        found: Answer | None = faces.cache.find(name)
        if found is None and scope["method"] == "GET" and not tags:
            turn = await faces.cache.turn(name)
            if turn is not None:
                await _Making(name, turn, faces.cache, scope, send).run(self.app, receive)
                return
            found = faces.cache.find(name)
        if found is None:
            await self.app(scope, receive, send)
            return
        faces.cache.counts.answers.add("hit")
        await _give(found, tags, send)


@dataclass(slots=True)
class _Making:
    """One answer on its way from the application. Its turn ends before a reader can be slow."""

    name: Name
    turn: "asyncio.Future[None]"
    cache: Cache
    scope: Scope
    send: Send
    begun: int = field(init=False)
    _start: Message | None = None

    def __post_init__(self) -> None:
        self.begun = self.cache.begin()

    async def run(self, app: ASGIApp, receive: Receive) -> None:
        try:
            await app(self.scope, receive, self._heard)
        finally:
            self._ended()

    async def _heard(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message  # held back: sending may wait for the reader
            return
        start, self._start = self._start, None
        if start is not None:
            if start["status"] == 200 and not message.get("more_body"):
                self._put(tuple(start["headers"]), message.get("body", b""))
            self._ended()
            await self.send(start)
        await self.send(message)

    def _put(self, headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> None:
        keys = self.scope.get(KEYS)
        if keys and len(body) <= LARGEST:
            kept = Answer(headers, body)
            size = len(body) + 4 * len(kept.wire) + sum(map(len, self.name))
            self.cache.put(self.name, keys, kept, size, self.begun)

    def _ended(self) -> None:
        if not self.turn.done():
            self.cache.made(self.name, self.turn)


async def _give(found: Answer, tags: bytes, send: Send) -> None:
    known = found.is_known_by(tags)
    # A copy: the server appends to it.
    headers = list(found.unchanged if known else found.headers)
    await send({"type": "http.response.start", "status": 304 if known else 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if known else found.body})


def asked_for(
    method: bytes, path: bytes, query: bytes, headers: Fields
) -> tuple[Name, bytes] | None:
    """What the answer depends on, and `If-None-Match`; nothing where it may depend on more."""
    if method not in {b"GET", b"HEAD"}:
        return None
    given: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in ASKED_WITH:
            if name in given:  # handlers look at the first alone
                return None
            given[name] = value
        elif name in PERSONAL:
            return None
    accept, language = given.get(b"accept", b""), given.get(b"accept-language", b"")
    if len(path) + len(query) > LONGEST_TARGET or len(accept) + len(language) > LONGEST_FIELD:
        return None
    read = _read_in(query) if query else query
    if read is None:
        return None
    return (path, read, *_wish(accept, language)), given.get(b"if-none-match", b"")


def _read_in(query: bytes) -> bytes | None:
    """The query without what no handler reads; nothing where it says what none knows, or twice."""
    pairs = [(one.partition(b"=")[0], one) for one in query.split(b"&")]
    read = [name for name, _ in pairs if name not in NOT_READ]
    if len(set(read)) < len(read) or not READ.issuperset(read):
        return None
    return b"&".join(one for name, one in pairs if name not in NOT_READ)


@lru_cache(maxsize=4096)
def _wish(accept: bytes, language: bytes) -> tuple[bytes, bytes]:
    """All that an answer may depend on of what a reader wishes, however it was written."""
    text = accept.decode("latin-1")
    forms = (on_id(text), on_page(text), content_type_for(text))
    spoken = language_wished(language.decode("latin-1")).tag
    return "|".join(forms).encode(), spoken.encode()
