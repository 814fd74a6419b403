"""HTTP Message Signatures: RFC 9421, as far as requests between servers need it.

Builds and reads the signature base; the caller brings key and time. Of several labelled
signatures, eight at most, the first that meets our demands (2, 3.2.1) is the claim. Component
parameters, `@query-param` and responses are not spoken here.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import http_sf

from fediverse_coord.errors import MalformedDocument, SignatureError
from fediverse_coord.protocol.algorithms import ED25519, RSA, family_of, sign
from fediverse_coord.protocol.keys import SigningKey
from fediverse_coord.protocol.signatures.digest import check_content_digest
from fediverse_coord.protocol.signatures.fields import byte_sequences, dictionary
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

LABEL = "sig1"
MAX_LABELS = 8
ALGORITHMS = {"rsa-v1_5-sha256": RSA, "ed25519": ED25519}
NAMES = {family: name for name, family in ALGORITHMS.items()}

DEMANDED = '("@method" "@target-uri" "@authority" "content-digest")'
ACCEPT_SIGNATURE = f"{LABEL}={DEMANDED};created"  # section 5.1


@dataclass(frozen=True, slots=True)
class Input:
    """One member of `Signature-Input`: the covered components, and its parameters."""

    components: tuple[str, ...]
    parameters: Mapping[str, object]
    text: str  # as the last line of the base repeats it

    def number(self, name: str) -> datetime | None:
        """A time among the parameters. Raises SignatureError where it is no integer."""
        value = self.parameters.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise SignatureError(f"{name} is not a number of seconds")
        return moment_of(value)


def signed(components: Mapping[str, str], key: SigningKey, created: int) -> dict[str, str]:
    """`Signature-Input` and `Signature` over the components, in their order (3.1).

    `created` is in seconds since 1970.
    """
    names = " ".join(f'"{name}"' for name in components)
    algorithm = NAMES[family_of(key.private_key)]
    text = f'({names});created={created};keyid="{key.key_id}";alg="{algorithm}"'
    lines = [f'"{name}": {value}' for name, value in components.items()]
    base = "\n".join([*lines, f'"@signature-params": {text}']).encode("latin-1")
    signature = base64.b64encode(sign(key.private_key, base)).decode("ascii")
    return {"Signature-Input": f"{LABEL}={text}", "Signature": f"{LABEL}=:{signature}:"}


def read_rfc9421(request: InboundRequest, *, authority: str, scheme: str, now: datetime) -> Claim:
    """The first usable claim. Raises what the first label lacks, as SignatureError, or
    MalformedDocument when a header is unreadable.
    """
    inputs = dictionary(bounded(request, "signature-input"), "Signature-Input")
    signatures = byte_sequences(bounded(request, "signature"), "Signature")
    if not 0 < len(inputs) <= MAX_LABELS:
        raise SignatureError("the request carries no signature, or more than eight")
    faults = []
    for label, member in inputs.items():
        try:
            if label not in signatures:
                raise SignatureError("a Signature-Input has no Signature")
            found = input_of(member)
            return _claim(request, found, signatures[label], f"{scheme}://{authority}", now)
        except SignatureError as fault:
            faults.append(fault)
    raise faults[0]


def input_of(member: object) -> Input:
    """Takes a member of `Signature-Input` apart. Raises SignatureError."""
    if not isinstance(member, tuple) or not isinstance(member[0], list):
        raise SignatureError("a Signature-Input is not a list of components")
    items, parameters = member
    if len(items) > MAX_COMPONENTS:
        raise SignatureError("the signature covers too many components")
    names = tuple(_name(item) for item in items)
    if len(set(names)) != len(names):
        # 2.5: "Each covered component ... MUST occur only once".
        raise SignatureError("the signature covers a component twice")
    return Input(names, parameters, http_sf.ser([(items, parameters)]))


def _name(item: object) -> str:
    name, parameters = item if isinstance(item, tuple) else (item, {})
    if not isinstance(name, str) or parameters or name != name.lower():
        raise SignatureError("the signature covers a component of a kind not spoken here")
    return name


def signature_base(request: InboundRequest, found: Input, origin: str) -> bytes:
    """Section 2.5. `origin` is ours as configured, whatever a proxy passes on."""
    derived = _derived(request, origin)
    lines = [f'"{name}": {_value(request, name, derived)}' for name in found.components]
    return signing_bytes([*lines, f'"@signature-params": {found.text}'])


def _value(request: InboundRequest, name: str, derived: Mapping[str, str]) -> str:
    if name in derived:
        return derived[name]
    if name.startswith("@"):
        raise SignatureError(f"the signature covers {name!r}, which is not spoken here")
    return field_of(request, name)


def _derived(request: InboundRequest, origin: str) -> dict[str, str]:
    """Section 2.2."""
    scheme, _, authority = origin.partition("://")
    path, _, query = request.target.partition("?")
    return {
        "@method": request.method,
        "@target-uri": origin + request.target,
        "@authority": authority,
        "@scheme": scheme,
        "@request-target": request.target,
        "@path": path,
        "@query": f"?{query}",
        "host": authority,
    }


def _claim(
    request: InboundRequest, found: Input, signature: bytes, origin: str, now: datetime
) -> Claim:
    key_id, created = found.parameters.get("keyid"), found.number("created")
    algorithm = found.parameters.get("alg")
    if not isinstance(key_id, str) or created is None:
        raise SignatureError("the signature has no keyid or no created")
    checked_key_id(key_id)
    if algorithm is not None and not (isinstance(algorithm, str) and algorithm in ALGORITHMS):
        raise SignatureError("the algorithm is not rsa-v1_5-sha256 or ed25519", key_id=key_id)
    _check_coverage(request, set(found.components))
    check_fresh(created, found.number("expires"), now)
    if "content-digest" in found.components:
        _check_body(request)
    base = signature_base(request, found, origin)
    family = ALGORITHMS[algorithm] if isinstance(algorithm, str) else None
    return claim(Spec.RFC9421, key_id, created, (base,), signature, family)


def _check_body(request: InboundRequest) -> None:
    try:
        check_content_digest(field_of(request, "content-digest"), request.body)
    except MalformedDocument as fault:
        raise SignatureError(str(fault)) from None


def _check_coverage(request: InboundRequest, covered: set[str]) -> None:
    """3.2.1: which components must be covered is the verifier's decision."""
    if "@method" not in covered or not _covers_target(request, covered):
        raise SignatureError("the signature does not cover @method and @target-uri")
    has_body = request.body or request.method not in {"GET", "HEAD"}
    if has_body and "content-digest" not in covered:
        raise SignatureError("the signature does not cover content-digest")


def _covers_target(request: InboundRequest, covered: set[str]) -> bool:
    if "@target-uri" in covered:
        return True
    path = {"@path", "@query"} if "?" in request.target else {"@path"}
    return "@authority" in covered and ("@request-target" in covered or path <= covered)
