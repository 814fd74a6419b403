"""What a reader sees instead of a page: refusals in words, and graves.

Nothing here asks the database, so that "not available" can still be said. Which error means
which status is decided in `middleware`, which also answers programs.
"""

from collections.abc import Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from fediverse_coord.web import negotiation
from fediverse_coord.web.faces import faces_of
from fediverse_coord.web.reading import site_of
from fediverse_coord.web.responses import NO_STORE, PAGE_POLICY
from fediverse_coord.web.templating import render
from fediverse_coord.web.views import Author, ErrorView, Language, TombstoneView
from fediverse_coord.web.wishes import language_wished

HTML = "text/html; charset=utf-8"
BOTH = "Accept, Accept-Language"


def prefers_page(request: Request) -> bool:
    """Whether a person reads the refusal: HTML is asked for by name, and not below the API."""
    accept = request.headers.get("accept", "")
    return negotiation.on_id(accept) == "html" and not request.url.path.startswith("/api/")


def reader_language(request: Request) -> Language:
    return language_wished(request.headers.get("accept-language", ""))


def page_headers(**more: str) -> dict[str, str]:
    """What every page for people carries that is not kept."""
    return {
        "Content-Security-Policy": PAGE_POLICY,
        "Cache-Control": NO_STORE,
        "Vary": BOTH,
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


def error_page(
    request: Request, status: int, detail: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """The status in the reader's language; `detail` adds one sentence."""
    view = ErrorView(
        site=site_of(faces_of(request)),
        language=reader_language(request),
        status=status,
        detail=detail or None,
    )
    return Response(render("error", view), status, {**page_headers(), **(headers or {})}, HTML)


def grave_page(
    request: Request, deleted: datetime | None, author: Author | None = None
) -> Response:
    """410: what stood here was deleted on purpose, or its coordination has ended."""
    view = TombstoneView(
        site=site_of(faces_of(request)),
        language=reader_language(request),
        deleted=deleted,
        author=author,
    )
    return Response(render("tombstone", view), 410, page_headers(), HTML)
