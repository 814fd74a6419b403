"""Keys: ours, ready to sign, and those that actor documents publish.  FEP-521a; signatures of
draft-cavage, RFC 9421 and FEP-8b32.

Reads what a document says of its own keys and nothing beyond: a key's word on whose it is
counts only in the owner's document, which the caller fetches. Which id a key must have to be
asked for is the caller's business too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from fediverse_coord.errors import ConfigError, MalformedDocument
from fediverse_coord.protocol import multikey
from fediverse_coord.protocol.algorithms import PrivateKey as PrivateKey
from fediverse_coord.protocol.algorithms import VerifyingKey as VerifyingKey
from fediverse_coord.protocol.algorithms import generate_ed25519 as generate_ed25519
from fediverse_coord.protocol.algorithms import generate_rsa as generate_rsa
from fediverse_coord.protocol.algorithms import vetted
from fediverse_coord.protocol.documents import Document, as_list, types_of
from fediverse_coord.protocol.uris import same_origin

MAX_KEYS = 10  # as many as Mastodon reads
MAX_PEM = 16_384


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of ours under its published id. It cannot print itself."""

    key_id: str
    private_key: PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A published key: its id, and the actor whose document lists it."""

    key_id: str
    owner_id: str
    key: VerifyingKey


def private_pem(key: PrivateKey) -> bytes:
    """PKCS#8 without encryption; sealing it is the caller's."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_private_pem(pem: bytes, *, trusted: bool = True) -> PrivateKey:
    """A key of ours. `trusted` leaves out the proof that its primes are prime, which costs as
    much as a hundred signatures. Raises ConfigError where it is no RSA or Ed25519 key.
    """
    try:
        key = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=trusted)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ConfigError("the private key cannot be read: give an unencrypted RSA or Ed25519 PEM")
    return key


def public_pem(key: VerifyingKey) -> str:
    """SubjectPublicKeyInfo, as `publicKeyPem` carries it."""
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode("ascii")


def load_public_pem(pem: str) -> VerifyingKey:
    """A stranger's key. Raises MalformedDocument when weak or neither RSA nor Ed25519."""
    if len(pem) > MAX_PEM:
        raise MalformedDocument("the PEM is too long")
    try:
        return vetted(load_pem_public_key(pem.encode()))
    except (ValueError, UnsupportedAlgorithm):
        raise MalformedDocument("the PEM cannot be read") from None


def public_keys_in(document: Document) -> list[PublicKey]:
    """At most ten keys that an actor's document lists as its own; faulty ones are left out.

    `publicKey` may be one or several, `assertionMethod` holds Multikeys. A key counts where it
    names the document's id as its owner and its own id lies under the same origin: otherwise
    one server could publish a key under another's id (FEP-fe34).
    """
    owner = document.get("id")
    if not isinstance(owner, str):
        return []
    listed = as_list(document.get("publicKey"))[:MAX_KEYS]
    methods = as_list(document.get("assertionMethod"))[:MAX_KEYS]
    found = (_read(one, owner) for one in [*listed, *methods] if isinstance(one, dict))
    return list(islice((key for key in found if key), MAX_KEYS))


def bare_key_owner(document: Document) -> str | None:
    """Whose a document that is only a key claims to be, by `owner` or `controller`."""
    if isinstance(document.get("publicKeyPem"), str):
        return next(_claimed_owners(document), None)
    if isinstance(document.get("publicKeyMultibase"), str):
        return next(_claimed_owners(document), None)
    return None


def _claimed_owners(key: Document) -> Iterator[str]:
    return (key[name] for name in ("owner", "controller") if isinstance(key.get(name), str))


def _read(key: Document, owner: str) -> PublicKey | None:
    key_id = key.get("id")
    if not isinstance(key_id, str) or set(_claimed_owners(key)) != {owner}:
        return None
    if not same_origin(key_id, owner) or key.get("revoked") is not None:
        return None
    try:
        found = _material(key)
    except MalformedDocument:
        return None
    return PublicKey(key_id, owner, found) if found else None


def _material(key: Document) -> VerifyingKey | None:
    pem, multibase = key.get("publicKeyPem"), key.get("publicKeyMultibase")
    if isinstance(pem, str):
        return load_public_pem(pem)
    if isinstance(multibase, str) and "Multikey" in types_of(key):
        return multikey.decode(multibase)
    return None
