"""Rows whose effect needs nobody to be asked: read together, written together.

Most rows are about what we know: an object of ours, an actor of whom we have heard. What they
need is read at once, in one thread, and their effects are one transaction, in which each row ends
with its own. A row for which somebody has to be asked, or whose effect fails, is left to
`side_effects`, which does it alone.
"""

import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fediverse_coord.incoming.context import AskFirst, Context, Effect, Joint
from fediverse_coord.incoming.handlers import HANDLERS
from fediverse_coord.incoming.services import Incoming
from fediverse_coord.incoming.trust import Fetches
from fediverse_coord.incoming.verify import from_row
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.wire import reread
from fediverse_coord.storage import blocks, inbox, remote_actors
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.inbox import Claimed

log = logging.getLogger(__name__)

Answers: TypeAlias = dict[tuple[object, object], object]


@dataclass(frozen=True, slots=True)
class Ready:
    """A row with what it will change, which may be nothing."""

    row: Claimed
    effect: Effect | None


async def prepared(rows: Sequence[Claimed], services: Incoming) -> list[Ready]:
    """Those that need nobody to be asked. Raises StorageUnavailable."""

    async def work(reader: Reader) -> list[Ready]:
        answers = await _answers(rows, reader)
        found = [await _ready(row, reader, services, answers) for row in rows]
        return [one for one in found if one is not None]

    return await services.db.read(work) if rows else []


async def _answers(rows: Sequence[Claimed], reader: Reader) -> Answers:
    """What every row will ask: who its actor is."""
    people = await remote_actors.by_ids(reader, [row.actor_id for row in rows])
    return {(remote_actors.by_id, row.actor_id): people.get(row.actor_id) for row in rows}


async def _ready(
    row: Claimed, reader: Reader, services: Incoming, answers: Answers
) -> Ready | None:
    handler = HANDLERS.get(row.type)
    if row.kind == "notice" or handler is None or row.document is None:
        return None
    now, fetches = services.clock(), Fetches(_nobody)
    context = Context(services, fetches, now, row.received_at, reader, row.actor_id, answers)
    try:
        return Ready(row, await handler(from_row(reread(row.document), row.actor_id), context))
    except AskFirst:
        return None
    except Exception as fault:
        # Done again alone, where it is decided what becomes of it.
        log.debug("not at hand", extra={"row": row.row, "reason": type(fault).__name__})
        return None


async def _nobody(iri: str) -> Document:
    raise AskFirst


def ending(
    group: Sequence[Ready],
) -> Callable[[Transaction], Coroutine[None, None, None]]:
    """The effects and the ends of the rows, of different actors each, as one piece of work.

    A row whose lease was lost has no effect, nor that of whoever was blocked meanwhile: the block
    has taken away what was there.
    """

    async def work(tx: Transaction) -> None:
        ours = await inbox.settle_all(tx, [one.row for one in group])
        acting = [one for one in group if one.effect is not None and one.row.row in ours]
        blocked = await blocks.blocked_among(tx, [one.row.actor_id for one in acting])
        await _all(tx, [one.effect for one in acting if one.row.actor_id not in blocked])

    return work


async def _all(tx: Transaction, effects: Iterable[Effect | None]) -> None:
    joint: dict[type[Joint], list[Joint]] = {}
    for effect in effects:
        if isinstance(effect, Joint):
            joint.setdefault(type(effect), []).append(effect)
        elif effect is not None:
            await effect(tx)
    for kind, together in joint.items():
        await kind.all_of(tx, together)
