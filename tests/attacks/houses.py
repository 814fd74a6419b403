"""Servers to be attacked: with three coordinations, their tokens, and names of their own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from besieged import Besieged, with_tokens
from name_server import Table, name_server
from servers import ACTOR, ServerProcess, free_port, write_folder

HOLDS = {"pits": "all", "weavers": "strangers", "dockers": "none"}

# The guard's lab is one address wide: every other one on loopback stands for a private network.
NARROW = 'allow_networks = ["127.0.0.9/32"]'
WIDE = 'allow_networks = ["127.0.0.0/8"]'


@contextmanager
def standing(
    folder: Path, *, more: str = "", names: Table | None = None
) -> Iterator[ServerProcess]:
    made = ServerProcess(folder, free_port())
    write_folder(folder, made.port, (), more=more)
    for name, hold in HOLDS.items():
        text = ACTOR.format(name=name, title=name.title(), form="note", hold=hold)
        (folder / "actors" / f"{name}.toml").write_text(text)
    with name_server(names or {}) as address:
        if names is not None:
            text = made.config.read_text().replace(WIDE, f'{NARROW}\nnameservers = ["{address}"]')
            made.config.write_text(text)
        made.start()
        try:
            yield made
        finally:
            made.stop()


async def besieged(
    server: ServerProcess, known: dict[str, dict[str, str]], client: str
) -> AsyncIterator[Besieged]:
    if server.origin not in known:
        known[server.origin] = await with_tokens(server)
    limits = httpx.Limits(max_connections=50)
    async with httpx.AsyncClient(timeout=20, trust_env=False, limits=limits, verify=False) as http:
        yield Besieged(server, http, known[server.origin], client)
