"""One attempt at a delivery: send the signed request, and where needed knock once more.

Servers that know only the other signature format say so with 400, 401, 403 or 406; the
format that worked is remembered for each origin.  signatures: double-knocking.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fediverse_coord.errors import DereferenceError
from fediverse_coord.network.client import Client, Fault, Reply, Request
from fediverse_coord.outgoing.retry import SECOND_KNOCK, Outcome, outcome_of, retry_after
from fediverse_coord.outgoing.signing import Signed, signed
from fediverse_coord.protocol.signatures import Spec
from fediverse_coord.storage.claims import Delivery

SECOND_SECONDS = 10  # a server that has just said what it cannot read is awake


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """What came of it. `spec` is the format that worked; `fault` is for people, without bodies."""

    delivery: Delivery
    outcome: Outcome
    status: int | None = None
    fault: str | None = None
    spec: Spec | None = None
    wait: timedelta | None = None


async def attempt(
    first: Signed, client: Client, clock: Callable[[], datetime], seconds: float
) -> Attempt:
    """POSTs the activity; the first knock has so many seconds. Never raises for what others do."""
    made = await _knock(first, client, clock, seconds)
    if made.status not in SECOND_KNOCK:
        return made
    other = Spec.RFC9421 if first.spec is Spec.CAVAGE else Spec.CAVAGE
    second = signed(first.delivery, first.key, other, client, clock())
    return await _knock(second, client, clock, min(seconds, SECOND_SECONDS))


async def _knock(
    one: Signed, client: Client, clock: Callable[[], datetime], seconds: float
) -> Attempt:
    if one.request is None:
        return Attempt(one.delivery, Outcome.LATER, fault=one.fault)
    reply = await _reply(one.request, client, seconds)
    if isinstance(reply, Fault):
        return Attempt(one.delivery, Outcome.LATER, fault=reply.reason)
    outcome = outcome_of(reply.status)
    if outcome is Outcome.DELIVERED:
        return Attempt(one.delivery, outcome, reply.status, spec=one.spec)
    wait = retry_after(dict(reply.headers), clock())
    return Attempt(one.delivery, outcome, reply.status, f"answered {reply.status}", wait=wait)


async def _reply(request: Request, client: Client, seconds: float) -> Reply | Fault:
    try:
        return await client.deliver(request, seconds)
    except DereferenceError as error:
        return Fault(error.reason)
