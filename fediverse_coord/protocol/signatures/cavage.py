"""HTTP signatures as deployed: draft-cavage-http-signatures-12, section 2.

Builds and reads the signing string; the caller brings key and time. Demands more than the
draft: request target, host, time, and the digest wherever there is a body. Departs from it
once: `hs2019` means whatever the key is, as peers send it. Only the `Signature` header is
read, no `Authorization`.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from fediverse_coord.errors import MalformedDocument, SignatureError
from fediverse_coord.protocol.algorithms import RSA, family_of, sign
from fediverse_coord.protocol.keys import SigningKey
from fediverse_coord.protocol.signatures.digest import check_digest
from fediverse_coord.protocol.signatures.request import (
    MAX_COMPONENTS,
    Claim,
    InboundRequest,
    Spec,
    bounded,
    check_fresh,
    checked_key_id,
    claim,
    field_of,
    moment_of,
    signing_bytes,
)
from fediverse_coord.protocol.times import parse_http_date

TARGET, CREATED, EXPIRES = "(request-target)", "(created)", "(expires)"
NEEDED = frozenset({TARGET, "host"})
NEEDED_WITH_BODY = NEEDED | {"digest"}

ALGORITHMS = {"rsa-sha256": RSA, "hs2019": None, "": None}
PARAMETER = re.compile(r'[ \t]*([A-Za-z]+)[ \t]*=[ \t]*(?:"([^"\\]*)"|([0-9]+))[ \t]*')
MAX_PARAMETERS = 16
# Most that come are of this form, which can be taken apart in one look.
SIMPLE = re.compile(
    r'keyId="([^"\\]*)",algorithm="([^"\\]*)",headers="([^"\\]*)",signature="([^"\\]*)"\Z'
)
SIMPLE_NAMES = ("keyid", "algorithm", "headers", "signature")


def signed(headers: Mapping[str, str], method: str, target: str, key: SigningKey) -> str:
    """The value of `Signature` over the target and then all the headers, in their order."""
    lines = [f"{TARGET}: {method.lower()} {target}"]
    lines += [f"{name.lower()}: {value}" for name, value in headers.items()]
    signature = base64.b64encode(sign(key.private_key, "\n".join(lines).encode("latin-1")))
    algorithm = "rsa-sha256" if family_of(key.private_key) == RSA else "hs2019"
    names = " ".join([TARGET, *headers]).lower()
    return (
        f'keyId="{key.key_id}",algorithm="{algorithm}",headers="{names}",'
        f'signature="{signature.decode("ascii")}"'
    )


def read_cavage(request: InboundRequest, *, authority: str, now: datetime) -> Claim:
    """The claim in `Signature`. Raises SignatureError, or MalformedDocument when unreadable."""
    parameters = parameters_in(bounded(request, "signature"))
    names = covered_in(parameters)
    key_id = checked_key_id(parameters.get("keyid", ""))
    algorithm = parameters.get("algorithm", "").lower()
    if algorithm not in ALGORITHMS:
        raise SignatureError("the algorithm is not rsa-sha256 or hs2019", key_id=key_id)
    without_body = not request.body and request.method in {"GET", "HEAD"}
    _check_coverage(names, algorithm, NEEDED if without_body else NEEDED_WITH_BODY)
    signed_at = _time_of(request, names, parameters, now)
    if "digest" in names:
        check_digest(field_of(request, "digest"), request.body)
    strings = _strings(request, names, parameters, authority)
    signature = _decoded(parameters.get("signature", ""))
    return claim(Spec.CAVAGE, key_id, signed_at, strings, signature, ALGORITHMS[algorithm])


def parameters_in(value: str) -> dict[str, str]:
    """The parameters by lower-case name. Raises MalformedDocument, also when one repeats."""
    simple = SIMPLE.match(value)
    if simple is not None:
        return dict(zip(SIMPLE_NAMES, simple.groups(), strict=True))
    rest, found = value.removeprefix("Signature "), dict[str, str]()
    position = 0
    while len(found) < MAX_PARAMETERS:
        match = PARAMETER.match(rest, position)
        if match is None:
            break
        name = match[1].lower()
        if name in found:
            raise MalformedDocument(f"the parameter {name} stands twice in the Signature header")
        found[name] = match[3] if match[2] is None else match[2]
        position = match.end()
        if position == len(rest):
            return found
        if rest[position] != ",":
            break
        position += 1
    raise MalformedDocument("the Signature header cannot be read")


def covered_in(parameters: Mapping[str, str]) -> tuple[str, ...]:
    """The names under the signature, in order. Raises SignatureError for too many or repeated."""
    return _names_in(parameters.get("headers", ""))


@lru_cache(maxsize=64)  # servers of one kind all cover the same
def _names_in(text: str) -> tuple[str, ...]:
    names = tuple(text.lower().split())
    if len(names) > MAX_COMPONENTS or len(set(names)) != len(names):
        raise SignatureError("the signature covers too many fields, or one of them twice")
    return names


def signing_string(
    request: InboundRequest,
    names: Sequence[str],
    parameters: Mapping[str, str],
    *,
    authority: str | None,
    target: str,
) -> bytes:
    """Section 2.3. `host` is the authority given, where one is. Raises SignatureError."""
    special = {TARGET: f"{request.method.lower()} {target}"}
    if authority is not None:
        special["host"] = authority
    for name, parameter in ((CREATED, "created"), (EXPIRES, "expires")):
        if parameter in parameters:
            special[name] = parameters[parameter]
    return signing_bytes(
        [f"{name}: {special.get(name) or field_of(request, name)}" for name in names]
    )


def _strings(
    request: InboundRequest, names: Sequence[str], parameters: Mapping[str, str], authority: str
) -> tuple[bytes, ...]:
    """With the query and, for a GET, without it: old Mastodon and GoToSocial leave it out."""
    path, query, _ = request.target.partition("?")
    targets = [request.target, path] if request.method == "GET" and query else [request.target]
    return tuple(
        signing_string(request, names, parameters, authority=authority, target=one)
        for one in targets
    )


@lru_cache(maxsize=64)  # what is sufficient; what is not is found out each time
def _check_coverage(names: tuple[str, ...], algorithm: str, needed: frozenset[str]) -> None:
    missing = needed.difference(names)
    if missing or not {"date", CREATED} & set(names):
        wanted = ", ".join(sorted(missing)) or "date"
        raise SignatureError(f"the signature does not cover {wanted}")
    # 2.3: with an algorithm that starts with rsa, hmac or ecdsa, "(created)" must be an error.
    if ALGORITHMS[algorithm] == RSA and {CREATED, EXPIRES} & set(names):
        raise SignatureError("(created) and (expires) need the algorithm hs2019")


def _time_of(
    request: InboundRequest, names: Sequence[str], parameters: Mapping[str, str], now: datetime
) -> datetime:
    """When it was signed. Raises SignatureError unless that is told and not too long ago."""
    if CREATED in names:
        moment = _seconds(parameters, "created")
    else:
        moment = parse_http_date(field_of(request, "date"))
    if moment is None:
        raise SignatureError("the time of signing cannot be read")
    expires = _seconds(parameters, "expires")
    if EXPIRES in names and expires is None:
        raise SignatureError("the signature covers (expires), which it lacks")
    check_fresh(moment, expires, now)
    return moment


def _seconds(parameters: Mapping[str, str], name: str) -> datetime | None:
    text = parameters.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise SignatureError(f"{name} is not a number of seconds")
    return moment_of(int(text))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedDocument("the signature is not base64") from None
