"""What the signature tests share: published vectors, their keys, and a request of our own."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fediverse_coord.protocol.keys import PublicKey, SigningKey, load_private_pem
from fediverse_coord.protocol.signatures import InboundRequest, Spec, digests_of, sign_post

VECTORS = Path(__file__).parent.parent / "vectors"

NOW = datetime(2026, 10, 14, 17, 46, 40, tzinfo=UTC)  # 1792000000, as in the vectors
DOCKERS = "https://harbour.example/actors/dockers"
INBOX = "https://coord.example/actors/miners/inbox"
BODY = b'{"type":"Follow","summary":"We stand with the strike at Pier 4."}'


def vectors(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return found


def signing_key(name: str, key_id: str) -> SigningKey:
    entry = vectors("rfc9421.json")["keys"][name]
    pem = entry.get("private_pem_pkcs1") or entry["private_pem_pkcs8"]
    return SigningKey(key_id, load_private_pem(pem.encode()))


RSA_KEY = signing_key("test-key-rsa", f"{DOCKERS}#main-key")
ED25519_KEY = signing_key("test-key-ed25519", f"{DOCKERS}#ed25519-key")


def public(key: SigningKey, key_id: str | None = None) -> PublicKey:
    return PublicKey(key_id or key.key_id, DOCKERS, key.private_key.public_key())


def inbound(
    headers: Mapping[str, str],
    *,
    method: str = "POST",
    url: str = INBOX,
    body: bytes = BODY,
) -> InboundRequest:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return InboundRequest(method, target, {k.lower(): v for k, v in headers.items()}, body)


def as_received(
    vector: Mapping[str, Any], added: Mapping[str, str] | None = None
) -> InboundRequest:
    """The request of a vector."""
    request = vector["request"]
    return inbound(
        request["headers"] | dict(added or {}),
        method=request["method"],
        url=request["url"],
        body=(request["body"] or "").encode(),
    )


def posted(spec: Spec, key: SigningKey = RSA_KEY, **changed: str) -> InboundRequest:
    """A POST of ours as the other side receives it; `changed` headers replace signed ones."""
    headers = sign_post(spec, INBOX, digests_of(BODY), key, NOW)
    return inbound(headers | {name.replace("_", "-"): value for name, value in changed.items()})
