"""A name server of our own: `hN.peers.example` is the N-th loopback address.

`python -m bench.names PORT`, a process of its own. Answers A alone, for AAAA it says that there is
none; names whose number lies in the last hundredth are never answered, as there always are some.
"""

import asyncio
import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import cast

import uvloop

NAMES_PORT = 18_053
DOMAIN = "peers.example"
SILENT_EVERY = 100
NAME = re.compile(rb"[\x01-\x3f]h([0-9]+)\x05peers\x07example\x00", re.IGNORECASE)


def address(number: int) -> bytes:
    """Distinct loopback addresses from 127.1.0.1 on, as `world.host` spells them."""
    return bytes([127, 1 + number // 62_500, (number // 250) % 250, 1 + number % 250])


class Server(asyncio.DatagramProtocol):
    """RFC 1035, as far as one question needs it."""

    def __init__(self, silent: bool) -> None:
        self.silent = silent

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        found = NAME.match(data, 12)
        if found is None:
            end = data.index(b"\0", 12) + 5
            self.transport.sendto(data[:2] + b"\x81\x83\0\1\0\0\0\0\0\0" + data[12:end], addr)
            return
        number, end = int(found[1]), found.end() + 4
        if self.silent and number % SILENT_EVERY == SILENT_EVERY - 1:
            return
        is_a = data[end - 4 : end - 2] == b"\0\1"
        answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + address(number) if is_a else b""
        counts = b"\0\1" + (b"\0\1" if is_a else b"\0\0") + b"\0\0\0\0"
        self.transport.sendto(data[:2] + b"\x81\x80" + counts + data[12:end] + answer, addr)


async def _serve(port: int, silent: bool) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: Server(silent), local_addr=("127.0.0.1", port))
    print("ready", flush=True)
    await asyncio.Event().wait()


@contextlib.contextmanager
def names(port: int = NAMES_PORT, *, silent: bool = False) -> Iterator[str]:
    """A running name server; its address. `silent`: one name in a hundred is never answered."""
    told = [sys.executable, "-m", "bench.names", str(port), str(int(silent))]
    process = subprocess.Popen(told, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), sys.argv[2] == "1"))
