"""Secrets at rest: sealed with the instance's key file (AES-256-GCM, RFC 5116).

The context is bound to the ciphertext, so that a sealed value moved to another row does
not open there. The nonce is chance and comes in as an argument.
"""

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fediverse_coord.errors import ConfigError

NONCE_BYTES = 12
KEY_BYTES = 32
MARK = b"sealed1:"


@dataclass(frozen=True, slots=True)
class Seal:
    """The instance's secret. It cannot print itself."""

    secret: bytes = field(repr=False)

    def close(self, plain: bytes, context: str, nonce: bytes) -> bytes:
        """The sealed bytes; `nonce` is 12 fresh random bytes."""
        sealed = AESGCM(self.secret).encrypt(nonce, plain, context.encode())
        return MARK + nonce + sealed

    def open(self, sealed: bytes, context: str) -> bytes:
        """The plain bytes. Raises ConfigError where another key file sealed them."""
        body = sealed.removeprefix(MARK)
        nonce, cipher = body[:NONCE_BYTES], body[NONCE_BYTES:]
        try:
            return AESGCM(self.secret).decrypt(nonce, cipher, context.encode())
        except (InvalidTag, ValueError):
            raise ConfigError(
                "the key file does not open this database's secrets: "
                "put back the key file that belongs to it (it is part of every backup)"
            ) from None


def seal_from(text: str) -> Seal:
    """Reads a key file: 32 bytes in base64 on one line. Raises ConfigError."""
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:
        raise ConfigError("the key file must hold 32 bytes in base64, as `init` writes it")
    return Seal(secret)


def key_file_text(secret: bytes) -> str:
    """What a key file holds; `secret` is 32 fresh random bytes."""
    return base64.b64encode(secret).decode("ascii") + "\n"
