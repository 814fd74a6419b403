"""What a paper proves, in words.  docs/adr/0015.

Three things have to agree: the seal over all bytes, the attached text with its own proof, and the
key, which has to be known from elsewhere as the coordination's. Where one does not, it is told
which, and what still holds.
"""

import hashlib
from dataclasses import replace
from datetime import datetime

from fediverse_coord.desk.proofs import KeyOf, NotListed, Verdict, examined
from fediverse_coord.errors import CoordError, MalformedDocument
from fediverse_coord.press.paper_proof import PaperProof, attached_text, read_proof
from fediverse_coord.protocol.algorithms import VerifyingKey
from fediverse_coord.protocol.keys import PublicKey, public_pem
from fediverse_coord.protocol.wire import loads

SWAPPED = "the text attached to it is not the one that it was sealed with"
MISSING = "the signed text that belongs to it is not attached any more"
CHANGED = "at least one byte of it was changed after it was sealed"
WHOLE = "not one byte of it has been changed since it was sealed with the key that it carries"


async def of_paper(file: bytes, find_key: KeyOf, now: datetime) -> Verdict:
    """Judges a PDF of a declaration. Raises nothing that a file could cause."""
    try:
        proof = read_proof(file)
    except MalformedDocument as fault:
        return _failed(None, str(fault))
    text = attached_text(file)
    inner = await _inner(text, find_key, now)
    faults = _faults(file, proof, text)
    if faults:
        return _failed(proof, *faults, *_still_held(inner))
    try:
        key = await find_key(proof.key_id)
    except CoordError as fault:
        return _unknown(proof, inner, fault)
    if not _same(key.key, proof.public):
        return _failed(
            proof,
            f"it was sealed with a foreign key: {key.owner_id} lists another one as {proof.key_id}",
        )
    return _agreeing(proof, key, inner)


def _faults(file: bytes, proof: PaperProof, text: bytes | None) -> list[str]:
    faults = []
    if text is None:
        faults.append(MISSING)
    elif hashlib.sha256(text).hexdigest() != proof.text_digest:
        faults.append(SWAPPED)
    if not proof.holds(file):
        faults.append(CHANGED)
    return faults


async def _inner(text: bytes | None, find_key: KeyOf, now: datetime) -> Verdict | None:
    """What the attached text proves by itself."""
    try:
        return await examined(loads(text), find_key, now) if text is not None else None
    except MalformedDocument:
        return None


def _still_held(inner: Verdict | None) -> tuple[str, ...]:
    if inner is None or not inner.proved:
        return ()
    return (
        f"the attached text by itself was signed by {inner.signer}; believe that text, "
        "not the pages around it",
    )


def _same(one: VerifyingKey, other: VerifyingKey) -> bool:
    return public_pem(one) == public_pem(other)


def _failed(proof: PaperProof | None, *reasons: str) -> Verdict:
    key_id, created = (proof.key_id, proof.created) if proof else (None, None)
    return Verdict(False, None, "paper", None, key_id, created, reasons)


def _unknown(proof: PaperProof, inner: Verdict | None, fault: CoordError) -> Verdict:
    """Whole, but by whom?"""
    verdict = _failed(proof, WHOLE, f"but that proves nobody's word: {fault}")
    named = inner.document_id if inner else None
    return replace(verdict, document_id=named, signer_unknown=not isinstance(fault, NotListed))


def _agreeing(proof: PaperProof, key: PublicKey, inner: Verdict | None) -> Verdict:
    """The seal is the owner's; the text has to be the same owner's."""
    if inner is None or not inner.proved:
        reason = inner.reasons[0] if inner else "it cannot be read"
        return _failed(proof, f"the attached text does not hold: {reason}")
    if inner.signer != key.owner_id:
        return _failed(
            proof, f"it was sealed by {key.owner_id}, but its text was signed by {inner.signer}"
        )
    reasons = (
        f"this paper was sealed by {key.owner_id}, with the key {key.key_id}",
        "not one byte of it has been changed since",
        f"the text attached to it is what {key.owner_id} signed at {inner.created}, unchanged",
    )
    return replace(inner, type="paper", reasons=reasons)
