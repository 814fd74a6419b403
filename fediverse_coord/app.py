"""The world, built in one place: files read, database and client opened, things handed over.

Construction only; what is done with them stands in the rooms below.
"""

import asyncio
import contextlib
import functools
import gc
import os
import resource
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fediverse_coord import __version__
from fediverse_coord import config as settings
from fediverse_coord.config import Config
from fediverse_coord.counts import Counts
from fediverse_coord.desk import coordinations, key_file, stores
from fediverse_coord.desk.coordinations import Applied
from fediverse_coord.desk.darkroom import Bounds, Darkroom
from fediverse_coord.desk.desk import Desk
from fediverse_coord.errors import ConfigError, IdentityError
from fediverse_coord.incoming.services import Floods, Incoming
from fediverse_coord.incoming.side_effects import SideEffects, prune
from fediverse_coord.network.client import Client, Limits
from fediverse_coord.network.guard import Guard
from fediverse_coord.network.names import NameServers
from fediverse_coord.network.resolver import Resolver
from fediverse_coord.outgoing.deliver import Deliverer, Pace
from fediverse_coord.outgoing.fan_out import fan_out
from fediverse_coord.outgoing.publish import Publisher
from fediverse_coord.outgoing.release import release_due
from fediverse_coord.outgoing.reveal import reveal_due
from fediverse_coord.protocol.chance import random_key
from fediverse_coord.protocol.sealing import KEY_BYTES, Seal, key_file_text
from fediverse_coord.remote.keys import KeyLimits
from fediverse_coord.remote.peers import PeerLimits, Peers
from fediverse_coord.storage import changes, migrate, set_back
from fediverse_coord.storage.database import Database, Listener, open_database
from fediverse_coord.storage.forgetting import Kept
from fediverse_coord.storage.keyring import Keyring
from fediverse_coord.storage.leases import Lease
from fediverse_coord.storage.pruning import Pruner
from fediverse_coord.storage.search_upkeep import Upkeep
from fediverse_coord.storage.shelf import Clearing
from fediverse_coord.worker import Step, Worker

OTHER_FILES = 1200  # readers' connections above all, then databases, sockets, logs


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything opened. `applied` is what was done with the coordinations' files."""

    config: Config
    seal: Seal
    db: Database
    keyring: Keyring
    client: Client
    peers: Peers
    publisher: Publisher
    desk: Desk
    incoming: Incoming
    applied: Applied
    clock: Callable[[], datetime]
    counts: Counts = field(default_factory=Counts)


@contextlib.asynccontextmanager
async def opened(
    config: Config, *, clock: Callable[[], datetime] = utc_now, with_files: bool = True
) -> AsyncIterator[Services]:
    """Opens everything and closes it again. Raises ConfigError, IdentityError, StorageUnavailable.

    A new database is migrated; an older one waits for `migrate`, so that several processes do
    not meet in it with different shapes. Without the coordinations' files only what the database
    remembers is there: that is how a coordination is ended whose file is lost.
    """
    seal = read_seal(config)
    db = await open_database(config.database_url, writers=config.database.connections)
    clock = db.clock(clock)
    try:
        await _migrated(db, config)
        await coordinations.check_origin(db, config)
        applied = await _applied(db, config, seal, clock()) if with_files else Applied()
        keyring = Keyring()
        await keyring.load(db, seal)
        client = _client(config)
        services = _services(config, seal, db, keyring, client, applied, clock)
        if not gc.isenabled():  # `cli` has put it off while we were loaded, and all that stays
            gc.freeze()
            gc.enable()
        try:
            yield services
        finally:
            await services.peers.aclose()
            await client.aclose()
    finally:
        await db.close()


async def _applied(db: Database, config: Config, seal: Seal, now: datetime) -> Applied:
    return await coordinations.apply(db, config, seal, settings.load_coordinations(config), now)


async def _migrated(db: Database, config: Config) -> None:
    waiting = await migrate.pending(db)
    if waiting and len(waiting) < len(migrate.migrations_in(migrate.MIGRATIONS)):
        raise ConfigError("the database is of an older version: run `fediverse-coord migrate`")
    if waiting:
        _no_second_beginning(config)
        await migrate.migrate(db)
    mark_in_use(config)


def _mark(config: Config) -> Path:
    path = config.path(config.server.key_file)
    return path.with_name(f"{path.name}.in-use")


def _no_second_beginning(config: Config) -> None:
    """An empty database beside a key file that was used means that a disk is missing."""
    mark = _mark(config)
    if mark.exists():
        raise IdentityError(
            f"the database is empty or missing, but the key file was used for "
            f"{mark.read_text(encoding='utf-8').strip()}: put the database back or restore a "
            f"backup. A new one would have other keys and lose the followers; to begin anew all "
            f"the same, delete {mark}"
        )


def mark_in_use(config: Config) -> None:
    """Remembers beside the key file that a database belongs to it, where that can be written."""
    mark = _mark(config)
    if not mark.exists():
        with contextlib.suppress(OSError):
            mark.write_text(f"{config.server.origin}\n", encoding="utf-8")


def read_seal(config: Config) -> Seal:
    """The key file, opened. Only in development is a missing one made. Raises ConfigError."""
    path = config.path(config.server.key_file)
    if config.is_development and not path.exists():
        write_key_file(path)
    return key_file.opened(config, key_file.text_of(config))


def write_key_file(path: Path) -> None:
    """A new key file that only its owner can read; never overwrites."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key_file_text(secrets.token_bytes(KEY_BYTES)))


def _client(config: Config) -> Client:
    federation, delivery = config.federation, config.delivery
    guard = Guard(
        federation.allow_http, federation.allow_networks, frozenset(federation.allow_ports)
    )
    if not federation.lab:
        guard = Guard()
    agent = (
        federation.user_agent or f"fediverse-coord/{__version__} (+{config.server.origin}/about)"
    )
    limits = Limits(delivery.connect_seconds, delivery.total_seconds)
    names = NameServers(federation.nameservers)
    return Client(guard, Resolver(names), agent, limits)


@contextlib.asynccontextmanager
async def asking() -> AsyncIterator[Client]:
    """The guarded client alone, for a machine that is no server and keeps nothing."""
    client = Client(Guard(), Resolver(NameServers(())), f"fediverse-coord/{__version__}")
    try:
        yield client
    finally:
        await client.aclose()


def _services(
    config: Config,
    seal: Seal,
    db: Database,
    keyring: Keyring,
    client: Client,
    applied: Applied,
    clock: Callable[[], datetime],
) -> Services:
    uris = config.uris
    limits = config.limits
    peers = Peers(
        db,
        client,
        keyring,
        uris,
        clock,
        limits=PeerLimits(keys=KeyLimits.of(limits.keys_per_host_per_minute)),
        lab_http=config.federation.allow_http,
    )
    publisher = Publisher(uris, keyring, random_key)
    shelf = stores.shelves(config)
    darkroom = Darkroom(bounds=Bounds.of(config.media))
    desk = Desk(db, uris, publisher, peers, clock, random_key, shelf=shelf, darkroom=darkroom)
    floods = Floods.of(limits.inbox_per_host_per_minute)
    counts = Counts(writes=db.counts)
    lease = Lease(config.delivery.lease_seconds)
    incoming = Incoming(
        db,
        peers,
        keyring,
        uris,
        clock,
        random_key,
        floods,
        effect_seconds=lease.effect_seconds,
        counts=counts.inbox,
        lease=lease,
    )
    return Services(
        config, seal, db, keyring, client, peers, publisher, desk, incoming, applied, clock, counts
    )


def kept(config: Config) -> Kept:
    """How long what has served its time is kept."""
    retention = config.retention
    return Kept(
        receipts=timedelta(days=retention.receipts_days),
        strangers=timedelta(days=retention.strangers_days),
        papers=timedelta(days=retention.papers_days),
        papers_bytes=retention.papers_megabytes * 1_000_000,
    )


def roads(services: Services, *, beside: int = 1) -> tuple[Worker, Callable[[], None]]:
    """The steps of both roads, and what wakes them. `beside`: how many of us run them here."""
    db, clock, delivery = services.db, services.clock, services.config.delivery
    pace = Pace(
        min(delivery.concurrency, _open_files(delivery.concurrency)),
        delivery.per_host,
        delivery.batch,
        delivery.attempts,
        first_seconds=delivery.first_seconds,
        later_seconds=delivery.total_seconds,
        signers=_signers(beside),
        lease=Lease(delivery.lease_seconds),
    )
    deliverer = Deliverer(
        db,
        services.client,
        services.peers,
        services.keyring,
        clock,
        random_key,
        pace,
        counts=services.counts.deliveries,
    )

    async def fanned_out() -> int:
        return await fan_out(db, clock, deliverer.wake)

    effects = SideEffects(services.incoming)

    async def pruned() -> int:
        await prune(services.incoming)
        return 0

    pruner = Pruner(db, clock, kept(services.config))
    clearings = [Clearing(place, db) for place in services.desk.shelf.places]

    async def cleared() -> int:
        return sum([await one.clear(clock()) for one in clearings])

    worker = Worker(
        steps=(
            Step("fan-out", fanned_out, 0.3),
            Step("schedules", functools.partial(release_due, db, services.publisher, clock), 2),
            Step("names", functools.partial(reveal_due, db, services.publisher, clock), 60),
            Step("prune", pruned, 300, waits=True),
            Step("clock", set_back.Watch(db, clock, pace.lease).look, 1, waits=True),
            Step("forget", pruner.step, 300, waits=True),
            Step("clear", cleared, 3600, waits=True),
            Step("search", Upkeep(db).step, 60, waits=True),
        ),
        runners=(deliverer.run, effects.run),
    )

    def wake() -> None:
        worker.wake()
        effects.wake()
        deliverer.wake()

    def heard(key: str, number: int) -> None:
        if key == changes.ROADS:
            wake()

    db.listen(heard)  # also of other processes, where the engine tells: else the steps look
    return worker, wake


def _open_files(wanted: int) -> int:
    """How many connections may be open at once; asks the system for so many where it can."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHER_FILES
    most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    if soft == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, max(soft - OTHER_FILES, soft // 2))  # where it is tight, half is for others


def _signers(beside: int) -> int:
    """Threads that sign: where one process has several cores for itself."""
    cores = len(os.sched_getaffinity(0))
    return 2 if beside == 1 and cores > 1 else 0


@contextlib.asynccontextmanager
async def watching(
    services: Services,
    changed: Listener = lambda key, number: None,
    lost: Callable[[], None] = lambda: None,
) -> AsyncIterator[None]:
    """Follows what any process changes: tells `changed` and `lost`, and reads keys anew."""

    def heard(key: str, number: int) -> None:
        services.keyring.heard(key)
        services.incoming.heard(key)
        changed(key, number)

    def unheard() -> None:
        services.keyring.heard("actor:")
        services.incoming.lost()
        lost()

    watcher = changes.Watcher(services.db, heard, unheard)
    await watcher.start()
    services.incoming.keep(told=True)
    try:
        async with running(watcher.run()), running(services.keyring.follow(services.db, lost)):
            yield
    finally:
        services.incoming.keep(told=False)


@contextlib.asynccontextmanager
async def telling(services: Services, role: str) -> AsyncIterator[None]:
    """Figures on their listener, where the settings name one. Raises ConfigError."""
    config = services.config
    if config.metrics.address is None:
        yield
        return
    from fediverse_coord import metrics  # its library, only where it is used

    figures = metrics.Figures(role, __version__, services.counts, services.db, services.clock)
    ports = [port for port in config.metrics_ports if port != config.server.port]
    async with metrics.listening(figures, config.metrics.address[0], ports):
        yield


@contextlib.asynccontextmanager
async def running(endless: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Runs it beside, and ends it afterwards."""
    task = asyncio.create_task(endless)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def work(config: Config, *, beside: int = 1) -> None:
    """Runs the roads alone until it is cancelled."""
    async with opened(config) as services:
        worker, wake = roads(services, beside=beside)

        def heard(key: str, number: int) -> None:
            if key == changes.ROADS:
                wake()

        async with telling(services, "work"), watching(services, heard):
            gc.freeze()  # as in `serving`
            await worker.run()
