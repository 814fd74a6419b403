"""What an object's id answers is what its row says, and every taker of words is remembered."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from peers import Peer, Person, running_peer
from running_site import MASTODON, Site, running_site

from fediverse_coord.protocol.signatures import Spec, sign_get
from fediverse_coord.storage import reach

ACCEPT = MASTODON["Accept"]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(tmp_path, "pits") as found:
        yield found


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with running_peer() as found:
        yield found


async def take(site: Site, person: Person, path: str, *, forged: bool = False) -> httpx.Response:
    key = person.key if not forged else person.peer.person(f"not{person.name}").key
    signed = sign_get(Spec.CAVAGE, f"{site.origin}{path}", key, site.services.clock(), ACCEPT)
    signature = signed["Signature"].replace(key.key_id, person.key.key_id)
    return await site.reader.get(path, headers=signed | {"Signature": signature})


@pytest.mark.parametrize("below", ["", "/activity", "/versions/en"])
async def test_a_signed_get_of_the_words_is_remembered_even_after_a_forged_one(
    site: Site, peer: Peer, below: str
) -> None:
    object_id = site.object_id(await site.publish())
    path, ann = object_id.removeprefix(site.origin) + below, peer.person("ann")
    await take(site, ann, path, forged=True)
    assert await reach.size(site.services.db, object_id) == 0
    assert (await take(site, ann, path)).status_code == 200
    # The answer is not held up by the memory; the server ends its work before it ends itself.
    for _ in range(200):
        if await reach.size(site.services.db, object_id):
            break
        await asyncio.sleep(0.02)
    assert await reach.size(site.services.db, object_id) == 1


async def test_what_only_signers_get_no_shared_cache_may_keep(tmp_path: Path, peer: Peer) -> None:
    async with running_site(tmp_path, "pits", more="signed_fetch_required = true") as closed:
        path = closed.object_id(await closed.publish()).removeprefix(closed.origin)
        assert (await closed.get(path, **MASTODON)).status_code == 401
        answer = await take(closed, peer.person("ann"), path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"].startswith("private")
