"""Which servers may be asked at all.

A stranger names the URLs that we fetch and deliver to; without this check they could make
us ask our own network. The scheme, the port and every resolved address are checked here,
and a `Route`, which the transport needs to connect, is made nowhere else: what was checked
is what is dialled, whatever the name says a moment later. Looking names up is left to the
resolver, connecting to the transport.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from fediverse_coord.errors import Forbidden, MalformedDocument
from fediverse_coord.protocol.uris import Address, parse

# IANA's special-purpose registries. Python's `is_global` differs between releases.
NOT_PUBLIC_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, where clouds keep their credentials
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_STARTS_4 = [int(network[0]) for network in NOT_PUBLIC_4]  # in order
_ENDS_4 = [int(network[-1]) for network in NOT_PUBLIC_4]
GLOBAL_UNICAST_6 = IPv6Network("2000::/3")  # loopback, local, multicast and 64:ff9b lie outside
NOT_PUBLIC_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, carries an IPv4 address
        "3fff::/20",  # documentation
    )
)
IPV4_COMPATIBLE = IPv6Network("::/96")
TRIES = 2


@dataclass(frozen=True, slots=True)
class Route:
    """An address that passed the guard. Only `Guard.routes` makes one.

    `server_name` is the name that the certificate must carry; None where there is no TLS.
    """

    ip: str
    port: int
    server_name: str | None


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be asked. The defaults are those of the public network.

    `allow_http`, `networks` (CIDR, asked besides public addresses) and other `ports`
    (empty: any) are for a lab.
    """

    allow_http: bool = False
    networks: tuple[str, ...] = ()
    ports: frozenset[int] = frozenset({443})

    def vet(self, url: str) -> Address:
        """The URL taken apart, when its form may be asked. Raises Forbidden."""
        try:
            address = parse(url)
        except MalformedDocument as fault:
            raise Forbidden(shown(url), str(fault)) from None
        if address.scheme != "https" and not self.allow_http:
            raise Forbidden(shown(url), "only https is asked")
        if self.ports and address.port not in self.ports:
            raise Forbidden(shown(url), f"port {address.port} is not asked")
        if is_literal(address.host) and not self.permits(address.host):
            raise Forbidden(shown(url), "the address is not public")
        return address

    def permits(self, ip: str) -> bool:
        """Whether this numeric address may be connected to. Never raises."""
        return _permitted(ip, self.networks)

    def routes(self, address: Address, ips: Iterable[str]) -> tuple[Route, ...]:
        """The ways to this server, at most two, of both families where there are both.

        Raises Forbidden when any address is not permitted: a name that is public and
        private by turns is somebody's attempt, not a server. The fault does not say which:
        it is told to strangers, who could ask for the names of our own network.
        """
        found = tuple(dict.fromkeys(ips))
        if not all(self.permits(ip) for ip in found):
            raise Forbidden(address.origin, "the name leads to an address that is not public")
        name = address.host if address.scheme == "https" else None
        ways = found if len(found) < TRIES else _alternating(found)[:TRIES]
        return tuple([Route(ip, address.port, name) for ip in ways])


def is_public(ip: str) -> bool:
    """Whether a numeric address belongs to the public internet. Never raises."""
    found = _unwrapped(ip)
    return found is not None and _is_public(found)


def is_literal(host: str) -> bool:
    """Whether a URL's host is a numeric address rather than a name."""
    # A name ends in a letter, but for those that are a fault of their own: `parse` refuses them.
    return (":" in host or host[-1:].isdigit()) and _unwrapped(host) is not None


def shown(url: object) -> str:
    """A stranger's URL as it may stand in an error or a log: one line, not endless."""
    text = url if isinstance(url, str) else "not a text"
    return text[:300].encode("ascii", "backslashreplace").decode() if text.isprintable() else "?"


# A post goes to thousands of addresses, and each is asked about twice.
@lru_cache(maxsize=65_536)
def _permitted(ip: str, networks: tuple[str, ...]) -> bool:
    found = _unwrapped(ip)
    return found is not None and (
        _is_public(found) or any(found in _network(text) for text in networks)
    )


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv4Address):
        before = bisect_right(_STARTS_4, int(ip)) - 1
        return int(ip) > _ENDS_4[before]
    inside = ip in GLOBAL_UNICAST_6 and not any(ip in network for network in NOT_PUBLIC_6)
    return ip.is_global and inside


@lru_cache(maxsize=65_536)
def _unwrapped(ip: str) -> IPv4Address | IPv6Address | None:
    """The address that packets go to: IPv4 may hide in IPv6. Scoped ones are none of ours."""
    try:
        found = ip_address(ip)
    except ValueError:
        return None
    if isinstance(found, IPv4Address):
        return found
    if found.scope_id is not None:
        return None
    hidden = int(found) > 1 and found in IPV4_COMPATIBLE
    return found.ipv4_mapped or (IPv4Address(int(found)) if hidden else found)


def _alternating(ips: tuple[str, ...]) -> list[str]:
    """The system's order, with the first of the other family second."""
    other = next((ip for ip in ips[1:] if (":" in ip) != (":" in ips[0])), None)
    return list(dict.fromkeys([ips[0], other or ips[0], *ips])) if ips else []


@lru_cache(maxsize=64)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text, strict=False)
