"""Views of the console become answers: never stored, framed, or with a script in them."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fediverse_coord.web.console.views import View
from fediverse_coord.web.console.words import console_words, reason_in
from fediverse_coord.web.error_pages import HTML
from fediverse_coord.web.responses import IMMUTABLE, NO_STORE, answer, body_of
from fediverse_coord.web.templating import StaticFile, environment, stylesheet

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def console_page(
    name: str, view: View, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """The page `templates/console/{name}.html` for a view."""
    tag = view.language.tag
    body = (
        environment()
        .get_template(f"console/{name}.html")
        .render(
            view=view,
            ui=console_words(tag),
            reason=lambda text: reason_in(tag, text),
            stylesheet=stylesheet().path,
            own_stylesheet=own_stylesheet().path,
        )
    )
    named = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": NO_STORE,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        **(headers or {}),
    }
    return Response(body.encode(), status, named, HTML)


def onward(address: str) -> Response:
    """After something was done: to the page that shows it."""
    return RedirectResponse(address, 303, {"Cache-Control": NO_STORE})


@cache
def own_stylesheet() -> StaticFile:
    """What the console needs besides the stylesheet of all pages."""
    body = files("fediverse_coord.web").joinpath("static", "console.css").read_bytes()
    return StaticFile(f"/console/style.{hashlib.sha256(body).hexdigest()[:12]}.css", body)


async def get_style(request: Request) -> Response:
    """GET /console/style.{hash}.css, whatever hash an older page asks for."""
    body = body_of(own_stylesheet().body, "text/css; charset=utf-8")
    is_todays = request.url.path == own_stylesheet().path
    return answer(request, body, Cache_Control=IMMUTABLE if is_todays else NO_STORE)
