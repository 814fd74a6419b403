"""What answers for pages have in common: which coordination is asked for, and in what form.

INTERFACE: Negotiation. Refusals and graves are drawn in `error_pages`.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fediverse_coord.errors import NotFound
from fediverse_coord.storage import actors
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.web import negotiation
from fediverse_coord.web.error_pages import BOTH, grave_page
from fediverse_coord.web.faces import Faces
from fediverse_coord.web.responses import PAGE_POLICY, PUBLIC_FOR_MINUTES, Body, answer, see_other

NOTHING = "there is no page at this address"


def wants_id(request: Request) -> bool:
    return negotiation.on_page(request.headers.get("accept", "")) == "json"


def page_answer(
    request: Request,
    body: Body,
    object_id: str | None,
    *,
    by_language: bool = False,
    script_url: str | None = None,
) -> Response:
    """With its id in the one `Link` field: Mastodon reads the first field alone.

    `by_language`: another reader may be given the same text in other words of ours. `script_url`:
    the one script that may run there.
    """
    allowed = f"; script-src {script_url}" if script_url else ""
    headers = {"Content_Security_Policy": f"{PAGE_POLICY}{allowed}"}
    if by_language:
        headers["Vary"] = BOTH
    if object_id is not None:
        headers["Link"] = f'<{object_id}>; rel="alternate"; type="application/activity+json"'
    return answer(request, body, status=200, **headers)


async def actor_asked_for(faces: Faces, request: Request) -> LocalActor:
    """Raises NotFound. A retired one is found."""
    found = await actors.by_name(faces.db, request.path_params["name"].lower())
    if found is None or found.role != "coordination":
        raise NotFound(NOTHING)
    return found


def moved(request: Request, address: str) -> Response:
    """From an old slug. Not kept for ever: a declaration may take its old slug again."""
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {"Cache-Control": PUBLIC_FOR_MINUTES, "Vary": "Accept"}
    return RedirectResponse(f"{address}{query}", 301, headers)


def ended(request: Request, actor: LocalActor) -> Response:
    return see_other(actor.actor_id) if wants_id(request) else grave_page(request, None)
