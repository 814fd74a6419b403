"""Digests of a body: `Digest` (RFC 3230, as draft-cavage peers send it) and `Content-Digest`
(RFC 9530).

Always recomputed from the raw bytes: a signed digest that nobody recomputes proves nothing.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from fediverse_coord.errors import SignatureError
from fediverse_coord.protocol.signatures.fields import byte_sequences

MAX_LENGTH = 1024


@dataclass(frozen=True, slots=True)
class BodyDigests:
    """Both header values for one body, computed once for all its deliveries."""

    digest: str
    content_digest: str


def digests_of(body: bytes) -> BodyDigests:
    encoded = _encoded(body)
    return BodyDigests(f"SHA-256={encoded}", f"sha-256=:{encoded}:")


def digest_header(body: bytes) -> str:
    """The value of `Digest`."""
    return f"SHA-256={_encoded(body)}"


def content_digest_header(body: bytes) -> str:
    """The value of `Content-Digest`."""
    return digests_of(body).content_digest


def check_digest(value: str, body: bytes) -> None:
    """Raises SignatureError unless a SHA-256 is there and every one is the body's."""
    if len(value) > MAX_LENGTH:
        raise SignatureError("the Digest header is too long")
    if value == digest_header(body):
        return  # which is what nearly everybody sends
    parts = (part.strip().partition("=") for part in value.split(","))
    given = [_decoded(text) for name, _, text in parts if name.lower() == "sha-256"]
    if not given:
        raise SignatureError("the Digest header holds no SHA-256")
    if any(one != hashlib.sha256(body).digest() for one in given):
        raise SignatureError("the Digest header is not the digest of the body")


def check_content_digest(value: str, body: bytes) -> None:
    """Raises SignatureError unless a SHA-256 or SHA-512 is there and each is the body's."""
    if len(value) > MAX_LENGTH:
        raise SignatureError("the Content-Digest header is too long")
    given = byte_sequences(value, "Content-Digest")
    known = {name: text for name, text in given.items() if name in {"sha-256", "sha-512"}}
    if not known:
        raise SignatureError("the Content-Digest header holds neither sha-256 nor sha-512")
    for name, found in known.items():
        if found != hashlib.new(name.replace("-", ""), body).digest():
            raise SignatureError("the Content-Digest header is not the digest of the body")


def _encoded(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureError("the Digest header is not base64") from None
