"""A declaration's version on paper: `/@{name}/{slug}.pdf?lang=…`.  INTERFACE: Paths.

Whatever the page answers with (unknown, moved, gone), the paper answers with too. Slugs have no
dots, so nothing else can stand under its address. However many ask, one paper is made at a time
in each process, and each only once.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.responses import Response

from fediverse_coord.desk import papers
from fediverse_coord.errors import NotFound
from fediverse_coord.publishing.declarations import State, Visibility
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.declarations import Work
from fediverse_coord.web.cache import Cache
from fediverse_coord.web.error_pages import grave_page, reader_language
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.kept import keep
from fediverse_coord.web.page_answers import NOTHING, actor_asked_for, ended, moved
from fediverse_coord.web.reading import author_of, page_of, version_shown, whole_of
from fediverse_coord.web.reading_declarations import is_grave, work_asked_for
from fediverse_coord.web.responses import Body, answer, body_of, see_other

PDF = "application/pdf"
# What shows PDF in a browser is a page that the browser makes around it, with styles of its own.
PAPER_POLICY = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
PRESS = "press"  # the name under which those who make a paper wait for each other


async def get_paper(request: Request) -> Response:
    """GET /@{name}/{slug}.pdf?lang=…"""
    faces = faces_of(request)
    found = await work_or_detour(request, ".pdf")
    if isinstance(found, Response):
        return found
    actor, work = found
    one = work.declaration
    language = version_shown(one.released, request.query_params.get("lang")).language
    keys = (f"declaration:{one.key}", f"actor:{actor.name}")
    keep(request, *keys)
    name = f"paper {one.key} {language} {one.revision} {actor.revision}"
    body = await faces.cache.get(name, keys, lambda: _made(faces, actor, work, language))
    if body is None:
        raise NotFound(NOTHING)
    return answer(request, body, status=200, **headers_of(faces, work, language))


async def work_or_detour(request: Request, ending: str) -> tuple[LocalActor, Work] | Response:
    """The declaration beside whose page something ends with `ending`, or where to go instead.

    Raises NotFound, also for a draft and for what was imported.
    """
    faces = faces_of(request)
    actor = await actor_asked_for(faces, request)
    if actor.retired:
        return ended(request, actor)
    whole = await whole_of(faces, actor)
    work = await work_asked_for(faces, actor, whole, request.path_params["slug"])
    one = work.declaration
    if is_grave(work):
        language = reader_language(request).tag
        return grave_page(request, work.saved_at, author_of(faces, actor, language))
    if work.imported_at is not None:  # nothing was signed that a sheet could carry
        raise NotFound(NOTHING)
    address = f"{faces.uris.page(whole.name, one.slug)}{ending}"
    if whole is not actor:  # an edition speaks one language; on paper the work speaks for itself
        return see_other(f"{address}?lang={actor.profile['languages'][0]}")
    if (request.path_params["name"], request.path_params["slug"]) != (actor.name, one.slug):
        return moved(request, address)
    return actor, work


def headers_of(faces: Faces, work: Work, language: str) -> dict[str, str]:
    """What is said with something that stands beside a page."""
    one = work.declaration
    headers = {
        "Content_Disposition": f'inline; filename="{papers.name_of(work, language)}"',
        "Content_Security_Policy": PAPER_POLICY,
        "Link": f'<{page_of(faces, one, language)}>; rel="canonical"',
    }
    if one.state is State.WITHDRAWN or one.visibility is not Visibility.PUBLIC:
        headers["X_Robots_Tag"] = "noindex"
    return headers


async def _made(faces: Faces, actor: LocalActor, work: Work, language: str) -> Body | None:
    return body_of(await paper_made(faces, actor, work, language), PDF)


async def paper_made(faces: Faces, actor: LocalActor, work: Work, language: str) -> bytes:
    """The sealed paper, kept or made in its turn. Raises NotFound, Conflict."""
    media = faces.config.path(faces.config.media.directory)
    async with pressing(faces.cache):
        paper = await papers.released(faces.desk, media, actor, work, language)
    return paper.content


@asynccontextmanager
async def pressing(cache: Cache) -> AsyncIterator[None]:
    """One at a time: setting takes a whole core."""
    turn = await cache.turn(PRESS)
    while turn is None:
        turn = await cache.turn(PRESS)
    try:
        yield
    finally:
        cache.made(PRESS, turn)
