"""Signed deliveries a second to distinct hosts, and the senders' CPU for a thousand of them.

`python -m bench.deliver [--hosts 2000] [--processes 2] [--tls] [--runs 3] [--save]`: one article to
one follower on each host, by `work` processes with everything on: claim, order, reach, limits,
sign, connect, POST, settle, durable. The far side is nginx on the same cores; with `--tls` every
host has its own name, which is looked up, and no connection or session is used twice. The limit
beside it is what one core can sign (RSA-2048) in the same run. `--database` names an empty
PostgreSQL database instead of SQLite, for one run.
"""

import argparse
import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvloop

from bench.authority import Authority
from bench.names import DOMAIN, names
from bench.sink import sink
from bench.working import Working, working
from bench.world import ARTICLE, SQLITE, TLS, result, signatures_a_second, world
from fediverse_coord.app import Services
from fediverse_coord.desk import drafts
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage import receipts

FIRST_AND_LAST = "SELECT min(created_at) AS first, max(settled_at) AS last FROM deliveries"


async def delivered(services: Services, work: Working, hosts: int) -> dict[str, float]:
    """Publishes, and waits until all is delivered."""
    began, cpu = time.perf_counter(), work.cpu_seconds()
    at = time.time() * 1000
    saved = await drafts.create(services.desk, OPERATOR, "bench", ARTICLE, publish=True)
    published = time.perf_counter() - began
    object_id = services.config.uris.object("bench", saved.work.declaration.key)
    while (await receipts.counts(services.db, object_id)).get("delivered", 0) < hosts:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    row = await services.db.fetch_one(FIRST_AND_LAST)
    assert row is not None
    took = (row["last"] - at) / 1000
    used = work.cpu_seconds() - cpu
    return {
        "publish_ms": published * 1000,
        "deliveries_a_second": hosts / took,
        "cpu_seconds_per_1000": used / hosts * 1000,
    }


@contextlib.contextmanager
def far_side(folder: Path, tls: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """The sink and what else the hosts need: settings and environment for reaching them."""
    if not tls:
        with sink(folder):
            yield "", {}
        return
    authority = Authority(folder)
    with sink(folder, certificate=authority.chain(f"*.{DOMAIN}")), names() as server:
        yield f'nameservers = ["{server}"]', {"SSL_CERT_FILE": str(authority.file)}


async def once(hosts: int, processes: int, tls: bool, database: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with far_side(folder, tls) as (more, environment):
            scheme = TLS if tls else "http"
            async with world(
                folder / "here", hosts=hosts, scheme=scheme, more=more, database=database
            ) as services:
                with working(folder / "here", processes, **environment) as work:
                    found = await delivered(services, work, hosts)
    limit = signatures_a_second()
    share = found["deliveries_a_second"] / limit
    cost = found["cpu_seconds_per_1000"] * limit / 1000
    return found | {
        "signatures_a_second_a_core": limit,
        "share_of_signing": share,
        "cpu_in_signatures": cost,
    }


def medians(runs: list[dict[str, float]]) -> dict[str, Any]:
    """Of each figure over the runs, and the spread of the share."""
    found: dict[str, Any] = {
        key: round(statistics.median(run[key] for run in runs), 3) for key in runs[0]
    }
    return found | {"spread": [round(run["share_of_signing"], 2) for run in runs]}


async def main(arguments: argparse.Namespace) -> None:
    runs = [
        await once(arguments.hosts, arguments.processes, arguments.tls, arguments.database)
        for _ in range(arguments.runs)
    ]
    kind = "tls" if arguments.tls else "http"
    name = f"deliver_{kind}_{arguments.hosts}_by_{arguments.processes}"
    name += "" if arguments.database == SQLITE else "_postgresql"
    told = {"hosts": arguments.hosts, "processes": arguments.processes, "tls": arguments.tls}
    result(name, **told, **medians(runs))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--database", default=SQLITE, help="an empty one, for a single run")
    parser.add_argument("--save", action="store_true")
    uvloop.run(main(parser.parse_args()))
