"""What the lines of an export may say of others: as much as could have come in over the network.

A folder may have been through many hands. People elsewhere must be such as their own servers
could have described them, and what they answered must be clean. Sealed lines need none of this.
"""

from collections.abc import Mapping
from typing import Any

from fediverse_coord.errors import MalformedDocument
from fediverse_coord.protocol.sanitize import display_name, response_html
from fediverse_coord.protocol.uris import host_in, parse, same_origin
from fediverse_coord.protocol.vocabulary import ACTOR_TYPES
from fediverse_coord.publishing.illustrations import is_key
from fediverse_coord.remote.actors import MAX_ALIASES, MAX_NAME
from fediverse_coord.remote.limits import registrable_domain
from fediverse_coord.storage.sheets import Line

OPEN = frozenset({"public", "unlisted"})
STATES = frozenset({"held", "approved", "rejected"})
MOST_HTML = 500_000


def fault_of_person(who: Mapping[str, Any]) -> str | None:
    """What speaks against it; nothing where it could be."""
    try:
        host = parse(who["actor_id"]).host
        inbox_host = parse(who["inbox_url"]).host
    except MalformedDocument:
        return "names an actor with an address that none can have"
    if who["host"] != host or registrable_domain(inbox_host) != registrable_domain(host):
        return "names an actor with an inbox elsewhere"
    shared, url = who.get("shared_inbox_url"), who.get("url")
    if shared is not None and not same_origin(shared, who["inbox_url"]):
        return "names an actor with a shared inbox elsewhere"
    if url is not None and host_in(url) != host:
        return "names an actor with a page elsewhere"
    named = (who["name"], who["username"])
    if who["type"] not in ACTOR_TYPES or any(display_name(one)[:MAX_NAME] != one for one in named):
        return "names an actor as none is called"
    if len(who.get("also_known_as", ())) > MAX_ALIASES:
        return "names an actor with too many other names"
    return None


def fault_of_response(line: Line, ours: str) -> str | None:
    """The same of a response; `ours` is how the ids of our objects begin."""
    if line["visibility"] not in OPEN or line["state"] not in STATES:
        return "is no public response"
    if not is_key(line["key"]) or not str(line.get("about", ours)).startswith(ours):
        return "has a key, or is about what is not ours"
    if host_in(line["object_id"]) != line["who"]["host"]:
        return "is of another server than who is said to have written it"
    if len(line["html"]) > MOST_HTML or not _is_clean(line["html"]):
        return "has HTML that is never kept here"
    if line.get("url") is not None and host_in(line["url"]) is None:
        return "has an address that none can have"
    return fault_of_person(line["who"])


def _is_clean(html: str) -> bool:
    """Headings are kept with their quotes escaped, which means the same in a text."""
    plain = html.replace("&quot;", '"').replace("&#x27;", "'")
    return response_html(html) in (html, plain)
