"""Far servers on loopback, and our client to ask them with."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable

import pytest
from far_server import LAB, MakeClient, MakePeer, Peer, Table

from fediverse_coord.network.client import Client
from fediverse_coord.network.guard import Guard
from fediverse_coord.network.resolver import Resolver
from fediverse_coord.network.transport import Limits


@pytest.fixture
async def make_peer() -> AsyncIterator[MakePeer]:
    servers: list[asyncio.Server] = []
    talks: set[asyncio.Task[None]] = set()

    async def make(tls: ssl.SSLContext | None = None, ip: str = "127.0.0.1") -> Peer:
        peer = Peer(scheme="https" if tls else "http", host=ip)

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            talks.add(task)
            await peer.serve(reader, writer)

        server = await asyncio.start_server(talk, ip, 0, ssl=tls)
        servers.append(server)
        peer.port = server.sockets[0].getsockname()[1]
        return peer

    yield make
    for server in servers:
        server.close()
    for task in talks:
        task.cancel()
    await asyncio.gather(*talks, return_exceptions=True)


@pytest.fixture
async def peer(make_peer: MakePeer) -> Peer:
    return await make_peer()


@pytest.fixture
async def make_client() -> AsyncIterator[MakeClient]:
    made: list[Client] = []

    def make(
        guard: Guard = LAB,
        lookup: Callable[[str, int], list[str]] = lambda host, port: ["127.0.0.1"],
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> Client:
        context = tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client = Client(guard, Resolver(Table(lookup)), "coord-test/1", limits, context)
        made.append(client)
        return client

    yield make
    for client in made:
        await client.aclose()


@pytest.fixture
def client(make_client: MakeClient) -> Client:
    return make_client()
