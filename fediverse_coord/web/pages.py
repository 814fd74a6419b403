"""Pages for people, and everything else for readers.  INTERFACE: Paths, Negotiation.

Pages are HTML; an ActivityPub type that is preferred gets `303` to the id. A draft is unknown
here, in every respect; what is deleted is `410`, as is everything of an ended coordination.
Views are read from rows in `reading` and `reading_declarations`; lists are in `page_lists`.
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fediverse_coord.errors import NotFound
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.declarations import Work
from fediverse_coord.web.archive import get_archive
from fediverse_coord.web.assets import asset_routes
from fediverse_coord.web.bundles import get_bundle
from fediverse_coord.web.error_pages import HTML, grave_page, reader_language
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.feeds import get_feed
from fediverse_coord.web.interact import interact_routes
from fediverse_coord.web.kept import keep
from fediverse_coord.web.page_answers import (
    NOTHING,
    actor_asked_for,
    ended,
    moved,
    page_answer,
    wants_id,
)
from fediverse_coord.web.page_lists import get_about, get_front, get_profile, get_tag
from fediverse_coord.web.papers import get_paper
from fediverse_coord.web.plain_text import get_plain_text
from fediverse_coord.web.reading import author_of, living, whole_of
from fediverse_coord.web.reading_declarations import (
    declaration_view,
    is_grave,
    script_of,
    work_asked_for,
)
from fediverse_coord.web.responses import Body, body_of, see_other
from fediverse_coord.web.searching import get_search
from fediverse_coord.web.sitemaps import get_sitemap, get_sitemap_portion
from fediverse_coord.web.templating import has_words, render


def pages_routes() -> Sequence[BaseRoute]:
    """Everything for readers; the busiest paths first."""
    return [
        Route("/@{name}/{slug}.pdf", get_paper),
        Route("/@{name}/archive", get_archive),
        Route("/@{name}/feed.{form}", get_feed),
        Route("/@{name}/{slug}.txt", get_plain_text),
        Route("/@{name}/{slug}.zip", get_bundle),
        Route("/@{name}/{slug}", get_declaration),
        Route("/@{name}", get_profile),
        Route("/@{name}/tags/{tag}", get_tag),
        *asset_routes(),
        Route("/sitemap.xml", get_sitemap),
        Route("/sitemap-{number:int}.xml", get_sitemap_portion),
        Route("/", get_front),
        Route("/about", get_about),
        Route("/search", get_search),
        *interact_routes(),
    ]


async def get_declaration(request: Request) -> Response:
    """GET /@{name}/{slug}?lang=…&responses=…"""
    faces, slug = faces_of(request), request.path_params["slug"]
    actor, whole, work = await faces.at_once(lambda here: _asked_for(here, request))
    if work is None:
        return ended(request, actor)
    one = work.declaration
    object_id = faces.uris.object(actor.name, one.key)
    imported = work.imported_at is not None
    if wants_id(request) and not imported:
        return see_other(object_id)
    if is_grave(work):
        language = reader_language(request).tag
        return grave_page(request, work.saved_at, author_of(faces, actor, language))
    if (request.path_params["name"], slug) != (actor.name, one.slug):
        return moved(request, faces.uris.page(actor.name, one.slug))
    body = await _declaration_body(faces, request, actor, whole, work)
    shown = _language(actor, whole, one.released, request)
    shown_id = None if imported else object_id
    by_language = not has_words(shown)
    return page_answer(
        request, body, shown_id, by_language=by_language, script_url=script_of(faces, work)
    )


async def _asked_for(faces: Faces, request: Request) -> tuple[LocalActor, LocalActor, Work | None]:
    """Whose page, the coordination of it, and what stands there, unless it has ended."""
    actor = await actor_asked_for(faces, request)
    if actor.retired:
        return actor, actor, None
    whole = await whole_of(faces, actor)
    return actor, whole, await work_asked_for(faces, actor, whole, request.path_params["slug"])


def _language(actor: LocalActor, whole: LocalActor, one: Declaration, request: Request) -> str:
    """The language asked for, where there is such a version; an edition speaks one alone."""
    wished = request.query_params.get("lang", "")
    if actor is not whole:
        wished = actor.profile["languages"][0]
    return wished if one.version(wished) else one.language


async def _declaration_body(
    faces: Faces, request: Request, actor: LocalActor, whole: LocalActor, work: Work
) -> Body:
    """Kept for each language; further pages of responses are made each time."""
    one = work.declaration.released
    language = _language(actor, whole, one, request)
    spoken = reader_language(request)
    offset = _number(request.query_params.get("responses", ""))

    async def made() -> Body | None:
        by = actor if actor is not whole else None
        view = await faces.at_once(
            lambda here: declaration_view(here, whole, work, language, offset, by=by, spoken=spoken)
        )
        return body_of(render("declaration", view), HTML) if view else None

    object_id = faces.uris.object(actor.name, one.key)
    # An answer of ours to a response touches only its own declaration, and its list.
    lists = [f"list:{known.name}" for known in await living(faces)]
    keys = [f"declaration:{one.key}", f"object:{object_id}", f"actor:{actor.name}", *lists]
    if not offset:
        keep(request, *keys)
    # What was read before the cache was asked may be older than what it would drop.
    reader = "" if has_words(language) else spoken.tag
    name = f"page {object_id} {language} {reader} {one.revision} {actor.revision}"
    body = await (made() if offset else faces.cache.get(name, keys, made))
    if body is None:
        raise NotFound(NOTHING)
    return body


def _number(text: str) -> int:
    """A place in a list of responses; what is none is the first."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
