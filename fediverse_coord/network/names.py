"""Name servers, asked over UDP by c-ares: thousands of questions at once, none of them a thread.

The system's resolver blocks a thread for as long as a name's servers are silent, and a post to
thirty thousand hosts meets many that are. The system's own settings hold (`resolv.conf`, `hosts`)
where no servers are named; its search list does not: the hosts of others are whole names.

c-ares keeps every answer for as long as its servers allow, two kilobytes a name, and cannot be told
otherwise. `resolver` remembers what is worth it, so after some names we begin anew without them.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodns import DNSResolver

TRY_SECONDS = 2.0  # at first; each further question waits twice as long
# Where servers answer quickly c-ares waits a quarter of a second alone, too little for a name that
# they have to ask for themselves: five questions take longer than anybody waits.
TRIES = 5


@dataclass(slots=True, eq=False)
class _Asked:
    """One c-ares with its memory."""

    resolver: "DNSResolver"
    names: int = 0
    under_way: int = 0


@dataclass(slots=True)
class NameServers:
    """`servers` as `192.0.2.53`, `192.0.2.53:5353` or `[2001:db8::53]:53`; none: the system's."""

    servers: Sequence[str] = ()
    names_each: int = 2048  # what one memory holds
    _asked: _Asked | None = field(default=None, repr=False)

    async def __call__(self, host: str, port: int) -> list[str]:
        """Both families' addresses, the best first (RFC 6724). Raises `aiodns.error.DNSError`."""
        asked = self._next()
        try:
            found = await asked.resolver.getaddrinfo(host, type=socket.SOCK_STREAM)
        finally:
            asked.under_way -= 1
            if asked is not self._asked and not asked.under_way:
                await asked.resolver.close()
        return list(dict.fromkeys(_text(node.addr[0]) for node in found.nodes))

    async def close(self) -> None:
        if self._asked is not None:
            await self._asked.resolver.close()

    def _next(self) -> _Asked:
        """Whom to ask the next name; the one before closes itself after its last answer."""
        if self._asked is None or self._asked.names >= self.names_each:
            self._asked = _Asked(self._resolver())
        self._asked.names += 1
        self._asked.under_way += 1
        return self._asked

    def _resolver(self) -> "DNSResolver":
        import pycares  # a server that asks nobody need not load it
        from aiodns import DNSResolver

        return DNSResolver(
            list(self.servers) or None,
            loop=asyncio.get_running_loop(),
            timeout=TRY_SECONDS,
            tries=TRIES,
            flags=pycares.ARES_FLAG_NOSEARCH,
        )


def _text(address: str | bytes) -> str:
    return address.decode("ascii") if isinstance(address, bytes) else address
