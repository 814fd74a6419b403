"""A small machine with the defaults: what readers wait for while a post goes out.

`python -m bench.small [--hosts 600] [--followers 5000] [--runs 3] [--save]`: one `serve` process,
which also delivers, bound to one core; nginx as the far side and the readers have the others. From
the publish call until the last delivery pages are asked for, one after the other: an actor and a
profile, and a declaration's page that is made anew each time. Told are the waits, what they are
without a delivery, how long the delivery took, the most memory, and what of it was swapped out.
"""

import argparse
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import uvloop

from bench.declarations import token
from bench.get import JSON_TYPE, PAGE, publish
from bench.server import Serving, serving
from bench.sink import sink
from bench.world import ARTICLE, result, signatures_a_second, world

PORT = 18_030
QUIET_ROUNDS = 40
MADE = "SELECT count(*) FROM deliveries WHERE state = 'delivered'"


async def prepared(folder: Path, hosts: int, followers: int) -> None:
    async with world(folder, hosts=hosts, per_host=max(1, followers // hosts), port=PORT):
        pass


def ask(reader: httpx.Client, number: int) -> list[float]:
    """Milliseconds for each of three answers; the page was never asked for before."""
    waits = []
    for path, accept in (
        ("/actors/bench", JSON_TYPE),
        ("/@bench", "text/html"),
        (f"{PAGE}?responses={number + 1}", "text/html"),
    ):
        began = time.perf_counter()
        reader.get(path, headers={"Accept": accept}).raise_for_status()
        waits.append((time.perf_counter() - began) * 1000)
    return waits


def asked_while(reader: httpx.Client, goes_on: Callable[[int], bool]) -> list[float]:
    waits: list[float] = []
    number = 0
    while goes_on(number):
        waits += ask(reader, number)
        number += 1
    return waits


def measured(server: Serving, hosts: int) -> dict[str, float]:
    told = {"Authorization": f"Bearer {token(server)}"}
    with (
        httpx.Client(base_url=server.origin, timeout=60) as reader,
        sqlite3.connect(server.database) as db,
    ):
        quiet = asked_while(reader, lambda number: number < QUIET_ROUNDS)
        began = time.perf_counter()
        made = reader.post(
            "/api/v1/actors/bench/declarations",
            json={**ARTICLE, "title": "The second", "publish": True},
            headers=told,
        )
        published = time.perf_counter() - began
        made.raise_for_status()

        def goes_on(_: int) -> bool:
            return int(db.execute(MADE).fetchone()[0]) < 2 * hosts

        waits = asked_while(reader, goes_on)
        took = time.perf_counter() - began
    status = Path(f"/proc/{server.pid}/status").read_text()
    return {
        "publish_ms": published * 1000,
        "delivery_seconds": took,
        "pages_asked": len(waits),
        "page_ms": statistics.median(waits),
        "page_p99_ms": sorted(waits)[int(len(waits) * 0.99)],
        "page_max_ms": max(waits),
        "quiet_page_ms": statistics.median(quiet),
        "quiet_page_max_ms": max(quiet),
        "most_mib": int(status.partition("VmHWM:")[2].split()[0]) / 1024,
        "swapped_mib": int(status.partition("VmSwap:")[2].split()[0]) / 1024,
    }


def once(hosts: int, followers: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with sink(folder):
            uvloop.run(prepared(folder / "here", hosts, followers))
            os.sched_setaffinity(0, {0})  # before it starts: it looks how many cores it has
            with serving(folder / "here", PORT, prepared=True) as server:
                os.sched_setaffinity(0, set(range(1, os.cpu_count() or 1)) or {0})
                publish(server)
                _wait_for(server, hosts)
                return measured(server, hosts)


def _wait_for(server: Serving, hosts: int) -> None:
    """The first post is everywhere, so that its page can be asked for in peace."""
    with sqlite3.connect(server.database) as db:
        while int(db.execute(MADE).fetchone()[0]) < hosts:
            time.sleep(0.1)


def main(given: argparse.Namespace) -> None:
    everywhere = os.sched_getaffinity(0)
    runs = []
    for _ in range(given.runs):
        os.sched_setaffinity(0, everywhere)
        runs.append(once(given.hosts, given.followers))
    found = {key: round(statistics.median(run[key] for run in runs), 2) for key in runs[0]}
    limit = round(signatures_a_second())
    result(
        "small",
        hosts=given.hosts,
        followers=given.followers,
        runs=given.runs,
        signatures_a_second_a_core=limit,
        **found,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hosts", type=int, default=600)
    parser.add_argument("--followers", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--save", action="store_true")
    main(parser.parse_args())
