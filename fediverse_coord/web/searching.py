"""Searching for words: in a coordination's archive, and over all of a server (`/search`).

A work is told once, in the reader's language where that version was found, else in the first that
was, with the words marked. Pages of hits go on below the last one, which is named by its key and
language.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

from fediverse_coord.errors import NotFound
from fediverse_coord.protocol.sanitize import plain_text
from fediverse_coord.publishing.declarations import State, Version
from fediverse_coord.publishing.search_questions import Question, around, pieces, question
from fediverse_coord.publishing.search_words import readied
from fediverse_coord.storage import actors, declarations, found_works, search, spellings
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.filters import Filter
from fediverse_coord.storage.found_works import FoundWork, below_work
from fediverse_coord.storage.search import BEGINNING, Below
from fediverse_coord.web.choosing import address, filter_in
from fediverse_coord.web.error_pages import HTML, page_headers, reader_language
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.page_answers import NOTHING
from fediverse_coord.web.reading import author_of, language_of, page_of, site_of
from fediverse_coord.web.templating import render
from fediverse_coord.web.views import Found, Hit, SearchForm, SearchView

HITS = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader looks for and among what; `before` is the last hit of the page before.

    `spoken` is the language in which a list is to be read, where that is not its usual one.
    """

    asked: Question
    chosen: Filter
    before: str = ""
    spoken: str = ""


def wish_in(request: Request) -> Wish:
    """Raises NotFound for a choice that there cannot be; any words will do."""
    query = request.query_params
    return Wish(question(query.get("q", "")), filter_in(query), query.get("before", ""))


def form_for(action: str, wish: Wish | None = None) -> SearchForm:
    """What is chosen stays chosen when other words are looked for."""
    if wish is None:
        return SearchForm(action)
    parts = [(one.name, getattr(wish.chosen, one.name)) for one in fields(Filter)]
    parts.append(("lang", wish.spoken))
    kept = tuple((name, str(value)) for name, value in parts if value)
    return SearchForm(action, wish.asked.text, kept)


async def get_search(request: Request) -> Response:
    """GET /search?q=…&kind=…&country=…&organisation=…&language=…&year=…&topic=…&before=…"""
    faces, wish = faces_of(request), wish_in(request)
    base = f"{faces.uris.origin}/search"
    language = reader_language(request)
    view = SearchView(
        site=site_of(faces),
        language=language,
        url=base,
        search=form_for(base, wish),
        found=await found_for(faces, base, wish, reader=language.tag) if wish.asked.text else None,
    )
    return Response(render("search", view), 200, page_headers(), HTML)


async def found_for(
    faces: Faces, base: str, wish: Wish, *, actor: LocalActor | None = None, reader: str = ""
) -> Found:
    """A page of hits. Raises NotFound where the one it begins below is not to be found.

    Of one coordination alone, or of all: then each says who speaks, in the reader's language.
    """
    asked = await spellings.widened(faces.db, wish.asked)
    below = await _below(faces, asked, wish.before)
    row = None if actor is None else actor.row
    hits = await found_works.find(
        faces.db, asked, wish.chosen, actor=row, below=below, limit=HITS + 1
    )
    works = await declarations.by_rows(faces.db, [one.declaration for one in hits])
    known = {one.row: one for one in works}
    authors = {} if actor else await _authors(faces, works, reader)
    spoken = wish.spoken or reader or (actor.profile["languages"][0] if actor else "")
    shown = [
        _hit(faces, asked, one, known.get(one.declaration), authors, spoken) for one in hits[:HITS]
    ]
    here = address(base, wish.chosen, wish.asked.text, wish.spoken)
    return Found(
        hits=tuple(hit for _, hit in shown),
        spellings=_others(wish.asked, asked),
        newer_url=here if wish.before else None,
        older_url=f"{here}&before={shown[-1][0]}" if len(hits) > HITS else None,
    )


async def _authors(faces: Faces, works: Iterable[Work], reader: str) -> dict[int, str]:
    """Their names in the reader's language, by row."""
    found = [await actors.by_row(faces.db, row) for row in {one.actor for one in works}]
    return {one.row: author_of(faces, one, reader).name for one in found if one is not None}


async def _below(faces: Faces, asked: Question, before: str) -> Below:
    if not before:
        return BEGINNING
    key, _, language = before.partition(".")
    below = await search.place_of_version(faces.db, asked, key, language)
    if below is None:
        raise NotFound(NOTHING)
    return below_work(below)


def _others(typed: Question, asked: Question) -> tuple[str, ...]:
    """Spellings that nobody typed, as editors wrote them."""
    own = " ".join(one.text for part in typed.parts for one in part)
    names = (one for part in asked.parts for one in part if one.name)
    return tuple(one.name for one in names if one.text not in own)


def _hit(
    faces: Faces,
    asked: Question,
    found: FoundWork,
    work: Work | None,
    authors: Mapping[int, str],
    spoken: str,
) -> tuple[str, Hit]:
    """Its cursor, and what is shown of it."""
    first = found.languages[0]
    shown = spoken if spoken in found.languages else first
    version = work.declaration.released.version(shown) if work else None
    if work is None or version is None:  # it went in this very moment
        raise NotFound(NOTHING)
    hit = _shown(faces, asked, work, version, authors.get(work.actor))
    return f"{work.declaration.key}.{first}", hit


def _shown(faces: Faces, asked: Question, work: Work, version: Version, author: str | None) -> Hit:
    one = work.declaration
    return Hit(
        url=page_of(faces, one, version.language),
        title=marked(version.title, asked) if version.title else None,
        excerpt=marked(around(_telling(version, asked), asked), asked),
        kind=one.kind,
        language=language_of(version.language),
        published=one.published_at or work.created_at,
        dated=one.dated,
        withdrawn=one.state is State.WITHDRAWN,
        author=author,
    )


def _telling(version: Version, asked: Question) -> str:
    """The text where it has the words, else the summary."""
    text = plain_text(version.html)
    summary = version.summary or text
    in_text, in_summary = (_hits(one, asked) for one in (text, summary))
    return text if in_text > in_summary else summary


def _hits(text: str, asked: Question) -> int:
    return sum(is_hit for _, is_hit in pieces(readied(text), asked))


def marked(text: str, asked: Question) -> Markup:
    """Escaped, with what was found in `<mark>`."""
    parts: Sequence[tuple[str, bool]] = pieces(readied(text), asked)
    return Markup("").join(
        Markup("<mark>{}</mark>").format(piece) if is_hit else escape(piece)
        for piece, is_hit in parts
    )
