"""An actor's document, read within our limits.  actors-and-objects.md 1.2, security D2.

Works on a document that came from its own origin. Whatever is optional and not usable is
left out; what we cannot do without (an id, a type, an inbox) makes it MalformedDocument.
"""

from fediverse_coord.errors import MalformedDocument
from fediverse_coord.protocol.documents import (
    Document,
    as_list,
    first_id,
    ids_of,
    text_of,
    types_of,
)
from fediverse_coord.protocol.sanitize import display_name
from fediverse_coord.protocol.uris import MAX_LENGTH, host_in, parse, same_origin
from fediverse_coord.protocol.vocabulary import ACTOR_TYPES
from fediverse_coord.remote.limits import registrable_domain
from fediverse_coord.storage.remote_actors import ActorProfile

MAX_ALIASES = 256
MAX_NAME = 128


def profile_in(document: Document) -> ActorProfile:
    """What the document says of its actor. Raises MalformedDocument."""
    actor_id, inbox_url = first_id(document.get("id")), first_id(document.get("inbox"))
    types = types_of(document) & ACTOR_TYPES
    if actor_id is None or not types:
        raise MalformedDocument("this is no actor")
    host = parse(actor_id).host
    if inbox_url is None or not _near(inbox_url, host):
        raise MalformedDocument("the actor has no usable inbox")
    username = _name(document, "preferredUsername")
    return ActorProfile(
        actor_id=actor_id,
        host=host,
        type=min(types),
        username=username,
        name=_name(document, "name") or username,
        inbox_url=inbox_url,
        shared_inbox_url=_shared_inbox(document, inbox_url),
        followers_id=_own(document, "followers"),
        featured_id=_own(document, "featured"),
        also_known_as=_aliases(document),
        url=page_of(document),
    )


def is_actor(document: Document) -> bool:
    return bool(types_of(document) & ACTOR_TYPES)


def page_of(document: Document) -> str | None:
    """The address for people: on the host of the id, text/html where there are several."""
    actor_id = document.get("id")
    for value in as_list(document.get("url")):
        href = value.get("href") if isinstance(value, dict) else value
        html = not isinstance(value, dict) or value.get("mediaType", "text/html") == "text/html"
        if html and isinstance(href, str) and host_in(href) == host_in(actor_id) is not None:
            return href
    return None


def _name(document: Document, property_: str) -> str:
    return display_name(text_of(document, property_, limit=MAX_NAME * 8) or "")[:MAX_NAME]


def _near(inbox_url: str, host: str) -> bool:
    """On the actor's own host or beside it: nobody makes us deliver to a third party."""
    inbox_host = host_in(inbox_url)
    return inbox_host is not None and registrable_domain(inbox_host) == registrable_domain(host)


def _shared_inbox(document: Document, inbox_url: str) -> str | None:
    endpoints = document.get("endpoints")
    found = endpoints.get("sharedInbox") if isinstance(endpoints, dict) else None
    found = found if isinstance(found, str) else document.get("sharedInbox")
    # CVE-2026-96624: only on the host of the actor's own inbox.
    return found if isinstance(found, str) and same_origin(found, inbox_url) else None


def _own(document: Document, property_: str) -> str | None:
    found = first_id(document.get(property_))
    return found if found is not None and same_origin(found, document["id"]) else None


def _aliases(document: Document) -> tuple[str, ...]:
    found = (one for one in ids_of(document.get("alsoKnownAs")) if len(one) <= MAX_LENGTH)
    return tuple(dict.fromkeys(found))[:MAX_ALIASES]
