"""Follow or answer from your own server.  discovery.md 1.4, FEP-3b86.

The reader types a handle; its server says where its people follow and answer, and the reader
is sent there. Only for ids of ours that anybody may see, only after a POST, and only to that
server: no open redirect (security A4). Nothing of the reader is kept or logged.
"""

from collections.abc import Sequence
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fediverse_coord.desk.interactions import Unreached, Why, template_for
from fediverse_coord.errors import NotFound, Refusal
from fediverse_coord.publishing.declarations import State
from fediverse_coord.storage import actors, declarations, objects
from fediverse_coord.web.error_pages import HTML, page_headers, reader_language
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.inbox import bounded_body, client_of
from fediverse_coord.web.rates import rates_of
from fediverse_coord.web.reading import author_of, site_of
from fediverse_coord.web.reading_declarations import is_shown, subject_of
from fediverse_coord.web.responses import NO_STORE, PAGE_POLICY
from fediverse_coord.web.templating import render, words_for
from fediverse_coord.web.views import InteractView
from fediverse_coord.web.zero_bytes import ZERO

LARGEST_FORM = 8_192
LONGEST_HANDLE = 320
NOT_OURS = "only a coordination or a text of this server can be opened from here"
STATUS = {Why.BUSY: 429, Why.AWAY: 502}


def interact_routes() -> Sequence[BaseRoute]:
    return [
        Route("/interact", get_interact, methods=["GET"]),
        Route("/interact", post_interact, methods=["POST"]),
    ]


async def get_interact(request: Request) -> Response:
    """GET /interact?uri=…: the form alone."""
    view = await _view(request, request.query_params.get("uri", ""))
    return _answer(request, view)


async def post_interact(request: Request) -> Response:
    """POST /interact with `uri` and `handle`: 303 to the reader's own server."""
    faces = faces_of(request)
    uri, handle = await _form(request)
    view = await _view(request, uri, handle)
    rates = rates_of(request, "interact", faces.config.limits.interactions_per_minute)
    try:
        if rates.wait(client_of(request), faces.clock().timestamp()):
            raise Unreached(Why.BUSY)
        address = await template_for(faces.desk, handle, uri, follow=view.subject is None)
    except Unreached as fault:
        return _answer(request, view, fault.why)
    return Response(status_code=303, headers={"Location": address, "Cache-Control": NO_STORE})


async def _form(request: Request) -> tuple[str, str]:
    """The two fields; what is missing is empty. Raises Refusal for what is no form of ours."""
    body = await bounded_body(request, LARGEST_FORM)
    try:
        fields = parse_qs((body or b"").decode(), max_num_fields=10)
    except ValueError:
        fields = {}
    uri, handle = (fields.get(name, [""])[0] for name in ("uri", "handle"))
    if body is None or len(handle) > LONGEST_HANDLE:
        raise Refusal("this form is too long")
    return uri, handle.strip()


async def _view(request: Request, uri: str, handle: str = "") -> InteractView:
    """Raises NotFound for an address that is not an id of ours which anybody may see."""
    faces = faces_of(request)
    language = reader_language(request)
    name, subject = await _subject(faces, uri)
    actor = await actors.by_name(faces.db, name)
    if actor is None or actor.retired or actor.role != "coordination":
        raise NotFound(NOT_OURS)
    return InteractView(
        site=site_of(faces),
        language=language,
        uri=uri,
        author=author_of(faces, actor, language.tag),
        subject=subject,
        handle=handle,
    )


async def _subject(faces: Faces, uri: str) -> tuple[str, str | None]:
    """Whose id it is, and what the text is called; nothing for a coordination itself."""
    if ZERO in uri:
        raise NotFound(NOT_OURS)
    actor = await actors.by_id(faces.db, uri)
    if actor is not None:
        return actor.name, None
    found = await objects.by_id(faces.db, uri)
    row = found.declaration if found and not found.deleted else None
    work = await declarations.by_row(faces.db, row) if row is not None else None
    if work is None or not is_shown(work) or work.declaration.state is State.WITHDRAWN:
        raise NotFound(NOT_OURS)
    return work.actor_name, subject_of(work)


def _answer(request: Request, view: InteractView, why: Why | None = None) -> Response:
    """The form, with what was typed and why it did not work."""
    fault = words_for(view.language.tag).say(f"fault_{why}") if why else None
    shown = InteractView(
        site=view.site,
        language=view.language,
        uri=view.uri,
        author=view.author,
        subject=view.subject,
        handle=view.handle,
        fault=fault,
    )
    headers = page_headers(Content_Security_Policy=_policy(request))
    status = STATUS.get(why, 422) if why else 200
    return Response(render("interact", shown), status, headers, HTML)


def _policy(request: Request) -> str:
    """A server that is itself asked by http, on loopback, may send its reader on by http."""
    plain = faces_of(request).uris.origin.startswith("http://")
    return PAGE_POLICY.replace("https:", "https: http:") if plain else PAGE_POLICY
