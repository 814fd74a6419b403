"""A desk with two coordinations on a real database, and a far server to ask."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from desk_world import CONFIG, NOW, SEAL, found
from engines import Engine, Place
from far_people import FarServer

from fediverse_coord.desk.desk import Desk
from fediverse_coord.network.client import Client
from fediverse_coord.network.guard import Guard
from fediverse_coord.network.resolver import Resolver
from fediverse_coord.outgoing.publish import Publisher
from fediverse_coord.protocol.chance import random_key
from fediverse_coord.remote.peers import Peers
from fediverse_coord.storage.database import Database, open_database
from fediverse_coord.storage.keyring import Keyring

LAB = Guard(allow_http=True, networks=("127.0.0.0/8",), ports=frozenset())


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of such a database, of SQLite."""
    engine = Engine("sqlite", tmp_path_factory.mktemp("founded"))
    return engine.folder / f"{engine.found('founded', found)}.db"


@pytest.fixture
async def db(place: Place) -> AsyncIterator[Database]:
    opened = await open_database(place.as_founded("founded", found).url)
    yield opened
    await opened.close()


@pytest.fixture
async def far() -> AsyncIterator[FarServer]:
    server = FarServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    yield server
    listening.close()


@pytest.fixture
def woken() -> list[bool]:
    """An entry for each time the road was told that something waits."""
    return []


@pytest.fixture
async def desk(db: Database, woken: list[bool]) -> AsyncIterator[Desk]:
    keyring = Keyring()
    await keyring.load(db, SEAL)
    client = Client(
        LAB, Resolver(), "coord-test/1", ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    )
    peers = Peers(db, client, keyring, CONFIG.uris, lambda: NOW, lab_http=True)
    yield Desk(
        db=db,
        uris=CONFIG.uris,
        publisher=Publisher(CONFIG.uris, keyring, random_key),
        peers=peers,
        clock=lambda: NOW,
        new_key=random_key,
        wake=lambda: woken.append(True),
    )
    await peers.aclose()
    await client.aclose()
