"""Handles of others: shown only when the loop closes.  RFC 7033, discovery.md 1, security A11.

`acct:` leads to an actor, the actor's own server names its `acct:`, and both must be the
same pair. A server cannot give its people names on another host, nor take names there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from fediverse_coord.errors import Forbidden, MalformedDocument
from fediverse_coord.protocol.documents import Document, as_list
from fediverse_coord.protocol.uris import host_of, parse
from fediverse_coord.protocol.vocabulary import ACTIVITY_JSON, LD_JSON

Ask: TypeAlias = Callable[[str], Awaitable[Document]]

SELF_TYPES = frozenset({ACTIVITY_JSON, LD_JSON})
MAX_USER = 128


@dataclass(frozen=True, slots=True)
class Account:
    """`user` and `authority` (host, with a port that is not the scheme's own), lower case."""

    user: str
    authority: str

    @property
    def handle(self) -> str:
        return f"@{self.user}@{self.authority}"

    @property
    def uri(self) -> str:
        return f"acct:{self.user}@{self.authority}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a server says of an account: its canonical name, and the actor behind it."""

    account: Account
    actor_id: str


def account_in(text: str) -> Account:
    """`@name@host`, `name@host` or `acct:name@host`. Raises MalformedDocument."""
    user, at, authority = text.strip().removeprefix("acct:").removeprefix("@").partition("@")
    name, colon, port = authority.partition(":")
    if not at or not user or len(user) > MAX_USER or not user.isprintable() or " " in user:
        raise MalformedDocument("a handle looks like @name@host")
    if colon and not (port.isascii() and port.isdigit()):
        raise MalformedDocument("a handle's port is a number")
    return Account(user.lower(), f"{host_of(name)}{colon}{port}")


async def find(account: Account, ask: Ask, *, scheme: str = "https") -> Finding:
    """The actor that the account's own host names, with the name that host prefers.

    A preferred name on another host is asked there too and must lead to the same actor.
    Raises DereferenceError.
    """
    found = await _ask(account, ask, scheme)
    if found.account == account:
        return found
    confirmed = await _ask(found.account, ask, scheme)
    if confirmed != found:
        raise Forbidden(account.uri, "the handle does not lead back to itself")
    return confirmed


async def closes(finding: Finding, username: str, ask: Ask) -> bool:
    """Whether the actor's own server gives it the same name. Raises DereferenceError."""
    address = parse(finding.actor_id)
    if not username:
        return False
    own = Account(username.lower(), address.authority)
    return own == finding.account or await _ask(own, ask, address.scheme) == finding


def address_of(account: Account, scheme: str) -> str:
    """Where the account's own host is asked for it."""
    return f"{scheme}://{account.authority}/.well-known/webfinger?resource={quote(account.uri)}"


async def _ask(account: Account, ask: Ask, scheme: str) -> Finding:
    url = address_of(account, scheme)
    jrd = await ask(url)
    try:
        subject = account_in(str(jrd.get("subject", "")))
    except MalformedDocument:
        raise Forbidden(url, "the answer names no account") from None
    return Finding(subject, _self_link(jrd, url))


def _self_link(jrd: Document, url: str) -> str:
    for link in as_list(jrd.get("links")):
        if isinstance(link, dict) and link.get("rel") == "self" and link.get("type") in SELF_TYPES:
            href = link.get("href")
            if isinstance(href, str):
                return href
    raise Forbidden(url, "the answer names no actor")
