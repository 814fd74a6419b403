"""Signed deliveries a second to distinct hosts, and the sender's CPU for a thousand of them.

`python -m bench.deliver [--hosts 2000] [--save]`: one article to one follower on each host over
plain http on loopback, all in: claim, reach, sign, connect, POST, settle, durable. The limit
beside it is what one core can sign (RSA-2048) in the same run.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from pathlib import Path

import uvloop

from bench.sink import sink
from bench.world import ARTICLE, result, signatures_a_second, world
from fediverse_coord.app import Services, roads
from fediverse_coord.desk import drafts
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage import deliveries


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def delivered(services: Services, hosts: int) -> tuple[float, float, float]:
    """Seconds for the publish call, seconds until all are delivered, CPU seconds of both."""
    began, cpu = time.perf_counter(), cpu_seconds()
    saved = await drafts.create(services.desk, OPERATOR, "bench", ARTICLE, publish=True)
    published = time.perf_counter() - began
    object_id = services.config.uris.object("bench", saved.work.declaration.key)
    worker, _ = roads(services)
    running = asyncio.create_task(worker.run())
    await _all_delivered(services, object_id, hosts)
    took, used = time.perf_counter() - began, cpu_seconds() - cpu
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return published, took, used


async def _all_delivered(services: Services, object_id: str, hosts: int) -> None:
    done = 0
    while done < hosts:
        await asyncio.sleep(0.05)
        done = (await deliveries.counts(services.db, object_id)).get("delivered", 0)


async def main(hosts: int) -> None:
    limit = signatures_a_second()
    with tempfile.TemporaryDirectory() as folder, sink():
        async with world(Path(folder), hosts=hosts) as services:
            published, took, used = await delivered(services, hosts)
    result(
        "deliver",
        hosts=hosts,
        publish_ms=round(published * 1000, 1),
        deliveries_a_second=round(hosts / took),
        cpu_seconds_per_1000=round(used / hosts * 1000, 3),
        signatures_a_second_a_core=round(limit),
        share_of_signing=round(hosts / took / limit, 3),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", type=int, default=2000)
    parser.add_argument("--save", action="store_true")
    uvloop.run(main(parser.parse_args().hosts))
