"""HTTP signatures: signing what we send, reading what comes.

One signature a request, in either of two formats that share the `Signature` field: cavage
(the draft that every server knows) or RFC 9421. Reading needs no key and refuses whatever can
be refused without one; `holds` then asks the key. Finding keys is `remote`'s.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from fediverse_coord.errors import SignatureError
from fediverse_coord.protocol.algorithms import family_of, verifies
from fediverse_coord.protocol.keys import PublicKey, SigningKey
from fediverse_coord.protocol.signatures import cavage, rfc9421
from fediverse_coord.protocol.signatures.digest import BodyDigests, digests_of
from fediverse_coord.protocol.signatures.request import (
    Claim,
    InboundRequest,
    Spec,
    check_target,
)
from fediverse_coord.protocol.signatures.rfc9421 import ACCEPT_SIGNATURE
from fediverse_coord.protocol.times import http_date
from fediverse_coord.protocol.uris import Address, parse
from fediverse_coord.protocol.vocabulary import ACTIVITY_JSON

__all__ = [
    "ACCEPT_SIGNATURE",
    "BodyDigests",
    "Claim",
    "InboundRequest",
    "Spec",
    "digests_of",
    "holds",
    "read_claim",
    "sign_get",
    "sign_post",
    "sign_post_to",
]

# A delivery signs for the same inboxes, and many times in one second: neither is worked out twice.
_address = lru_cache(maxsize=4096)(parse)
_date = lru_cache(maxsize=8)(http_date)


def sign_post(
    spec: Spec, url: str, digests: BodyDigests, key: SigningKey, now: datetime
) -> dict[str, str]:
    """Every header a delivery needs. Raises MalformedDocument where the URL is none."""
    return sign_post_to(spec, _address(url), digests, key, now)


def sign_post_to(
    spec: Spec, address: Address, digests: BodyDigests, key: SigningKey, now: datetime
) -> dict[str, str]:
    """The same for a URL that was taken apart already."""
    headers = {"Host": address.authority, "Date": _date(now.replace(microsecond=0))}
    if spec is Spec.CAVAGE:
        headers |= {"Digest": digests.digest, "Content-Type": ACTIVITY_JSON}
        return headers | {"Signature": cavage.signed(headers, "POST", address.target, key)}
    headers |= {"Content-Digest": digests.content_digest, "Content-Type": ACTIVITY_JSON}
    covered = ("Content-Digest", "Content-Type", "Date")
    return headers | _signed_9421(address, "POST", headers, covered, key, now)


def sign_get(spec: Spec, url: str, key: SigningKey, now: datetime, accept: str) -> dict[str, str]:
    """Every header a fetch needs; `Accept` stays unsigned. Raises MalformedDocument."""
    address = _address(url)
    headers = {"Host": address.authority, "Date": _date(now.replace(microsecond=0))}
    if spec is Spec.CAVAGE:
        signed = {"Signature": cavage.signed(headers, "GET", address.target, key)}
    else:
        signed = _signed_9421(address, "GET", headers, ("Date",), key, now)
    return headers | {"Accept": accept} | signed


def _signed_9421(
    address: Address,
    method: str,
    headers: Mapping[str, str],
    covered: tuple[str, ...],
    key: SigningKey,
    now: datetime,
) -> dict[str, str]:
    components = {
        "@method": method,
        "@target-uri": address.origin + address.target,
        "@authority": address.authority,
        **{name.lower(): headers[name] for name in covered},
    }
    return rfc9421.signed(components, key, int(now.timestamp()))


def read_claim(request: InboundRequest, *, authority: str, scheme: str, now: datetime) -> Claim:
    """What the request claims: format, key id, signing string; coverage, age and body checked.

    `authority` and `scheme` are ours as configured, never what a proxy passes on. A request
    with `Signature-Input` is RFC 9421 and nothing else. Raises SignatureError where proof is
    missing or insufficient, MalformedDocument where the headers cannot be read.
    """
    check_target(request)
    if "signature-input" in request.headers:
        return rfc9421.read_rfc9421(request, authority=authority, scheme=scheme, now=now)
    if "signature" not in request.headers:
        raise SignatureError("the request is not signed")
    return cavage.read_cavage(request, authority=authority, now=now)


def holds(claim: Claim, key: PublicKey) -> bool:
    """Whether this key made the signature. The algorithm is the key's; a request that names
    another one does not hold, nor one that names another key.
    """
    if key.key_id != claim.key_id or claim.family not in {None, family_of(key.key)}:
        return False
    strings = (claim.signing_string, *claim.alternatives)
    return any(verifies(key.key, claim.signature, one) for one in strings)
