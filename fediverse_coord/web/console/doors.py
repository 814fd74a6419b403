"""Into the console and out of it: a link that is followed once, and the session's end.

Following a link shows a page with a button, so that a program that looks at links uses none up.
The cookie is sent to this host alone, to no script, and never by another site (RFC 6265bis):
`Strict` breaks nothing, because the button is on a page of ours.
"""

from starlette.requests import Request
from starlette.responses import Response

from fediverse_coord.desk import sessions
from fediverse_coord.errors import Refusal, Unauthenticated
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.web.console import typed as forms
from fediverse_coord.web.console.paper import console_page, onward
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.views import EnterView, SessionLine, SessionsView
from fediverse_coord.web.console.visits import (
    HOME,
    Visit,
    closed,
    cookie_name,
    is_foreign,
    is_secure,
)
from fediverse_coord.web.error_pages import reader_language
from fediverse_coord.web.faces import faces_of
from fediverse_coord.web.inbox import bounded_body, client_of
from fediverse_coord.web.rates import rates_of
from fediverse_coord.web.reading import site_of

LARGEST = 8_192
LISTED = 50


async def get_enter(request: Request) -> Response:
    """GET /console/enter/{secret}: a button, where the link still waits."""
    faces, secret = faces_of(request), str(request.path_params["secret"])
    if not await sessions.link_waits(faces.desk, secret):
        return closed(request, 410, "used_link")
    view = EnterView(site=site_of(faces), language=reader_language(request), secret=secret)
    return console_page("enter", view)


async def post_enter(request: Request) -> Response:
    """POST /console/enter with `secret`: the cookie, and the first page."""
    faces = faces_of(request)
    if is_foreign(request):
        return closed(request, 403, "foreign")
    rates = rates_of(request, "enter", faces.config.limits.interactions_per_minute)
    if rates.wait(client_of(request), faces.clock().timestamp()):
        return closed(request, 429, "too_often")
    body = await bounded_body(request, LARGEST)
    try:
        typed = forms.read(body or b"", request.headers.get("content-type", ""))
        cookie = await sessions.follow_link(faces.desk, typed.get("secret"))
    except Unauthenticated:
        return closed(request, 410, "used_link")
    except Refusal:
        return closed(request, 422, "no_form")
    return with_cookie(faces.uris, onward(HOME), cookie)


def with_cookie(uris: Uris, response: Response, value: str) -> Response:
    """An empty value takes it away. How long it holds is kept here, not in the browser."""
    response.set_cookie(
        cookie_name(uris),
        value,
        max_age=int(sessions.LONGEST.total_seconds()) if value else 0,
        path="/",
        secure=is_secure(uris),
        httponly=True,
        samesite="strict",
    )
    return response


async def post_leave(visit: Visit, typed: Typed) -> Response:
    """POST /console/leave: ends this session."""
    await sessions.end(visit.faces.desk, visit.person, visit.session.handle)
    answer = closed(visit.request, 200, "left")
    return with_cookie(visit.faces.uris, answer, "")


async def get_sessions(visit: Visit) -> Response:
    """GET /console/sessions: where one is logged in."""
    found = await sessions.own_sessions(visit.faces.desk, visit.person)
    this = visit.session.handle
    newest = found[::-1]
    newest.sort(key=lambda one: one.handle != this)  # this device first
    view = SessionsView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        done=visit.query("done"),
        sessions=tuple(
            SessionLine(one.handle, one.opened_at, one.ends_at, one.handle == this)
            for one in newest[:LISTED]
        ),
        more=max(len(found) - LISTED, 0),
    )
    return console_page("sessions", view)


async def post_sessions(visit: Visit, typed: Typed) -> Response:
    """POST /console/sessions with `end`: a session's handle, or `others`."""
    desk, named = visit.faces.desk, typed.get("end")
    if named == "others":
        await sessions.end_others(desk, visit.person, visit.session.handle)
    elif named == visit.session.handle:
        return await post_leave(visit, typed)
    else:
        await sessions.end(desk, visit.person, named)
    return onward(f"{HOME}/sessions?done=ended")
