"""Where a reader's own server lets them follow, answer or boost.  discovery.md 1.4, FEP-3b86.

The reader's handle is asked for by WebFinger, through the one guarded door; what comes back is
an address on the reader's own server or nothing. Nobody acts here and nothing is written: who
reads us is not our business, so neither faults nor logs name the handle.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from urllib.parse import quote

from fediverse_coord.desk.desk import Desk
from fediverse_coord.errors import DereferenceError, MalformedDocument, Refusal, Unreachable
from fediverse_coord.protocol.documents import Document, as_list
from fediverse_coord.protocol.uris import Address, parse

INTENT = "https://w3id.org/fep/3b86/"
SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
FOLLOW = (f"{INTENT}Follow", f"{INTENT}Object", SUBSCRIBE)
OPEN = (f"{INTENT}Object", SUBSCRIBE)

PLACE = re.compile(r"\{([^{}]*)\}")
NAMES = frozenset({"object", "uri"})


class Why(StrEnum):
    """Why a reader could not be sent on."""

    HANDLE = "handle"  # it is none
    AWAY = "away"  # the server gave no usable answer
    NO_WAY = "no_way"  # it names no address for this
    BUSY = "busy"  # too often


class Unreached(Refusal):
    """A reader could not be sent on; says nothing about the reader."""

    def __init__(self, why: Why) -> None:
        super().__init__(f"cannot continue there: {why}")
        self.why = why


async def template_for(desk: Desk, handle: str, uri: str, *, follow: bool) -> str:
    """The address on the reader's server that opens `uri`, an id of ours. Raises Unreached."""
    try:
        authority, document = await desk.peers.webfinger(handle)
    except MalformedDocument:
        raise Unreached(Why.HANDLE) from None
    except Unreachable:
        raise Unreached(Why.AWAY) from None
    except DereferenceError:
        raise Unreached(Why.HANDLE) from None
    links = [one for one in as_list(document.get("links")) if isinstance(one, dict)]
    allowed = {authority, *_own_authorities(links)}
    plain = desk.uris.origin.startswith("http://")
    for template in _templates(links, FOLLOW if follow else OPEN):
        address = filled(template, uri)
        if address is not None and _is_allowed(address, allowed, plain=plain):
            return address
    raise Unreached(Why.NO_WAY)


def _own_authorities(links: Sequence[Document]) -> set[str]:
    """Where the reader's account itself lives, which may be another name than the handle's."""
    found = set()
    for one in links:
        address = _parsed(one.get("href")) if one.get("rel") == "self" else None
        if address is not None:
            found.add(address.authority)
    return found


def _templates(links: Sequence[Document], wanted: Sequence[str]) -> list[str]:
    """The best kind first."""
    named = [(one.get("rel"), one.get("template")) for one in links]
    return [
        template
        for rel in wanted
        for found, template in named
        if found == rel and isinstance(template, str)
    ]


def filled(template: str, uri: str) -> str | None:
    """The template with our id in its place, as we would dial it; nothing where it has no place.

    Places that we do not fill stay empty (FEP-3b86: they are optional).
    """
    places = set(PLACE.findall(template))
    if not places & NAMES:
        return None
    encoded = quote(uri, safe="")
    text = PLACE.sub(lambda place: encoded if place[1] in NAMES else "", template)
    address = _parsed(text)
    return f"{address.origin}{address.target}" if address else None


def _parsed(iri: object) -> Address | None:
    try:
        return parse(iri) if isinstance(iri, str) else None
    except MalformedDocument:
        return None


def _is_allowed(address: str, allowed: set[str], *, plain: bool) -> bool:
    """https, on the reader's own server; http only where we ourselves are a server on http."""
    found = parse(address)
    is_safe = found.scheme == "https" or (plain and found.scheme == "http")
    return is_safe and found.authority in allowed
