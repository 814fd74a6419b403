"""Taking a name out: first where it stands and how that would read, then, with a tick, done.

POST /console/declarations/{key}/redact with `name`, and with `sure` the second time.
"""

from collections.abc import Iterator

from starlette.responses import Response

from fediverse_coord.desk import redacting, redacting_places
from fediverse_coord.desk.redacting_places import Places
from fediverse_coord.web.console.paper import console_page
from fediverse_coord.web.console.reading import actor_of, house_of, title_of, work_url
from fediverse_coord.web.console.redacting_views import PlaceLine, PlacesView, RedactedView
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.visits import HOME, Visit
from fediverse_coord.web.reading import language_of, site_of

MOST_PLACES = 60


async def redact(visit: Visit, typed: Typed, key: str) -> Response:
    """Raises Refusal."""
    desk, name = visit.faces.desk, typed.get("name")
    if not typed.has("sure"):
        return await _asked(
            visit, await redacting_places.places_of(desk, visit.person, key, name), name
        )
    return await _told(visit, await redacting.redact(desk, visit.person, key, name))


async def _asked(visit: Visit, found: Places, name: str) -> Response:
    """Where it stands; nothing is changed yet."""
    lines = list(_lines(found))
    one = found.work.declaration
    view = PlacesView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house_of(visit, await actor_of(visit.faces.desk, found.work)),
        title=title_of(one),
        text_language=language_of(one.language),
        back_url=work_url(one),
        name=name,
        count=found.count,
        places=tuple(lines[:MOST_PLACES]),
        more=max(len(lines) - MOST_PLACES, 0),
        sealed=found.sealed,
        is_short=found.is_short,
    )
    return console_page("redacting", view)


def _lines(found: Places) -> Iterator[PlaceLine]:
    for one in found.places:
        language = language_of(one.language) if one.language else None
        yield PlaceLine(f"place_{one.what}", one.count, language, one.reads)


async def _told(visit: Visit, done: redacting.Redacted) -> Response:
    """What was done, and what cannot be recalled."""
    one = done.work.declaration
    view = RedactedView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house_of(visit, await actor_of(visit.faces.desk, done.work)),
        title=title_of(one),
        back_url=work_url(one),
        revisions=done.revisions,
        servers=done.servers,
        responses=tuple(f"{HOME}/responses/{key}" for key in done.responses),
        texts=tuple(f"{HOME}/declarations/{key}" for key in done.texts),
    )
    return console_page("redacted", view)
