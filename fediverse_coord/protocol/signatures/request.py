"""What a signed request is, and what it claims before any key is known.

The parts both formats share: the request as it came, the claim as it is handed on, how old
it may be, and which of its fields may enter a signing string.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from fediverse_coord.errors import MalformedDocument, SignatureError
from fediverse_coord.protocol.times import EPOCH
from fediverse_coord.protocol.uris import parse

MAX_HEADER = 8192
MAX_COMPONENTS = 32
MAX_SIGNATURE = 1024  # bytes, of an 8192-bit key
MAX_AGE = timedelta(minutes=65)  # an hour and a little more, each side
MAX_SKEW = timedelta(hours=1)
MAX_SECONDS = 10**11
FINGERPRINT_BYTES, MOMENT_BYTES = 32, 5


class Spec(Enum):
    """The two formats of HTTP signatures."""

    CAVAGE = "cavage"
    RFC9421 = "rfc9421"


@dataclass(frozen=True, slots=True)
class InboundRequest:
    """A request as it came.

    `target` is the raw path with its query. `headers` have lower-case names and values
    decoded as Latin-1; of a repeated one the values are joined with ", ".
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """That a key signed this request; everything is checked but the signature itself.

    `alternatives` are other signing strings that peers make of the same GET. `family` is the
    algorithm the request names, if it names one: the key must be of that kind.
    """

    spec: Spec
    key_id: str
    signing_string: bytes
    alternatives: tuple[bytes, ...]
    signature: bytes = field(repr=False)
    fingerprint: bytes
    family: str | None = None


def claim(
    spec: Spec,
    key_id: str,
    signed_at: datetime,
    strings: tuple[bytes, ...],
    signature: bytes,
    family: str | None,
) -> Claim:
    """Puts a claim together. `signed_at` is under the signature."""
    if not 0 < len(signature) <= MAX_SIGNATURE:
        raise SignatureError("the signature has no usable length", key_id=key_id)
    fingerprint = _fingerprint(key_id, signed_at, strings[0])
    return Claim(spec, key_id, strings[0], strings[1:], signature, fingerprint, family)


def _fingerprint(key_id: str, signed_at: datetime, string: bytes) -> bytes:
    """32 bytes for key id and signing string: when it was signed, then as much of SHA-256.

    What comes in one after the other was signed so too: then a memory of millions of them grows
    at one place, and not at as many as come.
    """
    moment = int(signed_at.timestamp()).to_bytes(MOMENT_BYTES, "big")
    hashed = hashlib.sha256(key_id.encode() + b"\n" + string).digest()
    return moment + hashed[: FINGERPRINT_BYTES - MOMENT_BYTES]


def check_target(request: InboundRequest) -> None:
    """Raises MalformedDocument unless the target is a path in visible ASCII."""
    target = request.target
    if not target.startswith("/") or not target.isascii() or not target.isprintable():
        raise MalformedDocument("the request target is not a path")
    if " " in target:
        raise MalformedDocument("the request target holds a space")


def bounded(request: InboundRequest, name: str) -> str:
    """A signature header within its bound. Raises SignatureError, MalformedDocument."""
    value = request.headers.get(name)
    if value is None:
        raise SignatureError(f"the request has no {name.title()} header")
    if len(value) > MAX_HEADER or not value.isascii():
        raise MalformedDocument(f"the {name.title()} header is too long or not ASCII")
    return value


def field_of(request: InboundRequest, name: str) -> str:
    """The value of a covered field. Raises SignatureError where it is missing or has lines."""
    value = request.headers.get(name)
    if value is None:
        raise SignatureError(f"the signature covers {name!r}, which the request lacks")
    if "\n" in value or "\r" in value:
        raise SignatureError(f"the field {name!r} spans lines")
    return value.strip(" \t")


def signing_bytes(lines: list[str]) -> bytes:
    """The lines as they are signed: joined by LF, none at the end. Raises SignatureError."""
    try:
        return "\n".join(lines).encode("latin-1")
    except UnicodeEncodeError:
        raise SignatureError("a covered field holds characters that no header can") from None


def checked_key_id(key_id: str) -> str:
    """Raises SignatureError unless it is an http(s) URL: `acct:` and bare names are not asked."""
    try:
        parse(key_id)
    except MalformedDocument:
        raise SignatureError("the key id is not a usable URL") from None
    return key_id


def moment_of(seconds: int) -> datetime:
    """Raises SignatureError for what no clock shows."""
    if not 0 <= seconds <= MAX_SECONDS:
        raise SignatureError("the time of signing is out of range")
    return EPOCH + timedelta(seconds=seconds)


def check_fresh(signed: datetime, expires: datetime | None, now: datetime) -> None:
    """Raises SignatureError unless it was signed within 65 minutes of now and has not expired.

    An expiry is granted an hour of clock difference, as Mastodon grants it.
    """
    if abs(now - signed) > MAX_AGE:
        raise SignatureError("the signature is too old, or from the future: check the clock")
    if expires is not None and now > expires + MAX_SKEW:
        raise SignatureError("the signature has expired")
