"""Pages for people: coordinations, declarations, tags.  INTERFACE: Paths, Negotiation.

Pages are HTML; an ActivityPub type that is preferred gets `303` to the id. A draft is unknown
here, in every respect; what is deleted is `410`, as is everything of an ended coordination.
Views are read from rows in `reading` and `reading_declarations`.
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from fediverse_coord.errors import NotFound
from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage import actors, declaration_lists, declarations, followers
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.declarations import Work
from fediverse_coord.web import assets, negotiation
from fediverse_coord.web.error_pages import (
    BOTH,
    HTML,
    grave_page,
    page_headers,
    reader_language,
)
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.interact import interact_routes
from fediverse_coord.web.reading import (
    author_of,
    card_of,
    field_of,
    language_of,
    listing_of,
    living,
    picture_of,
    pinned_works,
    profile_language,
    profile_links,
    site_of,
    summary_of,
)
from fediverse_coord.web.reading_declarations import declaration_view, is_grave, is_shown
from fediverse_coord.web.responses import (
    PAGE_POLICY,
    PUBLIC_FOR_MINUTES,
    Body,
    answer,
    body_of,
    see_other,
)
from fediverse_coord.web.templating import render
from fediverse_coord.web.views import AboutView, ProfileView, TagView

PAGE_SIZE = 20
NOTHING = "there is no page at this address"


def pages_routes() -> Sequence[BaseRoute]:
    """Everything for readers; the busiest paths first."""
    return [
        Route("/@{name}/{slug}", get_declaration),
        Route("/@{name}", get_profile),
        Route("/@{name}/tags/{tag}", get_tag),
        *assets.asset_routes(),
        Route("/", get_front),
        Route("/about", get_about),
        *interact_routes(),
    ]


def wants_id(request: Request) -> bool:
    return negotiation.on_page(request.headers.get("accept", "")) == "json"


def _page(request: Request, body: Body, object_id: str | None) -> Response:
    """With its id in the one `Link` field: Mastodon reads the first field alone."""
    headers = {"Content_Security_Policy": PAGE_POLICY}
    if object_id is not None:
        headers["Link"] = f'<{object_id}>; rel="alternate"; type="application/activity+json"'
    return answer(request, body, status=200, **headers)


async def _actor(faces: Faces, request: Request) -> LocalActor:
    """Raises NotFound. A retired one is found."""
    found = await actors.by_name(faces.db, request.path_params["name"].lower())
    if found is None or found.role != "coordination":
        raise NotFound(NOTHING)
    return found


# --- a declaration --------------------------------------------------------------------


async def get_declaration(request: Request) -> Response:
    """GET /@{name}/{slug}?lang=…&responses=…"""
    faces, slug = faces_of(request), request.path_params["slug"]
    actor = await _actor(faces, request)
    if actor.retired:
        return _ended(request, actor)
    work = await declarations.by_slug(faces.db, actor.row, slug)
    if work is None or not (is_shown(work) or is_grave(work)):
        raise NotFound(NOTHING)
    one = work.declaration
    object_id = faces.uris.object(actor.name, one.key)
    if wants_id(request):
        return see_other(object_id)
    if is_grave(work):
        language = reader_language(request).tag
        return grave_page(request, work.saved_at, author_of(faces, actor, language))
    if (request.path_params["name"], slug) != (actor.name, one.slug):
        return _moved(request, faces.uris.page(actor.name, one.slug))
    body = await _declaration_body(faces, request, actor, work)
    return _page(request, body, object_id)


async def _declaration_body(faces: Faces, request: Request, actor: LocalActor, work: Work) -> Body:
    """Kept for each language; further pages of responses are made each time."""
    one, wished = work.declaration, request.query_params.get("lang", "")
    language = wished if one.version(wished) else one.language
    offset = _number(request.query_params.get("responses", ""))

    async def made() -> Body | None:
        view = await declaration_view(faces, actor, work, language, offset)
        return body_of(render("declaration", view), HTML) if view else None

    object_id = faces.uris.object(actor.name, one.key)
    # An answer of ours to a response touches only its own declaration, and its list.
    lists = [f"list:{known.name}" for known in await living(faces)]
    keys = [f"declaration:{one.key}", f"object:{object_id}", f"actor:{actor.name}", *lists]
    # What was read before the cache was asked may be older than what it would drop.
    name = f"page {object_id} {language} {one.revision} {actor.revision}"
    body = await (made() if offset else faces.cache.get(name, keys, made))
    if body is None:
        raise NotFound(NOTHING)
    return body


def _number(text: str) -> int:
    """A place in a list of responses; what is none is the first."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _moved(request: Request, address: str) -> Response:
    """From an old slug. Not kept for ever: a declaration may take its old slug again."""
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {"Cache-Control": PUBLIC_FOR_MINUTES, "Vary": "Accept"}
    return RedirectResponse(f"{address}{query}", 301, headers)


def _ended(request: Request, actor: LocalActor) -> Response:
    return see_other(actor.actor_id) if wants_id(request) else grave_page(request, None)


# --- lists ----------------------------------------------------------------------------


async def get_profile(request: Request) -> Response:
    """GET /@{name}?lang=…&before=…"""
    faces = faces_of(request)
    actor = await _actor(faces, request)
    if wants_id(request):
        return see_other(actor.actor_id)
    if actor.retired:
        return _ended(request, actor)
    if request.path_params["name"] != actor.name:
        return _moved(request, faces.uris.profile(actor.name))
    language = profile_language(actor, request.query_params.get("lang"))
    before = request.query_params.get("before")

    async def made() -> Body | None:
        return body_of(render("profile", await _profile(faces, actor, language, before)), HTML)

    keys = [f"actor:{actor.name}", f"list:{actor.name}", f"followers:{actor.row}"]
    name = f"page {actor.actor_id} {language} {actor.revision}"
    body = await (made() if before else faces.cache.get(name, keys, made))
    if body is None:
        raise NotFound(NOTHING)
    return _page(request, body, actor.actor_id)


async def _profile(
    faces: Faces, actor: LocalActor, language: str, before: str | None
) -> ProfileView:
    address = faces.uris.profile(actor.name)
    if language != actor.profile["languages"][0]:
        address += f"?lang={language}"
    works, older_url = await _older(faces, actor, address, before)
    pinned = [] if before else await pinned_works(faces, actor)
    return ProfileView(
        site=site_of(faces),
        language=language_of(language),
        author=author_of(faces, actor, language),
        summary=summary_of(actor, language),
        fields=tuple(field_of(one) for one in actor.profile["fields"]),
        followers=await followers.count(faces.db, actor.row),
        listing=listing_of(
            faces,
            works,
            language,
            pinned=pinned,
            newer_url=address if before else None,
            older_url=older_url,
        ),
        image=picture_of(actor.profile["image"]),
        other_languages=profile_links(faces, actor, language),
        noindex=before is not None,
    )


async def get_tag(request: Request) -> Response:
    """GET /@{name}/tags/{tag}?before=…"""
    faces, asked = faces_of(request), request.path_params["tag"]
    actor = await _actor(faces, request)
    if actor.retired:
        return _ended(request, actor)
    before = request.query_params.get("before")
    works, older_url = await _older(faces, actor, faces.uris.tag(actor.name, asked), before, asked)
    spellings = [tag for work in works for tag in work.declaration.tags]
    tag = next((one for one in spellings if one.casefold() == asked.casefold()), None)
    if tag is None:
        raise NotFound(NOTHING)
    language = actor.profile["languages"][0]
    address = faces.uris.tag(actor.name, tag)
    view = TagView(
        site=site_of(faces),
        language=language_of(language),
        author=author_of(faces, actor, language),
        tag=tag,
        url=address,
        listing=listing_of(
            faces, works, language, newer_url=address if before else None, older_url=older_url
        ),
        noindex=before is not None,
    )
    return _page(request, body_of(render("tag", view), HTML), None)


async def _older(
    faces: Faces, actor: LocalActor, address: str, before: str | None, tag: str = ""
) -> tuple[list[Work], str | None]:
    """A page of works below the cursor, and where the next begins. Raises NotFound.

    The cursor is the key of the last declaration shown: row numbers would tell of drafts.
    """
    cursor = (2**62, 2**62)
    if before:
        last = await declarations.by_key(faces.db, before)
        if last is None or last.actor != actor.row or not is_shown(last):
            raise NotFound(NOTHING)
        released = last.declaration.published_at or last.created_at
        cursor = (milliseconds(released), last.row)
    works = await declaration_lists.public_page(
        faces.db, actor.row, tag=tag, before=cursor, limit=PAGE_SIZE + 1
    )
    if len(works) <= PAGE_SIZE:
        return works, None
    shown = works[:PAGE_SIZE]
    joint = "&" if "?" in address else "?"
    return shown, f"{address}{joint}before={shown[-1].declaration.key}"


# --- the server -----------------------------------------------------------------------


async def get_front(request: Request) -> Response:
    """GET /: the only coordination, or the list of them."""
    faces = faces_of(request)
    known = await living(faces)
    if len(known) == 1 and not wants_id(request):
        return see_other(faces.uris.profile(known[0].name))
    return await get_about(request)


async def get_about(request: Request) -> Response:
    """GET /about: which coordinations speak from here, and with what."""
    faces = faces_of(request)
    if wants_id(request):
        return see_other(faces.uris.instance_actor)
    language = reader_language(request)
    cards = [card_of(faces, one, language.tag) for one in await living(faces)]
    view = AboutView(
        site=site_of(faces),
        language=language,
        coordinations=tuple(cards),
        url=f"{faces.uris.origin}/about",
    )
    headers = page_headers(Cache_Control=PUBLIC_FOR_MINUTES, Vary=BOTH)
    return Response(render("about", view), 200, headers, HTML)
