"""Answers a second to GETs of an actor, a note, WebFinger and a declaration's page.

`python -m bench.get [--seconds 3] [--save]`: one server process with everything on, 32 keep-alive
connections from a process of its own. The limit beside it is the bare ASGI server answering a
constant in the same run. Also: seconds to the first answer, and resident memory when idle.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.load import load
from bench.server import Serving, serving
from bench.world import ARTICLE, result

BARE = """
import uvicorn
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-length", b"2"), (b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"ok"})
uvicorn.run(app, port=18001, log_level="critical", access_log=False)
"""


def request(port: int, target: str, accept: str) -> bytes:
    head = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: {accept}\r\n\r\n"
    return head.encode()


def bare_limit(seconds: float) -> int:
    """What the ASGI server does with no application behind it."""
    process = subprocess.Popen([sys.executable, "-c", BARE])
    try:
        time.sleep(2)
        found = load("127.0.0.1", 18_001, [request(18_001, "/", "*/*")], seconds=seconds)
    finally:
        process.terminate()
        process.wait()
    return int(found["a_second"])


def publish(server: Serving) -> str:
    """The path of a new article's id."""
    text = f"---\ntitle: {ARTICLE['title']}\nsummary: {ARTICLE['summary'][:200]}\n---\n"
    command = [sys.executable, "-m", "fediverse_coord"]
    settings = ["--config", str(server.folder / "config.toml")]
    done = subprocess.run(
        [*command, *settings, "publish", "--actor", "bench", "--lang", "en", "-"],
        input=(text + ARTICLE["content"]).encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().strip().removeprefix(server.origin)


def main(seconds: float) -> None:
    limit = bare_limit(seconds)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "server"
        with serving(folder) as server:
            path = publish(server)
        with serving(folder, prepared=True) as server:
            time.sleep(2)
            idle = server.memory_mib()
            json_type = "application/activity+json"
            wanted = {
                "actor": request(server.port, "/actors/bench", json_type),
                "object": request(server.port, path, json_type),
                "webfinger": request(
                    server.port,
                    f"/.well-known/webfinger?resource=acct:bench@127.0.0.1:{server.port}",
                    "*/*",
                ),
                "profile_page": request(server.port, "/@bench", "text/html"),
                "declaration_page": request(
                    server.port, "/@bench/on-the-safety-of-the-northern-shafts", "text/html"
                ),
            }
            found = {
                what: load("127.0.0.1", server.port, [one], seconds=seconds)
                for what, one in wanted.items()
            }
            started = server.started
    result(
        "get",
        bare_server_a_second=limit,
        start_seconds=round(started, 2),
        idle_mib=round(idle, 1),
        **{
            what: {
                "a_second": one["a_second"],
                "share_of_bare": round(one["a_second"] / limit, 3),
                "p99_ms": one["p99_ms"],
                "statuses": one["statuses"],
            }
            for what, one in found.items()
        },
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--save", action="store_true")
    main(parser.parse_args().seconds)
