"""Whether what one delivery, one Like or one page costs depends on how much there is.

`python -m bench.growth followers [--sizes 1000,10000,100000,1000000] [--hosts 500] [--save]`
`python -m bench.growth declarations [--sizes 100,1000,10000,100000] [--save]`

Followers: one article to all of them, who sit on the same number of servers each time; then signed
Likes by people whose keys are known, and pages that are made anew. Declarations: texts as an
import leaves them (`years`); told are medians of publishing one more, of its page, of the pages,
feeds and searches that list it as the first reader afterwards waits for them, of a coordinator's
lists, and of Likes. With `--save` also the plot.
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

from bench import years
from bench.deliver import delivered
from bench.get import fresh_ms, publish
from bench.inbox import Scene, like
from bench.load import load
from bench.plot import plot
from bench.server import Serving, serving
from bench.sink import sink
from bench.working import working
from bench.world import ARTICLE, RESULTS, result, world, write_folder
from fediverse_coord.app import Services
from fediverse_coord.desk import drafts
from fediverse_coord.desk.people import OPERATOR

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
    """One article to all of them, by one working process; then some more, published alone."""
    with sink(folder):
        async with world(
            folder / "here", hosts=hosts, per_host=followers // hosts, port=PORT
        ) as services:
            with working(folder / "here", 1) as work:
                found = await delivered(services, work, hosts)
            published = [await published_ms(services) for _ in range(WORKS)]
    return {
        "publish, ms": statistics.median(published),
        "a delivery, CPU ms": found["cpu_seconds_per_1000"],
    }


async def published_ms(services: Services) -> float:
    """Milliseconds until one more article is published; nobody sends it."""
    began = time.perf_counter()
    await drafts.create(services.desk, OPERATOR, "bench", ARTICLE, publish=True)
    return (time.perf_counter() - began) * 1000


def with_followers(folder: Path, followers: int, hosts: int) -> Figures:
    found = asyncio.run(sent(folder, hosts, followers))
    with serving(folder / "here", PORT, prepared=True) as server:
        publish(server)
        found["a page made anew, ms"] = fresh_ms(server)
        found["a Like, CPU ms"] = likes_ms(server)
    return found


# What is asked of every server, with how many texts it may have: `{n}` is a number that is new.
PAGES = {
    "its page, ms": "/@bench/on-shaft-{n}",
    "the profile, ms": "/@bench",
    "an archive, ms": "/@bench/archive",
    "an archive filtered, ms": "/@bench/archive?year=2009&kind=call&country=CL&language=en",
    "a topic's feed, ms": "/@bench/feed.atom?topic=Topic0",
    "a feed, ms": "/@bench/feed.json",
    "a search, ms": "/search?q=hoist+crew",
    "a search filtered, ms": "/search?q=belts+masks&kind=call&country=CL",
    "a sitemap, ms": "/sitemap-1.xml",
}
LISTS = {
    "drafts by API, ms": "/api/v1/actors/bench/declarations?state=draft",
    "words by API, ms": "/api/v1/actors/bench/declarations?q=hoist",
}
CONSOLE = "the console, ms"
HTML = {"Accept": "text/html"}


def with_declarations(folder: Path, declarations: int, _: int) -> Figures:
    asyncio.run(years.fill(write_folder(folder / "here", PORT), declarations))
    with serving(folder / "here", PORT, prepared=True) as server:
        found = asked(server)
        found["a Like, CPU ms"] = likes_ms(server)
    return found


def asked(server: Serving) -> Figures:
    """What the first reader waits for after each of a few new texts."""
    waits: dict[str, list[float]] = {}

    def timed(what: str, act: Callable[[], httpx.Response]) -> None:
        began = time.perf_counter()
        act().raise_for_status()
        waits.setdefault(what, []).append((time.perf_counter() - began) * 1000)

    told = {"Authorization": f"Bearer {_token(server)}"}
    with (
        httpx.Client(base_url=server.origin, headers=HTML, timeout=60) as reader,
        httpx.Client(base_url=server.origin, timeout=60) as desk,
    ):
        _enter(server, desk)
        for number in range(WORKS):
            fields = {**ARTICLE, "title": f"On shaft {number}", "publish": True}
            api = "/api/v1/actors/bench/declarations"
            timed("publish, ms", lambda: desk.post(api, json=fields, headers=told))  # noqa: B023
            for what, path in PAGES.items():
                place = path.format(n=number)
                timed(what, lambda: reader.get(place))  # noqa: B023
            for what, path in LISTS.items():
                timed(what, lambda: desk.get(path, headers=told))  # noqa: B023
            timed(CONSOLE, lambda: desk.get("/console/@bench"))
    return {name: statistics.median(found) for name, found in waits.items()}


def _enter(server: Serving, desk: httpx.Client) -> None:
    """The client has a session of the console from here on."""
    link = _said(server, "login-link", "Ana")
    desk.post("/console/enter", data={"secret": link.rpartition("/")[2]})


def _token(server: Serving) -> str:
    return _said(server, "token", "create", "--coordinator", "Ana", "--role", "publisher")


def _said(server: Serving, *words: str) -> str:
    command = [sys.executable, "-m", "fediverse_coord", "--config", f"{server.folder}/config.toml"]
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
