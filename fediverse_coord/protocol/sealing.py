"""Secrets at rest: sealed with the instance's key file (AES-256-GCM, RFC 5116).

The context is bound to the ciphertext, so that a sealed value moved to another row does
not open there. The nonce is chance and comes in as an argument. The key file itself may be
sealed with a passphrase (scrypt, RFC 7914); docs/backup-format.md shows how it opens.
"""

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from fediverse_coord.errors import ConfigError

NONCE_BYTES = 12
KEY_BYTES = 32
MARK = b"sealed1:"
PROTECTED = "protected1"
SALT_BYTES = 16
# log2 N, r and p: 128 MiB and a third of a second, as OWASP advises for passphrases. More than
# the second is not believed of a file: it would only cost memory.
COST = (17, 8, 1)
MOST_COST = (20, 16, 4)
LOCKED = (
    "the key file is protected with a passphrase: give it in FEDIVERSE_COORD_PASSPHRASE, in the "
    "file that server.passphrase_file names, or as the service manager's credential 'passphrase'"
)
NOT_A_KEY_FILE = "the key file must hold 32 bytes in base64, as `init` writes it"


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


def seal_from(text: str, passphrase: str | None = None) -> Seal:
    """Reads a key file: 32 bytes in base64 on one line, or these sealed with a passphrase.

    Raises ConfigError, also where the passphrase is wrong or missing; one that is not needed is
    not looked at.
    """
    if is_protected(text):
        return Seal(_opened(text.strip(), passphrase))
    secret = _decoded(text.strip())
    if len(secret) != KEY_BYTES:
        raise ConfigError(NOT_A_KEY_FILE)
    return Seal(secret)


def is_protected(text: str) -> bool:
    """Whether this key file asks for a passphrase."""
    return text.startswith(f"{PROTECTED}:")


def key_file_text(secret: bytes) -> str:
    """What a key file holds; `secret` is 32 fresh random bytes."""
    return base64.b64encode(secret).decode("ascii") + "\n"


def protected_text(
    seal: Seal, passphrase: str, salt: bytes, nonce: bytes, cost: tuple[int, int, int] = COST
) -> str:
    """What a protected key file holds; `salt` and `nonce` are 16 and 12 fresh random bytes."""
    log_n, r, p = cost
    head = f"{PROTECTED}:{log_n}:{r}:{p}:{base64.b64encode(salt).decode()}"
    sealed = AESGCM(_derived(passphrase, salt, cost)).encrypt(nonce, seal.secret, head.encode())
    return f"{head}:{base64.b64encode(nonce + sealed).decode()}\n"


def _opened(text: str, passphrase: str | None) -> bytes:
    head, _, body = text.rpartition(":")
    try:
        _, log_n, r, p, salt = head.split(":")
        cost = int(log_n), int(r), int(p)
    except ValueError:
        raise ConfigError(NOT_A_KEY_FILE) from None
    limits = zip(cost, MOST_COST, strict=True)
    if not all(1 <= one <= most for one, most in limits):
        raise ConfigError(NOT_A_KEY_FILE)
    if not passphrase:
        raise ConfigError(LOCKED)
    sealed, key = _decoded(body), _derived(passphrase, _decoded(salt), cost)
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], head.encode())
    except (InvalidTag, ValueError):
        raise ConfigError(
            "the passphrase does not open the key file: it is another one, or the file is damaged"
        ) from None


def _derived(passphrase: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    log_n, r, p = cost
    return Scrypt(salt=salt, length=KEY_BYTES, n=1 << log_n, r=r, p=p).derive(passphrase.encode())


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
