"""Figures for operators, told over HTTP on a listener of their own in Prometheus' text format.

Only GET and HEAD of /metrics are answered; every connection ends after one answer. What is
counted stands in `counts`; what waits is looked up in the database when somebody asks. Labels
are words of ours: no name, host or address of anybody is told.

Of several processes of one machine each takes the first port that is free, from the configured
one on, so that none needs settings of its own.
"""

import asyncio
import contextlib
import errno
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector, CollectorRegistry

from fediverse_coord.counts import Counts, Histogram, Tally
from fediverse_coord.errors import ConfigError, StorageUnavailable
from fediverse_coord.storage.database import Database
from fediverse_coord.storage.queues import Queue, all_queues

log = logging.getLogger(__name__)

PREFIX = "fediverse_coord_"
HEAD_BYTES = 8192
SECONDS = 10.0  # for one request, from its first byte to the last of its answer
AT_ONCE = 16  # connections; who comes later is turned away


@dataclass(frozen=True, slots=True)
class Figures:
    """What one process tells. `role` is "serve" or "work"."""

    role: str
    version: str
    counts: Counts
    db: Database
    clock: Callable[[], datetime]

    async def text(self) -> bytes:
        """Everything, as of now. Without the queues where the database is away."""
        try:
            queues = await all_queues(self.db, self.clock())
        except StorageUnavailable as error:
            log.warning("queues not counted", extra={"reason": str(error)})
            queues = []
        return generate_latest(_Told([*self._own(queues), *_counted(self.counts)]))

    def _own(self, queues: list[Queue]) -> Iterator[Metric]:
        about = {"role": self.role, "version": self.version}
        yield InfoMetricFamily(f"{PREFIX}process", "Which of our processes this is.", about)
        up = "Whether the database could be asked: 1 or 0."
        yield GaugeMetricFamily(f"{PREFIX}database_up", up, bool(queues))
        rows = _gauge("queue_rows", "Rows waiting, in all processes together.")
        late = _gauge("queue_late_seconds", "How overdue the most overdue row is.")
        for one in queues:
            rows.add_metric([one.name], one.rows)
            late.add_metric([one.name], one.late_seconds)
        yield from (rows, late)
        yield from ProcessCollector(registry=CollectorRegistry()).collect()


def _counted(counts: Counts) -> Iterator[Metric]:
    """Since this process began."""
    of, took = _counter, _histogram
    deliveries, inbox, writes = counts.deliveries, counts.inbox, counts.writes
    yield of("deliveries", "Attempts, by outcome.", "outcome", deliveries.outcomes)
    yield took("delivery_seconds", "How long an attempt took.", deliveries.seconds)
    yield of("inbox_requests", "Requests at inboxes, by verdict.", "verdict", inbox.verdicts)
    yield took("inbox_seconds", "How long their answers took.", inbox.seconds)
    yield of("side_effects", "What came of accepted activities.", "outcome", inbox.effects)
    yield took("write_group_size", "Changes committed together.", writes.group_sizes)
    yield took("write_seconds", "How long a change waited to be durable.", writes.seconds)
    yield of("cache_answers", "Answers kept or made anew.", "cache", counts.cache.answers)


def _gauge(name: str, about: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, about, labels=["queue"])


def _counter(name: str, about: str, label: str, tally: Tally) -> Metric:
    family = CounterMetricFamily(PREFIX + name, about, labels=[label])
    for word, number in tally.read().items():
        family.add_metric([word], number)
    return family


def _histogram(name: str, about: str, found: Histogram) -> Metric:
    buckets, total = found.read()
    bounds = [*(f"{bound:g}" for bound in found.bounds), "+Inf"]
    below = list(zip(bounds, map(float, itertools.accumulate(buckets)), strict=True))
    return HistogramMetricFamily(PREFIX + name, about, buckets=below, sum_value=total)


@dataclass(frozen=True, slots=True)
class _Told(Collector):
    """Families made beforehand: looking up waits, and the library does not."""

    families: list[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.families


@contextlib.asynccontextmanager
async def listening(
    figures: Figures, host: str, ports: Iterable[int]
) -> AsyncIterator[tuple[str, int]]:
    """Answers on the first free port until the block ends. Raises ConfigError where none is."""
    door = _Door(figures)
    server, port = await _opened(door, host, ports)
    log.info("figures are told", extra={"listen": f"{host}:{port}"})
    try:
        yield host, port
    finally:
        server.close()
        await door.close()


async def _opened(
    door: "_Door", host: str, ports: Iterable[int]
) -> tuple[asyncio.AbstractServer, int]:
    for port in ports:
        try:
            return await asyncio.start_server(door.entered, host, port, limit=HEAD_BYTES), port
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ConfigError(
                    f"metrics.listen: cannot listen on {host} port {port} ({error.strerror}); "
                    "name an address of this machine"
                ) from None
    raise ConfigError(f"metrics.listen: no port is free on {host} from the one named on")


@dataclass(slots=True)
class _Door:
    """One request a connection, and few at once."""

    figures: Figures
    _inside: set["asyncio.Task[None]"] = field(default_factory=set)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def entered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._inside) >= AT_ONCE:
            writer.close()
            return
        task = asyncio.create_task(self._answer(reader, writer))
        self._inside.add(task)
        task.add_done_callback(self._inside.discard)

    async def close(self) -> None:
        """Ends what is still open."""
        for task in self._inside:
            task.cancel()
        await asyncio.gather(*self._inside, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone = (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
        with contextlib.suppress(*gone), contextlib.closing(writer):
            async with asyncio.timeout(SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await self._answer_to(head.partition(b"\r\n")[0]))
                await writer.drain()

    async def _answer_to(self, line: bytes) -> bytes:
        method, _, rest = line.decode("latin-1").partition(" ")
        if rest.partition(" ")[0].partition("?")[0] != "/metrics":
            return _http("404 Not Found")
        if method not in {"GET", "HEAD"}:
            return _http("405 Method Not Allowed", "Allow: GET, HEAD")
        async with self._turn:  # however often they ask, the database is asked once at a time
            text = await self.figures.text()
        return _http("200 OK", f"Content-Type: {CONTENT_TYPE_PLAIN_0_0_4}", text, method)


def _http(status: str, header: str = "", body: bytes = b"", method: str = "GET") -> bytes:
    length = f"Content-Length: {len(body)}"
    fields = [header, length, "Cache-Control: no-store", "Connection: close"]
    lines = [f"HTTP/1.1 {status}", *filter(None, fields)]
    return "\r\n".join([*lines, "", ""]).encode() + (body if method == "GET" else b"")
