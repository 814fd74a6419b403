"""The first pages: which coordinations, and what lies on the desk of one.

GET /console, /console/@{name}; Note or Article at /console/@{name}/form.
"""

from starlette.responses import Response

from fediverse_coord.desk import drafts, forms, responses
from fediverse_coord.desk.people import Duty, require
from fediverse_coord.publishing.declarations import State
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.web.console.paper import console_page, onward
from fediverse_coord.web.console.reading import house_named, house_of, houses_of, line_of
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.views import FormView, HomeView, OverviewView, Shelf
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
    )
    return console_page("home", view)


async def get_overview(visit: Visit) -> Response:
    """GET /console/@{name}?state=…&before=…: every state, or more of one."""
    name = visit.part("name")
    require(visit.person, Duty.LOOK, name)
    actor, house = await house_named(visit, name)
    asked = [state for state in SHELVES if visit.query("state") in ("", state)]
    shelves = [await _shelf(visit, actor, state, house.url) for state in asked]
    view = OverviewView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house,
        done=visit.query("done"),
        shelves=tuple(one for one in shelves if one.works),
        held=await responses.held(visit.faces.desk, visit.person, name),
        write_url=f"{house.url}/write" if visit.may(Duty.DRAFT) else None,
        responses_url=f"{house.url}/responses",
        mailbox_url=f"{house.url}/responses?state=mailbox" if visit.may(Duty.MODERATE) else None,
    )
    return console_page("overview", view)


async def _shelf(visit: Visit, actor: LocalActor, state: State, url: str) -> Shelf:
    before = visit.query("before")
    found = await drafts.page(
        visit.faces.desk,
        visit.person,
        actor.name,
        state=state,
        before=int(before)
        if before.isascii() and before.isdigit() and len(before) < 19
        else NEWEST,
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
