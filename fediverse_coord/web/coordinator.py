"""The coordinators' API: parse, call one function of the desk, answer.  INTERFACE: the API.

The table at the end is the API; the routes and the OpenAPI document are both made from it.
What surrounds every call stands in `api_calls`. Tokens, roles, blocks and keys are not here:
a stolen phone's token must not make tokens.
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fediverse_coord.desk import (
    boosts,
    drafts,
    edits,
    filing,
    followers,
    pins,
    receipts,
    redacting,
    releases,
    responses,
)
from fediverse_coord.desk.drafts import Saved
from fediverse_coord.errors import FieldFault, Refusal
from fediverse_coord.publishing import hours, languages
from fediverse_coord.publishing.declarations import State
from fediverse_coord.web.amendments import EDIT_CALLS
from fediverse_coord.web.api_calls import PREFIX, Ask, Call, routes_for, told
from fediverse_coord.web.api_models import (
    AnswerFields,
    Boosted,
    BoostOf,
    Changes,
    DeclarationOut,
    DeclarationPage,
    FollowersOut,
    NewDeclaration,
    Pin,
    ReceiptPage,
    Redacted,
    Redaction,
    Release,
    Resend,
    Resent,
    ResponseOut,
    ResponsePage,
    Schedule,
    VersionFields,
    Withdrawal,
)
from fediverse_coord.web.api_views import declaration_out, receipt_out, response_out, saved_out
from fediverse_coord.web.media import MEDIA_CALLS
from fediverse_coord.web.openapi import openapi_bytes
from fediverse_coord.web.passage_calls import PASSAGE_CALLS
from fediverse_coord.web.responses import NO_STORE, answer, body_of

NEWEST = 2**62
MOST = 200


async def create_declaration(ask: Ask) -> Response:
    wish = ask.read(NewDeclaration)
    desk, name = ask.faces.desk, ask.part("name")
    saved = await filing.file(desk, ask.person, name, wish.given(), publish=wish.publish)
    waits = saved.work.declaration.state is State.AWAITING_APPROVAL
    return _saved(ask, saved, status=202 if waits else 201, located=True)


def _saved(ask: Ask, saved: Saved, *, status: int = 200, located: bool = False) -> Response:
    uris = ask.faces.uris
    key = saved.work.declaration.key
    location = f"{uris.origin}{PREFIX}/declarations/{key}" if located else None
    return told(saved_out(uris, saved), status=status, location=location)


async def list_declarations(ask: Ask) -> Response:
    faces, name, state = ask.faces, ask.part("name"), ask.query("state")
    if state is not None and state not in tuple(State):
        reason = f"must be one of: {', '.join(State)}"
        raise Refusal(f"state {reason}", faults=[FieldFault("state", reason)])
    language, most = ask.query("language"), min(max(ask.limit(), 1), MOST)
    found = await drafts.page(
        faces.desk,
        ask.person,
        name,
        state=state or "",
        kind=ask.query("kind") or "",
        language=languages.tag(language) if language else "",
        words=ask.query("q") or "",
        before=ask.cursor() or NEWEST,
        limit=most + 1,
    )
    following = str(found[most - 1].row) if len(found) > most else None
    items = [declaration_out(faces.uris, one) for one in found[:most]]
    return told(DeclarationPage(items=items, next=following))


async def read_declaration(ask: Ask) -> Response:
    work = await drafts.find(ask.faces.desk, ask.person, ask.part("key"))
    return told(declaration_out(ask.faces.uris, work))


async def edit_declaration(ask: Ask) -> Response:
    wish = ask.read(Changes)
    saved = await edits.edit(
        ask.faces.desk,
        ask.person,
        ask.part("key"),
        wish.given(),
        revision=ask.revision,
        quiet=wish.quiet,
        correction=wish.correction,
        take_up=wish.take_up,
    )
    return _edited(ask, saved)


def _edited(ask: Ask, saved: Saved) -> Response:
    """What was saved; or where the edit is that waits for others."""
    if saved.amendment is None:
        return _saved(ask, saved)
    location = f"{ask.faces.uris.origin}{PREFIX}/edits/{saved.amendment}"
    return told(saved_out(ask.faces.uris, saved), status=202, location=location)


async def delete_declaration(ask: Ask) -> Response:
    await releases.delete(ask.faces.desk, ask.person, ask.part("key"), revision=ask.revision)
    return Response(status_code=204, headers={"Cache-Control": NO_STORE})


async def put_version(ask: Ask) -> Response:
    language, wish = languages.tag(ask.part("lang")), ask.read(VersionFields)
    saved = await edits.put_version(
        ask.faces.desk,
        ask.person,
        ask.part("key"),
        language,
        wish.given(),
        revision=ask.revision,
        take_up=wish.take_up,
    )
    return _edited(ask, saved)


async def publish(ask: Ask) -> Response:
    desk, key = ask.faces.desk, ask.part("key")
    wished = _languages(ask.read(Release).languages)
    saved = await releases.publish(desk, ask.person, key, languages=wished, revision=ask.revision)
    if saved.work.declaration.state is State.AWAITING_APPROVAL:
        return _saved(ask, saved, status=202)
    return _edited(ask, saved)


async def schedule(ask: Ask) -> Response:
    desk, key, wish = ask.faces.desk, ask.part("key"), ask.read(Schedule)
    if wish.at is None:
        return _saved(ask, await releases.unschedule(desk, ask.person, key))
    saved = await releases.schedule(
        desk,
        ask.person,
        key,
        hours.moment_in(wish.at, wish.time_zone),
        zone=wish.time_zone,
        languages=_languages(wish.languages),
        revision=ask.revision,
    )
    return _saved(ask, saved)


def _languages(wished: Sequence[str] | None) -> list[str] | None:
    return None if wished is None else [languages.tag(one) for one in wished]


async def withdraw(ask: Ask) -> Response:
    wish = ask.read(Withdrawal)
    saved = await releases.withdraw(
        ask.faces.desk,
        ask.person,
        ask.part("key"),
        wish.reason,
        keep_text=wish.keep_text,
        revision=ask.revision,
    )
    return _saved(ask, saved)


async def redact(ask: Ask) -> Response:
    name = ask.read(Redaction).name
    done = await redacting.redact(ask.faces.desk, ask.person, ask.part("key"), name)
    return told(
        Redacted(
            revisions=done.revisions,
            servers=done.servers,
            responses=list(done.responses),
            texts=list(done.texts),
            beyond=done.beyond,
        )
    )


async def pin(ask: Ask) -> Response:
    on = ask.read(Pin).pinned
    return _saved(ask, await pins.pin(ask.faces.desk, ask.person, ask.part("key"), on=on))


async def list_deliveries(ask: Ask) -> Response:
    items, following = await receipts.page(
        ask.faces.desk,
        ask.person,
        ask.part("key"),
        state=ask.query("state"),
        cursor=ask.cursor() or 0,
        limit=ask.limit(),
    )
    shown = [receipt_out(one) for one in items]
    return told(ReceiptPage(items=shown, next=None if following is None else str(following)))


async def resend(ask: Ask) -> Response:
    server = ask.read(Resend).server
    again = await receipts.resend(ask.faces.desk, ask.person, ask.part("key"), server=server)
    return told(Resent(resent=again))


async def list_responses(ask: Ask) -> Response:
    page = await responses.page(
        ask.faces.desk,
        ask.person,
        ask.part("name"),
        ask.query("state"),
        ask.cursor(),
        limit=ask.limit(),
    )
    following = None if page.following is None else str(page.following)
    return told(ResponsePage(items=[response_out(one) for one in page.responses], next=following))


async def approve(ask: Ask) -> Response:
    found = await responses.approve(ask.faces.desk, ask.person, ask.part("key"))
    return told(response_out(found))


async def reject(ask: Ask) -> Response:
    found = await responses.reject(ask.faces.desk, ask.person, ask.part("key"))
    return told(response_out(found))


async def answer_response(ask: Ask) -> Response:
    fields = ask.read(AnswerFields).given()
    saved = await responses.answer(ask.faces.desk, ask.person, ask.part("key"), fields)
    return _saved(ask, saved, status=201, located=True)


async def count_followers(ask: Ask) -> Response:
    found = await followers.counts(ask.faces.desk, ask.person, ask.part("name"))
    return told(
        FollowersOut(
            followers=found.followers, requested=found.requested, following=found.following
        )
    )


async def boost(ask: Ask) -> Response:
    url = ask.read(BoostOf).url
    activity_id = await boosts.boost(ask.faces.desk, ask.person, ask.part("name"), url)
    return told(Boosted(id=activity_id), status=201, location=activity_id)


OF_ACTOR = "/actors/{name}"
ONE = "/declarations/{key}"
RESPONSE = "/responses/{key}"
PAGED = ("cursor", "limit")
LISTED = ("state", "language", "kind", "q", *PAGED)
NEW, OUT = NewDeclaration, DeclarationOut

CALLS = (
    Call("POST", f"{OF_ACTOR}/declarations", create_declaration, "Create", NEW, OUT, 201),
    Call("GET", f"{OF_ACTOR}/declarations", list_declarations, "List", None, DeclarationPage,
         query=LISTED),
    Call("GET", ONE, read_declaration, "Read", None, OUT),
    Call("PATCH", ONE, edit_declaration, "Edit", Changes, OUT),
    Call("DELETE", ONE, delete_declaration, "Delete for good", status=204),
    Call("PUT", f"{ONE}/versions/{{lang}}", put_version, "Put a translation", VersionFields, OUT),
    Call("POST", f"{ONE}/publish", publish, "Publish", Release, OUT),
    Call("POST", f"{ONE}/schedule", schedule, "Schedule, or not any more", Schedule, OUT),
    Call("POST", f"{ONE}/withdraw", withdraw, "Withdraw", Withdrawal, OUT),
    Call("POST", f"{ONE}/redact", redact, "Take a name out everywhere", Redaction, Redacted),
    Call("POST", f"{ONE}/pin", pin, "Pin, or unpin", Pin, OUT),
    Call("GET", f"{ONE}/deliveries", list_deliveries, "A receipt per server", None, ReceiptPage,
         query=("state", *PAGED)),
    Call("POST", f"{ONE}/deliveries/resend", resend, "Try again what failed", Resend, Resent),
    Call("GET", f"{OF_ACTOR}/responses", list_responses, "What came back", None, ResponsePage,
         query=("state", *PAGED)),
    Call("POST", f"{RESPONSE}/approve", approve, "Show a response", None, ResponseOut),
    Call("POST", f"{RESPONSE}/reject", reject, "Do not show it", None, ResponseOut),
    Call("POST", f"{RESPONSE}/answer", answer_response, "Answer it", AnswerFields, OUT, 201),
    Call("GET", f"{OF_ACTOR}/followers", count_followers, "How many follow", None, FollowersOut),
    Call("POST", f"{OF_ACTOR}/boosts", boost, "Boost a post", BoostOf, Boosted, 201),
    *EDIT_CALLS,
    *MEDIA_CALLS,
    *PASSAGE_CALLS,
)  # fmt: skip


async def get_openapi(request: Request) -> Response:
    """GET /api/v1/openapi.json: readable without a token."""
    body = body_of(openapi_bytes(CALLS), "application/json")
    return answer(request, body, Access_Control_Allow_Origin="*")


def api_routes() -> list[Route]:
    return [Route(f"{PREFIX}/openapi.json", get_openapi), *routes_for(CALLS)]
