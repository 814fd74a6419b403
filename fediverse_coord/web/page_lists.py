"""Pages that list: a coordination's profile, its tags, and who speaks from this server.

A page is asked for below a cursor, so that what is released meanwhile moves nothing. What is
pinned stands first on the first page.
"""

from starlette.requests import Request
from starlette.responses import Response

from fediverse_coord.errors import NotFound
from fediverse_coord.publishing.inline import tag_key
from fediverse_coord.storage import archive, followers
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.archive import Filter
from fediverse_coord.storage.declarations import Work
from fediverse_coord.web.choosing import (
    address_of_archive,
    read_in,
    spoken_in,
    unlike_first,
)
from fediverse_coord.web.error_pages import BOTH, HTML, page_headers, reader_language
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.feeds import feeds_of
from fediverse_coord.web.introducing import Introduced, introduction
from fediverse_coord.web.kept import keep
from fediverse_coord.web.leafing import below, older
from fediverse_coord.web.page_answers import (
    NOTHING,
    actor_asked_for,
    ended,
    moved,
    page_answer,
    wants_id,
)
from fediverse_coord.web.reading import (
    author_of,
    card_of,
    edition_links,
    field_of,
    language_of,
    listing_of,
    living,
    picture_of,
    pinned_works,
    profile_in,
    profile_language,
    profile_links,
    site_of,
    summary_of,
    whole_of,
)
from fediverse_coord.web.responses import PUBLIC_FOR_MINUTES, Body, body_of, see_other
from fediverse_coord.web.searching import form_for
from fediverse_coord.web.templating import has_words, render
from fediverse_coord.web.views import AboutView, LanguageLink, ProfileView, TagView

PAGE_SIZE = 20


async def get_profile(request: Request) -> Response:
    """GET /@{name}?lang=…&before=…"""
    faces = faces_of(request)
    actor = await actor_asked_for(faces, request)
    if wants_id(request):
        return see_other(actor.actor_id)
    if actor.retired:
        return ended(request, actor)
    if request.path_params["name"] != actor.name:
        return moved(request, faces.uris.profile(actor.name))
    language = profile_language(actor, request.query_params.get("lang"))
    before = request.query_params.get("before")

    async def made() -> Body | None:
        return body_of(render("profile", await _profile(faces, actor, language, before)), HTML)

    keys = [f"actor:{actor.name}", f"list:{actor.name}", f"followers:{actor.row}"]
    keys += [f"list:{actor.profile['edition_of']}"] if "edition_of" in actor.profile else []
    if not before:
        keep(request, *keys)
    name = f"page {actor.actor_id} {language} {actor.revision}"
    body = await (made() if before else faces.cache.get(name, keys, made))
    if body is None:
        raise NotFound(NOTHING)
    return page_answer(request, body, actor.actor_id)


async def _profile(
    faces: Faces, actor: LocalActor, language: str, before: str | None
) -> ProfileView:
    address = profile_in(faces, actor, language)
    whole = await whole_of(faces, actor)
    spoken = language if whole is not actor else ""
    works, older_url = await _older(faces, whole, address, before, language=spoken)
    pinned = [] if before else await pinned_works(faces, whole)
    if spoken:
        pinned = [one for one in pinned if any(e.language == spoken for e in one.editions)]
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
            by=actor.name if spoken else "",
        ),
        image=picture_of(actor.profile["image"]),
        feeds=feeds_of(faces, whole, Filter(language=spoken)),
        archive_url=address_of_archive(
            faces,
            whole.name,
            Filter(language=spoken),
            spoken="" if spoken else unlike_first(language, actor.profile),
        ),
        editions=edition_links(faces, actor),
        edition_of=author_of(faces, whole, language) if spoken else None,
        other_languages=profile_links(faces, actor, language),
        noindex=before is not None,
    )


async def get_tag(request: Request) -> Response:
    """GET /@{name}/tags/{tag}?lang=…&before=…"""
    faces, asked = faces_of(request), request.path_params["tag"]
    actor = await actor_asked_for(faces, request)
    if actor.retired:
        return ended(request, actor)
    whole = await whole_of(faces, actor)
    if whole is not actor:
        chosen = Filter(language=actor.profile["languages"][0], topic=asked)
        return see_other(address_of_archive(faces, whole.name, chosen))
    before = request.query_params.get("before")
    spoken = unlike_first(spoken_in(request.query_params), actor.profile)
    here = read_in(faces.uris.tag(actor.name, asked), spoken)
    works, older_url = await _older(faces, actor, here, before, asked)
    spellings = [tag for work in works for tag in work.declaration.tags]
    tag = next((one for one in spellings if tag_key(one) == tag_key(asked)), None)
    if tag is None:
        raise NotFound(NOTHING)
    language = spoken if has_words(spoken) else profile_language(actor, spoken)
    address = faces.uris.tag(actor.name, tag)
    introduced = Introduced()
    if not before:
        chosen = Filter(topic=tag, language=spoken)
        introduced = await introduction(faces, actor, chosen, request, language)
    view = TagView(
        site=site_of(faces),
        language=language_of(language),
        author=author_of(faces, actor, language),
        tag=tag,
        url=address,
        listing=listing_of(
            faces,
            works,
            spoken or language,
            newer_url=read_in(address, spoken) if before else None,
            older_url=older_url,
        ),
        other_languages=_tag_links(actor, address, language),
        introduction=introduced.spoken,
        feeds=feeds_of(faces, actor, Filter(topic=tag)),
        noindex=before is not None,
    )
    body = body_of(render("tag", view), HTML)
    return page_answer(request, body, None, by_language=introduced.spoken is not None)


def _tag_links(actor: LocalActor, address: str, shown: str) -> tuple[LanguageLink, ...]:
    return tuple(
        LanguageLink(language_of(one), read_in(address, unlike_first(one, actor.profile)))
        for one in actor.profile["languages"]
        if one != shown
    )


async def _older(
    faces: Faces,
    actor: LocalActor,
    address: str,
    before: str | None,
    tag: str = "",
    language: str = "",
) -> tuple[list[Work], str | None]:
    """A page of works below the cursor, and where the next begins. Raises NotFound."""
    cursor = await below(faces, actor, before)
    chosen = Filter(topic=tag, language=language)
    works = await archive.newly(faces.db, actor.row, chosen, before=cursor, limit=PAGE_SIZE + 1)
    return works[:PAGE_SIZE], older(address, works, PAGE_SIZE)


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
        search=form_for(f"{faces.uris.origin}/search"),
    )
    headers = page_headers(Cache_Control=PUBLIC_FOR_MINUTES, Vary=BOTH)
    return Response(render("about", view), 200, headers, HTML)
