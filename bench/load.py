"""A load generator in a process of its own: keep-alive connections, requests made beforehand.

`python -m bench.load HOST PORT CONNECTIONS SECONDS FILE`: FILE holds requests, one JSON list of
base64 strings, sent once each in order where SECONDS is 0, else round and round until the time is
up. Prints one JSON object: answers by status, seconds, latencies and CPU time. On uvloop and
without streams, so that it takes little from what it measures: `bare` says how little.
"""

import asyncio
import base64
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any, cast

import uvloop

END = b"\r\n\r\n"


class Load:
    """What all connections share: the requests still to be sent, and what came of the others."""

    def __init__(self, requests: Sequence[bytes], seconds: float) -> None:
        self.requests: Iterator[bytes] = cycle(requests) if seconds else iter(requests)
        self.end = time.perf_counter() + seconds if seconds else float("inf")
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []

    def next(self) -> bytes | None:
        return next(self.requests, None) if time.perf_counter() < self.end else None


class Connection(asyncio.Protocol):
    """One keep-alive connection that sends and waits for the whole answer."""

    def __init__(self, load: Load, done: "asyncio.Future[None]") -> None:
        self.load, self.done = load, done
        self.answer, self.began = b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed a connection"))

    def data_received(self, data: bytes) -> None:
        self.answer += data
        head_ends = self.answer.find(END)
        if head_ends < 0 or len(self.answer) < head_ends + 4 + _length(self.answer[:head_ends]):
            return
        self.load.latencies.append(time.perf_counter() - self.began)
        self.load.statuses[int(self.answer[9:12])] += 1
        self.answer = b""
        self._send()

    def _send(self) -> None:
        request = self.load.next()
        if request is None:
            self.done.set_result(None)
            self.transport.close()
            return
        self.began = time.perf_counter()
        self.transport.write(request)


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n")[0]) if at >= 0 else 0


async def _run(host: str, port: int, width: int, seconds: float, requests: list[bytes]) -> None:
    loop = asyncio.get_running_loop()
    load, began = Load(requests, seconds), time.perf_counter()
    ends = [loop.create_future() for _ in range(width)]
    for end in ends:
        await loop.create_connection(lambda end=end: Connection(load, end), host, port)  # type: ignore[misc]
    await asyncio.gather(*ends)
    took = time.perf_counter() - began
    told = {"seconds": took, "cpu_seconds": time.process_time(), "statuses": load.statuses}
    print(json.dumps(told | percentiles(load.latencies)))


def percentiles(latencies: Sequence[float]) -> dict[str, float]:
    """Milliseconds: the median, the slowest of a hundred, the slowest."""
    ordered = sorted(latencies)
    at = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {
        f"{name}_ms": round(ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000, 2)
        for name, part in at.items()
    }


def load(
    host: str, port: int, requests: Sequence[bytes], *, width: int = 32, seconds: float = 0
) -> dict[str, Any]:
    """Runs the generator and returns what it printed, with `a_second`."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([base64.b64encode(one).decode() for one in requests], file)
        file.flush()
        told = [host, str(port), str(width), str(seconds), file.name]
        done = subprocess.run(
            [sys.executable, "-m", "bench.load", *told],
            capture_output=True,
            check=True,
        )
    found: dict[str, Any] = json.loads(done.stdout)
    found["a_second"] = round(sum(found["statuses"].values()) / found["seconds"])
    return found


class Bare(asyncio.Protocol):
    """Answers 202 to whatever is a whole request, and does nothing else."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.request = cast("asyncio.Transport", transport), b""

    def data_received(self, data: bytes) -> None:
        self.request += data
        ends = self.request.find(END)
        if ends >= 0 and len(self.request) >= ends + 4 + _length(self.request[:ends]):
            self.request = b""
            self.transport.write(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")


async def _answer(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", port)
    print("listening", flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def bare(port: int) -> Iterator[None]:
    """A responder that costs next to nothing: what is measured against it is the generator."""
    command = [sys.executable, "-m", "bench.load", "bare", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
    finally:
        process.terminate()
        process.wait()


def _main(words: Sequence[str]) -> None:
    if words[0] == "bare":
        uvloop.run(_answer(int(words[1])))
        return
    where, at_port, lanes, duration, path = words
    sent = [base64.b64decode(one) for one in json.loads(Path(path).read_text())]
    uvloop.run(_run(where, int(at_port), int(lanes), float(duration), sent))


if __name__ == "__main__":
    _main(sys.argv[1:])
