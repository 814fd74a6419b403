"""Edits that wait for other coordinators, on the coordinators' API: listed, read, decided.

INTERFACE: policies.approvals. An edit that was answered with `202` is one; `Location` leads here.
"""

from starlette.responses import Response

from fediverse_coord.desk import amendments
from fediverse_coord.desk.amendments import Waiting
from fediverse_coord.protocol.times import as2_datetime
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.web.api_calls import Ask, Call, told
from fediverse_coord.web.api_models import DeclarationOut, EditOut, EditPage
from fediverse_coord.web.api_views import declaration_out, saved_out
from fediverse_coord.web.responses import NO_STORE

NEWEST = 2**62
MOST = 200
ONE = "/edits/{key}"


def edit_out(uris: Uris, one: Waiting) -> EditOut:
    return EditOut(
        key=one.amendment.key,
        declaration=one.work.declaration.key,
        proposed=as2_datetime(one.amendment.proposed_at),
        missing=one.missing,
        agreed=one.has_agreed,
        outdated=one.amendment.is_outdated,
        other_names=sorted(one.other_names),
        result=declaration_out(uris, one.would_be),
    )


async def list_edits(ask: Ask) -> Response:
    most = min(max(ask.limit(), 1), MOST)
    found = await amendments.page(
        ask.faces.desk,
        ask.person,
        ask.part("name"),
        before=ask.cursor() or NEWEST,
        limit=most + 1,
    )
    following = str(found[most - 1].amendment.row) if len(found) > most else None
    items = [edit_out(ask.faces.uris, one) for one in found[:most]]
    return told(EditPage(items=items, next=following))


async def read_edit(ask: Ask) -> Response:
    found = await amendments.find(ask.faces.desk, ask.person, ask.part("key"))
    return told(edit_out(ask.faces.uris, found))


async def approve_edit(ask: Ask) -> Response:
    """200 with the changed declaration; 202 with the unchanged one where others are missing."""
    saved = await amendments.approve(ask.faces.desk, ask.person, ask.part("key"))
    return told(saved_out(ask.faces.uris, saved), status=202 if saved.waits else 200)


async def reject_edit(ask: Ask) -> Response:
    await amendments.reject(ask.faces.desk, ask.person, ask.part("key"))
    return Response(status_code=204, headers={"Cache-Control": NO_STORE})


EDIT_CALLS = (
    Call("GET", "/actors/{name}/edits", list_edits, "Edits that wait for others", None, EditPage,
         query=("cursor", "limit")),
    Call("GET", ONE, read_edit, "What an edit would change", None, EditOut),
    Call("POST", f"{ONE}/approve", approve_edit, "Agree to an edit", None, DeclarationOut),
    Call("POST", f"{ONE}/reject", reject_edit, "Do not make it", status=204),
)  # fmt: skip
