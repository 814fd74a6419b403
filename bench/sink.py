"""The far side of every measurement: answers 202 to whatever comes, on any 127.x.y.z address.

A process of its own that does nothing else: `with sink(): …`.
"""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from typing import cast

import uvloop

SINK_PORT = 18_080
ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


class Sink(asyncio.Protocol):
    """Answers each request once its body is there; the sender closes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, found, body = self.data.partition(b"\r\n\r\n")
        if not found:
            return
        lower = head.lower()
        at = lower.find(b"content-length:")
        length = int(lower[at + 15 :].split(b"\r\n")[0]) if at >= 0 else 0
        if len(body) >= length:
            self.data = b""
            self.transport.write(ANSWER)


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "0.0.0.0", port, backlog=4096)
    print("ready", flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def sink(port: int = SINK_PORT) -> Iterator[int]:
    """A running sink; its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.sink", str(port)], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield port
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
