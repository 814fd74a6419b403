"""Where readers of an earlier site are sent on: from its paths to our pages.

Asked only when nothing else of ours answers, so that an old path can hide nothing.
"""

from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.storage import imports
from fediverse_coord.web.faces import faces_of
from fediverse_coord.web.responses import PUBLIC_FOR_MINUTES

LONGEST = 1000
OURS = ("/api/", "/actors/", "/inbox", "/actor", "/media/", "/.well-known/", "/nodeinfo")


async def moved_or(request: Request, answer: Response) -> Response:
    """The answer, unless it is a 404 at a path of an earlier site."""
    if answer.status_code != 404 or request.method not in ("GET", "HEAD"):
        return answer
    path = request.scope["path"]
    if path.startswith(OURS) or len(path) + len(request.url.query) > LONGEST or "\0" in path:
        return answer
    try:
        found = await _found(request, path)
    except StorageUnavailable:
        return answer
    if found is None:
        return answer
    headers = {"Cache-Control": PUBLIC_FOR_MINUTES, "Vary": "Accept"}
    return RedirectResponse(found, 301, headers)


async def _found(request: Request, path: str) -> str | None:
    """With its query first: some sites knew their texts by nothing else."""
    faces, query = faces_of(request), unquote(request.url.query)
    asked = ([f"{path}?{query}"] if query and "\0" not in query else []) + [path]
    for one in asked:
        old = await imports.by_path(faces.db, one)
        if old is not None:
            page = faces.uris.page(old.actor_name, old.slug)
            return f"{page}?lang={old.language}" if old.language else page
    return None
