"""Content negotiation.  RFC 9110 12.5.1, ActivityPub 3.2; INTERFACE: Negotiation.

Ids answer JSON unless HTML is asked for by name and preferred; pages answer HTML unless an
ActivityPub type is preferred. Equal wishes get what the address is for.
"""

from typing import Literal

from fediverse_coord.protocol.vocabulary import AS2

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
ACTIVITY_TYPES = frozenset({"application/activity+json", "application/ld+json"})
JSON_TYPES = ACTIVITY_TYPES | {"application/json"}
MOST_RANGES = 32


def media_ranges(accept: str) -> list[tuple[str, float]]:
    """(type, q) as written; what cannot be read is left out."""
    found = []
    for part in accept.split(",")[:MOST_RANGES]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        q = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                q = _quality(value.strip())
        if "/" in name:
            found.append((name.lower(), q))
    return found


def _quality(value: str) -> float:
    try:
        return min(max(float(value), 0.0), 1.0) if len(value) <= 5 else 0.0
    except ValueError:
        return 0.0


def _best(ranges: list[tuple[str, float]], types: frozenset[str]) -> float:
    return max((q for name, q in ranges if name in types), default=0.0)


def on_id(accept: str) -> Literal["json", "html"]:
    """What an ActivityPub id answers."""
    ranges = media_ranges(accept)
    html = _best(ranges, HTML_TYPES)
    return "html" if html > _best(ranges, JSON_TYPES) else "json"


def on_page(accept: str) -> Literal["json", "html"]:
    """What a page's address answers: "json" means that its id is to be asked instead."""
    ranges = media_ranges(accept)
    activity = _best(ranges, ACTIVITY_TYPES)
    return "json" if activity > _best(ranges, HTML_TYPES) else "html"


def content_type_for(accept: str) -> str:
    """The media type that names the same bytes: the exact ld+json where it was asked for."""
    asked = [name for name, q in media_ranges(accept) if q > 0 and name in JSON_TYPES]
    if asked and asked[0] == "application/ld+json":
        return f'application/ld+json; profile="{AS2}"'
    return "application/activity+json; charset=utf-8"
