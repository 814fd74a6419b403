"""Names that mean the same, in the browser: listed, added, taken out.

GET and POST /console/spellings, for whoever administers the whole server.
"""

from starlette.responses import Response

from fediverse_coord.desk import spellings
from fediverse_coord.desk.people import Duty, Person, require, speaks_for
from fediverse_coord.errors import FieldFault, NotAllowed, Refusal
from fediverse_coord.web.console import wording
from fediverse_coord.web.console.paper import console_page, onward
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.visits import HOME, Visit
from fediverse_coord.web.console.wording import Filled
from fediverse_coord.web.console.wording_views import SpellingsView
from fediverse_coord.web.reading import site_of

PLACE = f"{HOME}/spellings"
LISTED = 50
LABELS = {"names": "field_names"}


def may_keep(visit: Visit) -> bool:
    """Whether these pages are this person's."""
    return visit.may(Duty.ADMINISTER) and speaks_for(visit.person, None)


def _require(person: Person) -> None:
    require(person, Duty.ADMINISTER, None)


async def get_spellings(visit: Visit) -> Response:
    _require(visit.person)
    return await _page(visit, Filled(Typed()))


async def post_spellings(visit: Visit, typed: Typed) -> Response:
    """With `remove`, one name goes; else those in `names`, one a line, mean the same."""
    _require(visit.person)
    desk = visit.faces.desk
    try:
        if typed.has("remove"):
            await spellings.remove(desk, visit.person, typed.get("remove"))
        else:
            await spellings.add(desk, visit.person, typed.lines("names"))
    except NotAllowed:
        raise
    except Refusal as error:
        faults = [] if typed.has("remove") else [FieldFault("names", error.reason)]
        general = None if faults else error.reason
        return await _page(visit, Filled(typed, faults, fault=general, status=error.status_hint))
    return onward(f"{PLACE}?done=kept")


async def _page(visit: Visit, filled: Filled) -> Response:
    found = await spellings.all_names(visit.faces.desk, visit.person)
    text = visit.query("after")
    first = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    following = first + LISTED
    lines = wording.fault_lines(visit, filled.faults, LABELS, ())
    view = SpellingsView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        done=visit.query("done"),
        fault=filled.fault,
        groups=tuple(tuple(one) for one in found[first:following]),
        more_url=f"{PLACE}?after={following}" if len(found) > following else None,
        names=filled.control("names"),
        action=PLACE,
        faults=tuple(lines),
    )
    return console_page("spellings", view, filled.status)
