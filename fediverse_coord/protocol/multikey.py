"""Multikey: a public key as one string.  FEP-521a, W3C Controlled Identifiers 1.0, section 2.2.2.

Multibase letter, multicodec prefix, raw key. We write `z` (base58) and read `z` and `u`
(base64url); Ed25519 as its 32 bytes, RSA as a DER PKCS#1 RSAPublicKey.
"""

import base64
import binascii

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from fediverse_coord.errors import MalformedDocument
from fediverse_coord.protocol import base58
from fediverse_coord.protocol.algorithms import VerifyingKey, vetted

ED25519_PUB = b"\xed\x01"
RSA_PUB = b"\x85\x24"


def encode(key: VerifyingKey) -> str:
    """`z6Mk…` for Ed25519, `z4MX…` for RSA."""
    return "z" + base58.encode(_raw(key))


def decode(text: str) -> VerifyingKey:
    """The key. Raises MalformedDocument for other encodings, other kinds and weak keys."""
    raw = multibase(text)
    prefix, body = raw[:2], raw[2:]
    if prefix == ED25519_PUB and len(body) == 32:
        return Ed25519PublicKey.from_public_bytes(body)
    if prefix == RSA_PUB:
        return _rsa(raw)
    raise MalformedDocument("the Multikey is neither RSA nor Ed25519")


def multibase(text: str) -> bytes:
    """The bytes behind `z` or `u`. Raises MalformedDocument."""
    if text[:1] == "z":
        return base58.decode(text[1:])
    if text[:1] == "u" and len(text) <= base58.MAX_LENGTH:
        return _base64url(text[1:])
    raise MalformedDocument("not a multibase text in base58 or base64url")


def _base64url(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise MalformedDocument("not base64url") from None


def _raw(key: VerifyingKey) -> bytes:
    if isinstance(key, Ed25519PublicKey):
        return ED25519_PUB + key.public_bytes_raw()
    return RSA_PUB + key.public_bytes(Encoding.DER, PublicFormat.PKCS1)


def _rsa(raw: bytes) -> VerifyingKey:
    try:
        key = vetted(load_der_public_key(raw[2:]))
    except (ValueError, UnsupportedAlgorithm):
        raise MalformedDocument("the RSA key cannot be read") from None
    # The loader also takes other wrappings; only one spelling of a key is a Multikey.
    if _raw(key) != raw:
        raise MalformedDocument("the RSA key is not a plain RSAPublicKey")
    return key
