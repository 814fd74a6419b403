"""Who sent this?  signatures.md 8, inbound.md 3, FEP-8b32.

Yields a `VerifiedActivity`, which nothing else can make: signed by the key of its own actor,
carrying that actor's proof, or read at the actor's own origin. Where somebody else signed it
yields a `Notice`, which has no body: only its origin can say whether there is anything to it.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from fediverse_coord.errors import (
    DereferenceError,
    Forbidden,
    Gone,
    MalformedDocument,
    SignatureError,
    Unreachable,
)
from fediverse_coord.protocol.documents import Document, first_id, types_of
from fediverse_coord.protocol.keys import PublicKey
from fediverse_coord.protocol.signatures import Claim, InboundRequest, holds, read_claim
from fediverse_coord.protocol.signatures.integrity import Proof, proof_holds, proof_of
from fediverse_coord.protocol.times import parse_as2_datetime
from fediverse_coord.protocol.uris import Uris, parse, same_origin
from fediverse_coord.remote.peers import Peers
from fediverse_coord.storage.memories import IDENTITY, REMEMBERED_BY_ID

# A proof is good while we would know its repetition: what is remembered by its id, and the graves
# of posts, outlast the one; the replay memory outlasts the other. Later its origin is asked.
PROOF_REMEMBERED = IDENTITY - timedelta(days=1)
PROOF_FRESH = timedelta(minutes=60)

_SEAL = object()


@dataclass(frozen=True, slots=True)
class VerifiedActivity:
    """An activity of which we know that `actor_id` made it. Only this module makes one.

    `carrier` is whose request brought it, where that is somebody else: the proof speaks then.
    """

    document: Document
    actor_id: str
    key_id: str
    fingerprint: bytes
    seal: InitVar[object]
    proof_fingerprint: bytes | None = None
    carrier: str | None = None

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only incoming/verify makes a VerifiedActivity")


@dataclass(frozen=True, slots=True)
class Notice:
    """That `signer` told us of something of another's. Its origin is asked before anything."""

    activity_id: str | None
    object_id: str | None
    signer: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Verifier:
    """Whom to ask for keys, and what our own address is: the configured one, never a header."""

    peers: Peers
    uris: Uris
    clock: Callable[[], datetime]
    client: str = field(default="", repr=False)
    until: float | None = None  # of the event loop's time: for all that is asked; then TimeoutError

    async def signer_of(self, request: InboundRequest) -> tuple[Claim, PublicKey]:
        """The key that signed the request, its owner proven.

        Raises SignatureError, MalformedDocument, Unreachable (ask again), Gone (the key and
        whoever owned it are deleted), TimeoutError.
        """
        claim = self._claim(request)
        key = self.peers.key_at_hand(claim.key_id) or await self._key(claim)
        if not holds(claim, key):
            key = await self._fresh_key(claim, key)
        return claim, key

    async def verify(
        self, request: InboundRequest, document: Document
    ) -> "VerifiedActivity | Notice":
        """The activity, or the notice of one. Raises as `signer_of` does, but never Gone."""
        actor_id = first_id(document.get("actor")) or ""
        try:
            claim, key = await self.signer_of(request)
        except Gone as fault:
            return self._farewell(request, document, actor_id, fault)
        proof = _proof_in(document)
        print_ = proof_fingerprint(actor_id, proof) if proof else None
        if key.owner_id == actor_id:
            return VerifiedActivity(
                document, actor_id, claim.key_id, claim.fingerprint, _SEAL, print_
            )
        if proof is not None and print_ is not None and await self._proves(document, proof):
            method = proof.verification_method
            return VerifiedActivity(
                document, actor_id, method, claim.fingerprint, _SEAL, print_, carrier=key.owner_id
            )
        object_id = first_id(document.get("object"))
        activity_id = first_id(document.get("id"))
        return Notice(activity_id, object_id, key.owner_id, claim.fingerprint)

    def _claim(self, request: InboundRequest) -> Claim:
        scheme, authority = _ours(self.uris.origin)
        return read_claim(request, authority=authority, scheme=scheme, now=self.clock())

    async def _key(self, claim: Claim) -> PublicKey:
        kept = await self.peers.key_kept(claim.key_id)
        if kept is not None:
            return kept
        try:
            async with asyncio.timeout_at(self.until):
                return await self.peers.key(claim.key_id, client=self.client)
        except (Unreachable, Gone):
            raise
        except DereferenceError as fault:
            raise SignatureError(fault.reason, key_id=claim.key_id) from None

    async def _fresh_key(self, claim: Claim, key: PublicKey) -> PublicKey:
        """Another look, as the key may have been exchanged (signatures.md 2.10)."""
        try:
            async with asyncio.timeout_at(self.until):
                fresh = await self.peers.fresh_key(key, client=self.client)
        except (Unreachable, Gone):
            raise
        except DereferenceError as fault:
            raise SignatureError(fault.reason, key_id=claim.key_id) from None
        if fresh is None or not holds(claim, fresh):
            raise SignatureError("the signature does not hold", key_id=claim.key_id)
        return fresh

    async def _proves(self, document: Document, proof: Proof) -> bool:
        """Whether the actor's own key made the proof, recently enough not to be a repetition."""
        try:
            async with asyncio.timeout_at(self.until):
                key = await self.peers.key(proof.verification_method, client=self.client)
        except DereferenceError:
            return False
        now = self.clock()
        return (
            key.owner_id == first_id(document.get("actor"))
            and proof_holds(document, proof, key, now)
            and _is_timely(document, proof, now)
        )

    def _farewell(
        self, request: InboundRequest, document: Document, actor_id: str, fault: Gone
    ) -> Notice:
        """The key is gone with its owner: a Delete of the actor itself is looked into."""
        claim = self._claim(request)
        itself = first_id(document.get("object")) == actor_id
        if "Delete" in types_of(document) and itself and same_origin(claim.key_id, actor_id):
            return Notice(None, actor_id, actor_id, claim.fingerprint)
        raise SignatureError(fault.reason, key_id=claim.key_id)


@lru_cache(maxsize=4)
def _ours(origin: str) -> tuple[str, str]:
    """Scheme and authority, as signatures have them."""
    our = parse(origin)
    return our.scheme, our.authority


def from_row(document: Document, actor_id: str) -> VerifiedActivity:
    """What was verified before it was recorded."""
    return VerifiedActivity(document, actor_id, "", b"", _SEAL)


def from_origin(document: Document, asked_id: str) -> VerifiedActivity:
    """An activity as its own origin serves it: `document` was fetched under `asked_id`.

    Raises Forbidden where it is another one, or nobody's on that origin.
    """
    actor_id = first_id(document.get("actor"))
    if document.get("id") != asked_id or actor_id is None or not same_origin(actor_id, asked_id):
        raise Forbidden(asked_id, "its origin does not confirm it")
    return VerifiedActivity(document, actor_id, "", b"", _SEAL)


def _proof_in(document: Document) -> Proof | None:
    try:
        return proof_of(document)
    except MalformedDocument:
        return None


def proof_fingerprint(actor_id: str, proof: Proof) -> bytes:
    """What a proof is remembered by: with the actor, as it is not checked in an own request.

    Else whoever copies a proof into an activity of theirs would use up its one effect.
    """
    parts = (actor_id.encode(), proof.verification_method.encode(), proof.signature)
    return hashlib.sha256(b"\n".join(parts)).digest()


def _is_timely(document: Document, proof: Proof, now: datetime) -> bool:
    lasting = PROOF_REMEMBERED if types_of(document) & REMEMBERED_BY_ID else PROOF_FRESH
    created = parse_as2_datetime(proof.options.get("created"))
    return created is not None and abs(now - created) < lasting
