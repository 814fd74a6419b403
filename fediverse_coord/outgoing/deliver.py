"""Deliver: claim by lease, attempt, settle.  ActivityPub 7.1; HOUSE: The two walks.

A claimer keeps a small queue filled, slots empty it, a settler writes down what came of it
in groups. All three share nothing with other processes but rows. Reach is written with the
claim: from then on the words may be there, and an Update or Delete must follow them.
"""

import asyncio
import contextlib
import logging
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fediverse_coord.counts import DeliveryCounts
from fediverse_coord.errors import StorageUnavailable
from fediverse_coord.network.client import Client
from fediverse_coord.outgoing.attempt import Attempt, attempt
from fediverse_coord.outgoing.retry import Outcome
from fediverse_coord.outgoing.settle import (
    Ended,
    departed,
    held_back,
    settlement_of,
    waited_here,
    write_down,
)
from fediverse_coord.protocol.chance import Chance
from fediverse_coord.protocol.signatures import BodyDigests, digests_of
from fediverse_coord.remote.peers import Peers
from fediverse_coord.storage import deliveries, instance, reach, remote_actors
from fediverse_coord.storage.database import Database, Transaction
from fediverse_coord.storage.deliveries import LEASE, Delivery, Settlement
from fediverse_coord.storage.keyring import Keyring

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
SETTLE_GROUP = 64
# Both knocks together; twice this, and asking an actor, lie well within a lease.
DEADLINE_SECONDS = 40
ASKING_SECONDS = 20
BEGIN_WITHIN = LEASE - timedelta(seconds=DEADLINE_SECONDS + ASKING_SECONDS + 5)


@dataclass(frozen=True, slots=True)
class Pace:
    """How many at once in all and for one server, how many are claimed, how often each is tried."""

    concurrency: int = 64
    per_host: int = 2
    batch: int = 128
    attempts: int = 9
    deadline_seconds: float = DEADLINE_SECONDS


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
    _queue: asyncio.Queue[Delivery] = field(default_factory=asyncio.Queue)
    _made: asyncio.Queue[Ended] = field(default_factory=asyncio.Queue)
    _busy: Counter[str] = field(default_factory=Counter)
    _digests: dict[int, tuple[bytes, BodyDigests]] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """New rows are there: do not wait for the next look."""
        self._wake.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._claimer())
            group.create_task(self._settler())
            for _ in range(self.pace.concurrency):
                group.create_task(self._slot())

    async def _claimer(self) -> None:
        while True:
            self._wake.clear()
            wanted = self.pace.batch - self._queue.qsize()
            taken = await self._claim(wanted) if wanted > self.pace.batch // 2 else 0
            if not taken:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._wake.wait()

    async def _claim(self, limit: int) -> int:
        token, now = self.new_key(), self.clock()

        async def work(tx: Transaction) -> list[Delivery]:
            known = await instance.find(tx)
            if known is None or not known.sending:
                return []
            claimed = await deliveries.claim(tx, token, limit, now)
            pairs = [(one.object_id, one.inbox) for one in claimed if one.object_id]
            await reach.add_many(tx, pairs, now)
            return claimed

        try:
            claimed = await self.db.write(work)
        except StorageUnavailable as error:
            log.warning("claiming deliveries failed", extra={"reason": str(error)})
            return 0
        await self._distribute(claimed, now)
        return len(claimed)

    async def _distribute(self, claimed: list[Delivery], now: datetime) -> None:
        probed: set[str] = set()
        going, put_back = [], []
        for one in claimed:
            settlement = held_back(one, now, probed)
            if settlement is None:
                going.append(one)
            else:
                put_back.append(settlement)
        if put_back:
            await self._put_back(put_back, now)
        # Only now: a probe that succeeds hurries those that were put back.
        for one in going:
            self._queue.put_nowait(one)

    async def _put_back(self, settlements: list[Settlement], now: datetime) -> None:
        """Due again without an attempt; where that cannot be written their leases run out."""
        try:
            await self.db.write(lambda tx: deliveries.settle(tx, settlements, now))
        except StorageUnavailable as error:
            log.warning("putting deliveries back failed", extra={"reason": str(error)})

    async def _slot(self) -> None:
        while True:
            delivery = await self._queue.get()
            if self._busy[delivery.origin] >= self.pace.per_host:
                self._queue.put_nowait(delivery)
                await asyncio.sleep(0.01)
                continue
            self._busy[delivery.origin] += 1
            try:
                await self._attempt(delivery)
            except Exception:
                # One that cannot be attempted stops no other; its lease runs out.
                log.exception("attempt failed", extra={"origin": delivery.origin})
            finally:
                self._busy[delivery.origin] -= 1
                if not self._busy[delivery.origin]:
                    del self._busy[delivery.origin]

    async def _attempt(self, delivery: Delivery) -> None:
        now = self.clock()
        if now - delivery.claimed_at > BEGIN_WITHIN:
            await self._put_back([waited_here(delivery, now)], now)
            return
        with self.counts.seconds.timed():
            made = await self._made_of(delivery)
        self.counts.outcomes.add(made.outcome.value)
        settlement = settlement_of(made, self.pace.attempts, self.clock(), self.jitter())
        personal, left = await self._behind(made)
        self._made.put_nowait(Ended(made, settlement, personal, left))

    async def _made_of(self, delivery: Delivery) -> Attempt:
        key = await self.keyring.named(delivery.key_id, self.db)
        digests = self._digests_of(delivery)
        try:
            async with asyncio.timeout(self.pace.deadline_seconds):
                return await attempt(delivery, digests, key, self.client, self.clock)
        except TimeoutError:
            return Attempt(delivery, Outcome.LATER, fault="did not answer in time")

    async def _behind(self, made: Attempt) -> tuple[bool, tuple[str, ...]]:
        """Whether a gone or missing inbox was somebody's own, and who of them has left."""
        if made.status not in {404, 410}:
            return False, ()
        ids = await remote_actors.ids_at_inbox(self.db, made.delivery.inbox_url)
        try:
            async with asyncio.timeout(ASKING_SECONDS):
                return bool(ids), await departed(ids, self.peers)
        except TimeoutError:
            return bool(ids), ()

    def _digests_of(self, delivery: Delivery) -> BodyDigests:
        """Made once for each activity's bytes; an edit changes the bytes."""
        known = self._digests.get(delivery.activity)
        if known is None or known[0] != delivery.document:
            if len(self._digests) > 64:
                self._digests.clear()
            known = delivery.document, digests_of(delivery.document)
            self._digests[delivery.activity] = known
        return known[1]

    async def _settler(self) -> None:
        while True:
            group = [await self._made.get()]
            while not self._made.empty() and len(group) < SETTLE_GROUP:
                group.append(self._made.get_nowait())
            await self._settle(group)
            if self._queue.qsize() <= self.pace.batch // 2:
                self._wake.set()

    async def _settle(self, group: list[Ended]) -> None:
        now = self.clock()
        try:
            await self.db.write(lambda tx: write_down(tx, group, now))
        except StorageUnavailable as error:
            # Their leases run out and they are tried again: at least once, never lost.
            log.warning("settling deliveries failed", extra={"reason": str(error)})
            return
        for one in group:
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
