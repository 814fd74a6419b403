"""A signed GET of another's document, after every reason not to send it.

The instance actor signs (signatures.md 5). Blocked domains are not asked (security F3), nor
more unknown names than their ration (C9), nor ourselves. What the document says is checked by
`network/dereference` as far as its origin goes, and by `remote/actors` and `keys` beyond.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fediverse_coord.errors import Forbidden, Unreachable
from fediverse_coord.network.client import Client
from fediverse_coord.network.dereference import ACCEPT, dereference, fetch_json
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.signatures import Spec, sign_get
from fediverse_coord.protocol.uris import Uris, host_in, origin_of, without_fragment
from fediverse_coord.remote.limits import NewHosts
from fediverse_coord.remote.origins import asks_for_another, other, remember_spec, spec_for
from fediverse_coord.storage import blocks, remote_actors
from fediverse_coord.storage.database import Database
from fediverse_coord.storage.keyring import Keyring

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Asks other servers for documents, in the name of the instance actor."""

    db: Database
    client: Client
    keyring: Keyring
    uris: Uris
    clock: Callable[[], datetime]
    new_hosts: NewHosts = field(default_factory=NewHosts)

    def sign(self, url: str, spec: Spec = Spec.CAVAGE) -> dict[str, str]:
        """The headers of one GET."""
        return sign_get(spec, url, self.keyring.instance(), self.clock(), ACCEPT)

    async def document(self, iri: str) -> Document:
        """What its origin says under this id. Raises DereferenceError."""
        await self._may_ask(iri)
        origin = origin_of(iri) or ""
        first = await spec_for(self.db, origin, self.clock())
        try:
            return await self._knock(iri, first)
        except Unreachable as fault:
            if not asks_for_another(fault):
                raise
        second = other(first)
        document = await self._knock(iri, second)
        await remember_spec(self.db, origin, second, self.clock())
        return document

    async def jrd(self, url: str) -> Document:
        """An answer of WebFinger, unsigned. Raises DereferenceError."""
        await self._may_ask(url)
        return await fetch_json(url, self.client)

    async def _knock(self, iri: str, spec: Spec) -> Document:
        return await dereference(iri, self.client, lambda url: self.sign(url, spec))

    async def _may_ask(self, iri: str) -> None:
        host = host_in(without_fragment(iri))
        if host is None:
            raise Forbidden(iri[:200], "this is no address to ask")
        if self.uris.is_ours(iri):
            raise Forbidden(iri, "this is our own address")
        if await blocks.is_blocked(self.db, host=host, actor_id=iri):
            raise Forbidden(iri, "it is blocked here")
        known = await remote_actors.knows_host(self.db, host)
        if not known and not self.new_hosts.admit(host, self.clock().timestamp()):
            log.warning("ration of new hosts is used up", extra={"host": host})
            raise Unreachable(iri, "too many unknown servers of that domain within an hour")
