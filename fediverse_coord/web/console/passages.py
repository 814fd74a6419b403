"""Passages in the browser: a list, a form with all languages, where each is used.

GET /console/@{name}/passages, GET and POST /console/@{name}/passages/new and …/passages/{slug}.
"""

from starlette.responses import Response

from fediverse_coord.desk import passages
from fediverse_coord.desk.desk import coordination
from fediverse_coord.desk.passages import Use
from fediverse_coord.desk.people import Duty, require
from fediverse_coord.errors import NotAllowed, NotFound, Refusal, Stale
from fediverse_coord.publishing.markdown import plain_words
from fediverse_coord.publishing.passages import spoken
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.passages import Passage
from fediverse_coord.web.console import wording
from fediverse_coord.web.console.differences import differences
from fediverse_coord.web.console.paper import console_page, onward
from fediverse_coord.web.console.reading import house_named, house_of, title_of, work_url
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.visits import HOME, Visit
from fediverse_coord.web.console.wording import Filled
from fediverse_coord.web.console.wording_views import (
    PassageLine,
    PassagesView,
    PassageView,
    UseLine,
)
from fediverse_coord.web.reading import language_of, site_of
from fediverse_coord.web.tongues import Spoken

LISTED = 30
EXCERPT = 160
ROWS = 6
LABELS = {
    "id": "field_passage",
    "add": "field_add",
    "source": "field_source_name",
    "source.name": "field_source_name",
    "source.url": "field_url",
    "source.declaration": "field_source_declaration",
}
SOURCE = ("name", "url", "declaration")
SURE = "deleting is final: tick the box beside the button first"


def place_of(name: str) -> str:
    return f"{HOME}/@{name}/passages"


async def get_passages(visit: Visit) -> Response:
    name = visit.part("name")
    _, house = await house_named(visit, name)
    found, following = await passages.page(
        visit.faces.desk, visit.person, name, after=_cursor(visit), limit=LISTED
    )
    place = place_of(name)
    view = PassagesView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house,
        done=visit.query("done"),
        passages=tuple(_line(visit, place, one) for one in found),
        new_url=f"{place}/new" if visit.may(Duty.DRAFT) else None,
        more_url=f"{place}?after={following}" if following is not None else None,
        back_url=house.url,
    )
    return console_page("passages", view)


def _cursor(visit: Visit) -> int:
    text = visit.query("after")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _line(visit: Visit, place: str, one: Passage) -> PassageLine:
    language = spoken(one.texts, visit.language.tag)
    text = plain_words(one.texts[language])
    short = text if len(text) <= EXCERPT else f"{text[:EXCERPT].rpartition(' ')[0]}…"
    excerpt = Spoken(language_of(language), short)
    return PassageLine(f"{place}/{one.slug}", one.slug, excerpt, tuple(one.texts), one.uses)


async def get_new(visit: Visit) -> Response:
    actor = await _writing(visit)
    return await _form(visit, actor, None, Filled(Typed()))


async def _writing(visit: Visit) -> LocalActor:
    name = visit.part("name")
    require(visit.person, Duty.DRAFT, name)
    return await coordination(visit.faces.desk, name)


async def post_new(visit: Visit, typed: Typed) -> Response:
    return await _posted(visit, await _writing(visit), None, typed)


async def again_new(visit: Visit, typed: Typed) -> Response:
    return await _form(visit, await _writing(visit), None, _again(typed))


def _again(typed: Typed) -> Filled:
    """As it was sent from an earlier session."""
    return Filled(typed, notice="again", status=403)


async def get_passage(visit: Visit) -> Response:
    actor, known = await _writing(visit), await _known(visit)
    return await _form(visit, actor, known, Filled(_typed(known)))


async def _known(visit: Visit) -> Passage:
    name, slug = visit.part("name"), visit.part("slug")
    return await passages.find(visit.faces.desk, visit.person, name, slug, Duty.DRAFT)


def _typed(one: Passage) -> Typed:
    source = {f"source.{name}": value for name, value in one.origin.as_fields().items()}
    return wording.typed_of(one.texts, one.revision, source)


async def post_passage(visit: Visit, typed: Typed) -> Response:
    """Saves it, deletes it, or shows the form again."""
    actor = await _writing(visit)
    try:
        known = await _known(visit)
    except NotFound:
        return await _left_over(visit, actor, typed)
    if typed.get("do") == "delete":
        return await _deleted(visit, actor, known, typed)
    return await _posted(visit, actor, known, typed)


async def again_passage(visit: Visit, typed: Typed) -> Response:
    actor = await _writing(visit)
    try:
        known = await _known(visit)
    except NotFound:
        return await _left_over(visit, actor, typed)
    return await _form(visit, actor, known, _again(typed))


async def _left_over(visit: Visit, actor: LocalActor, typed: Typed) -> Response:
    """Words for a passage that somebody deleted meanwhile: a new one can be made of them.

    Raises NotFound where there are none.
    """
    if not any(typed.get(f"texts.{one}").strip() for one in wording.spoken(typed, actor)):
        raise NotFound("this passage was deleted meanwhile")
    mine = typed.without("do", "revision", "id").and_also([("id", visit.part("slug"))])
    return await _form(visit, actor, None, Filled(mine, notice="deleted", status=412))


async def _deleted(visit: Visit, actor: LocalActor, known: Passage, typed: Typed) -> Response:
    revision = wording.revision_of(typed)
    try:
        if not typed.has("sure"):
            raise Refusal(SURE)
        await passages.delete(
            visit.faces.desk, visit.person, actor.name, known.slug, revision=revision
        )
    except (NotAllowed, NotFound):
        raise
    except Refusal as error:
        filled = Filled(_typed(known), fault=error.reason, status=error.status_hint)
        return await _form(visit, actor, known, filled)
    return onward(f"{place_of(actor.name)}?done=deleted")


async def _posted(visit: Visit, actor: LocalActor, known: Passage | None, typed: Typed) -> Response:
    wish, _, which = typed.get("do", "save").partition(".")
    typed = typed.without("do")
    if wish == "add-language":
        return await _form(visit, actor, known, wording.with_language(typed, which))
    slug = known.slug if known else typed.get("id").strip()
    source = {one: typed.line(f"source.{one}") for one in SOURCE}
    fields = {
        "texts": wording.texts_of(typed, actor),
        "source": {name: value for name, value in source.items() if value},
    }
    try:
        if known is None:
            await _not_there(visit, actor, slug)
        await passages.put(
            visit.faces.desk,
            visit.person,
            actor.name,
            slug,
            fields,
            revision=wording.revision_of(typed) if known else None,
        )
    except Stale:
        return await _conflict(visit, actor, typed)
    except NotAllowed:
        raise
    except Refusal as error:
        general = None if error.faults else error.reason
        filled = Filled(typed, error.faults, fault=general, status=error.status_hint)
        return await _form(visit, actor, known, filled)
    return onward(f"{place_of(actor.name)}/{slug}?done=kept")


async def _not_there(visit: Visit, actor: LocalActor, slug: str) -> None:
    """A form for a new one overwrites none. Raises Refusal."""
    try:
        await passages.find(visit.faces.desk, visit.person, actor.name, slug)
    except NotFound:
        return
    raise Refusal(f"there is a passage '{slug[:80]}' already: choose another name, or edit that")


async def _conflict(visit: Visit, actor: LocalActor, typed: Typed) -> Response:
    """Somebody else saved meanwhile: both are shown, and saving again takes this person's."""
    try:
        known = await _known(visit)
    except NotFound:
        return await _left_over(visit, actor, typed)
    saved = _typed(known)
    found = differences(typed, saved)
    mine = typed.without("revision").and_also([("revision", str(known.revision))])
    there = wording.spoken(mine, actor)
    theirs = [one for one in saved.all("languages") if one not in there]
    mine = mine.and_also(("languages", one) for one in theirs)
    filled = Filled(mine, differences=found, notice="conflict", status=412)
    return await _form(visit, actor, known, filled)


async def _form(visit: Visit, actor: LocalActor, known: Passage | None, filled: Filled) -> Response:
    place = place_of(actor.name)
    here = f"{place}/{known.slug if known else 'new'}"
    uses, following = await _uses(visit, actor, known)
    view = PassageView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house_of(visit, actor),
        done=visit.query("done"),
        fault=filled.fault,
        slug=known.slug if known else "",
        named=filled.control("id"),
        form=wording.form_of(visit, actor, here, filled, LABELS, ROWS),
        source_name=filled.control("source.name"),
        source_url=filled.control("source.url"),
        source_declaration=filled.control("source.declaration"),
        uses=tuple(_use(one) for one in uses),
        more_url=f"{here}?after={following}#uses" if following is not None else None,
        back_url=place,
    )
    return console_page("passage", view, filled.status)


async def _uses(
    visit: Visit, actor: LocalActor, known: Passage | None
) -> tuple[list[Use], int | None]:
    if known is None:
        return [], None
    before = _cursor(visit) or None
    return await passages.uses(
        visit.faces.desk, visit.person, actor.name, known.slug, before=before, limit=LISTED
    )


def _use(one: Use) -> UseLine:
    declaration = one.work.declaration
    version = declaration.version(one.language)
    title = (version.title if version else None) or title_of(declaration)
    language = language_of(one.language)
    return UseLine(work_url(declaration), title, language, declaration.state.value, one.is_older)
