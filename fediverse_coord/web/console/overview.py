"""The first pages: which coordinations, and what lies on the desk of one.

GET /console, /console/@{name}; Note or Article at /console/@{name}/form.
"""

from starlette.responses import Response

from fediverse_coord.desk import amendments, drafts, forms, responses
from fediverse_coord.desk.people import Duty, require
from fediverse_coord.publishing.declarations import State
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.web.console import introductions, passages, spellings
from fediverse_coord.web.console.paper import console_page, onward
from fediverse_coord.web.console.reading import edit_line, house_named, house_of, houses_of, line_of
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.views import EditLine, FormView, HomeView, OverviewView, Shelf
from fediverse_coord.web.console.visits import HOME, Visit
from fediverse_coord.web.reading import site_of

LISTED = 20
NEWEST = 2**62
SHELVES = (State.DRAFT, State.AWAITING_APPROVAL, State.SCHEDULED, State.PUBLISHED, State.WITHDRAWN)


async def get_home(visit: Visit) -> Response:
    """Where there is one coordination, its desk at once."""
    actors = await houses_of(visit)
    if len(actors) == 1:
        return onward(f"{HOME}/@{actors[0].name}")
    view = HomeView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        houses=tuple(house_of(visit, one) for one in actors),
        spellings_url=spellings.PLACE if spellings.may_keep(visit) else None,
    )
    return console_page("home", view)


async def get_overview(visit: Visit) -> Response:
    """GET /console/@{name}?state=…&before=…: every state, or more of one."""
    name = visit.part("name")
    require(visit.person, Duty.LOOK, name)
    actor, house = await house_named(visit, name)
    asked = [state for state in SHELVES if visit.query("state") in ("", state)]
    edits, more_edits = await _edits(visit, name, house.url)
    shelves = [await _shelf(visit, actor, state, house.url) for state in asked]
    view = OverviewView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house,
        done=visit.query("done"),
        shelves=tuple(one for one in shelves if one.works),
        edits=edits,
        more_edits_url=more_edits,
        held=await responses.held(visit.faces.desk, visit.person, name),
        write_url=f"{house.url}/write" if visit.may(Duty.DRAFT) else None,
        responses_url=f"{house.url}/responses",
        mailbox_url=f"{house.url}/responses?state=mailbox" if visit.may(Duty.MODERATE) else None,
        passages_url=passages.place_of(name),
        introductions_url=introductions.list_url(name) if visit.may(Duty.PUBLISH) else None,
        spellings_url=spellings.PLACE if spellings.may_keep(visit) else None,
    )
    return console_page("overview", view)


async def _edits(visit: Visit, name: str, url: str) -> tuple[tuple[EditLine, ...], str | None]:
    """Edits that wait for another coordinator, and where the older ones are."""
    desk, before = visit.faces.desk, _number(visit.query("edits_before"))
    found = await amendments.page(desk, visit.person, name, before=before, limit=LISTED + 1)
    shown = found[:LISTED]
    lines = tuple(edit_line(one) for one in shown)
    more = f"{url}?edits_before={shown[-1].amendment.row}" if len(found) > LISTED else None
    return lines, more


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else NEWEST


async def _shelf(visit: Visit, actor: LocalActor, state: State, url: str) -> Shelf:
    found = await drafts.page(
        visit.faces.desk,
        visit.person,
        actor.name,
        state=state,
        before=_number(visit.query("before")),
        limit=LISTED + 1,
    )
    shown = found[:LISTED]
    more = f"{url}?state={state}&before={shown[-1].row}" if len(found) > LISTED else None
    return Shelf(state, tuple(line_of(actor, one) for one in shown), more)


async def get_form(visit: Visit) -> Response:
    """GET /console/@{name}/form: Note or Article, with a picture of both."""
    name = visit.part("name")
    require(visit.person, Duty.PUBLISH, name)
    _, house = await house_named(visit, name)
    view = FormView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house,
        action=f"{house.url}/form",
        back_url=house.url,
    )
    return console_page("form", view)


async def post_form(visit: Visit, typed: Typed) -> Response:
    """POST /console/@{name}/form with `form`."""
    name = visit.part("name")
    await forms.choose(visit.faces.desk, visit.person, name, typed.get("form"))
    return onward(f"{HOME}/@{name}/write")
