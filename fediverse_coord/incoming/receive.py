"""One request at an inbox: refused cheaply, verified, recorded, answered.  inbound.md 1 and 2.

The first step of the road in. Side effects come later, from the row; what is answered here
says only whether we took it. `202` also stands for what we politely ignore, because senders
would otherwise knock again.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from fediverse_coord.errors import (
    CoordError,
    Gone,
    MalformedDocument,
    SignatureError,
    StorageUnavailable,
    Unreachable,
)
from fediverse_coord.incoming.handlers import NOTICED, kind_of
from fediverse_coord.incoming.services import Incoming
from fediverse_coord.incoming.verify import Notice, VerifiedActivity, Verifier
from fediverse_coord.network.dereference import media_type
from fediverse_coord.protocol.documents import Document, first_id, types_of
from fediverse_coord.protocol.signatures import ACCEPT_SIGNATURE, InboundRequest
from fediverse_coord.protocol.uris import (
    MAX_LENGTH,
    host_in,
    origin_of,
    same_origin,
    without_fragment,
)
from fediverse_coord.protocol.vocabulary import ACTIVITY_JSON
from fediverse_coord.protocol.wire import loads
from fediverse_coord.storage import inbox
from fediverse_coord.storage.arrivals import Arrival, Recorded

log = logging.getLogger(__name__)

MAX_BODY = 1_000_000
KEY_SECONDS = 8  # for all that must be asked before the answer
LATER_SECONDS = 30
TYPES = frozenset({ACTIVITY_JSON, "application/ld+json"})


@dataclass(frozen=True, slots=True)
class Received:
    """What to answer: a status, headers, and a reason in plain words that gives nothing away."""

    status: int
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


# The sender hears 202 in each case; the words are for `counts`.
ACCEPTED = Received(202, "accepted")
REPEATED = Received(202, "repeated")
IGNORED = Received(202, "ignored")

VERDICTS = {
    400: "malformed",
    401: "signature_refused",
    403: "blocked",
    404: "no_inbox",
    410: "gone",
    413: "too_large",
    429: "too_many",
    503: "later",
}


async def receive(request: InboundRequest, services: Incoming, client: str = "") -> Received:
    """Takes a POST to an inbox. `client` is a hash of the sender's address, or nothing.

    The body has been read within `MAX_BODY`; a longer one is refused here as well. Never
    raises what a stranger could cause.
    """
    began = time.perf_counter()
    try:
        answer = await _received(request, services, client)
    finally:
        services.counts.seconds.add(time.perf_counter() - began)
    verdict = answer.reason if answer.status == 202 else VERDICTS[answer.status]
    services.counts.verdicts.add(verdict)
    return answer


async def _received(request: InboundRequest, services: Incoming, client: str) -> Received:
    refusal = await _refused_at_the_door(request, services)
    if refusal is not None:
        return refusal
    try:
        document = _activity_in(request.body)
        if not await _is_wanted(document, services):
            return IGNORED
        if await services.entrance.is_blocked(str(first_id(document["actor"])), services.db):
            return Received(403, "blocked")
        if await _queue_is_full(services):
            return _later(503, "too much is waiting here; send it again later")
        return await _verified(request, document, services, client)
    except CoordError as fault:
        return _answer_to(fault)


async def signer_of(request: InboundRequest, services: Incoming, client: str = "") -> str | None:
    """Who signed this GET, where somebody did and is not blocked; nothing otherwise.

    For servers that ask for signed fetches and for remembering where our words have gone.
    """
    try:
        _, key = await _verifier(services, client).signer_of(request)
    except (SignatureError, MalformedDocument, Gone, Unreachable, TimeoutError):
        return None
    blocked = await services.entrance.is_blocked(key.owner_id, services.db)
    return None if blocked else key.owner_id


def _verifier(services: Incoming, client: str) -> Verifier:
    until = asyncio.get_running_loop().time() + KEY_SECONDS
    return Verifier(services.peers, services.uris, services.clock, client, until)


async def _refused_at_the_door(request: InboundRequest, services: Incoming) -> Received | None:
    """What needs no look into the body."""
    path = request.target.partition("?")[0]
    status = await services.entrance.status_of(path, services.db)
    if status != 200:
        return Received(status, "no such inbox" if status == 404 else "this actor is gone")
    type_ = request.headers.get("content-type", "")
    if type_ not in TYPES and media_type(type_)[0] not in TYPES:
        return Received(400, f"send {ACTIVITY_JSON}")
    if len(request.body) > MAX_BODY:
        return Received(413, f"more than {MAX_BODY} bytes")
    return None


def _activity_in(body: bytes) -> Document:
    """The activity, of a usable shape. Raises MalformedDocument."""
    document = loads(body)
    actor_id = first_id(document.get("actor"))
    if actor_id is None or origin_of(actor_id) is None or not types_of(document):
        raise MalformedDocument("an activity has a type and an actor")
    activity_id = document.get("id")
    # An id is not demanded; one that is given lies where its actor lies (security A6).
    if activity_id is not None and not _is_id(activity_id, actor_id):
        raise MalformedDocument("an activity's id lies on the origin of its actor")
    return document


def _is_id(value: object, actor_id: str) -> bool:
    return isinstance(value, str) and len(value) <= MAX_LENGTH and same_origin(value, actor_id)


async def _is_wanted(document: Document, services: Incoming) -> bool:
    """Whether it is worth fetching a key for: types we act on, and no farewells of unknowns."""
    type_ = kind_of(document)
    if type_ is None:
        return False
    actor_id = first_id(document["actor"])
    if type_ in {"Delete", "Update"} and first_id(document.get("object")) == actor_id:
        return await services.peers.known(str(actor_id)) is not None
    return True


async def _queue_is_full(services: Incoming) -> bool:
    """Looked up once a second at most."""
    floods, now = services.floods, services.clock().timestamp()
    if abs(now - floods.queue_looked_at) >= 1:
        floods.queue_looked_at = now
        floods.queue_full = await inbox.waiting(services.db, floods.queue) >= floods.queue
    return floods.queue_full


async def _verified(
    request: InboundRequest, document: Document, services: Incoming, client: str
) -> Received:
    try:
        found = await _verifier(services, client).verify(request, document)
    except TimeoutError:
        return _later(503, "your key could not be fetched in time; it will be known next time")
    sender = answerable(found)
    # Its actor was asked about before; who brings what another said is known only now.
    is_another = sender != first_id(document["actor"])
    if is_another and await services.entrance.is_blocked(sender, services.db):
        return Received(403, "blocked")
    if not services.floods.admit(sender, services.clock().timestamp()):
        return _later(429, "too many at once")
    return await _record(found, document, request.body, services)


async def _record(
    found: VerifiedActivity | Notice, document: Document, body: bytes, services: Incoming
) -> Received:
    type_ = kind_of(document) or ""
    arrival = _arrival(found, type_, document, body)
    if arrival is None:
        log.info("notice ignored", extra={"type": type_, "host": host_in(answerable(found))})
        return IGNORED
    recorded = await services.recorder.record(arrival)
    if log.isEnabledFor(logging.DEBUG):
        # The host alone: an actor's id tells who follows, likes or writes to us (security F2).
        facts = {"type": type_, "host": host_in(arrival.actor_id), "outcome": recorded.value}
        log.debug("activity received", extra=facts | {"kind": arrival.kind})
    return ACCEPTED if recorded is Recorded.NEW else REPEATED


def _arrival(
    found: VerifiedActivity | Notice, type_: str, document: Document, body: bytes
) -> Arrival | None:
    if isinstance(found, Notice):
        return _notice(found, type_) if type_ in NOTICED else None
    return Arrival(
        kind="activity",
        type=type_,
        actor_id=found.actor_id,
        activity_id=first_id(document.get("id")),
        object_id=first_id(document.get("object")),
        document=body,
        fingerprint=found.fingerprint,
        proof_fingerprint=found.proof_fingerprint,
        by_proof=found.carrier is not None,
    )


def _notice(notice: Notice, type_: str) -> Arrival:
    return Arrival(
        kind="notice",
        type=type_,
        actor_id=notice.signer,
        activity_id=notice.activity_id,
        object_id=notice.object_id,
        document=None,
        fingerprint=notice.fingerprint,
    )


def answerable(found: VerifiedActivity | Notice) -> str:
    """Whose request it was: nobody uses up the share of those whose words they pass on."""
    return found.signer if isinstance(found, Notice) else found.carrier or found.actor_id


def _later(status: int, reason: str) -> Received:
    return Received(status, reason, MappingProxyType({"Retry-After": str(LATER_SECONDS)}))


def _answer_to(fault: CoordError) -> Received:
    """The status of inbound.md 2; the fault itself goes to the log, without the body."""
    match fault:
        case SignatureError():
            host = host_in(without_fragment(fault.key_id or ""))
            log.info("signature refused", extra={"reason": fault.reason, "host": host})
            headers = MappingProxyType({"Accept-Signature": ACCEPT_SIGNATURE})
            return Received(401, fault.reason, headers)
        case MalformedDocument():
            return Received(400, str(fault))
        case Unreachable():
            return _later(503, "your key could not be fetched now")
        case StorageUnavailable():
            return _later(503, "not now")
    raise fault
