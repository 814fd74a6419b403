"""A file that only its passphrase opens: scrypt and AES-256-GCM in chunks.  docs/backup-format.md.

The header is bound into every chunk; a chunk's nonce is its number and whether it is the last.
So nothing can be changed, left out, moved, cut off or added without being noticed (the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár). What is inside is the caller's.
"""

import struct
from dataclasses import dataclass, field
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from fediverse_coord.errors import Refusal

MAGIC = b"fediverse-coord backup 1\n"
HEADER = struct.Struct(">BBBxI16s8s")  # scrypt's log2 N, r, p; chunk size; salt; nonce prefix
HEADER_BYTES = len(MAGIC) + HEADER.size
CHUNK_BYTES = 65_536
TAG_BYTES = 16
LAST, MORE = 1, 0
MOST_CHUNKS = 1 << 24  # a terabyte; the nonce has three bytes for the number
# RFC 7914 and OWASP's advice for passphrases: 128 MiB and about half a second.
COST = (17, 8, 1)
MOST_COST = (20, 16, 4)

NOT_OURS = "this is no backup of fediverse-coord"
WRONG = "the passphrase is wrong, or the file is damaged from its beginning on"
DAMAGED = "the file is damaged or cut off: use another backup"


@dataclass(frozen=True, slots=True)
class Chance:
    """What must be fresh for each file: 16 and 8 random bytes."""

    salt: bytes = field(repr=False)
    prefix: bytes = field(repr=False)


class SealedWriter:
    """Writes a sealed file; without `finish` at the end it will not open."""

    def __init__(
        self,
        file: BinaryIO,
        passphrase: str,
        chance: Chance,
        *,
        cost: tuple[int, int, int] = COST,
    ) -> None:
        self._file, self._prefix = file, chance.prefix
        self._header = MAGIC + HEADER.pack(*cost, CHUNK_BYTES, chance.salt, chance.prefix)
        self._cipher = _cipher(passphrase, chance.salt, cost)
        self._waiting = bytearray()
        self._number = 0
        file.write(self._header)

    def write(self, data: bytes, /) -> int:
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), MORE)
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def finish(self) -> None:
        """Seals the last chunk. Without it the file does not open."""
        self._seal(bytes(self._waiting), LAST)

    def _seal(self, plain: bytes, ending: int) -> None:
        nonce = _nonce(self._prefix, self._number, ending)
        self._file.write(self._cipher.encrypt(nonce, plain, self._header))
        self._number += 1


class SealedReader:
    """Reads a sealed file; every byte it gives was checked. Raises Refusal for anything else."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        self._header = file.read(HEADER_BYTES)
        cost, self._chunk_bytes, salt, self._prefix = _header(self._header)
        self._cipher = _cipher(passphrase, salt, cost)
        self._number, self._ended = 0, False
        self._ready = b""
        self._next = self._read_chunk()

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""
        if not self._ready and not self._ended:
            self._ready = self._open()
        given, self._ready = self._ready[:size], self._ready[size:]
        return given

    def _read_chunk(self) -> bytes:
        return self._file.read(self._chunk_bytes + TAG_BYTES)

    def _open(self) -> bytes:
        sealed, self._next = self._next, self._read_chunk()
        # The last chunk is the one after which nothing comes; if it was not sealed as the last,
        # or another was, it does not open.
        ending = MORE if self._next else LAST
        self._ended = ending == LAST
        try:
            nonce = _nonce(self._prefix, self._number, ending)
            plain = self._cipher.decrypt(nonce, sealed, self._header)
        except (InvalidTag, ValueError):
            raise Refusal(DAMAGED if self._number else WRONG) from None
        self._number += 1
        return plain


def _header(header: bytes) -> tuple[tuple[int, int, int], int, bytes, bytes]:
    if len(header) != HEADER_BYTES or not header.startswith(MAGIC):
        raise Refusal(NOT_OURS)
    log_n, r, p, chunk_bytes, salt, prefix = HEADER.unpack(header[len(MAGIC) :])
    limits = zip((log_n, r, p), MOST_COST, strict=True)
    if chunk_bytes != CHUNK_BYTES or not all(1 <= one <= most for one, most in limits):
        raise Refusal(DAMAGED)
    return (log_n, r, p), chunk_bytes, salt, prefix


def _cipher(passphrase: str, salt: bytes, cost: tuple[int, int, int]) -> AESGCM:
    log_n, r, p = cost
    derived = Scrypt(salt=salt, length=32, n=1 << log_n, r=r, p=p)
    return AESGCM(derived.derive(passphrase.encode()))


def _nonce(prefix: bytes, number: int, ending: int) -> bytes:
    """12 bytes: 8 of chance, 3 of the chunk's number, 1 that says whether it is the last."""
    if number >= MOST_CHUNKS:
        raise Refusal("a backup holds at most a terabyte")
    return prefix + number.to_bytes(3, "big") + bytes([ending])
