"""Blocks: an actor or a whole domain, and what goes with it.

A block holds at every entrance (security F3) and takes away what the blocked left here: they
follow nobody, nobody follows them, their responses are rejected, their likes and boosts are not
counted, their quotes not authorised, and what still waits to be delivered to them alone is not.
Unblocking brings nothing back.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.desk.strangers import found, is_handle, is_id, remembered
from fediverse_coord.errors import Conflict, FieldFault, MalformedDocument, NotFound, Refusal
from fediverse_coord.protocol.text import single_line
from fediverse_coord.protocol.uris import host_in, parse
from fediverse_coord.storage import audit, blocks, decisions, remote_actors
from fediverse_coord.storage.blocks import Block, Kind
from fediverse_coord.storage.database import Transaction

MAX_REASON = 300


@dataclass(frozen=True, slots=True)
class Target:
    """What a block names: an actor's id, or a domain in its one spelling."""

    kind: Kind
    value: str


async def block(desk: Desk, person: Person, named: str, reason: str | None = None) -> Target:
    """Blocks an actor (id or handle) or a domain; again changes only the reason."""
    require(person, Duty.ADMINISTER, None)
    target, now = await _target(desk, named), desk.clock()
    words = single_line(reason or "")[:MAX_REASON] or None

    async def work(tx: Transaction) -> None:
        await blocks.add(tx, target.kind, target.value, words, now)
        for row in await _rows_of(tx, target):
            await decisions.take_away(tx, row, now)
        await decisions.stop_deliveries(tx, await _inboxes_of(tx, target), now)
        await audit.record(tx, person.row, "block", f"{target.kind}:{target.value}", now)

    await desk.db.write(work)
    return target


async def unblock(desk: Desk, person: Person, named: str) -> Target:
    """Raises NotFound where there is no such block."""
    require(person, Duty.ADMINISTER, None)
    target, now = await _target(desk, named), desk.clock()

    async def work(tx: Transaction) -> None:
        if not await blocks.remove(tx, target.kind, target.value):
            raise NotFound(f"{target.value} is not blocked")
        await audit.record(tx, person.row, "unblock", f"{target.kind}:{target.value}", now)

    await desk.db.write(work)
    return target


async def all_blocks(desk: Desk, person: Person) -> list[Block]:
    require(person, Duty.ADMINISTER, None)
    return await blocks.all_blocks(desk.db)


async def _target(desk: Desk, named: str) -> Target:
    """Raises Refusal for what is neither, Conflict for ourselves."""
    named = named.strip()
    if is_handle(named):
        known = await remembered(desk, named) or await found(desk, named)
        return Target("actor", known.actor_id)
    try:
        target = _named_by(named)
    except MalformedDocument:
        fault = "must be an actor's id, a handle such as @name@host, or a domain"
        raise Refusal(f"{named[:200]} {fault}", faults=[FieldFault("actor", fault)]) from None
    own = parse(desk.uris.origin).host
    if own in (target.value, host_in(target.value)) or own.endswith(f".{target.value}"):
        raise Conflict("that is this server itself")
    return target


def _named_by(named: str) -> Target:
    if not is_id(named):
        return Target("domain", blocks.domain_in(named))
    parse(named)
    return Target("actor", named)


async def _rows_of(tx: Transaction, target: Target) -> list[int]:
    if target.kind == "domain":
        return await decisions.remote_actors_on(tx, target.value)
    known = await remote_actors.by_id(tx, target.value)
    return [known.row] if known else []


async def _inboxes_of(tx: Transaction, target: Target) -> Callable[[str], bool]:
    """Whether an inbox is the target's: on the domain or below it, or one of the actor's two."""
    if target.kind == "domain":
        return lambda url: is_below(host_in(url) or "", target.value)
    known = await remote_actors.by_id(tx, target.value)
    named = {known.inbox_url, known.delivery_url} if known else set()
    return lambda url: url in named


def is_below(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
