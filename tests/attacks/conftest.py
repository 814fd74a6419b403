"""Servers that stand for a whole run, each with what its attacks need."""

from collections.abc import AsyncIterator, Iterator

import pytest
from besieged import Besieged
from houses import besieged, standing
from peers import Peer, running_peer
from servers import ServerProcess


@pytest.fixture(scope="session")
def open_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Three coordinations that hold responses in the three ways there are."""
    with standing(tmp_path_factory.mktemp("open") / "house") as server:
        yield server


@pytest.fixture(scope="session")
def narrow_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """May ask 127.0.0.9 and no other address; answers signed requests only."""
    table = {
        "plain.test": [["127.0.0.9"]],
        "inside.test": [["127.0.0.1"]],
        "both.test": [["127.0.0.9", "127.0.0.1"]],
        "rebind.test": [["127.0.0.9"], ["127.0.0.1"]],
        "*.endless.test": [["127.0.0.9"]],
        "news.blocked.test": [["127.0.0.9"]],
        "blocked.test": [["127.0.0.9"]],
        "notblocked.test": [["127.0.0.9"]],
    }
    more = "signed_fetch_required = true"
    with standing(tmp_path_factory.mktemp("narrow") / "house", more=more, names=table) as server:
        yield server


@pytest.fixture(scope="session")
def hasty_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Waits two seconds for others, and is flooded."""
    more = "[delivery]\ntotal_seconds = 2\nconnect_seconds = 1"
    with standing(tmp_path_factory.mktemp("hasty") / "house", more=more) as server:
        yield server


@pytest.fixture(scope="session")
def quiet_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Full of secrets, all planted at once."""
    more = '[logging]\nlevel = "debug"'
    with standing(tmp_path_factory.mktemp("quiet") / "house", more=more) as server:
        yield server


@pytest.fixture(scope="session")
def all_tokens() -> dict[str, dict[str, str]]:
    return {}


@pytest.fixture
async def here(
    open_house: ServerProcess, all_tokens: dict[str, dict[str, str]], client_address: str
) -> AsyncIterator[Besieged]:
    async for one in besieged(open_house, all_tokens, client_address):
        yield one


@pytest.fixture
async def narrow(
    narrow_house: ServerProcess, all_tokens: dict[str, dict[str, str]], client_address: str
) -> AsyncIterator[Besieged]:
    async for one in besieged(narrow_house, all_tokens, client_address):
        yield one


@pytest.fixture
async def hasty(
    hasty_house: ServerProcess, all_tokens: dict[str, dict[str, str]], client_address: str
) -> AsyncIterator[Besieged]:
    async for one in besieged(hasty_house, all_tokens, client_address):
        yield one


@pytest.fixture
async def quiet(
    quiet_house: ServerProcess, all_tokens: dict[str, dict[str, str]], client_address: str
) -> AsyncIterator[Besieged]:
    async for one in besieged(quiet_house, all_tokens, client_address):
        yield one


@pytest.fixture(scope="session")
def addresses() -> Iterator[str]:
    return (f"198.51.{net}.{one}" for net in range(100, 110) for one in range(1, 255))


@pytest.fixture
def client_address(addresses: Iterator[str]) -> str:
    """Each test is another client, or the first would use up what all may ask for."""
    return next(addresses)


@pytest.fixture
async def far() -> AsyncIterator[Peer]:
    """Where honest people live."""
    async with running_peer("127.0.0.1") as peer:
        yield peer


@pytest.fixture
async def evil() -> AsyncIterator[Peer]:
    """Another server, which lies."""
    async with running_peer("127.0.0.2") as peer:
        peer.people = 10  # keys of their own
        yield peer


@pytest.fixture
async def allowed() -> AsyncIterator[Peer]:
    """On the one address that the narrow house may ask."""
    async with running_peer("127.0.0.9") as peer:
        yield peer
