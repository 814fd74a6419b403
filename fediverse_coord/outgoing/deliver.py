"""Deliver: claim by lease, sign, attempt, settle.  ActivityPub 7.1; HOUSE: The two walks.

A claimer keeps a small store filled, signers make requests of it in threads, slots send them, a
settler writes down in groups what came of it. They share nothing with other processes but rows.
Servers that were silent last time have signers and slots of their own, so that their time-outs
keep nobody else waiting. Reach is written with the claim: from then on the words may be there, and
an Update or Delete must follow them.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from fediverse_coord.counts import DeliveryCounts
from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.network.client import Client
from fediverse_coord.network.deadlines import Deadlines
from fediverse_coord.outgoing.attempt import Attempt, attempt
from fediverse_coord.outgoing.lanes import Lanes, Place
from fediverse_coord.outgoing.retry import Outcome
from fediverse_coord.outgoing.settle import (
    Ended,
    departed,
    held_back,
    put_back,
    settlement_of,
    write_down,
)
from fediverse_coord.outgoing.signing import Signed, sign_all
from fediverse_coord.protocol.chance import Chance
from fediverse_coord.protocol.keys import SigningKey
from fediverse_coord.remote.peers import Peers
from fediverse_coord.storage import claims, instance, remote_actors
from fediverse_coord.storage.claims import COMES_BACK, Delivery, Settlement
from fediverse_coord.storage.database import Database, Transaction
from fediverse_coord.storage.keyring import Keyring
from fediverse_coord.storage.leases import Lease

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
SETTLE_GROUP = 64  # rows of one write transaction: it stays a matter of milliseconds
SETTLE_AFTER_SECONDS = 0.02  # one commit for all that ends in this time
SIGNED_AT_ONCE = 32
SIGNED_INLINE = 4  # in one turn of the event loop, where each holds up all else
ENDING_SECONDS = 5.0  # for what is under way when we are told to end
AILING_SHARE = 8  # one slot of so many is for servers that were silent last time


@dataclass(frozen=True, slots=True)
class Pace:
    """How many at once in all and for one server, how many are claimed, how often each is tried.

    A server that was well has `first_seconds` for its answer, at later attempts `later_seconds`:
    of thousands who are asked at once, some always hang. `lease` is how long what is claimed is
    ours; all of an attempt fits into a share of it. `signers` are threads: they let one process
    use two cores, and cost more than they bring where several processes share them; 0 is none.
    """

    concurrency: int = 1000
    per_host: int = 2
    batch: int = 256
    attempts: int = 9
    first_seconds: float = 10
    later_seconds: float = 30
    signers: int = 2
    lease: Lease = field(default_factory=Lease)


@dataclass(slots=True)
class Channel:
    """One kind of servers' way: claimed and in its turn, signed, sent by so many slots."""

    slots: int
    held: int = 0
    ready: asyncio.Queue[Delivery] = field(default_factory=asyncio.Queue)
    signed: asyncio.Queue[Signed] = field(default_factory=lambda: asyncio.Queue(SIGNED_AT_ONCE))


@dataclass(slots=True)
class Deliverer:
    """The last step of the road out. `run` goes on until it is cancelled."""

    db: Database
    client: Client
    peers: Peers
    keyring: Keyring
    clock: Callable[[], datetime]
    new_key: Chance
    pace: Pace = field(default_factory=Pace)
    jitter: Callable[[], float] = random.random
    counts: DeliveryCounts = field(default_factory=DeliveryCounts)
    _well: Channel = field(init=False)
    _ailing: Channel = field(init=False)
    _lanes: Lanes = field(init=False)
    _held: dict[int, Delivery] = field(default_factory=dict)  # claimed and not settled
    _made: asyncio.Queue[Ended] = field(default_factory=asyncio.Queue)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _sending: int = 0
    _quiet: asyncio.Event = field(default_factory=asyncio.Event)  # nothing is being sent
    _deadlines: Deadlines = field(default_factory=Deadlines)
    _threads: ThreadPoolExecutor | None = None

    def __post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        """With nothing at hand: also after a fault, when what was held has been put back."""
        self._held, self._made, self._sending = {}, asyncio.Queue(), 0
        ailing = max(1, self.pace.concurrency // AILING_SHARE)
        self._well = Channel(max(1, self.pace.concurrency - ailing))
        self._ailing = Channel(ailing)
        self._lanes = Lanes(self.pace.per_host)

    def wake(self) -> None:
        """New rows are there: do not wait for the next look."""
        self._wake.set()

    async def run(self) -> None:
        self._begin()
        if self.pace.signers:
            self._threads = ThreadPoolExecutor(self.pace.signers + 1, "signer")
        self._quiet.set()
        makers = [self._claimer(), self._settler(), self._signer(self._ailing)]
        makers += [self._signer(self._well) for _ in range(max(1, self.pace.signers))]
        channels = (self._well, self._ailing)
        senders = [self._slot(channel) for channel in channels for _ in range(channel.slots)]
        making = [asyncio.create_task(one) for one in makers]
        sending = [asyncio.create_task(one) for one in senders]
        try:
            done, _ = await asyncio.wait([*making, *sending], return_when=asyncio.FIRST_EXCEPTION)
            for one in done:
                one.result()
        finally:
            await _cancelled(making)
            if self._threads is not None:
                self._threads.shutdown(wait=False, cancel_futures=True)
            await self._end(sending)

    # Claiming

    async def _claimer(self) -> None:
        while True:
            self._wake.clear()
            taken = 0
            while self._lanes.short:
                taken += await self._claim(self._lanes.depth, self._lanes.short.pop())
            if self._stored <= self.pace.batch // 2:
                taken += await self._claim(self.pace.batch)
            if not taken or self._stored > self.pace.batch // 2:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._wake.wait()

    @property
    def _stored(self) -> int:
        """How many could go at once and wait for a slot."""
        return self._well.ready.qsize() + self._well.signed.qsize()

    async def _claim(self, limit: int, origin: str | None = None) -> int:
        token, now, length = self.new_key(), self.clock(), self.pace.lease.length

        async def work(tx: Transaction) -> list[Delivery]:
            known = await instance.find(tx)
            if known is None or not known.sending:
                return []
            return await claims.claim(tx, token, limit, now, lease=length, origin=origin)

        try:
            claimed = await self.db.write(work)
        except StorageUnavailable as error:
            log.warning("claiming deliveries failed", extra={"reason": str(error)})
            return 0
        await self._distribute(claimed, now)
        if origin is not None and len(claimed) == limit:
            self._lanes.refuse(origin)
        return len(claimed)

    async def _distribute(self, claimed: list[Delivery], now: datetime) -> None:
        probed: set[str] = set()
        going, back = [], []
        for one in claimed:
            settlement = held_back(one, now, probed)
            place = self._offered(one) if settlement is None else None
            if place is Place.GOES:
                going.append(one)
            elif place is Place.FULL:
                settlement = put_back(one, now + COMES_BACK)
            if settlement is not None:
                back.append(settlement)
        if back:
            await self._put_back(back, now)
        # Only now: a probe that succeeds hurries those that were put back.
        for one in going:
            self._channel(one).ready.put_nowait(one)

    def _offered(self, one: Delivery) -> Place:
        """Its place, unless too much for servers like its own waits here already."""
        channel = self._channel(one)
        if channel is self._ailing and channel.held >= 2 * channel.slots:
            return Place.FULL
        place = self._lanes.offer(one)
        if place is not Place.FULL:
            self._held[one.row] = one
            channel.held += 1
        return place

    def _drop(self, one: Delivery) -> None:
        """It is no longer ours to settle."""
        if self._held.pop(one.row, None) is not None:
            self._channel(one).held -= 1

    def _is_ailing(self, one: Delivery) -> bool:
        """Whether it may keep a slot waiting; one that answers "later" is quick about it."""
        return one.ailing is not None and not one.ailing.answering

    def _channel(self, one: Delivery) -> Channel:
        return self._ailing if self._is_ailing(one) else self._well

    async def _put_back(self, settlements: list[Settlement], now: datetime) -> None:
        """Due again without an attempt; where that cannot be written their leases run out."""
        try:
            await self.db.write(lambda tx: claims.settle(tx, settlements, now))
        except StorageUnavailable as error:
            log.warning("putting deliveries back failed", extra={"reason": str(error)})

    # Signing

    async def _signer(self, channel: Channel) -> None:
        most = SIGNED_AT_ONCE if self._threads is not None else SIGNED_INLINE
        while True:
            batch = [await channel.ready.get()]
            while len(batch) < most and not channel.ready.empty():
                batch.append(channel.ready.get_nowait())
            if self._stored <= self.pace.batch // 2:
                self._wake.set()
            keys = await self._keys(batch)
            for one in await self._signed(batch, keys):
                await channel.signed.put(one)
            for unsigned in batch:
                if unsigned.message.key_id not in keys:  # stops no other; its lease runs out
                    self._drop(unsigned)
                    self._next_of(unsigned.origin)

    async def _signed(self, batch: list[Delivery], keys: dict[str, SigningKey]) -> Sequence[Signed]:
        now = self.clock()
        if self._threads is None:
            await asyncio.sleep(0)  # whoever asks for a page has a turn between any two of ours
            return sign_all(batch, keys, self.client, now)
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, sign_all, batch, keys, self.client, now
        )

    async def _keys(self, batch: Sequence[Delivery]) -> dict[str, SigningKey]:
        found = {}
        for key_id in {one.message.key_id for one in batch}:
            try:
                found[key_id] = await self.keyring.named(key_id, self.db)
            except (KeyError, StorageUnavailable) as error:
                log.error("deliveries cannot be signed", extra={"reason": type(error).__name__})
        return found

    # Sending

    async def _slot(self, channel: Channel) -> None:
        while True:
            signed = await channel.signed.get()
            self._sending += 1
            self._quiet.clear()
            try:
                await self._attempt(signed)
            except Exception:
                # One that cannot be attempted stops no other; its lease runs out.
                log.exception("attempt failed", extra={"origin": signed.delivery.origin})
                self._drop(signed.delivery)
            finally:
                self._sending -= 1
                if not self._sending:
                    self._quiet.set()
                self._next_of(signed.delivery.origin)

    async def _attempt(self, signed: Signed) -> None:
        delivery, pace, now = signed.delivery, self.pace, self.clock()
        if now - delivery.claimed_at > pace.lease.begin_within:
            # Its lease could end on the way; whoever claims it next has a whole one.
            self._drop(delivery)
            await self._put_back([put_back(delivery, now)], now)
            return
        seconds = pace.later_seconds if self._is_ailing(delivery) else pace.first_seconds
        began = time.perf_counter()
        made = await self._made_of(signed, seconds)
        self.counts.seconds.add(time.perf_counter() - began)
        self.counts.outcomes.add(made.outcome.value)
        settlement = settlement_of(made, pace.attempts, self.clock(), self.jitter())
        personal, left = await self._behind(made) if made.status in {404, 410} else (False, ())
        self._made.put_nowait(Ended(made, settlement, personal, left))

    async def _made_of(self, signed: Signed, seconds: float) -> Attempt:
        try:
            with self._deadlines.within(self.pace.lease.attempt_seconds):
                return await attempt(signed, self.client, self.clock, seconds)
        except TimeoutError:
            return Attempt(signed.delivery, Outcome.LATER, fault="no answer in time")

    async def _behind(self, made: Attempt) -> tuple[bool, tuple[str, ...]]:
        """Whether a gone or missing inbox was somebody's own, and who of them has left."""
        ids = await remote_actors.ids_at_inbox(self.db, made.delivery.inbox_url)
        try:
            async with asyncio.timeout(self.pace.lease.asking_seconds):
                return bool(ids), await departed(ids, self.peers)
        except TimeoutError:
            return bool(ids), ()

    def _next_of(self, origin: str) -> None:
        """One place of this server's is free."""
        following = self._lanes.ended(origin)
        if following is not None:
            self._channel(following).ready.put_nowait(following)
        if self._lanes.short:
            self._wake.set()

    # Settling

    async def _settler(self) -> None:
        while True:
            group = [await self._made.get()]
            await self._company(group)
            while not self._made.empty() and len(group) < SETTLE_GROUP:
                group.append(self._made.get_nowait())
            await self._settle(group)

    async def _company(self, group: list[Ended]) -> None:
        """Waits for others to be written with it; told to end, it is left to `_end`."""
        try:
            if self._made.qsize() < SETTLE_GROUP - len(group):
                await asyncio.sleep(SETTLE_AFTER_SECONDS)
        except asyncio.CancelledError:
            self._made.put_nowait(group.pop())
            raise

    async def _settle(self, group: list[Ended]) -> None:
        now = self.clock()
        try:
            await self.db.write(lambda tx: write_down(tx, group, now))
        except StorageUnavailable as error:
            # Their leases run out and they are tried again: at least once, never lost.
            log.warning("settling deliveries failed", extra={"reason": str(error)})
        else:
            _tell(group)
        for one in group:
            self._drop(one.attempt.delivery)

    # Ending

    async def _end(self, slots: Sequence[asyncio.Task[None]]) -> None:
        """What has not begun is due again at once; what is under way has a few seconds."""
        for channel in (self._well, self._ailing):
            while not channel.signed.empty():
                channel.signed.get_nowait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ENDING_SECONDS):
                await self._quiet.wait()
        await _cancelled(slots)
        while not self._made.empty():
            await self._settle([self._made.get_nowait() for _ in range(self._made.qsize())])
        now = self.clock()
        if self._held:
            await self._put_back([put_back(one, now) for one in self._held.values()], now)


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for one in tasks:
        one.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _tell(group: list[Ended]) -> None:
    """A line for those that arrived together, and one for each that did not."""
    arrived = Counter(one.attempt.status for one in group if one.settlement.state == "delivered")
    if arrived:
        log.info("deliveries arrived", extra={"number": arrived.total()})
    for one in group:
        if one.settlement.state != "delivered":
            log.info(
                "delivery settled",
                extra={
                    # The origin alone: a personal inbox tells who follows.
                    "origin": one.attempt.delivery.origin,
                    "outcome": one.attempt.outcome.value,
                    "state": one.settlement.state,
                    "status": one.attempt.status,
                },
            )
