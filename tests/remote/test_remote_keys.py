"""Whose a key is, and how often we ask for it.  signatures.md 2.9, 2.10, security A9, B5, B6."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from engines import Place
from peers import Peer, Person, running_peer
from receiving import Clock, Here, our_server

from fediverse_coord.errors import (
    Forbidden,
    Gone,
    Missing,
    Unreachable,
)
from fediverse_coord.remote.peers import Peers
from fediverse_coord.storage import remote_keys
from fediverse_coord.storage.database import Reader
from fediverse_coord.storage.remote_keys import StoredKey


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def far(clock: Clock) -> AsyncIterator[Peer]:
    async with running_peer(clock=clock) as peer:
        yield peer


@pytest.fixture
async def evil(clock: Clock) -> AsyncIterator[Peer]:
    async with running_peer("127.0.0.2", clock) as peer:
        yield peer


@pytest.fixture
async def here(place: Place, clock: Clock) -> AsyncIterator[Here]:
    async with our_server(place, clock) as server:
        yield server


@pytest.fixture
def peers(here: Here) -> Peers:
    return here.services.peers


def bare_key(who: Person, key_id: str, **changed: Any) -> dict[str, Any]:
    return who.public_key | {"id": key_id} | changed


async def test_a_key_inside_its_actor_is_its_actors(peers: Peers, far: Peer) -> None:
    ann = far.person("ann")
    for key in (ann.key, ann.proof_key):
        assert (await peers.key(key.key_id)).owner_id == ann.actor_id
    assert len(far.asked) == 1  # one document told both


async def test_a_key_in_an_array_is_found(peers: Peers, far: Peer) -> None:
    ann = far.person("ann")
    second = bare_key(ann, f"{ann.actor_id}#main-key-2")
    far.serve(ann.actor_id, ann.document | {"publicKey": [ann.public_key, second, "x", 7]})
    assert (await peers.key(second["id"])).owner_id == ann.actor_id


async def test_a_gotosocial_key_path_leads_to_its_actor(peers: Peers, far: Peer) -> None:
    ann = far.person("ann")
    key_id = f"{ann.actor_id}/main-key"
    document = ann.document | {"publicKey": bare_key(ann, key_id)}
    far.serve(ann.actor_id, document)
    stub = {"id": ann.actor_id, "type": "Person", "publicKey": bare_key(ann, key_id)}
    far.serve(key_id, stub)
    assert (await peers.key(key_id)).owner_id == ann.actor_id


@pytest.mark.parametrize("listed", ["embedded", "as id"])
async def test_a_bare_key_counts_when_its_owner_lists_it(
    peers: Peers, far: Peer, listed: str
) -> None:
    ann = far.person("ann")
    key_id = f"{far.origin}/keys/1"
    key = bare_key(ann, key_id)
    far.serve(key_id, key)
    far.serve(ann.actor_id, ann.document | {"publicKey": key if listed == "embedded" else key_id})
    assert (await peers.key(key_id)).owner_id == ann.actor_id

    far.bury(key_id)
    assert (await peers.key(key_id)).owner_id == ann.actor_id  # remembered


async def test_a_keys_own_claim_of_its_owner_is_worth_nothing(
    here: Here, peers: Peers, far: Peer, evil: Peer
) -> None:
    ann, eve = far.person("ann"), evil.person("eve")
    neighbour = far.person("ben")
    claims = {
        f"{evil.origin}/key": bare_key(eve, f"{evil.origin}/key", owner=ann.actor_id),
        f"{far.origin}/key": bare_key(neighbour, f"{far.origin}/key", owner=ann.actor_id),
    }
    for key_id, document in claims.items():
        (evil if key_id.startswith(evil.origin) else far).serve(key_id, document)
        with pytest.raises(Forbidden):
            await peers.key(key_id)
    assert await here.db.fetch_all("SELECT key_id FROM remote_keys WHERE key_id LIKE '%/key'") == []


async def test_an_actor_cannot_take_a_neighbours_key_id(peers: Peers, far: Peer) -> None:
    ann = far.person("ann")
    eve = far.person("eve")
    stolen = bare_key(eve, ann.key.key_id)
    far.serve(eve.actor_id, eve.document | {"publicKey": [eve.public_key, stolen]})

    await peers.actor(eve.actor_id)
    assert (await peers.key(ann.key.key_id)).owner_id == ann.actor_id
    await peers.actor(eve.actor_id, refresh=True)
    assert (await peers.key(ann.key.key_id)).owner_id == ann.actor_id


async def test_a_key_on_another_origin_than_its_owner_is_refused(
    peers: Peers, far: Peer, evil: Peer
) -> None:
    ann = far.person("ann")
    key_id = f"{evil.origin}/key"
    far.serve(ann.actor_id, ann.document | {"publicKey": bare_key(ann, key_id)})
    evil.serve(key_id, bare_key(ann, key_id))
    with pytest.raises(Forbidden):
        await peers.key(key_id)


async def test_an_actor_id_that_leads_to_another_server_is_refused(
    peers: Peers, far: Peer, evil: Peer
) -> None:
    ann = far.person("ann")
    evil.serve("http://x/users/eve", ann.document)
    with pytest.raises(Forbidden):
        await peers.actor(f"{evil.origin}/users/eve")
    with pytest.raises(Forbidden):
        await peers.key(f"{evil.origin}/users/eve#main-key")


@pytest.mark.parametrize(("status", "fault"), [(410, Gone), (404, Missing), (500, Unreachable)])
async def test_what_failed_is_remembered_for_a_while(
    here: Here, peers: Peers, far: Peer, status: int, fault: type[Exception]
) -> None:
    key_id = f"{far.origin}/users/eve#main-key"
    far.bury(key_id, status=status)
    for _ in range(3):
        with pytest.raises(fault):
            await peers.key(key_id)
    assert len(far.asked) == 1
    here.clock.pass_(minutes=61)
    with pytest.raises(fault):
        await peers.key(key_id)
    assert len(far.asked) == 2


async def test_a_rotated_key_drops_the_old_one_at_once(here: Here, peers: Peers, far: Peer) -> None:
    ann = far.person("ann")
    old = await peers.key(ann.key.key_id)
    new = bare_key(ann, f"{ann.actor_id}#main-key-2")
    far.serve(ann.actor_id, ann.document | {"publicKey": new})
    assert (await peers.key(new["id"])).owner_id == ann.actor_id

    far.bury(ann.actor_id, status=500)
    with pytest.raises(Unreachable):
        await peers.key(old.key_id)


async def test_an_old_key_outlives_a_server_that_is_away(
    here: Here, peers: Peers, far: Peer
) -> None:
    ann = far.person("ann")
    await peers.key(ann.key.key_id)
    here.clock.pass_(days=8)
    far.bury(ann.actor_id, status=500)
    assert (await peers.key(ann.key.key_id)).owner_id == ann.actor_id


@pytest.mark.parametrize("key_id", ["acct:ann@far.example", "", "x", "https://here.example/a#k"])
async def test_a_key_id_that_is_no_address_of_another_asks_nobody(
    peers: Peers, key_id: str
) -> None:
    with pytest.raises(Forbidden):
        await peers.key(key_id)


async def test_a_question_that_ends_while_another_looks_is_not_asked_again(
    peers: Peers, far: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = far.person("ann")
    looked = remote_keys.find_several
    first, end = asyncio.Event(), asyncio.Event()

    async def slowly(reader: Reader, key_ids: Sequence[str]) -> dict[str, StoredKey]:
        found = await looked(reader, key_ids)
        if first.is_set():  # the second look tells what was there when it began
            await end.wait()
        first.set()
        return found

    monkeypatch.setattr(remote_keys, "find_several", slowly)
    far.gate.clear()
    asking = asyncio.create_task(peers.key(ann.key.key_id))
    while not far.asked:  # noqa: ASYNC110 - it is another server that we wait for
        await asyncio.sleep(0.01)
    looking = asyncio.create_task(peers.key(ann.key.key_id))
    await asyncio.sleep(0.01)
    far.gate.set()
    await asking
    end.set()
    assert (await looking).owner_id == ann.actor_id
    assert len(far.asked) == 1
