"""Whether what one delivery, one Like or one page costs depends on how much there is.

`python -m bench.growth followers [--sizes 1000,10000,100000,1000000] [--hosts 500] [--save]`
`python -m bench.growth declarations [--sizes 100,1000,10000,100000] [--save]`

Followers: one article to all of them, who sit on the same number of servers each time; then signed
Likes by people whose keys are known, and pages that are made anew. Declarations: texts of an
earlier site are brought in; told are medians of publishing one more, of its page, of archive, feed
and search as the first reader afterwards waits for them, and of Likes. With `--save` also the plot.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import uvloop

from bench.deliver import delivered
from bench.get import fresh_ms, publish
from bench.imports import folder_of
from bench.inbox import Scene, like
from bench.load import load
from bench.plot import plot
from bench.server import Serving, serving
from bench.sink import sink
from bench.working import working
from bench.world import ARTICLE, RESULTS, result, world, write_folder

PORT = 18_090
LIKES, WORKS = 3_000, 9

Figures = dict[str, float]


def likes_ms(server: Serving) -> float:
    """CPU milliseconds of the whole server for one Like, its effect included."""
    scene = Scene(server, LIKES)
    scene.remember()
    requests = [scene.request(like, number) for number in range(LIKES)]
    before = server.cpu_seconds()
    found = load("127.0.0.1", server.port, requests)
    assert found["statuses"] == {"202": LIKES}, found["statuses"]
    _at_rest(server)
    return (server.cpu_seconds() - before) / LIKES * 1000


def _at_rest(server: Serving) -> None:
    before = -1.0
    while server.cpu_seconds() - before > 0.03:
        before = server.cpu_seconds()
        time.sleep(1)


async def sent(folder: Path, hosts: int, followers: int) -> Figures:
    """One article to all of them, by one working process."""
    with sink(folder):
        async with world(
            folder / "here", hosts=hosts, per_host=followers // hosts, port=PORT
        ) as services:
            with working(folder / "here", 1) as work:
                found = await delivered(services, work, hosts)
    return {
        "publish, ms": found["publish_ms"],
        "a delivery, CPU ms": found["cpu_seconds_per_1000"],
    }


def with_followers(folder: Path, followers: int, hosts: int) -> Figures:
    found = asyncio.run(sent(folder, hosts, followers))
    with serving(folder / "here", PORT, prepared=True) as server:
        publish(server)
        found["a page made anew, ms"] = fresh_ms(server)
        found["a Like, CPU ms"] = likes_ms(server)
    return found


def with_declarations(folder: Path, declarations: int, _: int) -> Figures:
    write_folder(folder / "here", PORT)
    source = folder_of(declarations, folder / "source")
    command = [sys.executable, "-m", "fediverse_coord"]
    settings = ["--config", str(folder / "here" / "config.toml")]
    words = ["import", "markdown", str(source), "--actor", "bench", "--yes"]
    subprocess.run([*command, *settings, *words], check=True, capture_output=True)
    with serving(folder / "here", PORT, prepared=True) as server:
        found = asked(server)
        found["a Like, CPU ms"] = likes_ms(server)
    return found


def asked(server: Serving) -> Figures:
    """What the first reader waits for after each of a few new texts."""
    waits: dict[str, list[float]] = {}

    def timed(what: str, act: Callable[[], object]) -> None:
        began = time.perf_counter()
        act()
        waits.setdefault(what, []).append((time.perf_counter() - began) * 1000)

    with httpx.Client(
        base_url=server.origin, headers={"Accept": "text/html"}, timeout=60
    ) as reader:

        def get(what: str, path: str) -> None:
            timed(what, lambda: reader.get(path).raise_for_status())

        def publish(title: str) -> None:
            fields = {**ARTICLE, "title": title, "publish": True}
            api = "/api/v1/actors/bench/declarations"
            timed("publish, ms", lambda: reader.post(api, json=fields, headers=told))

        told = {"Authorization": f"Bearer {_token(server)}"}
        for number in range(WORKS):
            publish(f"On shaft {number}")
            get("its page, ms", f"/@bench/on-shaft-{number}")
            get("an archive, ms", "/@bench/archive?year=2009")
            get("a feed, ms", "/@bench/feed.atom")
            get("a search, ms", f"/search?q=hoist+belts+{number}")
    return {name: statistics.median(found) for name, found in waits.items()}


def _token(server: Serving) -> str:
    command = [sys.executable, "-m", "fediverse_coord", "--config", f"{server.folder}/config.toml"]
    words = ["token", "create", "--coordinator", "Ana", "--role", "publisher"]
    done = subprocess.run([*command, *words], capture_output=True, check=True)
    return done.stdout.decode().strip()


KINDS: dict[str, tuple[Callable[[Path, int, int], Figures], list[int]]] = {
    "followers": (with_followers, [1_000, 10_000, 100_000, 1_000_000]),
    "declarations": (with_declarations, [100, 1_000, 10_000, 100_000]),
}


def measured(kind: str, sizes: list[int], hosts: int) -> dict[str, Figures]:
    make, _ = KINDS[kind]
    found = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            figures = make(Path(name), size, hosts)
        found[str(size)] = {what: round(value, 3) for what, value in figures.items()}
        print(f"{size:,} {kind}: {found[str(size)]}", file=sys.stderr)
    return found


def drawn(kind: str, found: dict[str, Figures]) -> str:
    names = next(iter(found.values()))
    lines = {
        name: [(float(size), figures[name]) for size, figures in found.items()] for name in names
    }
    title = f"What one costs, against how many {kind} there are"
    return plot(title, kind, "milliseconds", lines)


def main(given: argparse.Namespace) -> None:
    sizes = [int(one) for one in given.sizes.split(",")] if given.sizes else KINDS[given.kind][1]
    found = measured(given.kind, sizes, given.hosts)
    result(f"growth-{given.kind}", hosts=given.hosts, sizes=found)
    if given.save:
        file = RESULTS / f"growth-{given.kind}.svg"
        file.write_text(drawn(given.kind, found), encoding="utf-8")


if __name__ == "__main__":
    uvloop.install()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--sizes", help="separated by commas")
    parser.add_argument("--hosts", type=int, default=500)
    parser.add_argument("--save", action="store_true")
    main(parser.parse_args())
