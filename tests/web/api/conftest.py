"""A server of ours listening on loopback, and clients that hold tokens of every role."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from api_server import Api
from far_people import FarServer

from fediverse_coord.app import Services, opened
from fediverse_coord.config import Config
from fediverse_coord.serving import face

SETTINGS = {
    "federation": {
        "lab": True,
        "allow_http": True,
        "allow_networks": ["127.0.0.0/8"],
        "allow_ports": [],
    },
    "limits": {"request_bytes": 100_000, "api_per_token_per_minute": 100},
}

COORDINATION = """
username = "{name}"
languages = ["en"]
name = "{title}' Coordination"
summary = "{title} write to {name}."
contact = "post@{name}.example"
revision = 1

[policies]
approvals = {approvals}
protected_countries = ["TR"]
"""


def config_in(folder: Path) -> Config:
    return Config.model_validate({**SETTINGS, "folder": folder, "is_development": True})


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files, keys and database of two coordinations; made once."""
    folder = tmp_path_factory.mktemp("founded")
    (folder / "actors").mkdir()
    (folder / "data").mkdir()
    for name, approvals in (("dockers", 0), ("smelters", 1)):
        text = COORDINATION.format(name=name, title=name.title(), approvals=approvals)
        (folder / "actors" / f"{name}.toml").write_text(text)

    async def found() -> None:
        async with opened(config_in(folder)):
            pass

    asyncio.run(found())
    return folder


@pytest.fixture
async def api(founded: Path, tmp_path: Path) -> AsyncIterator[Api]:
    folder = tmp_path / "server"
    shutil.copytree(founded, folder)
    ready: list[Services] = []

    async def told(services: Services) -> None:
        ready.append(services)

    served = face(config_in(folder), with_roads=False, ready=told)
    server = uvicorn.Server(
        uvicorn.Config(served, host="127.0.0.1", port=0, log_config=None, access_log=False)
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), serving.result()
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Api(f"http://127.0.0.1:{port}", ready[0])
    server.should_exit = True
    await serving


@pytest.fixture
async def publisher(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """Publishes for the dockers."""
    async with api.client(await api.token("publisher", "dockers")) as client:
        yield client


@pytest.fixture
async def moderator(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """Moderates for the dockers."""
    async with api.client(await api.token("moderator", "dockers", name="Karl")) as client:
        yield client


@pytest.fixture
async def far() -> AsyncIterator[FarServer]:
    server = FarServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    yield server
    listening.close()
