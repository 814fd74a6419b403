"""Ids and addresses: how strangers' are read, and which are ours.

One parser for every URL that comes from outside, stricter than RFC 3986: whatever two
readers could understand differently is refused rather than guessed. Our own ids are
made here and nowhere else, from the configured origin.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, urlsplit

import idna

from fediverse_coord.errors import MalformedDocument

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_LENGTH = 2048
MAX_HOST = 253

# Controls, white space of every kind, what only some readers accept, half characters.
FORBIDDEN = re.compile(
    r"[\x00-\x20\x7f-\xa0\\<>\"{}|^`\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
    r"\ud800-\udfff]"
)
BROKEN_ESCAPE = re.compile(r"%(?![0-9a-f]{2})|%[01][0-9a-f]|%7f", re.IGNORECASE)
DOT_SEGMENT = re.compile(r"/(\.|%2e){1,2}(?=/|\Z)", re.IGNORECASE)  # some readers resolve them
PLAIN = re.compile(r"[A-Za-z0-9/@_.-]*\Z")  # what needs no quoting
NETLOC = re.compile(r"([^\[\]:]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?\Z", re.IGNORECASE)
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
# Most that come are of this form, which can be taken apart in one look: a name in small letters
# that ends in a letter's label, or an address in four plain numbers; no query, no dot segment,
# nothing to quote.
OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
SIMPLE = re.compile(
    r"(https?)://((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
    rf"|(?:{OCTET}\.){{3}}{OCTET})"
    r"(?::([1-9][0-9]{0,3}|[1-5][0-9]{4}))?"
    r"((?:/[A-Za-z0-9@_~-][A-Za-z0-9@_.~-]*|/)*)(?:#[A-Za-z0-9/@_.~-]*)?\Z"
)
NUMERIC_LABEL = re.compile(r"(0x[0-9a-f]*|[0-9]+)\Z")


@dataclass(frozen=True, slots=True)
class Address:
    """A URL taken apart: `host` is an A-label or an IP literal without brackets."""

    scheme: str
    host: str
    port: int
    target: str  # path and query, as they go on the request line

    @property
    def authority(self) -> str:
        """Host and port as `Host` carries them: without the scheme's default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port as one comparable string (RFC 6454)."""
        return f"{self.scheme}://{self.authority}"


def parse(iri: str) -> Address:
    """Takes an absolute http(s) URL apart.

    Raises MalformedDocument for userinfo, control characters, white space, backslashes,
    dot segments, broken escapes, empty or numeric-looking hosts, trailing dots, and names
    that are not IDNA 2008.
    """
    if not isinstance(iri, str) or not 0 < len(iri) <= MAX_LENGTH:
        raise MalformedDocument("not a usable URL")
    return _parsed(iri)


# One request names the same few over and over: its actor, its key, whom it is for.
@lru_cache(maxsize=4096)
def _parsed(iri: str) -> Address:
    simple = SIMPLE.match(iri)
    if simple is not None and len(simple[2]) <= MAX_HOST:
        scheme, host, port, path = simple.groups()
        return Address(scheme, host, int(port) if port else DEFAULT_PORTS[scheme], path or "/")
    return _taken_apart(iri)


def _taken_apart(iri: str) -> Address:
    """With every doubt looked at; `SIMPLE` is what leaves none."""
    if FORBIDDEN.search(iri) or BROKEN_ESCAPE.search(iri):
        raise MalformedDocument("not a usable URL")
    try:
        parts = urlsplit(iri)
        port, hostname = parts.port, parts.hostname
    except ValueError:
        raise MalformedDocument("not a usable URL") from None
    if parts.scheme not in DEFAULT_PORTS or "@" in parts.netloc or not hostname or port == 0:
        raise MalformedDocument("not a usable http URL")
    if not NETLOC.match(parts.netloc) or DOT_SEGMENT.search(parts.path):
        raise MalformedDocument("not a usable http URL")
    path, query = _quoted(parts.path) or "/", _quoted(parts.query, more="?")
    return Address(
        parts.scheme,
        host_of(hostname, bracketed="[" in parts.netloc),
        port or DEFAULT_PORTS[parts.scheme],
        f"{path}?{query}" if query or "?" in iri.split("#")[0] else path,
    )


def _quoted(text: str, more: str = "") -> str:
    return text if PLAIN.match(text) else quote(text, safe="/:@!$&'()*+,;=~%-._" + more)


def host_of(name: str, *, bracketed: bool = False) -> str:
    """One spelling for each host: lower case, A-labels. Raises MalformedDocument.

    IPv4 is read in its dotted form only; a name that ends in a number is none (WHATWG URL 3.5).
    """
    try:
        if bracketed:
            return IPv6Address(name).compressed
        ascii_name = name.lower() if name.isascii() else _a_labels(name)
        labels = ascii_name.split(".")
        if NUMERIC_LABEL.match(labels[-1]):
            return str(IPv4Address(ascii_name))
    except ValueError:  # UnicodeError is one
        raise MalformedDocument("not a host name") from None
    if len(ascii_name) > MAX_HOST or not all(LABEL.match(label) for label in labels):
        raise MalformedDocument("not a host name")
    return ascii_name


def _a_labels(name: str) -> str:
    return idna.encode(name, uts46=True).decode("ascii").lower()


def origin_of(iri: object) -> str | None:
    """The origin, or nothing where there is none. Never raises."""
    try:
        return parse(iri).origin if isinstance(iri, str) else None
    except MalformedDocument:
        return None


def host_in(iri: object) -> str | None:
    """The host, or nothing. Never raises."""
    try:
        return parse(iri).host if isinstance(iri, str) else None
    except MalformedDocument:
        return None


def same_origin(a: object, b: object) -> bool:
    """Whether both have an origin and it is the same one."""
    one = origin_of(a)
    return one is not None and one == origin_of(b)


def without_fragment(iri: str) -> str:
    """The document that a fragment id lives in."""
    return iri.partition("#")[0]


@dataclass(frozen=True, slots=True)
class Uris:
    """Every id and address of ours, made from the public origin.  INTERFACE: Paths.

    `handle_domain` is the domain that handles carry where it is not the origin's own.
    """

    origin: str
    handle_domain: str = ""

    @property
    def host(self) -> str:
        """Host and port of the origin."""
        return parse(self.origin).authority

    @property
    def handle_host(self) -> str:
        """Host and port as handles carry them."""
        return self.handle_domain or self.host

    def is_our_handle(self, authority: str) -> bool:
        """Whether handles with this after the '@' are ours: both domains are."""
        return authority.lower() in {self.host, self.handle_host}

    @property
    def shared_inbox(self) -> str:
        return f"{self.origin}/inbox"

    @property
    def instance_actor(self) -> str:
        return f"{self.origin}/actor"

    def is_ours(self, iri: object) -> bool:
        """Whether the id lies under our origin."""
        return origin_of(iri) == self.origin

    def actor(self, name: str) -> str:
        return f"{self.origin}/actors/{name}"

    def inbox(self, name: str) -> str:
        return f"{self.actor(name)}/inbox"

    def outbox(self, name: str) -> str:
        return f"{self.actor(name)}/outbox"

    def followers(self, name: str) -> str:
        return f"{self.actor(name)}/followers"

    def following(self, name: str) -> str:
        return f"{self.actor(name)}/following"

    def featured(self, name: str) -> str:
        return f"{self.actor(name)}/featured"

    def object(self, name: str, key: str) -> str:
        return f"{self.actor(name)}/objects/{key}"

    def create(self, name: str, key: str) -> str:
        return f"{self.object(name, key)}/activity"

    def activity(self, name: str, key: str) -> str:
        return f"{self.actor(name)}/activities/{key}"

    def stamp(self, name: str, key: str) -> str:
        """A quote authorisation (FEP-044f)."""
        return f"{self.actor(name)}/stamps/{key}"

    def profile(self, name: str) -> str:
        return f"{self.origin}/@{name}"

    def page(self, name: str, slug: str) -> str:
        return f"{self.origin}/@{name}/{slug}"

    def tag(self, name: str, tag: str) -> str:
        return f"{self.origin}/@{name}/tags/{quote(tag)}"

    def media(self, file_name: str) -> str:
        return f"{self.origin}/media/{file_name}"

    def handle(self, name: str) -> str:
        """`@miners@coord.example`."""
        return f"@{name}@{self.handle_host}"
