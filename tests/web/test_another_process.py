"""What one process changes about identity, a running other one follows."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from running_site import MASTODON, running_site

from fediverse_coord import app
from fediverse_coord.app import Services
from fediverse_coord.desk import keys
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage import changes


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while True:
            if holds():
                return
            await asyncio.sleep(0.02)


async def rotated(beside: Services) -> tuple[str, str]:
    return (await keys.rotate(beside.desk, beside.seal, OPERATOR, "pits")).new


async def test_a_running_face_uses_the_keys_that_a_command_has_made(tmp_path: Path) -> None:
    async with running_site(tmp_path, "pits") as site:
        work = await site.publish()
        async with app.opened(site.services.config) as beside:
            rsa_id, proof_id = await rotated(beside)
        ring = site.services.keyring
        await until(lambda: ring.http("pits").key_id == rsa_id)
        assert ring.proof("pits").key_id == proof_id
        later = await site.publish("On the pumps")
        for one, proved_by in ((work, proof_id), (later, proof_id)):
            path = site.object_id(one).removeprefix(site.origin)
            told = (await site.get(path, **MASTODON)).json()
            assert told["proof"]["verificationMethod"] == proved_by


async def test_roads_alone_follow_too(tmp_path: Path) -> None:
    async with (
        running_site(tmp_path, "pits") as site,
        app.opened(site.services.config) as roads,
        app.watching(roads),
    ):
        rsa_id, _ = await rotated(site.services)
        await until(lambda: roads.keyring.http("pits").key_id == rsa_id)


async def test_roads_alone_hear_of_a_post(tmp_path: Path) -> None:
    heard: list[str] = []
    async with (
        running_site(tmp_path, "pits") as site,
        app.opened(site.services.config) as roads,
        app.watching(roads, lambda key, number: heard.append(key)),
    ):
        await site.publish("On the pumps")
        await until(lambda: changes.ROADS in heard)
