"""What people will read where, before it goes out: as words, and on paper.

GET /console/declarations/{key}/preview and …/paper?lang=…. The paper is for whoever may see the
draft: made of what is saved at this moment, and kept by nobody.
"""

from collections.abc import Mapping

from starlette.responses import Response

from fediverse_coord.desk import drafts, papers, previews
from fediverse_coord.errors import NotFound
from fediverse_coord.publishing import languages
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.web.console.paper import console_page
from fediverse_coord.web.console.reading import actor_of, house_of, named_lines, title_of, work_url
from fediverse_coord.web.console.views import PreviewView, Reading
from fediverse_coord.web.console.visits import Visit
from fediverse_coord.web.console.works import Rights
from fediverse_coord.web.papers import PAPER_POLICY, PDF, pressing
from fediverse_coord.web.reading import language_of, site_of
from fediverse_coord.web.responses import NO_STORE

HEADERS: Mapping[str, str] = {
    "Cache-Control": NO_STORE,
    "Content-Security-Policy": PAPER_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


async def get_preview(visit: Visit) -> Response:
    """GET /console/declarations/{key}/preview"""
    desk, key = visit.faces.desk, visit.part("key")
    work = await drafts.find(desk, visit.person, key)
    one = work.declaration
    preview = await previews.of_declaration(desk, visit.person, key)
    view = PreviewView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house_of(visit, await actor_of(desk, work)),
        title=title_of(one),
        warnings=preview.warnings,
        back_url=work_url(one),
        edit_url=f"{work_url(one)}/edit" if Rights(visit, work).edits else None,
        named=named_lines(preview.named),
        readings=tuple(_reading(one, name, text) for name, text in preview.shown.items()),
    )
    return console_page("preview", view)


def _reading(one: Declaration, name: str, text: str) -> Reading:
    reader, _, tag = name.partition(".")
    paper = f"{work_url(one)}/paper?lang={tag}" if reader == "paper" else None
    return Reading(reader, text, language_of(tag or one.language), paper)


async def get_paper(visit: Visit) -> Response:
    """GET /console/declarations/{key}/paper?lang=…: the PDF, for this answer only."""
    faces, wished = visit.faces, visit.query("lang")
    if wished and not languages.is_tag(wished):
        raise NotFound("there is no such version")
    media = faces.config.path(faces.config.media.directory)
    async with pressing(faces.cache):
        paper = await papers.of_coordinator(
            faces.desk, media, visit.person, visit.part("key"), wished or None
        )
    named = {"Content-Disposition": f'inline; filename="{paper.name}"'}
    return Response(paper.content, 200, {**HEADERS, **named}, PDF)
