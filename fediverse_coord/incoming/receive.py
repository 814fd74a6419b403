"""One request at an inbox: refused cheaply, verified, recorded, answered.  inbound.md 1 and 2.

The first step of the road in. Side effects come later, from the row; what is answered here
says only whether we took it. `202` also stands for what we politely ignore, because senders
would otherwise knock again.
"""

import asyncio
import logging
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
from fediverse_coord.storage import actors, blocks, inbox, origins
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.inbox import Arrival, Recorded

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
    with services.counts.seconds.timed():
        answer = await _received(request, services, client)
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
        if await _is_blocked(str(first_id(document["actor"])), services):
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
    verifier = Verifier(services.peers, services.uris, services.clock, client)
    try:
        async with asyncio.timeout(KEY_SECONDS):
            _, key = await verifier.signer_of(request)
    except (SignatureError, MalformedDocument, Gone, Unreachable, TimeoutError):
        return None
    return None if await _is_blocked(key.owner_id, services) else key.owner_id


async def _refused_at_the_door(request: InboundRequest, services: Incoming) -> Received | None:
    """What needs no look into the body."""
    status = await _status_of_path(request.target.partition("?")[0], services)
    if status != 200:
        return Received(status, "no such inbox" if status == 404 else "this actor is gone")
    if media_type(request.headers.get("content-type", ""))[0] not in TYPES:
        return Received(400, f"send {ACTIVITY_JSON}")
    if len(request.body) > MAX_BODY:
        return Received(413, f"more than {MAX_BODY} bytes")
    return None


async def _status_of_path(path: str, services: Incoming) -> int:
    """200 where an inbox is; 410 for a deleted actor's, never for the shared one."""
    if path in {"/inbox", "/actor/inbox"}:
        return 200
    parts = path.split("/")
    if len(parts) != 4 or parts[1] != "actors" or parts[3] != "inbox":
        return 404
    actor = await actors.by_name(services.db, parts[2])
    if actor is None:
        return 404
    return 410 if actor.retired else 200


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


async def _is_blocked(actor_id: str, services: Incoming) -> bool:
    host = host_in(actor_id) or ""
    return await blocks.is_blocked(services.db, host=host, actor_id=actor_id)


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
    verifier = Verifier(services.peers, services.uris, services.clock, client)
    try:
        async with asyncio.timeout(KEY_SECONDS):
            found = await verifier.verify(request, document)
    except TimeoutError:
        return _later(503, "your key could not be fetched in time; it will be known next time")
    sender = answerable(found)
    # Its actor was asked about before; who brings what another said is known only now.
    if sender != first_id(document["actor"]) and await _is_blocked(sender, services):
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
    now = services.clock()

    async def work(tx: Transaction) -> Recorded:
        await origins.revive(tx, origin_of(arrival.actor_id) or "")
        return await inbox.record(tx, arrival, now)

    recorded = await services.db.write(work)
    # The host alone: an actor's id tells who follows, likes or writes to us (security F2).
    facts = {"type": type_, "host": host_in(arrival.actor_id), "outcome": recorded.value}
    log.info("activity received", extra=facts | {"kind": arrival.kind})
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
