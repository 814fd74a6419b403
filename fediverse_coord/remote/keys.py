"""Keys of others: whose a key is, and when we ask again.  signatures.md 2.9, 2.10, security A9, B5.

A key's own claim of ownership is worth nothing: the owner's actor document must list it, on
the same origin. Asking is bounded by buckets for each host and each client, by a memory of
what failed, and by one question at a time for each key; a question goes on in the background
when whoever asked stops waiting, and its answer is remembered.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from fediverse_coord.errors import (
    DereferenceError,
    Forbidden,
    MalformedDocument,
    Unreachable,
)
from fediverse_coord.protocol.documents import Document, ids_of
from fediverse_coord.protocol.keys import (
    PublicKey,
    VerifyingKey,
    bare_key_owner,
    load_public_pem,
    public_keys_in,
    public_pem,
)
from fediverse_coord.protocol.uris import host_in, same_origin, without_fragment
from fediverse_coord.remote.actors import is_actor
from fediverse_coord.remote.limits import Buckets, Recent
from fediverse_coord.storage import remote_keys
from fediverse_coord.storage.database import Database
from fediverse_coord.storage.remembered import Remembered
from fediverse_coord.storage.remote_keys import PREFIX, StoredKey, change_of
from fediverse_coord.storage.together import Together

MAX_AGE = timedelta(days=7)
REFETCH = timedelta(minutes=5)
UNREACHABLE_FOR, REFUSED_FOR = timedelta(minutes=10), timedelta(minutes=60)
KNOWN = 10_000  # keys in memory
IN_VAIN = 4  # a question without a key costs so much more
IN_VAIN_FOR = 9  # and this for whoever made us ask: nobody alone uses up a server's share

Fetch = Callable[[str], Awaitable[Document]]
Learn = Callable[[Document], Awaitable[object]]


@dataclass(slots=True)
class KeyLimits:
    """What unauthenticated requests may cost others and us."""

    by_host: Buckets = field(default_factory=lambda: Buckets(300, 5))
    by_client: Buckets = field(default_factory=lambda: Buckets(300, 5))

    @classmethod
    def of(cls, per_host_per_minute: int) -> "KeyLimits":
        n = per_host_per_minute
        return cls(Buckets(n, n / 60), Buckets(n, n / 60))


@dataclass(frozen=True, slots=True)
class Known:
    """A key as it is in memory, and when its owner's document was read."""

    key: PublicKey
    fetched_at: datetime


@lru_cache(maxsize=KNOWN)
def _loaded(pem: str) -> VerifyingKey:
    return load_public_pem(pem)


def is_bound(key: PublicKey) -> bool:
    """Whether the id alone says whose key it is: `ACTOR#key` or `ACTOR/key`."""
    document_id = without_fragment(key.key_id)
    return document_id == key.owner_id or key.key_id.startswith(f"{key.owner_id}/")


@dataclass(slots=True)
class Keys:
    """The memory of keys, and the one place that decides to ask for one."""

    db: Database
    fetch: Fetch
    learn: Learn  # remembers an actor's document, with its bound keys
    clock: Callable[[], datetime]
    limits: KeyLimits = field(default_factory=KeyLimits)
    known: Remembered[Known] = field(default_factory=lambda: Remembered(KNOWN))
    failed: Recent[DereferenceError] = field(default_factory=Recent)
    refetched: Recent[bool] = field(default_factory=Recent)
    _asked: dict[str, asyncio.Task[PublicKey]] = field(default_factory=dict)
    _together: Together[StoredKey] = field(init=False)

    def __post_init__(self) -> None:
        self._together = Together(lambda ids: remote_keys.find_several(self.db, ids))

    def at_hand(self, key_id: str) -> PublicKey | None:
        """The key where it is in memory and fresh. Asks nobody, and waits for nothing."""
        found = self.known.get(change_of(key_id))
        return found.key if found is not None and self._is_fresh(found) else None

    async def kept(self, key_id: str) -> PublicKey | None:
        """The key where it is in the rows and fresh. Asks nobody."""
        found = await self._found(key_id)
        return found.key if found is not None and self._is_fresh(found) else None

    def heard(self, change: str) -> None:
        """A key was changed or dropped, by whatever process (`storage/changes`)."""
        if change.startswith(PREFIX):
            self.known.forget(change)

    async def key(self, key_id: str, client: str = "") -> PublicKey:
        """The key and its owner. Raises DereferenceError; Unreachable means: later perhaps."""
        running = self._asked.get(key_id)  # it may have ended when we have looked
        found = await self._found(key_id)
        if found is not None and not self._is_fresh(found):
            self.known.forget(change_of(key_id))
            found = await self._found(key_id)  # another process may have asked meanwhile
        if found is not None and self._is_fresh(found):
            return found.key
        try:
            return await self._ask(key_id, client, running)
        except Unreachable:
            if found is None:
                raise
            return found.key

    def _is_fresh(self, found: Known) -> bool:
        return self.clock() - found.fetched_at < MAX_AGE

    async def _found(self, key_id: str) -> Known | None:
        return await self.known.found(change_of(key_id), lambda: self._stored(key_id))

    async def _stored(self, key_id: str) -> Known | None:
        stored = await self._together.find(key_id)
        return Known(_public(stored), stored.fetched_at) if stored is not None else None

    async def fresh(self, key: PublicKey, client: str = "") -> PublicKey | None:
        """The key as it is now, after one that failed; nothing within 5 minutes of the last."""
        now = self.clock().timestamp()
        if self.refetched.get(key.owner_id, now):
            return None
        self.refetched.put(key.owner_id, True, now, REFETCH)
        return await self._ask(key.key_id, client)

    async def close(self) -> None:
        """Ends the questions under way."""
        running = list(self._asked.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _ask(
        self, key_id: str, client: str, running: asyncio.Task[PublicKey] | None = None
    ) -> PublicKey:
        running = self._asked.get(key_id, running)
        if running is None:
            self._check(key_id, client)
            running = self._begin(key_id, self._question(key_id, client))
        # Whoever stops waiting leaves the question running: its end is remembered.
        return await asyncio.shield(running)

    def _check(self, key_id: str, client: str) -> None:
        now = self.clock().timestamp()
        known = self.failed.get(key_id, now)
        if known is not None:
            raise type(known)(known.iri, known.reason)
        host = host_in(without_fragment(key_id))
        if host is None:
            raise Forbidden(key_id[:200], "a key id must be an address")
        if not self.limits.by_host.take(host, now):
            raise Unreachable(key_id, "that server's keys were asked for too often")
        if client and not self.limits.by_client.take(client, now):
            raise Unreachable(key_id, "this client made us ask for too many keys")

    def _begin(
        self, key_id: str, question: Coroutine[None, None, PublicKey]
    ) -> asyncio.Task[PublicKey]:
        task = asyncio.create_task(question)
        self._asked[key_id] = task
        task.add_done_callback(lambda done: self._end(key_id, done))
        return task

    def _end(self, key_id: str, task: asyncio.Task[PublicKey]) -> None:
        self._asked.pop(key_id, None)
        if not task.cancelled():
            task.exception()  # looked at: whoever waited has it, and nobody may be waiting

    async def _question(self, key_id: str, client: str) -> PublicKey:
        try:
            key = await self._fetched(key_id)
        except DereferenceError as fault:
            self._remember_failure(key_id, client, fault)
            raise
        self.failed.drop(key_id)
        self.known.forget(change_of(key_id))  # it was read now: its age is another
        return key

    def _remember_failure(self, key_id: str, client: str, fault: DereferenceError) -> None:
        now = self.clock().timestamp()
        later = isinstance(fault, Unreachable)
        self.failed.put(key_id, fault, now, UNREACHABLE_FOR if later else REFUSED_FOR)
        self.limits.by_host.fine(host_in(without_fragment(key_id)) or "", now, IN_VAIN)
        if client:
            self.limits.by_client.fine(client, now, IN_VAIN_FOR)

    async def _fetched(self, key_id: str) -> PublicKey:
        document = await self.fetch(without_fragment(key_id))
        if is_actor(document):
            return await self._of_actor(key_id, document, document)
        owner_id = bare_key_owner(document)
        if owner_id is None or not same_origin(owner_id, key_id):
            raise Forbidden(key_id, "no key of this server stands there")
        return await self._of_actor(key_id, await self.fetch(owner_id), document)

    async def _of_actor(self, key_id: str, actor: Document, source: Document) -> PublicKey:
        """The key, if the actor lists it. CVE-2026-96625: only then is it the actor's."""
        try:
            await self.learn(actor)
        except MalformedDocument as fault:
            raise Forbidden(key_id, str(fault)) from None
        found = _key_named(key_id, public_keys_in(actor))
        if found is None and source is not actor and key_id in _named_in(actor):
            found = _key_named(key_id, public_keys_in({"id": actor["id"], "publicKey": source}))
        if found is None:
            raise Forbidden(key_id, "its owner does not list this key")
        if not is_bound(found):
            await self._remember(found)
        return found

    async def _remember(self, key: PublicKey) -> None:
        pem, now = public_pem(key.key), self.clock()
        await self.db.write(lambda tx: remote_keys.remember(tx, key.owner_id, key.key_id, pem, now))


def _public(stored: StoredKey) -> PublicKey:
    return PublicKey(stored.key_id, stored.owner_id, _loaded(stored.public_key))


def _named_in(actor: Document) -> set[str]:
    return {*ids_of(actor.get("publicKey")), *ids_of(actor.get("assertionMethod"))}


def _key_named(key_id: str, keys: list[PublicKey]) -> PublicKey | None:
    return next((key for key in keys if key.key_id == key_id), None)
