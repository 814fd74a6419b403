"""How long a server's certificate holds. For `doctor`: nothing is sent and nothing is asked.

The same door as for every request: vetted, resolved, vetted again, the certificate verified.
"""

import asyncio
import ssl
from datetime import UTC, datetime

from fediverse_coord.errors import Unreachable
from fediverse_coord.network.transport import Door


async def expiry(url: str, door: Door) -> datetime | None:
    """When it ends; nothing where there is no TLS. Raises Forbidden or Unreachable."""
    address = door.guard.vet(url)
    ips = await door.resolver.addresses(address.host, address.port)
    routes = door.guard.routes(address, ips)
    if not routes or routes[0].server_name is None:
        return None
    route = routes[0]
    try:
        async with asyncio.timeout(door.limits.connect_seconds):
            _, writer = await asyncio.open_connection(
                route.ip, route.port, ssl=door.tls, server_hostname=route.server_name
            )
    except ssl.SSLError as fault:
        raise Unreachable(url, f"TLS: {getattr(fault, 'verify_message', fault.reason)}") from None
    except (OSError, TimeoutError):
        raise Unreachable(url, "no connection") from None
    found = writer.get_extra_info("peercert") or {}
    writer.transport.abort()
    end = found.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if end else None
