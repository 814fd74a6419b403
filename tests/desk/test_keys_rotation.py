"""New keys that followers accept: told under the old ones, used from then on."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from engines import Place
from peers import Peer, running_peer
from servers import free_port, write_folder

from fediverse_coord import app, config
from fediverse_coord.app import Services, roads
from fediverse_coord.desk import drafts, keys
from fediverse_coord.desk.people import OPERATOR, Person, Role
from fediverse_coord.errors import NotAllowed, NotFound
from fediverse_coord.protocol.keys import PublicKey, public_keys_in
from fediverse_coord.protocol.signatures import holds, read_claim
from fediverse_coord.protocol.signatures.integrity import proof_holds, proof_of
from fediverse_coord.protocol.uris import parse
from fediverse_coord.storage import actors, audit, followers, inboxes

NOW = datetime(2026, 10, 14, 12, tzinfo=UTC)


@pytest.fixture
async def services(place: Place, tmp_path: Path) -> AsyncIterator[Services]:
    write_folder(tmp_path, free_port(), ("pits",))
    place.settle(tmp_path)
    settings = config.load(tmp_path / "config.toml")
    async with app.opened(settings, clock=lambda: NOW) as opened:
        worker, _ = roads(opened)
        running = asyncio.create_task(worker.run())
        yield opened
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@pytest.fixture
async def peer(services: Services) -> AsyncIterator[Peer]:
    async with running_peer(clock=services.clock) as found:
        known = await services.peers.actor(found.person("ann").actor_id)

        async def follow(tx: Any) -> None:
            await followers.save(
                tx,
                actor=2,
                remote_actor=known.row,
                inbox=await inboxes.row_for(tx, known.delivery_url),
                follow_id=None,
                state="follower",
                now=NOW,
            )

        await services.db.write(follow)
        yield found


async def received(peer: Peer, count: int) -> None:
    async with asyncio.timeout(10):
        while len(peer.received) < count:  # noqa: ASYNC110 - the peer is another's
            await asyncio.sleep(0.02)


async def document(services: Services) -> Any:
    found = await actors.by_name(services.db, "pits")
    assert found is not None
    return json.loads(found.document)


def key_of(peer: Peer, number: int, keys_known: list[PublicKey]) -> PublicKey:
    """The key that signed the request, among those known; the signature holds."""
    authority = parse(peer.origin).authority
    request = peer.received[number].as_inbound
    claim = read_claim(request, authority=authority, scheme="http", now=NOW)
    [key] = [one for one in keys_known if one.key_id == claim.key_id]
    assert holds(claim, key)
    return key


async def test_the_update_is_signed_with_the_old_key_and_all_else_with_the_new(
    services: Services, peer: Peer
) -> None:
    before = await document(services)
    rotated = await keys.rotate(services.desk, services.seal, OPERATOR, "pits")
    after = await document(services)
    await received(peer, 1)

    assert peer.received[0].document["type"] == "Update"
    assert key_of(peer, 0, public_keys_in(before)).key_id == rotated.old[0]
    assert peer.received[0].document["object"] == after
    text = {"title": "Five demands", "summary": "Five.", "content": "We demand five things."}
    await drafts.create(services.desk, OPERATOR, "pits", text, publish=True)
    await received(peer, 2)
    assert key_of(peer, 1, public_keys_in(after)).key_id == rotated.new[0]
    proof = proof_of(peer.received[1].document)
    assert proof is not None
    assert proof.verification_method == rotated.new[1]


async def test_the_document_has_one_new_public_key_and_keeps_what_proves_old_texts(
    services: Services,
) -> None:
    before = await document(services)
    first = await keys.rotate(services.desk, services.seal, OPERATOR, "pits")
    second = await keys.rotate(services.desk, services.seal, OPERATOR, "pits")
    after = await document(services)

    actor_id = services.config.uris.actor("pits")
    assert after["publicKey"]["id"] == f"{actor_id}#main-key-3"
    assert [one["id"] for one in after["assertionMethod"]] == [
        second.new[1],
        first.new[1],
        first.old[1],
    ]
    old_proof = proof_of(before)
    assert old_proof is not None
    [method] = [k for k in public_keys_in(after) if k.key_id == old_proof.verification_method]
    assert proof_holds(before, old_proof, method, NOW)
    same = {name for name in before if before[name] == after[name]}
    assert set(before) - same == {"publicKey", "assertionMethod", "proof"}


async def test_another_process_signs_with_the_new_key_too(services: Services, peer: Peer) -> None:
    async with app.opened(services.config, clock=lambda: NOW) as command:
        rotated = await keys.rotate(command.desk, command.seal, OPERATOR, "pits")
    after = public_keys_in(await document(services))
    text = {"title": "Five demands", "summary": "Five.", "content": "We demand five things."}
    await received(peer, 1)
    await drafts.create(services.desk, OPERATOR, "pits", text, publish=True)
    await received(peer, 2)
    assert key_of(peer, 1, after).key_id == rotated.new[0]


async def test_a_restart_knows_old_and_new_keys(services: Services) -> None:
    rotated = await keys.rotate(services.desk, services.seal, OPERATOR, "pits")
    async with app.opened(services.config, clock=lambda: NOW) as again:
        assert again.keyring.http("pits").key_id == rotated.new[0]
        assert again.keyring.proof("pits").key_id == rotated.new[1]
        assert (await again.keyring.named(rotated.old[0], again.db)).key_id == rotated.old[0]
        assert again.applied.revised == ()


async def test_keys_are_listed_without_their_private_halves(services: Services) -> None:
    rotated = await keys.rotate(services.desk, services.seal, OPERATOR, "pits")
    listed = await keys.listed(services.desk, OPERATOR)
    assert {one.key_id: one.retired for one in listed if one.actor == "pits"} == {
        rotated.old[0]: NOW,
        rotated.old[1]: NOW,
        rotated.new[0]: None,
        rotated.new[1]: None,
    }
    assert "PRIVATE" not in repr(listed)
    assert "PRIVATE" not in repr(services.keyring)


async def test_only_admins_change_keys_and_only_of_coordinations(services: Services) -> None:
    publisher = Person(1, "Rosa", Role.PUBLISHER, None, 1)
    before = await document(services)
    with pytest.raises(NotAllowed):
        await keys.rotate(services.desk, services.seal, publisher, "pits")
    with pytest.raises(NotFound):
        await keys.rotate(services.desk, services.seal, OPERATOR, "mills")
    assert await document(services) == before


async def test_a_change_of_keys_stands_in_the_audit(services: Services) -> None:
    await keys.rotate(services.desk, services.seal, OPERATOR, "pits")
    [entry] = await audit.page(services.db)
    assert (entry.verb, entry.subject) == ("rotate keys", "actor:pits")


def test_an_id_never_comes_back() -> None:
    actor = "https://coord.example/actors/pits"
    assert keys.next_id(actor, "main-key", []) == f"{actor}#main-key"
    taken = [f"{actor}#main-key", f"{actor}#main-key-2"]
    assert keys.next_id(actor, "main-key", taken) == f"{actor}#main-key-3"
