"""Object Integrity Proofs: FEP-8b32 with the suite eddsa-jcs-2022 (W3C vc-di-eddsa 1.0, 3.3).

Proves documents of ours and checks those of others. A proof speaks for the document it stands
in and for no other; that the key's owner is the document's `actor`, `attributedTo` or `id` is
for the caller to see. Linked-Data signatures are neither made nor read.
"""

import hashlib
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fediverse_coord.errors import MalformedDocument
from fediverse_coord.protocol import base58
from fediverse_coord.protocol.algorithms import verifies
from fediverse_coord.protocol.documents import Document, as_list
from fediverse_coord.protocol.keys import PublicKey, SigningKey
from fediverse_coord.protocol.multikey import multibase
from fediverse_coord.protocol.times import as2_datetime, parse_as2_datetime

TYPE = "DataIntegrityProof"
SUITE = "eddsa-jcs-2022"
PURPOSE = "assertionMethod"
SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof taken apart. `options` is all of it but the signature."""

    verification_method: str
    options: Document
    signature: bytes = field(repr=False)
    expires: datetime | None = None


def prove(document: Document, key: SigningKey, created: datetime) -> Document:
    """The document with its proof, in place of any it had. The key is Ed25519."""
    if not isinstance(key.private_key, Ed25519PrivateKey):
        raise TypeError("proofs are made with an Ed25519 key")
    bare = _without_proof(document)
    options: Document = {
        "type": TYPE,
        "cryptosuite": SUITE,
        "verificationMethod": key.key_id,
        "proofPurpose": PURPOSE,
        "created": as2_datetime(created),
    }
    if "@context" in bare:
        options = {"@context": deepcopy(bare["@context"]), **options}
    signature = key.private_key.sign(hash_data(bare, options))
    return {**bare, "proof": {**options, "proofValue": "z" + base58.encode(signature)}}


def proof_of(document: Document) -> Proof | None:
    """The document's proof, or nothing where there is none or one of another suite.

    Raises MalformedDocument for several proofs and for faulty ones of this suite.
    """
    proof = document.get("proof")
    if proof is None:
        return None
    if not isinstance(proof, dict):
        # FEP-8b32: an object has no more than one proof.
        raise MalformedDocument("the proof is not a single object")
    if proof.get("type") != TYPE or proof.get("cryptosuite") != SUITE:
        return None
    return _read(proof)


def proof_holds(document: Document, proof: Proof, key: PublicKey, now: datetime) -> bool:
    """Whether the key under the proof's verification method signed this document. Never raises.

    Contexts appended on the way are left out before hashing; they must follow the signed ones.
    """
    if key.key_id != proof.verification_method or not isinstance(key.key, Ed25519PublicKey):
        return False
    if proof.expires is not None and proof.expires <= now:
        return False
    signed = _as_signed(_without_proof(document), proof.options)
    if signed is None:
        return False
    try:
        data = hash_data(signed, proof.options)
    except (ValueError, RecursionError):
        return False
    return verifies(key.key, proof.signature, data)


def hash_data(document: Document, options: Document) -> bytes:
    """64 bytes: the hash of the options, then that of the document (3.3.4), both in JCS.

    Raises ValueError for numbers that JCS (RFC 8785) cannot write.
    """
    return (
        hashlib.sha256(rfc8785.dumps(options)).digest()
        + hashlib.sha256(rfc8785.dumps(document)).digest()
    )


def _without_proof(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in {"proof", "signature"}}


def _as_signed(document: Document, options: Document) -> Document | None:
    """3.3.2: the document's contexts must start with the proof's, which then take their place."""
    if "@context" not in options:
        return document
    signed = as_list(options["@context"])
    if as_list(document.get("@context"))[: len(signed)] != signed:
        return None
    return {**document, "@context": options["@context"]}


def _read(proof: Document) -> Proof:
    method, value = proof.get("verificationMethod"), proof.get("proofValue")
    if not isinstance(method, str) or not isinstance(value, str):
        raise MalformedDocument("the proof has no verificationMethod or no proofValue")
    if proof.get("proofPurpose") != PURPOSE:
        raise MalformedDocument("the proof's purpose is not assertionMethod")
    if parse_as2_datetime(proof.get("created")) is None:
        raise MalformedDocument("the proof does not say when it was made")
    expires = parse_as2_datetime(proof.get("expires"))
    if expires is None and proof.get("expires") is not None:
        raise MalformedDocument("the proof's expires cannot be read")
    signature = multibase(value) if value.startswith("z") else b""
    if len(signature) != SIGNATURE_BYTES:
        raise MalformedDocument("the proof's value is not 64 bytes in base58")
    options = {name: one for name, one in proof.items() if name != "proofValue"}
    return Proof(method, options, signature, expires)
