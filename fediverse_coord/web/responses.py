"""Answers as every face gives them: validators, negotiation headers, safe defaults.

RFC 9110 8.8 and 13 (validators), RFC 9111 (caching), RFC 9457 (problem details).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from fediverse_coord.errors import FieldFault
from fediverse_coord.web.negotiation import content_type_for

PUBLIC_FOR_MINUTES = "public, max-age=180"
# Readers' own copies are asked about each time (304), so that no corrected word is read there.
ASKED_EACH_TIME = "public, max-age=0, s-maxage=180"
SIGNED_FOR_MINUTES = "private, max-age=180"
NO_STORE = "no-store"

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "form-action 'self' https:; base-uri 'none'; frame-ancestors 'none'"
)
IMMUTABLE = "public, max-age=31536000, immutable"
# The strictest there is: nothing we answer as data is ever a page.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes ready to be answered: their media type and a strong validator."""

    content: bytes
    media_type: str
    etag: str


def body_of(content: bytes, media_type: str) -> Body:
    digest = hashlib.sha256(content).hexdigest()[:32]
    return Body(content, media_type, f'"{digest}"')


def answer(request: Request, body: Body, *, status: int = 200, **headers: str) -> Response:
    """200 with validators, or 304 where the reader has these bytes already."""
    named = {
        "ETag": body.etag,
        "Vary": "Accept",
        "Cache-Control": ASKED_EACH_TIME,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    if status == 200 and has_already(request, body.etag):
        return Response(status_code=304, headers=named)
    return Response(body.content, status, named, body.media_type)


def has_already(request: Request, etag: str) -> bool:
    given = request.headers.get("if-none-match", "")
    tags = {one.strip().removeprefix("W/") for one in given.split(",")}
    return etag in tags or "*" in tags


def activity_json(request: Request, content: bytes, *, status: int = 200) -> Response:
    """An ActivityPub document, readable by browser tools on other origins too."""
    media_type = content_type_for(request.headers.get("accept", ""))
    return answer(
        request,
        body_of(content, media_type),
        status=status,
        Cache_Control=SIGNED_FOR_MINUTES if is_for_signers(request) else PUBLIC_FOR_MINUTES,
        Access_Control_Allow_Origin="*",
        Content_Security_Policy=DATA_POLICY,
    )


def is_for_signers(request: Request) -> bool:
    """Whether a shared cache would hand on what we give to signed requests only."""
    closed: bool = request.app.state.faces.config.federation.signed_fetch_required
    return closed


def see_other(address: str) -> Response:
    """303 between an id and its page: never stored, never permanent."""
    headers = {"Location": address, "Cache-Control": NO_STORE, "Vary": "Accept"}
    return Response(status_code=303, headers=headers)


def problem(
    status: int,
    title: str,
    detail: str = "",
    *,
    faults: Sequence[FieldFault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Problem details (RFC 9457) that name every faulty field."""
    content: dict[str, object] = {"type": "about:blank", "title": title, "status": status}
    if detail:
        content["detail"] = detail
    if faults:
        content["errors"] = [{"field": one.field, "detail": one.reason} for one in faults]
    return Response(
        json.dumps(content, ensure_ascii=False),
        status,
        {"Cache-Control": NO_STORE, "Vary": "Accept", **(headers or {})},
        "application/problem+json",
    )
