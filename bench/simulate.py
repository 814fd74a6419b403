"""One post to a million followers on thirty thousand servers as they are.

`python -m bench.simulate [--hosts 30000] [--followers 1000000] [--tls] [--save]`: names are looked
up at a name server of ours, where one in a hundred is never answered; servers answer after 300 ms,
one in twenty hangs, one in twenty answers 503 the first time (`bench.far`). Told: how long the
publish call took and the fan-out into rows, the longest write transaction of that, when the last
server that answers had the post, and how much larger the working process was than one that is idle.
With `--tls` the far side's handshakes take as much of the two cores as ours.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import uvloop

from bench.authority import Authority
from bench.far import far, hangs
from bench.names import DOMAIN, SILENT_EVERY, names
from bench.sink import SINK_PORT
from bench.working import working
from bench.world import ARTICLE, NAMED, TLS, result, signatures_a_second, world
from fediverse_coord.app import Services
from fediverse_coord.desk import drafts
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage import fan_outs, receipts
from fediverse_coord.storage.database import Transaction

PATIENCE_SECONDS = 300
SETTLED = "SELECT max(settled_at) FROM deliveries WHERE state = 'delivered'"


def living(hosts: int) -> int:
    """Servers whose name resolves and that answer."""
    dead = (SILENT_EVERY - 1,)
    return sum(not hangs(one) and one % SILENT_EVERY not in dead for one in range(hosts))


async def fanned_out(services: Services) -> tuple[float, float]:
    """Turns the fan-out into rows; seconds in all, milliseconds of the longest transaction."""
    began, longest = time.perf_counter(), 0.0
    while True:
        took = 0.0

        async def step(tx: Transaction) -> fan_outs.FanOut | None:
            nonlocal took
            at = time.perf_counter()
            made = await fan_outs.step(tx, services.clock())
            took = time.perf_counter() - at
            return made

        if await services.db.write(step) is None:
            return time.perf_counter() - began, longest * 1000
        longest = max(longest, took)


async def _delivered(services: Services, object_id: str, wanted: int) -> bool:
    end = time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < end:
        counts = await receipts.counts(services.db, object_id)
        if counts.get("delivered", 0) >= wanted:
            return True
        await asyncio.sleep(0.5)
    return False


async def simulated(folder: Path, hosts: int, followers: int, tls: bool) -> dict[str, object]:
    authority = Authority(folder) if tls else None
    certificate = authority.chain(f"*.{DOMAIN}") if authority else None
    environment = {"SSL_CERT_FILE": str(authority.file)} if authority else {}
    with names(silent=True) as server, far(SINK_PORT, certificate):
        more, scheme = f'nameservers = ["{server}"]', TLS if tls else NAMED
        per_host = max(1, followers // hosts)
        async with world(
            folder / "here", hosts=hosts, per_host=per_host, scheme=scheme, more=more
        ) as services:
            with working(folder / "here", 1) as idle:
                idle_mib = idle.resident_mib()
            began, at = time.perf_counter(), time.time() * 1000
            saved = await drafts.create(services.desk, OPERATOR, "bench", ARTICLE, publish=True)
            published = time.perf_counter() - began
            seconds, longest = await fanned_out(services)
            object_id = services.config.uris.object("bench", saved.work.declaration.key)
            begun = time.time() * 1000
            with working(folder / "here", 1, ready=False, **environment) as work:
                cpu = work.cpu_seconds()
                with work.watched():
                    whole = await _delivered(services, object_id, living(hosts))
                used = work.cpu_seconds() - cpu
            last = await services.db.fetch_value(SETTLED)
            counts = await receipts.counts(services.db, object_id)
    assert isinstance(last, int)
    return {
        "publish_ms": round(published * 1000, 1),
        "fan_out_seconds": round(seconds, 3),
        "longest_write_ms": round(longest, 2),
        "all_living_reached": whole,
        "seconds_to_the_last": round((last - begun) / 1000, 1),
        "before_the_work_began": round((begun - at) / 1000, 1),
        "cpu_seconds": round(used, 1),
        "idle_mib": round(idle_mib, 1),
        "grown_mib": round(work.most_mib - idle_mib, 1),
        "states": counts,
    }


async def main(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        found = await simulated(Path(name), arguments.hosts, arguments.followers, arguments.tls)
    told = {"hosts": arguments.hosts, "followers": arguments.followers}
    living_hosts = living(arguments.hosts)
    limit = round(signatures_a_second())
    share = round(living_hosts / float(str(found["seconds_to_the_last"])) / limit, 2)
    limits = {"signatures_a_second_a_core": limit, "share_of_signing": share}
    name = "simulate_tls" if arguments.tls else "simulate"
    result(name, **told, living=living_hosts, **limits, **found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", type=int, default=30_000)
    parser.add_argument("--followers", type=int, default=1_000_000)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--save", action="store_true")
    uvloop.run(main(parser.parse_args()))
