"""Name servers, asked over UDP by c-ares: thousands of questions at once, none of them a thread.

The system's resolver blocks a thread for as long as a name's servers are silent, and a post to
thirty thousand hosts meets many that are. The system's own settings hold (`resolv.conf`, `hosts`)
where no servers are named; its search list does not: the hosts of others are whole names.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodns import DNSResolver

TRY_SECONDS = 2.0  # the first question; the second, to another server, waits twice as long
TRIES = 2


@dataclass(slots=True)
class NameServers:
    """`servers` as `192.0.2.53`, `192.0.2.53:5353` or `[2001:db8::53]:53`; none: the system's."""

    servers: Sequence[str] = ()
    _asked: "DNSResolver | None" = field(default=None, repr=False)

    async def __call__(self, host: str, port: int) -> list[str]:
        """Both families' addresses, the best first (RFC 6724). Raises `aiodns.error.DNSError`."""
        found = await self._resolver().getaddrinfo(host, port=port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(_text(node.addr[0]) for node in found.nodes))

    async def close(self) -> None:
        if self._asked is not None:
            await self._asked.close()

    def _resolver(self) -> "DNSResolver":
        if self._asked is None:
            import pycares  # a server that asks nobody need not load it
            from aiodns import DNSResolver

            self._asked = DNSResolver(
                list(self.servers) or None,
                loop=asyncio.get_running_loop(),
                timeout=TRY_SECONDS,
                tries=TRIES,
                flags=pycares.ARES_FLAG_NOSEARCH,
            )
        return self._asked


def _text(address: str | bytes) -> str:
    return address.decode("ascii") if isinstance(address, bytes) else address
