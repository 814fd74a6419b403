"""The two algorithms spoken here: RSA PKCS#1 v1.5 with SHA-256, and Ed25519.  RFC 8017, RFC 8032.

Which one is used follows from the type of the key, never from what a peer's message says.
Whose a key is and how it is written down belongs to `keys` and `multikey`.
"""

from functools import lru_cache
from typing import TypeAlias, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from fediverse_coord.errors import MalformedDocument

PrivateKey: TypeAlias = RSAPrivateKey | Ed25519PrivateKey
VerifyingKey: TypeAlias = RSAPublicKey | Ed25519PublicKey

RSA, ED25519 = "rsa", "ed25519"

RSA_BITS = range(2048, 8193)
MAX_EXPONENT = 2**64  # beyond it, checking a signature costs as much as making one

_PADDING = padding.PKCS1v15()
_SHA256 = hashes.SHA256()


def generate_rsa() -> RSAPrivateKey:
    """A new 2048-bit key; takes a noticeable part of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def generate_ed25519() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def family_of(key: PrivateKey | VerifyingKey) -> str:
    """`RSA` or `ED25519`."""
    return _family(type(key))


@lru_cache(maxsize=16)  # asked of every request, and slow to find out: the types are abstract
def _family(kind: type[PrivateKey | VerifyingKey]) -> str:
    return RSA if issubclass(kind, RSAPrivateKey | RSAPublicKey) else ED25519


def sign(key: PrivateKey, message: bytes) -> bytes:
    """The signature; both algorithms give the same one for the same message."""
    if isinstance(key, RSAPrivateKey):
        return key.sign(message, _PADDING, _SHA256)
    return key.sign(message)


def verifies(key: VerifyingKey, signature: bytes, message: bytes) -> bool:
    """Whether the key made the signature over the message. Never raises."""
    try:
        if family_of(key) == RSA:
            cast("RSAPublicKey", key).verify(signature, message, _PADDING, _SHA256)
        else:
            cast("Ed25519PublicKey", key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def vetted(key: object) -> VerifyingKey:
    """A stranger's key, if it is strong enough and cheap enough. Raises MalformedDocument."""
    if isinstance(key, Ed25519PublicKey):
        return key
    if not isinstance(key, RSAPublicKey):
        raise MalformedDocument("the key is neither RSA nor Ed25519")
    if key.key_size not in RSA_BITS:
        raise MalformedDocument("the RSA key is not between 2048 and 8192 bits long")
    exponent = key.public_numbers().e
    if exponent < 3 or exponent % 2 == 0 or exponent > MAX_EXPONENT:
        raise MalformedDocument("the RSA key's exponent is not usable")
    return key
