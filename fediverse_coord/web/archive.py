"""The archive of a coordination: leafed through by year, kind, country …, and searched for words.

`/@{name}/archive`. Every choice is a link with a number behind it, so that no script is needed and
nobody is led to an empty shelf. Where words are looked for (`searching`), the choices keep them.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from fediverse_coord.errors import NotFound
from fediverse_coord.publishing.languages import country_name, native_name
from fediverse_coord.storage import archive
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.archive import Filter, Shelf
from fediverse_coord.web.choosing import (
    address,
    address_of_archive,
    read_in,
    spoken_in,
    unlike_first,
)
from fediverse_coord.web.error_pages import HTML
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.feeds import feeds_of
from fediverse_coord.web.introducing import Introduced, introduction
from fediverse_coord.web.kept import keep
from fediverse_coord.web.leafing import below, day_of_document, older
from fediverse_coord.web.page_answers import (
    NOTHING,
    actor_asked_for,
    ended,
    moved,
    page_answer,
)
from fediverse_coord.web.reading import (
    author_of,
    language_of,
    listing_of,
    profile_language,
    site_of,
    whole_of,
)
from fediverse_coord.web.responses import body_of, see_other
from fediverse_coord.web.searching import Wish, form_for, found_for, wish_in
from fediverse_coord.web.templating import has_words, render, words_for
from fediverse_coord.web.views import ArchiveView, Choice, Choices, LanguageLink

PAGE_SIZE = 20


def address_of(faces: Faces, name: str) -> str:
    return f"{faces.uris.profile(name)}/archive"


async def get_archive(request: Request) -> Response:
    """GET /@{name}/archive?year=…&kind=…&country=…&language=…&topic=…&q=…&lang=…&before=…"""
    faces = faces_of(request)
    actor = await actor_asked_for(faces, request)
    if actor.retired:
        return ended(request, actor)
    if request.path_params["name"] != actor.name:
        return moved(request, address_of(faces, actor.name))
    wish = wish_in(request)
    whole = await whole_of(faces, actor)
    if whole is not actor:
        spoken = replace(wish.chosen, language=actor.profile["languages"][0])
        return see_other(address_of_archive(faces, whole.name, spoken, wish.asked.text))
    wish = replace(wish, spoken=unlike_first(spoken_in(request.query_params), actor.profile))
    view = await (_searched if wish.asked.text else _view)(faces, actor, wish)
    introduced = Introduced()
    if not (wish.asked.text or wish.before):
        wished = replace(wish.chosen, language=wish.chosen.language or wish.spoken)
        introduced = await introduction(faces, actor, wished, request, view.language.tag)
        view = replace(view, introduction=introduced.spoken)
    if not (wish.asked.text or introduced.is_personal):
        keep(request, f"actor:{actor.name}", f"list:{actor.name}")
    body = body_of(render("archive", view), HTML)
    return page_answer(request, body, None, by_language=introduced.spoken is not None)


async def _searched(faces: Faces, actor: LocalActor, wish: Wish) -> ArchiveView:
    base, language = address_of(faces, actor.name), _spoken(actor, wish)
    words, chosen, spoken = wish.asked.text, wish.chosen, wish.spoken
    shelf = await archive.shelf(faces.db, actor.row)
    return ArchiveView(
        site=site_of(faces),
        language=language_of(language),
        author=author_of(faces, actor, language),
        url=address(base, chosen, words),
        choices=_choices(base, wish, shelf, language),
        search=form_for(base, wish),
        found=await found_for(faces, base, wish, actor=actor),
        everything_url=None if chosen.is_empty else address(base, Filter(), words, spoken),
        noindex=True,
    )


async def _view(faces: Faces, actor: LocalActor, wish: Wish) -> ArchiveView:
    chosen, before = wish.chosen, wish.before
    shelf = await archive.shelf(faces.db, actor.row)
    cursor = await below(faces, actor, before, day_of_document)
    works = await archive.page(faces.db, actor.row, chosen, before=cursor, limit=PAGE_SIZE + 1)
    if not works and not chosen.is_empty:
        raise NotFound(NOTHING)
    base = address_of(faces, actor.name)
    here = address(base, chosen, spoken=wish.spoken)
    language = _spoken(actor, wish)
    wished = chosen.language or wish.spoken or language
    return ArchiveView(
        site=site_of(faces),
        language=language_of(language),
        author=author_of(faces, actor, language),
        url=address(base, chosen),
        choices=_choices(base, wish, shelf, language),
        search=form_for(base, wish),
        listing=listing_of(
            faces,
            works[:PAGE_SIZE],
            wished,
            newer_url=here if before else None,
            older_url=older(here, works, PAGE_SIZE),
            by_document=True,
        ),
        feeds=feeds_of(faces, actor, chosen),
        everything_url=None if chosen.is_empty else read_in(base, wish.spoken),
        other_languages=_in_others(base, chosen, actor, language),
        is_translated=bool(wish.spoken),
        noindex=bool(before) or chosen.is_combined,
    )


def _spoken(actor: LocalActor, wish: Wish) -> str:
    """Our own words: in the language that is read or was chosen, where we have them in it."""
    wished = wish.spoken or wish.chosen.language
    return wished if wished and has_words(wished) else profile_language(actor, wished or None)


def _in_others(
    base: str, chosen: Filter, actor: LocalActor, shown: str
) -> tuple[LanguageLink, ...]:
    return tuple(
        LanguageLink(
            language_of(one), address(base, chosen, spoken=unlike_first(one, actor.profile))
        )
        for one in actor.profile["languages"]
        if one != shown
    )


def _choices(base: str, wish: Wish, shelf: Shelf, language: str) -> tuple[Choices, ...]:
    """A row for each thing there is more than one of, or that is chosen."""
    words, chosen, looked_for = words_for(language), wish.chosen, wish.asked.text

    def row(name: str, found: Mapping[Any, int], label: Callable[[str], str]) -> Choices:
        picked = getattr(chosen, name)
        return Choices(
            f"by_{name}",
            tuple(
                Choice(
                    label(str(one)),
                    address(
                        base,
                        chosen,
                        looked_for,
                        wish.spoken,
                        **{name: None if one == picked else one},
                    ),
                    None if looked_for else number,
                    str(one).lower() == str(picked).lower(),
                )
                for one, number in found.items()
            ),
        )

    rows = (
        row("year", shelf.years, str),
        row("kind", shelf.kinds, words.kind),
        row("country", shelf.countries, lambda code: country_name(code, language)),
        row("organisation", shelf.organisations, str),
        row("language", shelf.languages, native_name),
        row("topic", shelf.topics, lambda topic: f"#{topic}"),
    )
    return tuple(one for one in rows if len(one.options) > 1 or any(o.chosen for o in one.options))
