"""POST to an inbox: a bounded body, then the road in. GET is refused with `Allow`.

ActivityPub 7. What the answer means stands in `incoming/receive`. Most of what comes to a server
comes here, so `direct` asks `answer_to` before there is any ASGI; what it leaves is routed.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from fediverse_coord.errors import CoordError
from fediverse_coord.protocol.signatures import InboundRequest
from fediverse_coord.web.faces import Faces
from fediverse_coord.web.middleware import fault_told, problem_from
from fediverse_coord.web.responses import NO_STORE, problem

# Addresses are never kept or logged: a hash that means nothing after a restart bounds floods.
SALT = secrets.token_bytes(16)

# More than proxies let through. So much of what was refused the server still reads and throws away.
MORE_TIME = "fediverse_coord.more_time"  # an extension of ASGI: how long a body may take
READ_AWAY = 16_000_000


def client_of(request: Request) -> str:
    """Who asks, without telling who it is."""
    return _hashed(request.client.host if request.client else "")


def _hashed(host: str) -> str:
    return hashlib.blake2b(host.encode(), key=SALT, digest_size=16).hexdigest()


def joined_headers(request: Request) -> Mapping[str, str]:
    """Names in lower case, repeated fields joined as RFC 9110 5.2 has it."""
    return joined(request.headers.raw)


def joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The same of fields whose names are in lower case already."""
    found: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def target_of(request: Request) -> str:
    """Path and query as they stood on the request line."""
    scope = request.scope
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope.get("query_string", b"")
    return (raw.split(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")


async def bounded_body(request: Request, limit: int) -> bytes | None:
    """The body, or nothing where it is longer than the limit; never more is kept.

    Raises ClientDisconnect where the rest will not come.
    """
    if (_declared(request.headers) or 0) > limit:
        return None
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > limit:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _declared(headers: Mapping[str, str]) -> int | None:
    field = headers.get("content-length", "")
    return int(field[:18]) if field.isascii() and field.isdigit() else None


UPLOAD_SECONDS = 600.0  # a phone's picture over a slow line


def give_time(request: Request, seconds: float) -> None:
    """A longer time for this body to come in, where the server bounds that."""
    found = request.scope.get("extensions", {}).get(MORE_TIME)
    if found is not None:
        found["for"](seconds)


def after_too_much(request: Request) -> Mapping[str, str]:
    """The headers of a refusal to read on.

    RFC 9112 9.6: who closes while the other still sends may take the answer away with it. A
    proxy then says 502, which makes peers try again for days.
    """
    declared = _declared(request.headers)
    ends = declared is not None and declared <= READ_AWAY
    return {} if ends else {"Connection": "close"}


async def answer_to(
    faces: Faces, target: str, headers: Mapping[str, str], body: bytes, client: str
) -> Response | None:
    """What a whole request is answered; None stands for 202 and nothing else.

    Never raises. `client` is the address it came from, `target` stood on the request line.
    """
    inbound = InboundRequest("POST", target, headers, body)
    try:
        received = await faces.receive(inbound, _hashed(client))
    except CoordError as error:
        return problem_from(error)
    except Exception as error:
        return fault_told(error)
    if received.status == 202:
        return None
    return problem(received.status, received.reason, headers=received.headers)


async def post_inbox(request: Request) -> Response:
    """POST /inbox, /actor/inbox, /actors/{name}/inbox, where `direct` did not take it."""
    faces: Faces = request.app.state.faces
    body = await bounded_body(request, faces.config.limits.activity_bytes)
    if body is None:
        return _too_large(faces, request)
    client = request.client.host if request.client else ""
    refusal = await answer_to(faces, target_of(request), joined_headers(request), body, client)
    return refusal or Response(status_code=202, headers={"Cache-Control": NO_STORE})


def _too_large(faces: Faces, request: Request) -> Response:
    faces.inbox_counts.verdicts.add("too_large")
    told = f"An activity may have {faces.config.limits.activity_bytes:,} bytes."
    return problem(413, "Too large", told, headers=after_too_much(request))


def is_inbox(path: str) -> bool:
    """Whether it looks like one; `incoming/receive` knows which there are."""
    if not path.endswith("/inbox"):
        return False
    return path in {"/inbox", "/actor/inbox"} or (
        path.startswith("/actors/") and path.count("/") == 3
    )
