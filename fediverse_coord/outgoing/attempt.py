"""One attempt at a delivery: sign the request, send it, and where needed knock once more.

Servers that know only the other signature format say so with 400, 401, 403 or 406; the
format that worked is remembered for each origin.  signatures: double-knocking.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fediverse_coord.errors import DereferenceError, MalformedDocument
from fediverse_coord.network.client import Answer, Client
from fediverse_coord.outgoing.retry import SECOND_KNOCK, Outcome, outcome_of, retry_after
from fediverse_coord.protocol.keys import SigningKey
from fediverse_coord.protocol.signatures import BodyDigests, Spec, sign_post
from fediverse_coord.storage.deliveries import Delivery


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of it. `spec` is the format that worked; `fault` is for people, without bodies."""

    delivery: Delivery
    outcome: Outcome
    status: int | None = None
    fault: str | None = None
    spec: Spec | None = None
    wait: timedelta | None = None


async def attempt(
    delivery: Delivery,
    digests: BodyDigests,
    key: SigningKey,
    client: Client,
    clock: Callable[[], datetime],
) -> Attempt:
    """POSTs the activity. Never raises for what another server does."""
    first = Spec(delivery.spec) if delivery.spec else Spec.CAVAGE
    try:
        spec, answer = first, await _post(delivery, digests, key, client, first, clock)
        if answer.status in SECOND_KNOCK:
            spec = Spec.RFC9421 if first is Spec.CAVAGE else Spec.CAVAGE
            answer = await _post(delivery, digests, key, client, spec, clock)
    except (DereferenceError, MalformedDocument) as error:
        return Attempt(delivery, Outcome.LATER, fault=getattr(error, "reason", str(error)))
    outcome = outcome_of(answer.status)
    return Attempt(
        delivery,
        outcome,
        status=answer.status,
        fault=None if outcome is Outcome.DELIVERED else f"answered {answer.status}",
        spec=spec if outcome is Outcome.DELIVERED else None,
        wait=retry_after(answer.headers, clock()),
    )


async def _post(
    delivery: Delivery,
    digests: BodyDigests,
    key: SigningKey,
    client: Client,
    spec: Spec,
    clock: Callable[[], datetime],
) -> Answer:
    headers = sign_post(spec, delivery.inbox_url, digests, key, clock())
    return await client.post(delivery.inbox_url, headers, delivery.document)
