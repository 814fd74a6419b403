"""Discovery documents: WebFinger (RFC 7033), host-meta (RFC 6415), NodeInfo 2.0 and 2.1.

Pure: which resource means which actor is read here, whether it exists is storage's answer.
"""

from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.protocol.vocabulary import ACTIVITY_JSON, AS2

NODEINFO = "http://nodeinfo.diaspora.software/ns/schema/"
PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
AVATAR = "http://webfinger.net/rel/avatar"
SOFTWARE = "fediverse-coord"


def name_asked_for(resource: str, uris: Uris) -> str | None:
    """The local user name a WebFinger resource means, lower case; nothing where it is not ours.

    By acct (`acct:miners@host`, also without `acct:` or with a leading `@`; the host is that of
    our origin or of our handles), by actor id, by profile address. The instance actor is named by
    its host; see `means_instance`.
    """
    if resource.startswith(("https://", "http://")):
        return _name_in_url(resource, uris)
    account = resource.removeprefix("acct:").removeprefix("@")
    name, at, host = account.rpartition("@")
    return name.lower() if at and name and uris.is_our_handle(host) else None


def _name_in_url(resource: str, uris: Uris) -> str | None:
    for prefix in (f"{uris.origin}/actors/", f"{uris.origin}/@"):
        name = resource.removeprefix(prefix)
        if name != resource and name and "/" not in name:
            return name.lower()
    return None


def means_instance(resource: str, uris: Uris) -> bool:
    """Whether the server as a whole or its instance actor is asked for (FEP-d556)."""
    account = f"{uris.host}@{uris.host}".lower()
    return resource in {uris.origin, f"{uris.origin}/", uris.instance_actor} or (
        resource.removeprefix("acct:").lower() == account
    )


def webfinger(uris: Uris, name: str, icon: tuple[str, str] | None = None) -> Document:
    """The answer for a coordination; `icon` is an address and its media type."""
    links: list[Document] = [
        {"rel": PROFILE_PAGE, "type": "text/html", "href": uris.profile(name)},
        {"rel": "self", "type": ACTIVITY_JSON, "href": uris.actor(name)},
    ]
    if icon:
        links.append({"rel": AVATAR, "type": icon[1], "href": icon[0]})
    other = [f"acct:{name}@{uris.host}"] if uris.handle_host != uris.host else []
    return {
        "subject": f"acct:{name}@{uris.handle_host}",  # the canonical one, whichever was asked for
        "aliases": [uris.actor(name), uris.profile(name), *other],
        "links": links,
    }


def webfinger_instance(uris: Uris, *, by_account: bool) -> Document:
    """The instance actor by its account, or the server by its address (FEP-d556)."""
    if by_account:
        return {
            "subject": f"acct:{uris.host}@{uris.host}",
            "aliases": [uris.instance_actor],
            "links": [{"rel": "self", "type": ACTIVITY_JSON, "href": uris.instance_actor}],
        }
    service = {"rel": f"{AS2}#Service", "type": ACTIVITY_JSON, "href": uris.instance_actor}
    return {"subject": f"{uris.origin}/", "links": [service]}


def host_meta(uris: Uris) -> str:
    """XRD with the WebFinger template: the fallback of old clients."""
    template = f"{uris.origin}/.well-known/webfinger?resource={{uri}}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template="{template}"/>\n'
        "</XRD>\n"
    )


def nodeinfo_links(uris: Uris) -> Document:
    """Where NodeInfo is, and the Application actor (FEP-2677)."""
    versions = [
        {"rel": f"{NODEINFO}{version}", "href": f"{uris.origin}/nodeinfo/{version}"}
        for version in ("2.0", "2.1")
    ]
    return {"links": [*versions, {"rel": f"{AS2}#Application", "href": uris.instance_actor}]}


def nodeinfo(
    version: str, software_version: str, source_url: str, coordinations: int, posts: int
) -> Document:
    """Counts of coordinations, which are public; never of the people who write (FEP-f1d5)."""
    software = {"name": SOFTWARE, "version": software_version}
    if version == "2.1":
        software |= {"repository": source_url}
    return {
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": False,
        "usage": {"users": {"total": coordinations}, "localPosts": posts},
        "metadata": {},
    }
