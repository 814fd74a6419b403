"""Whole answers to GETs, kept and given again before anything else looks at the request.

Outermost of all, pure ASGI. A handler that made its answer of nothing but what it names says so
with `keep(request, …)`; the answer is then given to whoever asks alike, until one of the named
keys changes (`cache`). Asking alike means the same target, `Accept` and `Accept-Language`. What a
request alone decides goes the whole way: conditional and range requests, credentials, a signature
where signatures count, any body or other method.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fediverse_coord.web.cache import Cache
from fediverse_coord.web.faces import Faces

KEYS = "coord.kept_for"
LONGEST_TARGET = 1000
LONGEST_FIELD = 200
LARGEST = 1_000_000

# One of these, and the answer may be this reader's alone.
PERSONAL = frozenset(
    {
        b"authorization",
        b"content-length",
        b"cookie",
        b"if-match",
        b"if-modified-since",
        b"if-none-match",
        b"if-unmodified-since",
        b"range",
        b"transfer-encoding",
        b"upgrade",
    }
)
SIGNATURES = frozenset({b"signature", b"signature-input"})

Name: TypeAlias = tuple[bytes, bytes, bytes, bytes]


def keep(request: Request, *keys: str) -> None:
    """The answer to this request says nothing but what these keys stand for (storage/changes).

    Only a `200` is kept, and only if none of the keys changed since the request came.
    """
    request.scope[KEYS] = keys


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent for a kept answer; the server appends to its list of headers."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class KeptAnswers:
    """Around the whole application; `app.state.faces` holds the cache once it is opened."""

    def __init__(self, app: ASGIApp, state: Mapping[str, object]) -> None:
        self.app, self.state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = name_of(scope) if scope["type"] == "http" else None
        faces = self.state.get("faces") if name is not None else None
        if name is None or not isinstance(faces, Faces) or _counts_signatures(name, scope, faces):
            await self.app(scope, receive, send)
            return
        cache = faces.cache
        found: Answer | None = cache.find(name)
        if found is None:
            turn = await cache.turn(name)
            if turn is not None:
                try:
                    await self._made(name, cache, scope, receive, send)
                finally:
                    cache.made(name, turn)
                return
            found = cache.find(name)
        if found is None:
            await self.app(scope, receive, send)
            return
        cache.counts.answers.add("hit")
        headers = list(found.headers)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": found.body})

    async def _made(
        self, name: Name, cache: Cache, scope: Scope, receive: Receive, send: Send
    ) -> None:
        begun, head = cache.begin(), list[tuple[bytes, bytes]]()

        async def heard(message: Message) -> None:
            nonlocal head
            if message["type"] == "http.response.start" and message["status"] == 200:
                head = list(message["headers"])
            elif message["type"] == "http.response.body" and head:
                keys, body = scope.get(KEYS), message.get("body", b"")
                if keys and not message.get("more_body") and len(body) <= LARGEST:
                    size = len(body) + sum(map(len, name))
                    cache.put(name, keys, Answer(tuple(head), body), size, begun)
                head = []
            await send(message)

        await self.app(scope, receive, heard)


def name_of(scope: Scope) -> Name | None:
    """What the answer depends on; nothing where it may depend on more."""
    if scope["method"] != "GET":
        return None
    accept = language = b""
    for field, value in scope["headers"]:
        if field == b"accept":
            accept = accept + b"," + value if accept else value
        elif field == b"accept-language":
            language = language + b"," + value if language else value
        elif field in PERSONAL:
            return None
    target, query = scope["raw_path"] or b"", scope["query_string"]
    if len(target) + len(query) > LONGEST_TARGET or len(accept) + len(language) > LONGEST_FIELD:
        return None
    return target, query, accept, language


def _counts_signatures(name: Name, scope: Scope, faces: Faces) -> bool:
    """Whether who asks matters: where signatures are demanded, and where words are taken."""
    path = name[0]
    if not path.startswith(b"/actors/"):
        return False
    if faces.config.federation.signed_fetch_required:
        return True
    return b"/objects/" in path and any(field in SIGNATURES for field, _ in scope["headers"])
