"""POST to an inbox: a bounded body, then the road in. GET is refused with `Allow`.

ActivityPub 7. What the answer means stands in `incoming/receive`.
"""

import hashlib
import secrets
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from fediverse_coord.protocol.signatures import InboundRequest
from fediverse_coord.web.faces import faces_of
from fediverse_coord.web.responses import NO_STORE, problem

# Addresses are never kept or logged: a hash that means nothing after a restart bounds floods.
SALT = secrets.token_bytes(16)

# More than proxies let through. So much of what was refused the server still reads and throws away.
READ_AWAY = 16_000_000


def client_of(request: Request) -> str:
    """Who asks, without telling who it is."""
    host = request.client.host if request.client else ""
    return hashlib.blake2b(host.encode(), key=SALT, digest_size=16).hexdigest()


def joined_headers(request: Request) -> Mapping[str, str]:
    """Names in lower case, repeated fields joined as RFC 9110 5.2 has it."""
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def target_of(request: Request) -> str:
    """Path and query as they stood on the request line."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope.get("query_string", b"")
    return (raw.split(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")


async def bounded_body(request: Request, limit: int) -> bytes | None:
    """The body, or nothing where it is longer than the limit; never more is kept."""
    if (_declared(request) or 0) > limit:
        return None
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            return None
        parts.append(part)
    return b"".join(parts)


def _declared(request: Request) -> int | None:
    field = request.headers.get("content-length", "")
    return int(field[:18]) if field.isascii() and field.isdigit() else None


def after_too_much(request: Request) -> Mapping[str, str]:
    """The headers of a refusal to read on.

    RFC 9112 9.6: who closes while the other still sends may take the answer away with it. A
    proxy then says 502, which makes peers try again for days.
    """
    declared = _declared(request)
    ends = declared is not None and declared <= READ_AWAY
    return {} if ends else {"Connection": "close"}


async def post_inbox(request: Request) -> Response:
    """POST /inbox, /actor/inbox, /actors/{name}/inbox"""
    faces = faces_of(request)
    limit = faces.config.limits.activity_bytes
    body = await bounded_body(request, limit)
    if body is None:
        faces.inbox_counts.verdicts.add("too_large")
        return problem(
            413,
            "Too large",
            f"An activity may have {limit:,} bytes.",
            headers=after_too_much(request),
        )
    inbound = InboundRequest("POST", target_of(request), joined_headers(request), body)
    received = await faces.receive(inbound, client_of(request))
    if received.status == 202:
        return Response(status_code=202, headers={"Cache-Control": NO_STORE})
    return problem(received.status, received.reason, headers=received.headers)
