"""Thirty thousand servers as they are: slow, some of them hanging, some asking for patience.

`python -m bench.far PORT CERTIFICATE`, a process of its own that listens on all of 127/8, over
TLS where the file of key and chain is not `""`. By the host's number
in its address: of twenty one never answers, one answers 503 the first time; all others answer 202
after 300 ms.
"""

import asyncio
import contextlib
import resource
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import uvloop

AFTER_SECONDS = 0.3
ONE_OF = 20
HANGS, ASKS_FOR_PATIENCE = 7, 13  # the remainders that mean it
WELL = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


def number_of(ip: str) -> int:
    """The inverse of `world.host`."""
    _, a, b, c = (int(part) for part in ip.split("."))
    return (a - 1) * 62_500 + b * 250 + c - 1


def hangs(number: int) -> bool:
    return number % ONE_OF == HANGS


def asks_for_patience(number: int) -> bool:
    return number % ONE_OF == ASKS_FOR_PATIENCE


class Far(asyncio.Protocol):
    """Answers once, when the body is there; the sender closes."""

    patient: set[int] = set()  # noqa: RUF012 - of all connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, found, body = self.data.partition(b"\r\n\r\n")
        at = head.find(b"Content-Length:")
        if not found or len(body) < int(head[at + 15 :].split(b"\r\n")[0]):
            return
        number = number_of(self.transport.get_extra_info("sockname")[0])
        if hangs(number):
            return
        answer = WELL
        if asks_for_patience(number) and number not in self.patient:
            self.patient.add(number)
            answer = BUSY
        asyncio.get_running_loop().call_later(AFTER_SECONDS, self.transport.write, answer)


async def _serve(port: int, certificate: str) -> None:
    loop, tls = asyncio.get_running_loop(), None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
    await loop.create_server(Far, "0.0.0.0", port, backlog=8192, ssl=tls)
    print("ready", flush=True)
    await asyncio.Event().wait()


@contextlib.contextmanager
def far(port: int, certificate: Path | None = None) -> Iterator[None]:
    """All of them, until the block ends."""
    told = [sys.executable, "-m", "bench.far", str(port), str(certificate or "")]
    process = subprocess.Popen(told, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(_serve(int(sys.argv[1]), sys.argv[2]))
