"""`/@{name}/{slug}.txt?lang=…`: a declaration as plain text, to be sent on by messenger or mail."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fediverse_coord.desk.papers import corrections_told
from fediverse_coord.errors import NotFound
from fediverse_coord.press.paper_words import words_in
from fediverse_coord.press.plain import PlainView, plain
from fediverse_coord.protocol.sanitize import plain_text
from fediverse_coord.publishing.declarations import State
from fediverse_coord.publishing.languages import written_date
from fediverse_coord.publishing.notices import withdrawn_content
from fediverse_coord.publishing.rendering import title_of
from fediverse_coord.publishing.signing_off import signed_lines
from fediverse_coord.storage import declarations
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.editions import edition_of
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.illustrated import enclosed_of
from fediverse_coord.web.kept import keep
from fediverse_coord.web.page_answers import NOTHING, actor_asked_for
from fediverse_coord.web.plain_address import plain_address
from fediverse_coord.web.reading import author_of, has_edition, page_of, version_shown, whole_of
from fediverse_coord.web.reading_declarations import is_shown
from fediverse_coord.web.responses import DATA_POLICY, PUBLIC_FOR_MINUTES, answer, body_of

MEDIA_TYPE = "text/plain; charset=utf-8"


async def get_plain_text(request: Request) -> Response:
    """GET /@{name}/{slug}.txt?lang=…"""
    faces, slug = faces_of(request), request.path_params["slug"]
    actor = await actor_asked_for(faces, request)
    whole, wished = await whole_of(faces, actor), request.query_params.get("lang")
    work = await declarations.by_slug(faces.db, whole.row, slug)
    if work is None or not is_shown(work) or actor.retired:
        raise NotFound(NOTHING)
    if whole is not actor:  # an edition speaks one language, and what it has published
        if not has_edition(work, actor.name):
            raise NotFound(NOTHING)
        wished = actor.profile["languages"][0]
    if slug != work.declaration.slug or request.path_params["name"] != actor.name:
        return _moved(faces, work, wished)
    keep(request, f"declaration:{work.declaration.key}", f"actor:{actor.name}")
    body = body_of(text_of(faces, actor, work, wished).encode(), MEDIA_TYPE)
    return answer(request, body, Content_Security_Policy=DATA_POLICY, X_Robots_Tag="noindex")


def text_of(faces: Faces, actor: LocalActor, work: Work, wished: str | None) -> str:
    """All that the page says, in the language wished for or the original."""
    return plain(_view(faces, actor, work, wished))


def _moved(faces: Faces, work: Work, wished: str | None) -> Response:
    one = work.declaration.released
    address = plain_address(page_of(faces, one, version_shown(one, wished).language))
    return RedirectResponse(address, 301, {"Cache-Control": PUBLIC_FOR_MINUTES})


def _view(faces: Faces, actor: LocalActor, work: Work, wished: str | None) -> PlainView:
    one, edition = work.declaration.released, edition_of(work)
    version = version_shown(one, wished)
    language = version.language
    is_told = one.state is not State.WITHDRAWN or work.keeps_text
    return PlainView(
        author=author_of(faces, actor, language).name,
        title=title_of(edition, version) if version.title else None,
        date=written_date(one.dated or (one.published_at or work.created_at).date(), language),
        to=words_in(language).phrases["to"],
        addressees=one.addressees if is_told else (),
        notices=_notices(work, language),
        text=plain_text(_with_marks(version.html)) if is_told else "",
        signatories=signed_lines(one, language) if is_told else (),
        sources=tuple(_source(where.name, where.url) for where in one.sources) if is_told else (),
        enclosed=tuple(f"{each.title}: {each.url}" for each in enclosed_of(faces, work, version)),
        url=page_of(faces, one, language),
    )


def _with_marks(html: str) -> str:
    """Lists keep their points, and the paragraph after one its distance."""
    return (
        html.replace("<li>", "<li>• ").replace("</ul>", "<br></ul>").replace("</ol>", "<br></ol>")
    )


def _source(name: str, url: str | None) -> str:
    return f"{name}: {url}" if url and url != name else name


def _notices(work: Work, language: str) -> tuple[str, ...]:
    if work.declaration.state is State.WITHDRAWN:
        return (plain_text(withdrawn_content(work.reason or "", language)),)
    return tuple(corrections_told(work, language))
