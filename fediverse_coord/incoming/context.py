"""What a handler works with: the services, the moment, and a bounded number of questions.

A handler asks the world first and returns what to do as an `Effect`, which then runs in one
transaction together with the end of its row: done once, or not at all.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Self, TypeAlias, TypeVar, cast

from fediverse_coord.incoming.services import Incoming
from fediverse_coord.incoming.trust import Fetches
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.protocol.activities import sealed
from fediverse_coord.protocol.addressing import is_public
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.wire import loads
from fediverse_coord.storage import inboxes, outbox, reach, remote_actors
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.objects import LocalObject
from fediverse_coord.storage.outbox import Outgoing
from fediverse_coord.storage.remote_actors import RemoteActor

K = TypeVar("K")
T = TypeVar("T")
Effect: TypeAlias = Callable[[Transaction], Awaitable[object]]


class AskFirst(Exception):
    """Somebody has to be asked before it is known what to do, and here nobody can be."""


class Joint:
    """An effect that many rows have together for little more than one has it."""

    @classmethod
    async def all_of(cls, tx: Transaction, effects: Sequence[Self]) -> None:
        """The effects of rows of different actors, in one transaction."""
        raise NotImplementedError

    async def __call__(self, tx: Transaction) -> None:
        await type(self).all_of(tx, [self])


@dataclass(frozen=True, slots=True)
class Context:
    """One activity's share of the world. `received_at` is when it came, `now` this attempt.

    What is remembered is asked of `reader`. `at_hand_for` names the row's actor where nobody can
    be asked: then whatever would have to be raises AskFirst. `answers` is what was asked `once`.
    """

    services: Incoming
    fetch: Fetches
    now: datetime
    received_at: datetime
    reader: Reader
    at_hand_for: str | None = None
    answers: "dict[tuple[object, object], object]" = field(default_factory=dict, repr=False)

    async def once(self, question: Callable[[Reader, K], Awaitable[T]], about: K) -> T:
        """The answer from memory, which rows that are read together share: many ask the same."""
        asked = (question, about)
        if asked not in self.answers:
            self.answers[asked] = await question(self.reader, about)
        return cast("T", self.answers[asked])

    async def known(self, actor_id: str) -> RemoteActor | None:
        """The actor if we remember it. Asks nobody."""
        return await remote_actors.by_id(self.reader, actor_id)

    async def actor(self, actor_id: str) -> RemoteActor:
        """The actor, asked for only where unknown. Raises DereferenceError."""
        if self.at_hand_for is not None:
            return await self._at_hand(actor_id)
        known = await self.known(actor_id)
        if known is None:
            self.fetch.spend(actor_id)
        return await self.services.peers.actor(actor_id)

    async def _at_hand(self, actor_id: str) -> RemoteActor:
        # Whether the row's own actor is blocked is asked when its effect is written.
        found = await self.once(remote_actors.by_id, actor_id)
        is_own = actor_id == self.at_hand_for
        if found is None or not await self.services.peers.is_at_hand(
            found, self.reader, vetted=is_own
        ):
            raise AskFirst
        return found

    async def refreshed(self, actor_id: str) -> RemoteActor:
        """The actor as its origin has it now. Raises DereferenceError."""
        if self.at_hand_for is not None:
            raise AskFirst
        return await self.services.peers.actor(actor_id, refresh=True)

    async def with_handle(self, actor: RemoteActor) -> RemoteActor:
        """With its handle, where it can be proven and two questions are left."""
        if self.fetch.left < 2 or not self.services.peers.may_have_handle(actor):
            return actor
        if self.at_hand_for is not None:
            raise AskFirst
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
    await send_all(tx, [outgoing], now)


async def send_all(tx: Transaction, outgoing: Sequence[Outgoing], now: datetime) -> None:
    """The same for several."""
    if outgoing:
        await outbox.append_all(tx, outgoing, now)


async def reached(
    tx: Transaction, known: Iterable[tuple[LocalObject, RemoteActor]], now: datetime
) -> None:
    """Our words are known on these servers: a later Update or Delete must go there too.

    Only words for everybody: what was said to some was delivered to them, and whoever else has
    come by its id is told nothing of it.
    """
    public = [
        (ours.object_id, actor.delivery_url)
        for ours, actor in known
        if _is_for_everybody(ours.document)
    ]
    rows = await inboxes.rows_for(tx, [url for _, url in public])
    await reach.add_many(tx, [(object_id, rows[url]) for object_id, url in public], now)


@lru_cache(maxsize=64)
def _is_for_everybody(document: bytes) -> bool:
    return is_public(loads(document))
