"""Deliveries made ready to go: headers signed, heads written, many in one go of a thread.

RSA is nearly all that a delivery costs, and OpenSSL lets other threads run meanwhile: two threads
that sign make one process half as fast again. Nothing here touches the event loop.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from fediverse_coord.errors import DereferenceError, MalformedDocument
from fediverse_coord.network.client import Client, Request
from fediverse_coord.protocol.keys import SigningKey
from fediverse_coord.protocol.signatures import Spec, digests_of, sign_post_to
from fediverse_coord.storage.claims import Delivery

_digests = lru_cache(maxsize=8)(digests_of)  # one body goes to thousands


@dataclass(frozen=True, slots=True, eq=False)
class Signed:
    """A delivery and the request for its first knock, or why there can be none."""

    delivery: Delivery
    key: SigningKey
    spec: Spec
    request: Request | None
    fault: str = ""


def sign_all(
    deliveries: Sequence[Delivery], keys: Mapping[str, SigningKey], client: Client, now: datetime
) -> list[Signed]:
    """Every delivery whose key is there."""
    return [
        signed(one, keys[one.message.key_id], first_spec(one), client, now)
        for one in deliveries
        if one.message.key_id in keys
    ]


def signed(
    delivery: Delivery, key: SigningKey, spec: Spec, client: Client, now: datetime
) -> Signed:
    """One request. Never raises for what another server's address is like."""
    document = delivery.message.document
    try:
        address = client.vetted(delivery.inbox_url)
        headers = sign_post_to(spec, address, _digests(document), key, now)
        request = client.prepare(address, headers, document)
    except (DereferenceError, MalformedDocument) as error:
        return Signed(delivery, key, spec, None, getattr(error, "reason", str(error)))
    return Signed(delivery, key, spec, request)


def first_spec(delivery: Delivery) -> Spec:
    """The format that last worked there; draft-cavage where nothing is known."""
    return Spec(delivery.spec) if delivery.spec else Spec.CAVAGE
