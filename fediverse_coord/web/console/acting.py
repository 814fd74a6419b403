"""What is done with a declaration: each form calls one function of the desk.

POST /console/declarations/{key}/{verb}. What is refused is told on the declaration's page, with
what was typed.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from starlette.responses import Response

from fediverse_coord.desk import drafts, looking, pins, receipts, releases
from fediverse_coord.desk.drafts import Saved
from fediverse_coord.errors import FieldFault, NotAllowed, NotFound, Refusal
from fediverse_coord.publishing import hours, languages
from fediverse_coord.storage.declarations import Work
from fediverse_coord.web.console.paper import console_page, onward
from fediverse_coord.web.console.reading import actor_of, house_of, title_of, work_url
from fediverse_coord.web.console.redacting import redact
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.views import NamesView
from fediverse_coord.web.console.visits import HOME, Action, Visit
from fediverse_coord.web.console.works import work_page
from fediverse_coord.web.reading import site_of

Verb: TypeAlias = Callable[[Visit, Typed, str], Awaitable[Response]]


def on_work(verb: Verb) -> Action:
    """A refusal is told where the form stands."""

    async def act(visit: Visit, typed: Typed) -> Response:
        key = visit.part("key")
        try:
            return await verb(visit, typed, key)
        except (NotAllowed, NotFound):
            raise
        except Refusal as error:
            work = await drafts.find(visit.faces.desk, visit.person, key)
            return await work_page(
                visit, work, fault=error.reason, typed=typed, status=error.status_hint
            )

    return act


async def publish(visit: Visit, typed: Typed, key: str) -> Response:
    saved = await releases.publish(
        visit.faces.desk,
        visit.person,
        key,
        languages=_languages(typed),
        revision=_revision(typed),
    )
    waits = saved.work.declaration.state.value == "awaiting_approval"
    return await _shown(visit, saved, "handed_in" if waits else "published")


def _languages(typed: Typed) -> list[str]:
    """Those that were ticked; the original goes in any case."""
    return [languages.tag(one) for one in typed.all("languages")]


def _revision(typed: Typed) -> int:
    """What the person saw; a form without it saw nothing."""
    text = typed.get("revision")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


async def _shown(visit: Visit, saved: Saved, done: str) -> Response:
    if saved.warnings:
        return await work_page(visit, saved.work, done=done, warnings=saved.warnings)
    return onward(f"{work_url(saved.work.declaration)}?done={done}")


async def schedule(visit: Visit, typed: Typed, key: str) -> Response:
    """A wall clock's hour, in the time zone that was chosen."""
    try:
        at = datetime.fromisoformat(typed.get("at"))
    except ValueError:
        reason = "is needed: a day and an hour"
        raise Refusal(f"at {reason}", faults=[FieldFault("at", reason)]) from None
    zone = typed.line("zone")
    saved = await releases.schedule(
        visit.faces.desk,
        visit.person,
        key,
        hours.moment_in(at, zone),
        zone=zone,
        languages=_languages(typed),
        revision=_revision(typed),
    )
    return await _shown(visit, saved, "scheduled")


async def unschedule(visit: Visit, typed: Typed, key: str) -> Response:
    saved = await releases.unschedule(visit.faces.desk, visit.person, key)
    return await _shown(visit, saved, "unscheduled")


async def withdraw(visit: Visit, typed: Typed, key: str) -> Response:
    saved = await releases.withdraw(
        visit.faces.desk,
        visit.person,
        key,
        typed.get("reason"),
        keep_text=typed.has("keep_text"),
        revision=_revision(typed),
    )
    return await _shown(visit, saved, "withdrawn")


async def delete(visit: Visit, typed: Typed, key: str) -> Response:
    """Asks for a tick: it is final."""
    if not typed.has("sure"):
        raise Refusal("deleting is final: tick the box beside the button first")
    work = await drafts.find(visit.faces.desk, visit.person, key)
    await releases.delete(visit.faces.desk, visit.person, key, revision=_revision(typed))
    return onward(f"{HOME}/@{work.actor_name}?done=deleted")


async def pin(visit: Visit, typed: Typed, key: str) -> Response:
    on = typed.get("pinned") == "yes"
    saved = await pins.pin(visit.faces.desk, visit.person, key, on=on)
    return await _shown(visit, saved, "pinned" if on else "unpinned")


async def resend(visit: Visit, typed: Typed, key: str) -> Response:
    await receipts.resend(visit.faces.desk, visit.person, key, server=typed.line("server"))
    return onward(f"{HOME}/declarations/{key}?done=resent")


async def names(visit: Visit, typed: Typed, key: str) -> Response:
    """Sealed names, in this one answer; the audit tells of it."""
    desk = visit.faces.desk
    found = await looking.at_names(desk, visit.person, key)
    work = await drafts.find(desk, visit.person, key)
    return await shown_names(visit, work, found, work_url(work.declaration))


async def shown_names(
    visit: Visit, work: Work, found: Mapping[int, str], back_url: str
) -> Response:
    view = NamesView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house_of(visit, await actor_of(visit.faces.desk, work)),
        title=title_of(work.declaration),
        back_url=back_url,
        names=tuple((place + 1, name) for place, name in sorted(found.items())),
    )
    return console_page("names", view)


VERBS: dict[str, Verb] = {
    "publish": publish,
    "schedule": schedule,
    "unschedule": unschedule,
    "withdraw": withdraw,
    "delete": delete,
    "pin": pin,
    "resend": resend,
    "redact": redact,
    "names": names,
}
