"""What every face is handed by `app`: opened things and facts, nothing global."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from starlette.requests import Request

from fediverse_coord.config import Config
from fediverse_coord.counts import InboxCounts
from fediverse_coord.desk.desk import Desk
from fediverse_coord.incoming.receive import Received
from fediverse_coord.protocol.signatures import InboundRequest
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.storage.database import Database, T
from fediverse_coord.storage.keyring import Keyring
from fediverse_coord.web.cache import Cache
from fediverse_coord.web.readiness import Readiness


@dataclass(frozen=True, slots=True)
class Faces:
    """The world of a face: it reads `db`, hands changes to `desk`, arrivals to `receive`."""

    config: Config
    uris: Uris
    db: Database
    keyring: Keyring
    receive: Callable[[InboundRequest, str], Awaitable[Received]]
    signer_of: Callable[[InboundRequest, str], Awaitable[str | None]]
    desk: Desk
    cache: Cache
    clock: Callable[[], datetime]
    inbox_counts: InboxCounts = field(default_factory=InboxCounts)
    readiness: Readiness = field(default_factory=Readiness)

    async def at_once(self, work: Callable[["Faces"], Awaitable[T]]) -> T:
        """What `work` reads, from one state of the database and by one way to it.

        It is handed a world that reads and nothing else, and awaits nothing besides.
        """
        return await self.db.read(lambda reader: work(replace(self, db=cast("Database", reader))))


def faces_of(request: Request) -> Faces:
    found: Faces = request.app.state.faces
    return found
