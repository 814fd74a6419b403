"""What the roads ask of other servers: an actor, a key, a handle, a document.

One object for each process. Actors and keys come from our memory while it is fresh; what is
fetched is checked, remembered and bounded by the modules beside this one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from fediverse_coord.errors import (
    DereferenceError,
    Forbidden,
    Gone,
    MalformedDocument,
    Missing,
    Unreachable,
)
from fediverse_coord.network.client import Client
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.keys import PublicKey, public_keys_in, public_pem
from fediverse_coord.protocol.signatures import Spec
from fediverse_coord.protocol.uris import Uris, host_in, parse
from fediverse_coord.protocol.wire import loads
from fediverse_coord.remote import webfinger
from fediverse_coord.remote.actors import profile_in
from fediverse_coord.remote.fetching import Fetcher
from fediverse_coord.remote.keys import KeyLimits, Keys, is_bound
from fediverse_coord.remote.limits import NewHosts, Recent
from fediverse_coord.remote.origins import remember_spec, spec_for
from fediverse_coord.remote.webfinger import account_in
from fediverse_coord.storage import actors, blocks, followers, remote_actors, remote_keys
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Database, Reader, Transaction
from fediverse_coord.storage.keyring import Keyring
from fediverse_coord.storage.remote_actors import RemoteActor

FRESH = timedelta(days=7)
REFRESH = timedelta(minutes=1)
HANDLE_FAILED = timedelta(hours=1)


@dataclass(slots=True)
class PeerLimits:
    """Bounds on what strangers can make us ask. Each process has its own."""

    keys: KeyLimits = field(default_factory=KeyLimits)
    new_hosts: NewHosts = field(default_factory=NewHosts)


class Peers:
    """What we know of others. `lab_http`: handles are asked by http, on a closed network only."""

    def __init__(
        self,
        db: Database,
        client: Client,
        keyring: Keyring,
        uris: Uris,
        clock: Callable[[], datetime],
        *,
        limits: PeerLimits | None = None,
        lab_http: bool = False,
    ) -> None:
        self.limits = bounds = limits or PeerLimits()
        self._db, self._clock, self._uris = db, clock, uris
        self._scheme = "http" if lab_http else "https"
        self._fetcher = Fetcher(db, client, keyring, uris, clock, bounds.new_hosts)
        self._keys = Keys(db, self._fetcher.document, self._learn, clock, bounds.keys)
        self._refreshed: Recent[bool] = Recent()
        self._nameless: Recent[bool] = Recent()

    async def fetch(self, iri: str) -> Document:
        """The document behind an id, from its origin. Raises DereferenceError."""
        return await self._fetcher.document(iri)

    def sign(self, url: str, spec: Spec = Spec.CAVAGE) -> dict[str, str]:
        """The headers of a GET by the instance actor."""
        return self._fetcher.sign(url, spec)

    async def spec_for(self, origin: str) -> Spec:
        """The signature format to try first there."""
        return await spec_for(self._db, origin, self._clock())

    async def remember_spec(self, origin: str, spec: Spec) -> None:
        await remember_spec(self._db, origin, spec, self._clock())

    async def key(self, key_id: str, *, client: str = "") -> PublicKey:
        """The key with its proven owner. Raises DereferenceError.

        `client` names, without telling who it is, whoever made us ask: the hash of an address.
        """
        return await self._keys.key(key_id, client)

    def key_at_hand(self, key_id: str) -> PublicKey | None:
        """The key where it is in memory and fresh. Asks nobody, and waits for nothing."""
        return self._keys.at_hand(key_id)

    async def key_kept(self, key_id: str) -> PublicKey | None:
        """The key where we remember it and it is fresh. Asks nobody."""
        return await self._keys.kept(key_id)

    def keep(self, *, told: bool) -> None:
        """Whether somebody calls `heard` and `lost` from now on: only then keys are remembered."""
        self._keys.known.keep(told=told)

    def heard(self, key: str) -> None:
        """What `key` stands for was changed (`storage/changes`)."""
        self._keys.heard(key)

    def lost(self) -> None:
        """Anything may have been changed."""
        self._keys.known.clear()

    async def fresh_key(self, key: PublicKey, *, client: str = "") -> PublicKey | None:
        """Asked anew after a failure, at most once in five minutes for an actor; else nothing."""
        return await self._keys.fresh(key, client)

    async def known(self, actor_id: str) -> RemoteActor | None:
        """The actor if we remember it. Asks nobody."""
        return await remote_actors.by_id(self._db, actor_id)

    async def is_at_hand(
        self, stored: RemoteActor, reader: Reader, *, vetted: bool = False
    ) -> bool:
        """Whether it is what `actor` would return, without asking anybody.

        Also not where it is blocked, unless the caller has `vetted` that.
        """
        if self._is_stale(stored, refresh=False) or self._uris.is_ours(stored.actor_id):
            return False
        return vetted or not await blocks.is_blocked(
            reader, host=stored.host, actor_id=stored.actor_id
        )

    def may_have_handle(self, actor: RemoteActor) -> bool:
        """Whether asking for its handle may tell more than we know."""
        now = self._clock().timestamp()
        return not (actor.handle or not actor.username or self._nameless.get(actor.actor_id, now))

    async def actor(self, actor_id: str, *, refresh: bool = False) -> RemoteActor:
        """The actor, from memory while fresh. Raises DereferenceError, Gone where it left.

        `refresh` asks now, at most once a minute. Our own are read from our own rows.
        """
        if self._uris.is_ours(actor_id):
            return await self._own(await actors.by_id(self._db, actor_id), actor_id)
        if await blocks.is_blocked(self._db, host=host_in(actor_id) or "", actor_id=actor_id):
            raise Forbidden(actor_id, "it is blocked here")
        stored = await self.known(actor_id)
        if stored is not None and not self._is_stale(stored, refresh=refresh):
            return stored
        try:
            return await self._fetched(actor_id)
        except Unreachable:
            if stored is None or stored.gone or refresh:
                raise
            return stored

    async def handle(self, handle: str) -> RemoteActor:
        """The actor behind `@name@host`, its loop closed (security A11).

        Raises MalformedDocument for what is no handle, DereferenceError otherwise.
        """
        account = account_in(handle)
        if self._uris.is_our_handle(account.authority):
            return await self._own(await actors.by_name(self._db, account.user), handle)
        stored = await remote_actors.by_handle(self._db, account.handle)
        if stored is not None and not self._is_stale(stored, refresh=False):
            return stored
        try:
            return await self._found(account)
        except Unreachable:
            if stored is None:
                raise
            return stored

    async def _own(self, local: LocalActor | None, named: str) -> RemoteActor:
        """A coordination of this server, as others are remembered; its keys are not put there."""
        if local is None or local.role != "coordination":
            raise Missing(named, "there is no such coordination here")
        if local.retired:
            raise Gone(named, "this coordination has ended")
        handle = self._uris.handle(local.name)
        profile, now = replace(profile_in(loads(local.document)), handle=handle), self._clock()
        return await self._db.write(lambda tx: remote_actors.remember(tx, profile, now))

    async def _found(self, account: webfinger.Account) -> RemoteActor:
        finding = await webfinger.find(account, self._fetcher.jrd, scheme=self._scheme)
        actor = await self.actor(finding.actor_id)
        if not await webfinger.closes(finding, actor.username, self._fetcher.jrd):
            raise Forbidden(account.uri, "the actor does not carry this handle")
        return await self._named(actor, finding.account.handle)

    async def webfinger(self, handle: str) -> tuple[str, Document]:
        """The host that the handle names, and what it says of the account. Keeps nothing.

        Raises MalformedDocument for what is no handle, DereferenceError otherwise.
        """
        account = account_in(handle)
        url = webfinger.address_of(account, self._scheme)
        return account.authority, await self._fetcher.jrd(url)

    async def with_handle(self, actor: RemoteActor) -> RemoteActor:
        """The actor with its handle if that can be proven; never raises for want of one."""
        if not self.may_have_handle(actor):
            return actor
        address = parse(actor.actor_id)
        own = webfinger.Account(actor.username.lower(), address.authority)
        try:
            found = await webfinger.find(own, self._fetcher.jrd, scheme=address.scheme)
        except (DereferenceError, MalformedDocument):
            found = None
        if found is None or found.actor_id != actor.actor_id:
            now = self._clock().timestamp()
            self._nameless.put(actor.actor_id, True, now, HANDLE_FAILED)
            return actor
        return await self._named(actor, found.account.handle)

    async def aclose(self) -> None:
        """Ends what is still asked in the background."""
        await self._keys.close()

    def _is_stale(self, stored: RemoteActor, *, refresh: bool) -> bool:
        if stored.gone:
            return True
        if refresh:
            return not self._refreshed.get(stored.actor_id, self._clock().timestamp())
        return self._clock() - stored.fetched_at > FRESH

    async def _fetched(self, actor_id: str) -> RemoteActor:
        document = await self._fetcher.document(actor_id)
        if document["id"] != actor_id:
            raise Forbidden(actor_id, "another actor answers there")
        try:
            return await self._learn(document)
        except MalformedDocument as fault:
            raise Forbidden(actor_id, str(fault)) from None

    async def _learn(self, document: Document) -> RemoteActor:
        """Remembers an actor and its keys as its origin tells them. Raises MalformedDocument."""
        profile, now = profile_in(document), self._clock()
        listed = public_keys_in(document)
        bound = [(key.key_id, public_pem(key.key)) for key in listed if is_bound(key)]

        async def work(tx: Transaction) -> RemoteActor:
            keep = [key.key_id for key in listed]
            await remote_keys.replace(tx, profile.actor_id, bound, now, keep=keep)
            known = await remote_actors.remember(tx, profile, now)
            # Whoever moved to another inbox is a follower there, however we came to know.
            await followers.move(tx, known.row, known.delivery_url, now)
            return known

        actor = await self._db.write(work)
        self._refreshed.put(actor.actor_id, True, now.timestamp(), REFRESH)
        return actor

    async def _named(self, actor: RemoteActor, handle: str) -> RemoteActor:
        await self._db.write(lambda tx: remote_actors.set_handle(tx, actor.row, handle))
        return await self.known(actor.actor_id) or actor
