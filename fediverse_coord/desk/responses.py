"""What came back, and what moderators decide about it.  INTERFACE: Wire choices, visibility.

Public and unlisted responses are approved or rejected. What was not for everybody stays in
the mailbox, which only moderators open: it can be answered and deleted, never approved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fediverse_coord.desk import answers
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.drafts import Saved
from fediverse_coord.desk.people import MAY, Duty, Person, require
from fediverse_coord.errors import Conflict, FieldFault, NotFound, Refusal
from fediverse_coord.storage import actors, audit, blocks, decisions, memories, responses
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.responses import Response, State

PAGE = 50
MOST = 200
NEWEST = 2**62
OPEN_STATES: tuple[State, ...] = ("held", "approved", "rejected")
STATES: tuple[State, ...] = (*OPEN_STATES, "mailbox")
FOR_EVERYBODY = frozenset({"public", "unlisted"})


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first; `following` is the cursor of what comes after, if anything does."""

    responses: tuple[Response, ...]
    following: int | None


async def page(
    desk: Desk,
    person: Person,
    actor_name: str,
    state: str | None = None,
    cursor: int | None = None,
    *,
    limit: int = PAGE,
) -> Page:
    """Responses in one state, or in every state that the person may see.

    Raises NotAllowed for the mailbox without a moderator's role, Refusal for no such state.
    """
    if state is not None and state not in STATES:
        reason = f"must be one of: {', '.join(STATES)}"
        raise Refusal(f"state {reason}", faults=[FieldFault("state", reason)])
    require(person, Duty.MODERATE if state == "mailbox" else Duty.LOOK, actor_name)
    actor = await coordination(desk, actor_name)
    most = min(max(limit, 1), MOST)
    before = NEWEST if cursor is None else cursor
    found: list[Response] = []
    for one in (one for one in STATES if _shows(person, one, state)):
        found += await responses.page(desk.db, actor.row, one, before=before, limit=most + 1)
    found.sort(key=lambda one: one.row, reverse=True)
    return Page(tuple(found[:most]), found[most - 1].row if len(found) > most else None)


async def held(desk: Desk, person: Person, actor_name: str) -> int:
    """How many wait for a decision. Raises NotAllowed, NotFound."""
    require(person, Duty.LOOK, actor_name)
    actor = await coordination(desk, actor_name)
    return await responses.count(desk.db, actor.row, "held")


async def find(desk: Desk, person: Person, key: str) -> Response:
    """One of them, for moderators. Raises NotFound, NotAllowed."""
    return await _find(desk.db, person, key)


def _shows(person: Person, one: State, asked: str | None) -> bool:
    if asked is not None:
        return one == asked
    return one != "mailbox" or person.role in MAY[Duty.MODERATE]


async def approve(desk: Desk, person: Person, key: str) -> Response:
    """Shows it on the page and in `replies`. Raises Conflict for what was not for everybody."""
    return await _decide(desk, person, key, "approved", "approve response")


async def reject(desk: Desk, person: Person, key: str) -> Response:
    """Shows it no longer, or never; its author is not told."""
    return await _decide(desk, person, key, "rejected", "reject response")


async def _decide(
    desk: Desk, person: Person, key: str, state: Literal["approved", "rejected"], verb: str
) -> Response:
    await _find(desk.db, person, key)
    now = desk.clock()

    async def work(tx: Transaction) -> Response:
        before = await _find(tx, person, key)
        await _check(tx, before, state)
        if await responses.decide(tx, key, state):
            await decisions.touch_shown(tx, before.object)
            await audit.record(tx, person.row, verb, f"response:{key}", now)
        return await _find(tx, person, key)

    return await desk.db.write(work)


async def _check(tx: Reader, response: Response, state: str) -> None:
    if response.state == "mailbox" or response.visibility not in FOR_EVERYBODY:
        raise Conflict(
            "this message was not meant for everybody: it can be answered or deleted, not shown"
        )
    if state == "approved" and await _is_blocked(tx, response):
        raise Conflict("its author is blocked here; `unblock` first")


async def _is_blocked(reader: Reader, one: Response) -> bool:
    return await blocks.is_blocked(reader, host=one.author_host, actor_id=one.author_id)


async def delete(desk: Desk, person: Person, key: str) -> None:
    """Removes a message of the mailbox, or a rejected response, for good."""
    await _find(desk.db, person, key)
    now = desk.clock()

    async def work(tx: Transaction) -> None:
        found = await _find(tx, person, key)
        if found.state not in {"mailbox", "rejected"}:
            raise Conflict(f"this response is {found.state}: reject it first")
        await responses.delete_by_key(tx, key)
        # Else whoever tells us of it again would bring it back.
        await memories.bury(tx, memories.grave(found.author_id, found.object_id), now)
        await audit.record(tx, person.row, "delete response", f"response:{key}", now)

    await desk.db.write(work)


async def answer(desk: Desk, person: Person, key: str, fields: Mapping[str, object]) -> Saved:
    """Publishes an answer, never wider than the message unless `visibility` asks for it.

    Raises InvalidDraft naming each faulty field, Conflict where the author is blocked.
    """
    response = await _find(desk.db, person, key)
    if await _is_blocked(desk.db, response):
        raise Conflict("its author is blocked here; `unblock` first")
    given = dict(fields)
    visibility = given.pop("visibility", None)
    chosen = None if visibility is None else str(visibility)
    return await answers.create(desk, person, response, given, visibility=chosen)


async def _find(reader: Reader, person: Person, key: str) -> Response:
    found = await responses.by_key(reader, key)
    actor = await actors.by_row(reader, found.actor) if found else None
    if found is None or actor is None:
        raise NotFound(f"there is no response '{key[:40]}'; `responses` shows those that are")
    require(person, Duty.MODERATE, actor.name)
    return found
