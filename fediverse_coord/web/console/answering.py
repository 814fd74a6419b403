"""What came back: read as plain text, decided about, answered; and the moderators' mailbox.

GET /console/@{name}/responses?state=…, GET and POST /console/responses/{key}.
"""

from collections.abc import Sequence

from starlette.responses import Response

from fediverse_coord.desk import responses
from fediverse_coord.desk.people import Duty
from fediverse_coord.errors import FieldFault, NotAllowed, NotFound, Refusal
from fediverse_coord.storage import actors
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.responses import Response as Reply
from fediverse_coord.web.console.paper import console_page, onward
from fediverse_coord.web.console.reading import (
    house_named,
    house_of,
    response_line,
    work_url,
)
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.views import AnswerView, Choice, Control, FaultLine, ResponsesView
from fediverse_coord.web.console.visits import HOME, Visit
from fediverse_coord.web.console.words import console_words
from fediverse_coord.web.reading import language_of, site_of

LISTED = 20
STATES = ("held", "approved", "rejected", "mailbox")
VISIBILITIES = ("", "public", "unlisted", "followers", "direct")


async def get_responses(visit: Visit) -> Response:
    """GET /console/@{name}/responses?state=…&cursor=…"""
    name = visit.part("name")
    actor, house = await house_named(visit, name)
    asked, cursor = visit.query("state") or "held", visit.query("cursor")
    found = await responses.page(
        visit.faces.desk,
        visit.person,
        actor.name,
        asked,
        int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 19 else None,
        limit=LISTED,
    )
    ui, more = console_words(visit.language.tag), found.following
    offered = STATES if visit.may(Duty.MODERATE) else STATES[:3]
    view = ResponsesView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house,
        done=visit.query("done"),
        state=asked,
        tabs=tuple(Choice(one, ui.phrases[f"responses_{one}"], one == asked) for one in offered),
        responses=tuple(
            [await response_line(visit.faces.db, one, whole=False) for one in found.responses]
        ),
        more_url=f"{house.url}/responses?state={asked}&cursor={more}" if more else None,
        may_decide=visit.may(Duty.MODERATE),
        action=f"{HOME}/responses",
    )
    return console_page("responses", view)


async def get_response(visit: Visit) -> Response:
    """GET /console/responses/{key}: one of them, and a form to answer it."""
    reply, actor = await _found(visit)
    return await _answer(visit, reply, actor, Typed())


async def _found(visit: Visit) -> tuple[Reply, LocalActor]:
    reply = await responses.find(visit.faces.desk, visit.person, visit.part("key"))
    actor = await actors.by_row(visit.faces.db, reply.actor)
    if actor is None:
        raise NotFound("this response is not here any more")
    return reply, actor


async def post_response(visit: Visit, typed: Typed) -> Response:
    """POST /console/responses/{key} with `do`: approve, reject, delete or answer."""
    reply, actor = await _found(visit)
    desk, person, wish = visit.faces.desk, visit.person, typed.get("do")
    try:
        if wish == "answer":
            return await _answered(visit, reply, typed)
        if wish in {"approve", "reject", "delete"}:
            act = {"approve": responses.approve, "reject": responses.reject}.get(wish)
            await (act or responses.delete)(desk, person, reply.key)
            back = f"{HOME}/@{actor.name}/responses?state={reply.state}"
            return onward(f"{back}&done={wish}")
        raise Refusal("this button is not known here: open the page again")
    except (NotAllowed, NotFound):
        raise
    except Refusal as error:
        return await _answer(
            visit, reply, actor, typed, error.faults, error.reason, status=error.status_hint
        )


async def again_response(visit: Visit, typed: Typed) -> Response:
    """The answer as it was sent from an earlier session."""
    reply, actor = await _found(visit)
    return await _answer(visit, reply, actor, typed, notice="again", status=403)


async def _answered(visit: Visit, reply: Reply, typed: Typed) -> Response:
    names = ("language", "visibility")
    fields = {name: typed.line(name) for name in names if typed.line(name)}
    fields["content"] = typed.get("content")
    saved = await responses.answer(visit.faces.desk, visit.person, reply.key, fields)
    return onward(f"{work_url(saved.work.declaration)}?done=answered")


async def _answer(
    visit: Visit,
    reply: Reply,
    actor: LocalActor,
    typed: Typed,
    faults: Sequence[FieldFault] = (),
    fault: str | None = None,
    *,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    ui, house = console_words(visit.language.tag), house_of(visit, actor)
    reasons = tuple(one.reason for one in faults if one.field == "content")
    spoken: list[str] = actor.profile["languages"]
    wished = typed.get("language") or (reply.language if reply.language in spoken else spoken[0])
    wide = typed.get("visibility")
    view = AnswerView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house,
        fault=None if faults else fault,
        notice=notice,
        faults=tuple(
            FaultLine(one.field, ui.phrases.get(f"field_{one.field}", one.field), one.reason)
            for one in faults
        ),
        response=await response_line(visit.faces.db, reply),
        may_decide=visit.may(Duty.MODERATE),
        action=f"{HOME}/responses/{reply.key}",
        back_url=f"{house.url}/responses?state={reply.state}",
        content=Control("content", typed.get("content"), reasons),
        languages=tuple(Choice(one, language_of(one).name, one == wished) for one in spoken),
        visibilities=tuple(
            Choice(one, ui.phrases[f"visibility_{one or 'same'}"], one == wide)
            for one in VISIBILITIES
        ),
    )
    return console_page("answer", view, status)
