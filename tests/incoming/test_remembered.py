"""What a process remembers of blocks, inboxes and keys ends with the change, whoever made it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from engines import Place
from peers import Peer, Person, running_peer
from receiving import INBOX, MINERS, Clock, Here, our_server

from fediverse_coord.protocol.keys import public_pem
from fediverse_coord.protocol.signatures import InboundRequest
from fediverse_coord.storage import actors, blocks, remote_keys
from fediverse_coord.storage.changes import Watcher
from fediverse_coord.storage.database import Database, open_database


@pytest.fixture
async def far() -> AsyncIterator[Peer]:
    async with running_peer() as peer:
        yield peer


@pytest.fixture
def ann(far: Peer) -> Person:
    return far.person("ann")


@pytest.fixture
async def here(place: Place, far: Peer) -> AsyncIterator[Here]:
    clock = Clock()
    far.clock = clock
    async with our_server(place, clock) as server:
        yield server


@pytest.fixture
async def watcher(here: Here) -> AsyncIterator[Watcher]:
    """Tells this process of changes, its own at once and others' when it looks."""
    services = here.services
    made = Watcher(here.db, lambda key, number: services.heard(key), services.lost)
    await made.start()
    services.keep(told=True)
    yield made
    made.stop()


@pytest.fixture
async def other(here: Here, place: Place) -> AsyncIterator[Database]:
    """Another process's view of the same database."""
    opened = await open_database(place.url)
    yield opened
    await opened.close()


def liking(who: Person, number: int) -> InboundRequest:
    return who.signed(INBOX, who.activity("Follow", MINERS, id=f"{who.actor_id}#{number}"))


async def status(here: Here, request: InboundRequest) -> int:
    return (await here.receive(request)).status


@pytest.mark.parametrize("kind", ["actor", "domain"])
async def test_a_block_and_its_end_hold_at_once_in_the_process_that_made_them(
    here: Here, watcher: Watcher, ann: Person, kind: blocks.Kind
) -> None:
    value = ann.actor_id if kind == "actor" else "127.0.0.1"
    assert await status(here, liking(ann, 1)) == 202
    await here.db.write(lambda tx: blocks.add(tx, kind, value, None, here.clock()))
    assert await status(here, liking(ann, 2)) == 403
    await here.db.write(lambda tx: blocks.remove(tx, kind, value))
    assert await status(here, liking(ann, 3)) == 202


async def test_a_block_made_by_another_process_holds_after_the_next_look(
    here: Here, watcher: Watcher, other: Database, ann: Person
) -> None:
    assert await status(here, liking(ann, 1)) == 202
    await other.write(lambda tx: blocks.add(tx, "domain", "127.0.0.1", None, here.clock()))
    await watcher.look()
    assert await status(here, liking(ann, 2)) == 403


async def test_a_key_that_was_dropped_or_exchanged_elsewhere_is_not_remembered(
    here: Here, watcher: Watcher, other: Database, far: Peer, ann: Person
) -> None:
    assert await status(here, liking(ann, 1)) == 202
    assert here.services.peers.key_at_hand(ann.key.key_id) is None  # it was fetched just now
    assert await status(here, liking(ann, 2)) == 202
    assert here.services.peers.key_at_hand(ann.key.key_id) is not None

    another = public_pem(far.person("mia").key.private_key.public_key())
    await other.write(
        lambda tx: remote_keys.remember(tx, ann.actor_id, ann.key.key_id, another, here.clock())
    )
    await watcher.look()
    assert here.services.peers.key_at_hand(ann.key.key_id) is None

    await here.services.peers.key(ann.key.key_id)
    await other.write(lambda tx: remote_keys.drop_all(tx, ann.actor_id))
    await watcher.look()
    assert here.services.peers.key_at_hand(ann.key.key_id) is None


async def test_no_name_stands_in_what_tells_of_a_changed_key(
    here: Here, watcher: Watcher, ann: Person
) -> None:
    assert await status(here, liking(ann, 1)) == 202
    await here.db.write(lambda tx: remote_keys.drop_all(tx, ann.actor_id))
    keys = [row["key"] for row in await here.db.fetch_all("SELECT key FROM changes")]
    assert any(key.startswith("remote-key:") for key in keys)
    assert not any("ann" in key.partition("remote-key:")[2] for key in keys)


async def test_an_inbox_ends_with_its_actor(here: Here, watcher: Watcher, ann: Person) -> None:
    def at(name: str, number: int) -> InboundRequest:
        like = ann.activity("Follow", MINERS, id=f"{ann.actor_id}#{number}")
        return ann.signed(f"https://here.example/actors/{name}/inbox", like)

    assert await status(here, at("miners", 1)) == 202
    assert await status(here, at("nobody", 2)) == 404
    miners = await actors.by_name(here.db, "miners")
    assert miners is not None
    await here.db.write(lambda tx: actors.retire(tx, miners, b"{}", here.clock()))
    assert await status(here, at("miners", 3)) == 410


async def test_nothing_is_remembered_while_nobody_tells_what_changes(
    here: Here, other: Database, ann: Person
) -> None:
    assert await status(here, liking(ann, 1)) == 202
    assert await status(here, liking(ann, 2)) == 202
    assert here.services.peers.key_at_hand(ann.key.key_id) is None
    await other.write(lambda tx: blocks.add(tx, "domain", "127.0.0.1", None, here.clock()))
    assert await status(here, liking(ann, 3)) == 403


async def test_a_key_grows_old_in_memory_as_in_its_row(
    here: Here, watcher: Watcher, far: Peer, ann: Person
) -> None:
    for number in (1, 2):
        assert await status(here, liking(ann, number)) == 202
    asked = len(far.asked)
    here.clock.pass_(days=8)
    assert here.services.peers.key_at_hand(ann.key.key_id) is None
    assert await status(here, liking(ann, 3)) == 202
    assert len(far.asked) > asked
    assert replace(here.services).peers is here.services.peers
