"""Feeds over HTTP: `/@{name}/feed.atom` and `feed.json`, of everything or of what was chosen.

`?language=`, `?kind=`, `?country=`, `?topic=`, `?year=`; older entries by `?before=`. Each entry is
in the language chosen, else in its original one. How a feed is written is `press/feeds`.
"""

from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from fediverse_coord.errors import NotFound
from fediverse_coord.press import feeds
from fediverse_coord.press.feeds import Enclosure, Feed, FeedEntry
from fediverse_coord.protocol.sanitize import plain_text
from fediverse_coord.publishing.declarations import Declaration, Version
from fediverse_coord.publishing.rendering import content_of, title_of
from fediverse_coord.storage import archive
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.archive import Filter
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.editions import edition_of
from fediverse_coord.web.choosing import address, filter_in
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.illustrated import card_of, enclosed_of
from fediverse_coord.web.introducing import spoken_in, texts_for
from fediverse_coord.web.kept import keep
from fediverse_coord.web.leafing import below, older, released
from fediverse_coord.web.page_answers import NOTHING, actor_asked_for
from fediverse_coord.web.reading import (
    author_of,
    description_of,
    page_of,
    paper_of,
    version_shown,
    whole_of,
)
from fediverse_coord.web.responses import DATA_POLICY, answer, body_of, see_other
from fediverse_coord.web.views import Feed as FeedLink

FORMATS: dict[str, tuple[str, Callable[[Feed], bytes]]] = {
    "atom": (feeds.ATOM_TYPE, feeds.atom),
    "json": (feeds.JSON_TYPE, feeds.json_feed),
}
ENTRIES = 20
PDF = "application/pdf"
LONGEST_TITLE = 100


def feed_address(faces: Faces, name: str, form: str) -> str:
    return f"{faces.uris.profile(name)}/feed.{form}"


def feeds_of(faces: Faces, actor: LocalActor, chosen: Filter) -> tuple[FeedLink, ...]:
    """What a page offers to subscribe to."""
    titles = {"atom": "Atom", "json": "JSON Feed"}
    return tuple(
        FeedLink(address(feed_address(faces, actor.name, form), chosen), titles[form], media_type)
        for form, (media_type, _) in FORMATS.items()
    )


async def get_feed(request: Request) -> Response:
    """GET /@{name}/feed.{atom|json}"""
    faces, form = faces_of(request), request.path_params["form"]
    actor = await actor_asked_for(faces, request)
    if actor.retired or form not in FORMATS:
        raise NotFound(NOTHING)
    chosen = filter_in(request.query_params)
    whole = await whole_of(faces, actor)
    if whole is not actor:
        spoken = replace(chosen, language=actor.profile["languages"][0])
        return see_other(address(feed_address(faces, whole.name, form), spoken))
    keep(request, f"actor:{actor.name}", f"list:{actor.name}")
    feed = await _feed(faces, actor, chosen, form, request.query_params.get("before", ""))
    media_type, written = FORMATS[form]
    body = body_of(written(feed), f"{media_type}; charset=utf-8")
    return answer(
        request, body, Content_Security_Policy=DATA_POLICY, Access_Control_Allow_Origin="*"
    )


async def _feed(faces: Faces, actor: LocalActor, chosen: Filter, form: str, before: str) -> Feed:
    cursor = await below(faces, actor, before)
    works = await archive.newly(faces.db, actor.row, chosen, before=cursor, limit=ENTRIES + 1)
    spoken: list[str] = actor.profile["languages"]
    language = chosen.language or spoken[0]
    author = author_of(faces, actor, language)
    here = address(feed_address(faces, actor.name, form), chosen)
    texts = await texts_for(faces, actor, chosen)
    introduced = spoken_in(texts, (chosen.language, language, *spoken)) if texts else None
    entries = tuple(_entry(faces, work, chosen.language) for work in works[:ENTRIES])
    return Feed(
        url=here,
        home=faces.uris.profile(actor.name),
        title=author.name,
        subtitle=introduced.text if introduced else ", ".join(_parts(chosen)) or author.handle,
        subtitle_language=introduced.language.tag if introduced else None,
        language=language,
        author=author.name,
        author_url=author.profile_url,
        updated=max((one.updated for one in entries), default=actor.created_at),
        entries=entries,
        icon=author.icon.url if author.icon else None,
        next_url=older(here, works, ENTRIES),
    )


def _parts(chosen: Filter) -> list[str]:
    parts = (chosen.year, chosen.kind, chosen.country, chosen.organisation, chosen.language)
    return [str(one) for one in (*parts, f"#{chosen.topic}" if chosen.topic else "") if one]


def _entry(faces: Faces, work: Work, wished: str) -> FeedEntry:
    one, edition = work.declaration.released, edition_of(work)
    version = version_shown(one, wished)
    paper = Enclosure(paper_of(faces, one, version.language), PDF, "PDF")
    id_ = faces.uris.object(one.actor_name, one.key)
    if work.imported_at is not None:  # no object answers to that
        id_ = faces.uris.page(one.actor_name, one.slug)
    return FeedEntry(
        id=id_ if version is one.original else f"{id_}/versions/{version.language}",
        url=page_of(faces, one, version.language),
        title=title_of(edition, version) or _first_words(version),
        language=version.language,
        published=released(work),
        updated=one.updated_at or released(work),
        content=content_of(edition, version, faces.uris),
        summary=description_of(work, version),
        tags=one.tags,
        others=_others(faces, one, version),
        enclosures=(*_enclosed(faces, work, version), *(() if work.imported_at else (paper,))),
        image=card.url if (card := card_of(faces, work, version)) else None,
    )


def _enclosed(faces: Faces, work: Work, version: Version) -> tuple[Enclosure, ...]:
    return tuple(
        Enclosure(one.url, one.media_type, one.title, one.bytes)
        for one in enclosed_of(faces, work, version)
    )


def _first_words(version: Version) -> str:
    """A feed's entry needs a title; an untitled statement opens with its own words."""
    words = " ".join(plain_text(version.html).split())
    cut = words[:LONGEST_TITLE].rpartition(" ")[0] or words[:LONGEST_TITLE]
    return words if len(words) <= LONGEST_TITLE else f"{cut}…"


def _others(faces: Faces, one: Declaration, shown: Version) -> tuple[tuple[str, str], ...]:
    return tuple(
        (other.language, page_of(faces, one, other.language))
        for other in one.versions
        if other is not shown
    )
