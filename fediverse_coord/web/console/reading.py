"""From rows to what the console shows: coordinations, lists, a declaration, a response."""

from collections.abc import Sequence

from fediverse_coord.desk.amendments import Waiting
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import speaks_for
from fediverse_coord.protocol.sanitize import plain_text
from fediverse_coord.publishing.bystanders import Bystanders
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.storage import declarations, objects
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Reader
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.responses import Response as Reply
from fediverse_coord.web.console.views import (
    Answered,
    EditLine,
    House,
    NamedLine,
    ResponseLine,
    WorkLine,
)
from fediverse_coord.web.console.visits import HOME, Visit
from fediverse_coord.web.reading import author_of, language_of, living, page_of
from fediverse_coord.web.views import Language

EXCERPT = 80
LONG = 500  # characters of a response, which is what most posts may have


def house_of(visit: Visit, actor: LocalActor) -> House:
    title = author_of(visit.faces, actor, visit.language.tag).name
    return House(actor.name, title, f"{HOME}/@{actor.name}")


async def houses_of(visit: Visit) -> list[LocalActor]:
    """The living coordinations that the person speaks for."""
    known = await living(visit.faces)
    return [one for one in known if speaks_for(visit.person, one.name)]


async def house_named(visit: Visit, name: str) -> tuple[LocalActor, House]:
    """Raises NotFound, Conflict where it has ended."""
    actor = await coordination(visit.faces.desk, name)
    return actor, house_of(visit, actor)


def work_url(one: Declaration) -> str:
    return f"{HOME}/declarations/{one.key}"


def title_of(one: Declaration) -> str:
    """A statement without a title is called by its first words."""
    if not one.versions:
        return one.key
    original = one.original
    text = original.title or " ".join(plain_text(original.html).split())
    return text if len(text) <= EXCERPT else text[:EXCERPT].rpartition(" ")[0] + "…"


def missing_of(actor: LocalActor, languages: Sequence[str]) -> tuple[Language, ...]:
    """The coordination's languages that are not among these."""
    spoken: list[str] = actor.profile["languages"]
    return tuple(language_of(one) for one in spoken if one not in languages)


def line_of(actor: LocalActor, work: Work) -> WorkLine:
    one = work.declaration
    spoken = tuple(version.language for version in one.versions)
    return WorkLine(
        url=work_url(one),
        title=title_of(one),
        language=language_of(one.language),
        kind=one.kind,
        at=work.scheduled_at or one.published_at or work.saved_at,
        languages=spoken,
        missing=missing_of(actor, spoken),
        is_answer=one.in_reply_to is not None,
    )


def edit_line(one: Waiting) -> EditLine:
    would_be = one.would_be.declaration
    return EditLine(
        url=f"{HOME}/edits/{one.amendment.key}",
        title=title_of(would_be),
        language=language_of(would_be.language),
        at=one.amendment.proposed_at,
        is_outdated=one.amendment.is_outdated,
    )


def public_url(visit: Visit, one: Declaration, language: str) -> str:
    """Another address for each revision, which pages pass by: nothing kept on the way is seen."""
    page = page_of(visit.faces, one, language)
    return f"{page}{'&' if '?' in page else '?'}r={one.revision}"


async def response_line(reader: Reader, one: Reply, *, whole: bool = True) -> ResponseLine:
    """Its words as plain text: nothing of a stranger's page is shown as one."""
    text = plain_text(one.html)
    is_long = len(text) > LONG
    return ResponseLine(
        key=one.key,
        url=f"{HOME}/responses/{one.key}",
        name=one.author_name,
        who=one.author_handle or one.author_host,
        at=one.received_at,
        text=text if whole or not is_long else f"{text[:LONG].rstrip()}…",
        language=language_of(one.language) if one.language else None,
        state=one.state,
        visibility=one.visibility,
        about=await _answered(reader, one),
        is_long=is_long,
    )


async def _answered(reader: Reader, one: Reply) -> Answered | None:
    found = await objects.by_row(reader, one.object) if one.object is not None else None
    row = found.declaration if found else None
    work = await declarations.by_row(reader, row) if row is not None else None
    if work is None:
        return None
    about = work.declaration
    return Answered(work_url(about), title_of(about), language_of(about.language))


async def actor_of(desk: Desk, work: Work) -> LocalActor:
    """Raises Conflict where the coordination has ended."""
    return await coordination(desk, work.actor_name)


def named_lines(named: Sequence[Bystanders]) -> tuple[NamedLine, ...]:
    """People whom texts that are not out yet may name, by language."""
    return tuple(NamedLine(language_of(one.language), one.names, one.is_unread) for one in named)
