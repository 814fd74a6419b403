"""A load generator in a process of its own: keep-alive connections, requests made beforehand.

`python -m bench.load HOST PORT CONNECTIONS SECONDS FILE`: FILE holds requests, one JSON list of
base64 strings, sent once each in order where SECONDS is 0, else round and round until the time is
up. Prints one JSON object: answers by status, seconds, latencies in milliseconds.
"""

import asyncio
import base64
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvloop


class Connection:
    """One keep-alive connection that sends and waits for the whole answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def exchange(self, request: bytes) -> int:
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n")[0]) if at >= 0 else 0
        if length:
            await self.reader.readexactly(length)
        return int(head[9:12])


async def _run(host: str, port: int, width: int, seconds: float, requests: list[bytes]) -> None:
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    pending = iter(requests)
    end = time.perf_counter() + seconds

    async def lane(number: int) -> None:
        connection = Connection(*await asyncio.open_connection(host, port))
        at = number
        while True:
            if seconds:
                if time.perf_counter() > end:
                    break
                request = requests[at % len(requests)]
                at += width
            else:
                found = next(pending, None)
                if found is None:
                    break
                request = found
            began = time.perf_counter()
            statuses[await connection.exchange(request)] += 1
            latencies.append(time.perf_counter() - began)
        connection.writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(lane(number) for number in range(width)))
    took = time.perf_counter() - began
    print(json.dumps({"seconds": took, "statuses": statuses, **percentiles(latencies)}))


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


if __name__ == "__main__":
    _, where, at_port, lanes, duration, path = sys.argv
    sent = [base64.b64decode(one) for one in json.loads(Path(path).read_text())]
    uvloop.run(_run(where, int(at_port), int(lanes), float(duration), sent))
