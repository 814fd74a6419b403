"""What surrounds every answer: errors become words, and no traceback reaches anybody.

Pure ASGI. A fault of ours is logged with its traceback and without the request's body,
address or account, and answered `500`; a database that cannot be reached is `503` everywhere.
"""

import logging

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fediverse_coord.errors import (
    CoordError,
    DereferenceError,
    MediaUnavailable,
    Refusal,
    StorageUnavailable,
)
from fediverse_coord.web.error_pages import error_page, prefers_page
from fediverse_coord.web.old_paths import moved_or
from fediverse_coord.web.responses import problem

log = logging.getLogger(__name__)

TITLES = {
    400: "Bad request",
    401: "Not authorised",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Conflict",
    410: "Gone",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Unsupported media type",
    422: "Cannot be done as asked",
    428: "Condition required",
    429: "Too many requests",
    500: "Our fault",
    503: "Not available now",
}

KEPT = ("allow", "connection", "retry-after", "www-authenticate")

COMMON_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


def problem_from(error: CoordError) -> Response:
    """The one place where an error becomes an answer."""
    status = error.status_hint
    headers = {"Retry-After": "30"} if status == 503 else {}
    faults = error.faults if isinstance(error, Refusal) else ()
    detail = str(error) if status != 500 else "The fault is in our log."
    if isinstance(error, MediaUnavailable):
        detail = error.told
    if isinstance(error, StorageUnavailable):
        detail = "The database cannot be used now; nothing was changed. Try again shortly."
    return problem(status, TITLES.get(status, "Error"), detail, faults=faults, headers=headers)


async def on_coord_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, CoordError):
        return await on_fault(request, error)
    if error.status_hint >= 500:
        # Without the address of whoever was asked, which may name a person.
        reason = error.reason if isinstance(error, DereferenceError) else str(error)
        log.error("request failed", extra={"reason": reason, "status": error.status_hint})
    return await moved_or(request, _for_reader(request, problem_from(error), error))


async def on_http_exception(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    answer = problem(status, TITLES.get(status, "Error"), headers=headers)
    return await moved_or(request, _for_reader(request, answer))


async def on_departure(request: Request, error: Exception) -> Response:
    """Whoever asked went, or was cut off, before the body was through: nobody hears this."""
    assert isinstance(error, ClientDisconnect)
    return problem(408, TITLES[408])


async def on_fault(request: Request, error: Exception) -> Response:
    return _for_reader(request, fault_told(error))


def fault_told(error: Exception) -> Response:
    """A bug of ours. The traceback goes to the log, never to the reader."""
    log.error("unexpected fault", exc_info=error)
    headers = {"Connection": "close"}  # which is what the server does after a fault
    return problem(500, TITLES[500], "The fault is in our log.", headers=headers)


def _for_reader(request: Request, answer: Response, error: CoordError | None = None) -> Response:
    """The same refusal as a page, where a person asked; what was refused says why."""
    if not prefers_page(request):
        return answer
    detail = error.reason if isinstance(error, Refusal) and answer.status_code != 404 else ""
    kept = {name: answer.headers[name] for name in KEPT if name in answer.headers}
    return error_page(request, answer.status_code, detail, kept)


class CommonHeaders:
    """Headers that every answer carries."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *COMMON_HEADERS]}
            await send(message)

        await self.app(scope, receive, send_with_headers)
