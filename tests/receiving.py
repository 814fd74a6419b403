"""Our side for tests of the road in: a database, two coordinations with keys, and `Incoming`.

Requests are handed to `receive` as they would come from the web, and `settle` runs the worker's
step until nothing is left to do.
"""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from engines import Place
from peers import PUBLIC, rsa_key

from fediverse_coord.incoming.receive import Received, receive
from fediverse_coord.incoming.services import Incoming
from fediverse_coord.incoming.side_effects import process
from fediverse_coord.network.client import Client
from fediverse_coord.network.guard import Guard
from fediverse_coord.network.resolver import Resolver
from fediverse_coord.protocol.keys import generate_ed25519
from fediverse_coord.protocol.sealing import Seal
from fediverse_coord.protocol.signatures import InboundRequest
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.remote.peers import PeerLimits, Peers
from fediverse_coord.storage import actors, followers, keyring, objects, responses
from fediverse_coord.storage.database import Database, Transaction, open_database
from fediverse_coord.storage.keyring import Keyring
from fediverse_coord.storage.objects import LocalObject
from fediverse_coord.storage.responses import Response

URIS = Uris("https://here.example")
INBOX = URIS.shared_inbox
MINERS, PORTERS = URIS.actor("miners"), URIS.actor("porters")
DECLARATION = URIS.object("miners", "declaration00001")
SEAL = Seal(bytes(32))
LAB = Guard(allow_http=True, networks=("127.0.0.0/8",), ports=frozenset())


@dataclass(slots=True)
class Clock:
    """The moment, moved by tests."""

    moment: datetime = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass(slots=True)
class Here:
    """Our server, from the inbox to the rows."""

    services: Incoming
    clock: Clock
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def db(self) -> Database:
        return self.services.db

    async def receive(self, request: InboundRequest, client: str = "") -> Received:
        return await receive(request, self.services, client)

    async def settle(self) -> None:
        """Everything that can be done now."""
        while await process(self.services):
            pass

    async def take(self, request: InboundRequest) -> int:
        """Received and done; the status."""
        status = (await self.receive(request)).status
        await self.settle()
        return status

    async def object(self, object_id: str = DECLARATION) -> LocalObject:
        found = await objects.by_id(self.db, object_id)
        assert found is not None
        return found

    async def responses(self) -> list[Response]:
        rows = await self.db.fetch_all(
            "SELECT object_id FROM responses GROUP BY object_id ORDER BY min(id)"
        )
        found = [await responses.by_object_id(self.db, row["object_id"]) for row in rows]
        return [one for some in found for one in some]

    async def followers(self, name: str = "miners") -> int:
        return await followers.count(self.db, self.rows[name])

    async def sent(self, type_: str | None = None) -> list[dict[str, Any]]:
        """The activities waiting to go out, oldest first."""
        rows = await self.db.fetch_all("SELECT document FROM activities ORDER BY id")
        found = [json.loads(row["document"]) for row in rows]
        return [one for one in found if type_ in (None, one["type"])]

    async def inboxes(self) -> list[str]:
        """Where they go."""
        rows = await self.db.fetch_all(
            "SELECT url FROM deliveries JOIN inboxes ON inboxes.id = deliveries.inbox"
            " ORDER BY deliveries.id"
        )
        return [row["url"] for row in rows]

    async def reach(self, object_id: str = DECLARATION) -> list[str]:
        rows = await self.db.fetch_all(
            "SELECT url FROM reach JOIN inboxes ON inboxes.id = reach.inbox"
            " WHERE object_id = :object_id ORDER BY url",
            object_id=object_id,
        )
        return [row["url"] for row in rows]

    async def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """What a refused activity must not have changed."""
        tables = "followers audience following responses interactions stamps reports activities"
        return {
            table: [
                tuple(row) for row in await self.db.fetch_all(f"SELECT * FROM {table} ORDER BY 1")
            ]
            for table in f"{tables} deliveries objects reach".split()
        }

    async def set_policy(self, name: str = "miners", **policies: object) -> None:
        profile = json.dumps({"policies": policies})
        await self.db.write(
            lambda tx: tx.execute(
                "UPDATE actors SET profile = :profile WHERE name = :name",
                profile=profile,
                name=name,
            )
        )


@contextlib.asynccontextmanager
async def our_server(
    place: Place, clock: Clock | None = None, limits: PeerLimits | None = None
) -> AsyncIterator[Here]:
    clock = clock or Clock()
    db = await open_database(place.migrated().url)
    rows = await db.write(lambda tx: _rows(tx, clock()))
    ring = Keyring()
    await ring.load(db, SEAL)
    client = Client(LAB, Resolver(), "fediverse-coord tests")
    peers = Peers(db, client, ring, URIS, clock, limits=limits, lab_http=True)
    keys = count(1)
    incoming = Incoming(db, peers, ring, URIS, clock, lambda: f"key{next(keys):013d}")
    here = Here(incoming, clock, rows)
    try:
        yield here
    finally:
        await peers.aclose()
        await client.aclose()
        await db.close()


async def _rows(tx: Transaction, now: datetime) -> dict[str, int]:
    """The instance actor, the coordinations with their keys, and one declaration."""
    await _actor(tx, "instance", URIS.instance_actor, now)
    rows = {name: await _actor(tx, name, URIS.actor(name), now) for name in ("miners", "porters")}
    await said(tx, rows["miners"], DECLARATION, [PUBLIC], now)
    return rows


async def said(tx: Transaction, actor: int, object_id: str, to: list[str], now: datetime) -> None:
    """An object of the coordination's, for those named."""
    document = {"id": object_id, "attributedTo": MINERS, "to": to, "cc": []}
    await objects.insert(
        tx,
        actor=actor,
        declaration=None,
        object_id=object_id,
        type_="Note",
        document=json.dumps(document).encode(),
        now=now,
    )


async def _actor(tx: Transaction, name: str, actor_id: str, now: datetime) -> int:
    row = await actors.insert(
        tx,
        name=name,
        actor_id=actor_id,
        type_="Organization",
        role="instance" if name == "instance" else "coordination",
        profile={"policies": {"hold": "all"}},
        revision=1,
        document=b"{}",
        now=now,
    )
    keys = {"main-key": rsa_key(0), "ed25519-key": generate_ed25519()}
    for number, (fragment, key) in enumerate(keys.items()):
        nonce = row.to_bytes(6, "big") + number.to_bytes(6, "big")
        await keyring.insert(tx, row, f"{actor_id}#{fragment}", key, SEAL, nonce, now)
    return row
