"""What a document's own proof shows, in words.  FEP-8b32; signatures.md 6.3.

A proof binds the words to a key, and the key's owner's document binds it to an actor. It says
nothing about who is behind a domain, nor whether the date is true: that is told as well.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from fediverse_coord.desk import lookups
from fediverse_coord.desk.desk import Desk
from fediverse_coord.errors import CoordError, MalformedDocument, NotFound
from fediverse_coord.protocol.documents import Document, id_of, ids_of, types_of
from fediverse_coord.protocol.keys import PublicKey, public_keys_in
from fediverse_coord.protocol.signatures.integrity import Proof, proof_holds, proof_of
from fediverse_coord.protocol.uris import host_in, without_fragment
from fediverse_coord.protocol.wire import loads
from fediverse_coord.storage import actors, declarations, objects, outbox

KeyOf = Callable[[str], Awaitable[PublicKey]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it is proved, why, and what a proof cannot show.

    `signer_unknown`: nothing in it was changed, but whose key it carries could not be known.
    """

    proved: bool
    document_id: str | None
    type: str
    signer: str | None
    key_id: str | None
    created: str | None
    reasons: tuple[str, ...]
    not_shown: tuple[str, ...] = ()
    signer_unknown: bool = False


class NotListed(NotFound):
    """Whoever the key is said to belong to has no such key."""


async def of_url(desk: Desk, url: str) -> Verdict:
    """Judges what stands under an id, or what a page shows. Raises DereferenceError, NotFound."""
    document = await _own(desk, url) if desk.uris.is_ours(url) else await desk.peers.fetch(url)
    return await examined(document, lambda key_id: key_of(desk, key_id), desk.clock())


async def key_of(desk: Desk, key_id: str) -> PublicKey:
    """The key as its owner publishes it; our own from our own memory. Raises CoordError."""
    if desk.uris.is_ours(key_id):
        return await own_key(desk, key_id)
    return await desk.peers.key(key_id)


async def own_key(desk: Desk, key_id: str) -> PublicKey:
    """A key of a coordination here. Raises NotFound."""
    owner = await actors.by_id(desk.db, without_fragment(key_id))
    listed = public_keys_in(loads(owner.document)) if owner else []
    found = next((one for one in listed if one.key_id == key_id), None)
    if found is None:
        raise NotListed("no coordination here has this key")
    return found


async def _own(desk: Desk, url: str) -> Document:
    """We do not ask ourselves: these are the bytes that we answer."""
    for find in (objects.by_id, outbox.by_id, actors.by_id):
        found = await find(desk.db, url)
        if found is not None:
            return loads(found.document)
    document = await _shown(desk, url)
    if document is None:
        raise NotFound(f"nothing published here has the id {url}")
    return loads(document)


async def _shown(desk: Desk, url: str) -> bytes | None:
    """One language, under its id (`…/versions/fr`) or on its page (`?lang=fr`); a page's text."""
    address, _, query = without_fragment(url).partition("?")
    page, _, language = address.partition("/versions/")
    language = language or dict(parse_qsl(query)).get("lang", "")
    if page == address and not address.startswith(f"{desk.uris.origin}/@"):
        return None
    parts = page.removeprefix(desk.uris.origin).split("/")
    place = 1 if page == address else 2
    if len(parts) <= place:
        return None
    object_id = desk.uris.object(parts[place].removeprefix("@"), await lookups.key_of(desk, page))
    found = await objects.by_id(desk.db, object_id)
    if found is None or found.deleted or not language:
        return found.document if found else None
    return await declarations.version_document(desk.db, found.declaration or 0, language)


async def examined(document: Document, find_key: KeyOf, now: datetime) -> Verdict:
    """Judges the document, and the object inside it by its own proof."""
    verdict = await _judged(document, find_key, now)
    inner = document.get("object")
    if not verdict.proved or not isinstance(inner, dict) or "proof" not in inner:
        return verdict
    inside = await _judged(inner, find_key, now)
    word = "holds too" if inside.proved else f"does not hold: {inside.reasons[0]}"
    told = f"the {inside.type} inside it has a proof of its own, which {word}"
    return _with(verdict, inside.proved, (*verdict.reasons, told))


def _with(one: Verdict, proved: bool, reasons: tuple[str, ...]) -> Verdict:
    shown = one.not_shown if proved else ()
    return Verdict(
        proved, one.document_id, one.type, one.signer, one.key_id, one.created, reasons, shown
    )


async def _judged(document: Document, find_key: KeyOf, now: datetime) -> Verdict:
    try:
        proof = proof_of(document)
    except MalformedDocument as fault:
        return _not_proved(document, None, str(fault))
    if proof is None:
        return _not_proved(document, None, "it carries no proof of its own (FEP-8b32)")
    try:
        key = await find_key(proof.verification_method)
    except CoordError as fault:
        return _not_proved(document, proof, f"its key could not be had: {fault}")
    if key.owner_id not in _authors(document):
        return _not_proved(document, proof, f"its key belongs to {key.owner_id}, not to its author")
    if proof.expires is not None and proof.expires <= now:
        return _not_proved(document, proof, f"the proof ended on {proof.options.get('expires')}")
    if not proof_holds(document, proof, key, now):
        return _not_proved(
            document, proof, "it was changed after it was signed, or never signed so"
        )
    return _proved(document, proof, key)


def _authors(document: Document) -> set[str]:
    """Whose key may prove it: the actor of an activity, the author of an object, or itself."""
    named = [*ids_of(document.get("actor")), *ids_of(document.get("attributedTo"))]
    own = id_of(document)
    return set(named) or ({own} if own else set())


def _type(document: Document) -> str:
    return next(iter(types_of(document)), "document")


def _not_proved(document: Document, proof: Proof | None, reason: str) -> Verdict:
    return Verdict(
        False,
        id_of(document),
        _type(document),
        None,
        proof.verification_method if proof else None,
        str(proof.options.get("created")) if proof else None,
        (reason,),
    )


def _proved(document: Document, proof: Proof, key: PublicKey) -> Verdict:
    created = str(proof.options.get("created"))
    host = host_in(key.owner_id) or key.owner_id
    return Verdict(
        True,
        id_of(document),
        _type(document),
        key.owner_id,
        key.key_id,
        created,
        (
            f"this {_type(document)} was signed by {key.owner_id}",
            f"with the key {key.key_id}, which that actor's own document lists",
            "and nothing in it has been changed since",
        ),
        (
            f"who is behind {host}: that is for its operators to say",
            f"that it was signed at {created}: the date is the signer's word",
            "that it still stands: it may have been corrected or withdrawn since",
        ),
    )
