"""What a handler works with: the services, the moment, and a bounded number of questions.

A handler asks the world first and returns what to do as an `Effect`, which then runs in one
transaction together with the end of its row: done once, or not at all.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from fediverse_coord.incoming.services import Incoming
from fediverse_coord.incoming.trust import Fetches
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.protocol.activities import sealed
from fediverse_coord.protocol.addressing import is_public
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.wire import loads
from fediverse_coord.storage import inboxes, outbox, reach
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.objects import LocalObject
from fediverse_coord.storage.outbox import Outgoing
from fediverse_coord.storage.remote_actors import RemoteActor

Effect: TypeAlias = Callable[[Transaction], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Context:
    """One activity's share of the world. `received_at` is when it came, `now` this attempt."""

    services: Incoming
    fetch: Fetches
    now: datetime
    received_at: datetime

    async def actor(self, actor_id: str) -> RemoteActor:
        """The actor, asked for only where unknown. Raises DereferenceError."""
        known = await self.services.peers.known(actor_id)
        if known is None:
            self.fetch.spend(actor_id)
        return await self.services.peers.actor(actor_id)

    async def with_handle(self, actor: RemoteActor) -> RemoteActor:
        """With its handle, where it can be proven and two questions are left."""
        if actor.handle or self.fetch.left < 2:
            return actor
        self.fetch.left -= 2
        return await self.services.peers.with_handle(actor)

    def answer_id(self, name: str) -> str:
        """A new id: each answer has its own, even to a question repeated."""
        return self.services.uris.activity(name, self.services.new_key())

    def outgoing(
        self, local: LocalActor, document: Document, inbox_url: str, object_id: str | None = None
    ) -> Outgoing:
        """An answer of ours to one inbox, proved."""
        key = self.services.keyring.proof(local.name)
        return Outgoing(
            actor=local.row,
            activity_id=document["id"],
            type=document["type"],
            document=sealed(document, key, self.now),
            object_id=object_id,
            inbox_urls=(inbox_url,),
        )


Handler: TypeAlias = Callable[[VerifiedActivity, Context], Awaitable[Effect | None]]


async def send(tx: Transaction, outgoing: Outgoing, now: datetime) -> None:
    """Leaves the answer as rows for the road out."""
    await outbox.append(tx, outgoing, now)


async def reached(tx: Transaction, ours: LocalObject, actor: RemoteActor, now: datetime) -> None:
    """Our words are known on that server: a later Update or Delete must go there too.

    Only words for everybody: what was said to some was delivered to them, and whoever else has
    come by its id is told nothing of it.
    """
    if is_public(loads(ours.document)):
        await reach.add(tx, ours.object_id, await inboxes.row_for(tx, actor.delivery_url), now)
