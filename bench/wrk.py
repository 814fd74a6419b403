"""What `wrk` hears, and the limits beside it: servers that answer the same bytes and do nothing.

wrk costs a tenth of what a generator in Python costs, which on a small machine is taken from the
server. Each limit is a process of its own in a folder of its own, ended by its id.
"""

import contextlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}

BARE = """
import sys
import uvicorn
body = b"x" * int(sys.argv[2])
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-length", b"%d" % len(body)), (b"etag", b'"x"')]})
    await send({"type": "http.response.body", "body": body})
uvicorn.run(app, port=int(sys.argv[1]), log_level="critical", access_log=False)
"""

NGINX = """
daemon off; worker_processes {processes}; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off; keepalive_requests 10000000; etag on;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}; open_file_cache max=10; }}
}}
"""


def demand() -> None:
    """Raises SystemExit that says how to install what is missing."""
    missing = [name for name in ("wrk", "nginx") if _place_of(name) is None]
    if missing:
        raise SystemExit(f"missing: {', '.join(missing)}; apt-get install wrk nginx-light")


def _place_of(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def heard(
    port: int, target: str, accept: str, *, seconds: float, width: int = 32
) -> dict[str, Any]:
    """Answers a second, and the slowest of a hundred in milliseconds. Raises SystemExit."""
    address = f"http://127.0.0.1:{port}{target}"
    words = ["wrk", "-t1", f"-c{width}", f"-d{max(1, round(seconds))}s", "--latency"]
    said = subprocess.run(
        [*words, "-H", f"Accept: {accept}", address], capture_output=True, check=True, text=True
    ).stdout
    rate = re.search(r"Requests/sec:\s*([\d.]+)", said)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    if rate is None or slow is None:
        raise SystemExit(f"wrk said something else: {said}")
    if wrong is not None:
        raise SystemExit(f"{target} was not answered: {said}")
    return {
        "a_second": round(float(rate[1])),
        "p99_ms": round(float(slow[1]) * MILLISECONDS[slow[2]], 2),
    }


@contextlib.contextmanager
def bare(port: int, size: int) -> Iterator[None]:
    """The ASGI server with a constant of so many bytes behind it."""
    with _running([sys.executable, "-c", BARE, str(port), str(size)], port):
        yield


@contextlib.contextmanager
def nginx(folder: Path, port: int, size: int, processes: int) -> Iterator[None]:
    """nginx with a file of so many bytes."""
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "index.html").write_bytes(b"x" * size)
    settings = NGINX.format(folder=folder, port=port, processes=processes)
    (folder / "nginx.conf").write_text(settings)
    words = [str(_place_of("nginx")), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with _running(words, port):
        yield


@contextlib.contextmanager
def _running(words: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(3000):
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{port}/")
                break
            time.sleep(0.01)
        else:
            raise SystemExit(f"{words[0]} did not start")
        yield
    finally:
        process.terminate()
        process.wait()
