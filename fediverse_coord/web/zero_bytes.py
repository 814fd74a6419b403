"""No address of ours has a zero byte in it, and no text: PostgreSQL keeps none.

Checked before any address is looked up, so that both engines answer the same: not there.
"""

from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from fediverse_coord.errors import NotFound

ZERO = "\0"
ZERO_BYTE = "must not hold a zero byte"


class NoAddress(BaseRoute):
    """Every path with a zero byte in it, whatever the method."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        found = scope["type"] == "http" and ZERO in scope["path"]
        return (Match.FULL if found else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise NotFound("there is nothing at this address")
