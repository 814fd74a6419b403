"""Answers a second to GETs of an actor, a note, WebFinger and pages, from one process and two.

`python -m bench.get [--seconds 3] [--runs 1] [--port 18000] [--save]`: everything on, 32 keep-alive
connections of `wrk`, which runs on the same cores. Beside it in the same run: the bare ASGI server
and nginx with a file, answering as many bytes. Also: seconds to the first answer, resident memory
when idle, and what a reader waits for a page that is made anew. Several runs give medians.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from bench import wrk
from bench.server import Serving, serving
from bench.world import ARTICLE, result

JSON_TYPE = "application/activity+json"
PAGE = "/@bench/on-the-safety-of-the-northern-shafts"
FRESH_PAGES = 40


def publish(server: Serving, title: str = ARTICLE["title"]) -> str:
    """The path of a new article's id."""
    text = f"---\ntitle: {title}\nsummary: {ARTICLE['summary'][:200]}\n---\n"
    command = [sys.executable, "-m", "fediverse_coord"]
    settings = ["--config", str(server.folder / "config.toml")]
    done = subprocess.run(
        [*command, *settings, "publish", "--actor", "bench", "--lang", "en", "-"],
        input=(text + ARTICLE["content"]).encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().strip().removeprefix(server.origin)


def wanted(server: Serving, path: str) -> dict[str, tuple[str, str]]:
    account = f"acct:bench@127.0.0.1:{server.port}"
    return {
        "actor": ("/actors/bench", JSON_TYPE),
        "object": (path, JSON_TYPE),
        "webfinger": (f"/.well-known/webfinger?resource={account}", "*/*"),
        "profile_page": ("/@bench", "text/html"),
        "declaration_page": (PAGE, "text/html"),
    }


def limits(folder: Path, port: int, size: int, seconds: float) -> dict[str, int]:
    """What others do with as many bytes, on this machine and now."""
    with wrk.bare(port, size):
        bare = wrk.heard(port, "/", "*/*", seconds=seconds)
    with wrk.nginx(folder, port, size, 1):
        file = wrk.heard(port, "/", "*/*", seconds=seconds)
    return {"bare_server_a_second": bare["a_second"], "nginx_a_second": file["a_second"]}


def fresh_ms(server: Serving) -> float:
    """The median wait for a page that is made anew: further pages of responses are never kept."""
    waits = []
    with httpx.Client(base_url=server.origin, headers={"Accept": "text/html"}) as reader:
        reader.get("/livez")
        for number in range(FRESH_PAGES):
            began = time.perf_counter()
            reader.get(PAGE, params={"responses": number + 1}).raise_for_status()
            waits.append((time.perf_counter() - began) * 1000)
    return statistics.median(waits)


def once(folder: Path, port: int, path: str, seconds: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for processes in (1, 2):
        words = ("--workers", str(processes)) if processes > 1 else ()
        with serving(folder, port, words, prepared=True) as server:
            if processes == 1:
                time.sleep(2)
                found |= {"start_seconds": server.started, "idle_mib": server.memory_mib()}
                found["fresh_page_ms"] = fresh_ms(server)
            for what, (target, accept) in wanted(server, path).items():
                name = what if processes == 1 else f"{what}_two"
                found[name] = wrk.heard(port, target, accept, seconds=seconds)
        if processes == 1:
            found |= limits(folder / f"nginx-{time.monotonic_ns()}", port, 3000, seconds)
    return found


def middle(runs: list[Any]) -> Any:
    """Medians, figure by figure."""
    if isinstance(runs[0], dict):
        return {name: middle([one[name] for one in runs]) for name in runs[0]}
    return round(statistics.median(runs), 2)


def main(seconds: float, runs: int, port: int) -> None:
    wrk.demand()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "server"
        Path(name).chmod(0o755)
        with serving(folder, port) as server:
            path = publish(server)
        found = middle([once(folder, port, path, seconds) for _ in range(runs)])
    for one in found.values():
        if isinstance(one, dict):
            one["share_of_bare"] = round(one["a_second"] / found["bare_server_a_second"], 3)
            one["share_of_nginx"] = round(one["a_second"] / found["nginx_a_second"], 3)
    result("get", runs=runs, **found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--port", type=int, default=18_000)
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args()
    main(given.seconds, given.runs, given.port)
