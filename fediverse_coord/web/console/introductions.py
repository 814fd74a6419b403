"""Introductions in the browser: which pages have one, and a form with all its languages.

GET and POST /console/@{name}/introductions, …/introductions/{subject}/{about}.
"""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from starlette.responses import Response

from fediverse_coord.desk import introductions
from fediverse_coord.desk.desk import coordination
from fediverse_coord.desk.people import Duty, require
from fediverse_coord.errors import NotAllowed, NotFound, Refusal, Stale
from fediverse_coord.publishing.introductions import Place, Subject
from fediverse_coord.publishing.languages import country_name
from fediverse_coord.storage import archive
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.filters import Filter
from fediverse_coord.storage.introductions import Introduction
from fediverse_coord.web.choosing import address_of_archive
from fediverse_coord.web.console import fields, wording
from fediverse_coord.web.console.differences import differences
from fediverse_coord.web.console.paper import console_page, onward
from fediverse_coord.web.console.reading import house_named, house_of
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.views import Choice
from fediverse_coord.web.console.visits import HOME, Visit
from fediverse_coord.web.console.wording import Filled
from fediverse_coord.web.console.wording_views import (
    AboutLine,
    AboutLines,
    IntroductionsView,
    IntroductionView,
)
from fediverse_coord.web.console.words import console_words
from fediverse_coord.web.reading import site_of

LISTED = 30  # introductions on one page
OFFERED = 12  # of the most frequent topics, countries and organisations without one, each
MOST = 200
ROWS = 4
LABELS = {"add": "field_add", "name": "field_about", "subject": "field_subject"}
SURE = "deleting is final: tick the box beside the button first"


def list_url(name: str) -> str:
    return f"{HOME}/@{name}/introductions"


def url_of(name: str, subject: str, about: str) -> str:
    return f"{list_url(name)}/{subject}/{quote(about, safe='')}"


async def get_introductions(visit: Visit) -> Response:
    require(visit.person, Duty.PUBLISH, visit.part("name"))
    return await _list(visit, Filled(Typed()))


async def post_introductions(visit: Visit, typed: Typed) -> Response:
    """With `subject` and `name`: on to the form of that page."""
    require(visit.person, Duty.PUBLISH, visit.part("name"))
    subject, name = typed.get("subject"), typed.get("name").strip()
    if subject == Subject.COUNTRY:
        name = fields.country_code(name, visit.language.tag)
    try:
        place = introductions.place_of(subject, name)
    except Refusal as error:
        return await _list(visit, Filled(typed, error.faults, status=422))
    return onward(url_of(visit.part("name"), place.subject, place.name))


async def _list(visit: Visit, filled: Filled) -> Response:
    actor, house = await house_named(visit, visit.part("name"))
    ui = console_words(visit.language.tag)
    chosen = filled.typed.get("subject", Subject.TOPIC)
    after = _cursor(visit)
    found, following = await introductions.page(
        visit.faces.desk, visit.person, actor.name, after=after, limit=LISTED
    )
    offered = {} if after else await _offered(visit, actor)
    view = IntroductionsView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house,
        done=visit.query("done"),
        subjects=tuple(
            AboutLines(
                f"about_{subject}",
                _introduced(visit, actor, found, subject),
                offered.get(subject, ()),
            )
            for subject in Subject
        ),
        more_url=f"{list_url(actor.name)}?after={following}" if following is not None else None,
        choices=tuple(Choice(one, ui.phrases[f"about_{one}"], one == chosen) for one in Subject),
        named=filled.control("name"),
        action=list_url(actor.name),
        back_url=house.url,
        faults=wording.fault_lines(visit, filled.faults, LABELS, ()),
    )
    return console_page("introductions", view, filled.status)


def _cursor(visit: Visit) -> int:
    text = visit.query("after")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _introduced(
    visit: Visit, actor: LocalActor, found: Sequence[Introduction], subject: Subject
) -> tuple[AboutLine, ...]:
    return tuple(
        AboutLine(
            url_of(actor.name, subject, one.place.name), _label(visit, one.place), tuple(one.texts)
        )
        for one in found
        if one.place.subject is subject
    )


async def _offered(visit: Visit, actor: LocalActor) -> Mapping[Subject, tuple[AboutLine, ...]]:
    """What texts are about most often, and nobody introduced."""
    shelf = await archive.shelf(visit.faces.db, actor.row)
    found, _ = await introductions.page(visit.faces.desk, visit.person, actor.name, limit=MOST)
    introduced = {(one.place.subject, one.place.mark) for one in found}
    there: Mapping[Subject, Iterable[str]] = {
        Subject.TOPIC: shelf.topics,
        Subject.COUNTRY: shelf.countries,
        Subject.ORGANISATION: shelf.organisations,
    }
    places = {
        subject: [introductions.place_of(subject, name) for name in names]
        for subject, names in there.items()
    }
    return {
        subject: tuple(
            AboutLine(url_of(actor.name, subject, one.name), _label(visit, one))
            for one in [one for one in known if (subject, one.mark) not in introduced][:OFFERED]
        )
        for subject, known in places.items()
    }


def _label(visit: Visit, place: Place) -> str:
    match place.subject:
        case Subject.TOPIC:
            return f"#{place.name}"
        case Subject.COUNTRY:
            return country_name(place.mark, visit.language.tag)
        case Subject.ORGANISATION:
            return place.name


async def get_introduction(visit: Visit) -> Response:
    actor, place = await _writing(visit)
    known = await _known(visit, actor, place)
    return await _form(visit, actor, place, known, Filled(_typed(known)))


async def _writing(visit: Visit) -> tuple[LocalActor, Place]:
    """Raises NotFound for what no page is about."""
    name = visit.part("name")
    require(visit.person, Duty.PUBLISH, name)
    try:
        place = introductions.place_of(visit.part("subject"), visit.part("about"))
    except Refusal as error:
        raise NotFound(error.reason) from None
    return await coordination(visit.faces.desk, name), place


async def _known(visit: Visit, actor: LocalActor, place: Place) -> Introduction | None:
    try:
        return await introductions.find(
            visit.faces.desk, visit.person, actor.name, place.subject, place.name
        )
    except NotFound:
        return None


def _typed(known: Introduction | None) -> Typed:
    return wording.typed_of(known.texts, known.revision, {}) if known else Typed()


async def post_introduction(visit: Visit, typed: Typed) -> Response:
    """Saves it, takes it away, or shows the form again."""
    actor, place = await _writing(visit)
    wish, _, which = typed.get("do", "save").partition(".")
    typed = typed.without("do")
    if wish == "add-language":
        known = await _known(visit, actor, place)
        return await _form(visit, actor, place, known, wording.with_language(typed, which))
    try:
        await (_delete if wish == "delete" else _save)(visit, actor, place, typed)
    except Stale:
        return await _conflict(visit, actor, place, typed)
    except (NotAllowed, NotFound):
        raise
    except Refusal as error:
        known = await _known(visit, actor, place)
        shown = typed if error.faults else _typed(known)
        general = None if error.faults else error.reason
        filled = Filled(shown, error.faults, fault=general, status=error.status_hint)
        return await _form(visit, actor, place, known, filled)
    done = "deleted" if wish == "delete" else "kept"
    return onward(f"{list_url(actor.name)}?done={done}")


async def again_introduction(visit: Visit, typed: Typed) -> Response:
    actor, place = await _writing(visit)
    known = await _known(visit, actor, place)
    return await _form(visit, actor, place, known, Filled(typed, notice="again", status=403))


async def _save(visit: Visit, actor: LocalActor, place: Place, typed: Typed) -> None:
    await introductions.put(
        visit.faces.desk,
        visit.person,
        actor.name,
        place.subject,
        place.name,
        {"texts": wording.texts_of(typed, actor)},
        revision=wording.revision_of(typed),
    )


async def _delete(visit: Visit, actor: LocalActor, place: Place, typed: Typed) -> None:
    if not typed.has("sure"):
        raise Refusal(SURE)
    await introductions.delete(
        visit.faces.desk,
        visit.person,
        actor.name,
        place.subject,
        place.name,
        revision=wording.revision_of(typed),
    )


async def _conflict(visit: Visit, actor: LocalActor, place: Place, typed: Typed) -> Response:
    """Somebody else saved meanwhile: both are shown, and saving again takes this person's."""
    known = await _known(visit, actor, place)
    saved = _typed(known)
    mine = typed.without("revision").and_also([("revision", saved.get("revision"))])
    there = wording.spoken(mine, actor)
    mine = mine.and_also(("languages", one) for one in saved.all("languages") if one not in there)
    found = differences(typed, saved)
    filled = Filled(mine, differences=found, notice="conflict", status=412)
    return await _form(visit, actor, place, known, filled)


async def _form(
    visit: Visit, actor: LocalActor, place: Place, known: Introduction | None, filled: Filled
) -> Response:
    place = known.place if known else place
    chosen = Filter(**{place.subject.value: place.name})  # type: ignore[arg-type]
    action = url_of(actor.name, place.subject, place.name)
    view = IntroductionView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house_of(visit, actor),
        fault=filled.fault,
        subject=f"about_{place.subject}",
        title=_label(visit, place),
        form=wording.form_of(visit, actor, action, filled, LABELS, ROWS),
        page_url=address_of_archive(visit.faces, actor.name, chosen),
        back_url=list_url(actor.name),
        is_new=known is None,
    )
    return console_page("introduction", view, filled.status)
