"""What we know of others: whose a key is, which handle may be shown, how often we ask."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from peers import ACTIVITY_JSON, JRD_JSON, Peer, Person, running_peer
from receiving import Clock, Here, our_server

from fediverse_coord.errors import (
    Forbidden,
    Gone,
    MalformedDocument,
    Missing,
    Unreachable,
)
from fediverse_coord.protocol.signatures import Spec
from fediverse_coord.remote.limits import NewHosts
from fediverse_coord.remote.peers import PeerLimits, Peers
from fediverse_coord.storage import blocks


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
async def here(tmp_path: Path, clock: Clock) -> AsyncIterator[Here]:
    async with our_server(tmp_path, clock) as server:
        yield server


@pytest.fixture
def peers(here: Here) -> Peers:
    return here.services.peers


# --- keys ----------------------------------------------------------------------------------


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


# --- actors --------------------------------------------------------------------------------


async def test_an_actor_is_read_within_our_limits(peers: Peers, far: Peer) -> None:
    ann = far.person(
        "ann",
        name="A" * 5000 + "\u202e",
        alsoKnownAs=[f"{far.origin}/{n}" for n in range(500)],
        url=[{"href": "https://else.example/"}, {"href": f"{far.origin}/@ann"}],
        endpoints={"sharedInbox": "https://else.example/inbox"},
        followers="https://else.example/followers",
        featured={"id": f"{far.origin}/featured"},
        icon="javascript:alert(1)",
        type=["Person", "schema:Person"],
    )
    found = await peers.actor(ann.actor_id)
    assert found.name == "A" * 128
    assert len(found.also_known_as) == 256
    assert found.url == f"{far.origin}/@ann"
    assert (found.shared_inbox_url, found.followers_id) == (None, None)
    assert found.featured_id == f"{far.origin}/featured"
    assert found.delivery_url == ann.inbox_url


@pytest.mark.parametrize(
    "changed",
    [
        {"inbox": None},
        {"inbox": "https://victim.example/inbox"},
        {"inbox": "file:///etc/passwd"},
        {"type": "Note"},
        {"type": 7},
    ],
)
async def test_a_document_that_is_no_usable_actor_is_refused(
    peers: Peers, far: Peer, changed: dict[str, Any]
) -> None:
    ann = far.person("ann", **changed)
    with pytest.raises(Forbidden):
        await peers.actor(ann.actor_id)


async def test_an_actor_comes_from_memory_until_it_is_old(
    here: Here, peers: Peers, far: Peer
) -> None:
    ann = far.person("ann")
    for _ in range(3):
        await peers.actor(ann.actor_id)
    assert len(far.asked) == 1
    here.clock.pass_(days=8)
    far.person("ann", name="Ann B.")
    assert (await peers.actor(ann.actor_id)).name == "Ann B."


async def test_a_refresh_is_asked_for_once_a_minute(here: Here, peers: Peers, far: Peer) -> None:
    ann = far.person("ann")
    for _ in range(3):
        await peers.actor(ann.actor_id, refresh=True)
    assert len(far.asked) == 1
    here.clock.pass_(seconds=61)
    await peers.actor(ann.actor_id, refresh=True)
    assert len(far.asked) == 2


async def test_blocked_ones_are_not_asked_nor_handed_out(
    here: Here, peers: Peers, far: Peer
) -> None:
    ann = far.person("ann")
    await peers.actor(ann.actor_id)
    asked = len(far.asked)
    await here.db.write(lambda tx: blocks.add(tx, "domain", "127.0.0.1", None, here.clock()))
    with pytest.raises(Forbidden):
        await peers.actor(ann.actor_id)
    with pytest.raises(Forbidden):
        await peers.fetch(ann.actor_id)
    with pytest.raises(Forbidden):
        await peers.handle(ann.handle)
    assert len(far.asked) == asked


async def test_we_do_not_ask_ourselves(peers: Peers) -> None:
    with pytest.raises(Forbidden):
        await peers.fetch("https://here.example/actors/miners")


# --- formats -------------------------------------------------------------------------------


async def test_the_second_knock_is_remembered(here: Here, peers: Peers, far: Peer) -> None:
    ann = far.person("ann")
    pages = far.pages

    class OnlyNew(dict[str, Any]):
        """A server that reads RFC 9421 and nothing else."""

        def get(self, key: str, default: Any = None) -> Any:
            if "signature-input" not in far.asked[-1].headers:
                return default.__class__(b"", status=401)
            return pages.get(key, default)

    far.pages = OnlyNew()
    assert (await peers.actor(ann.actor_id)).username == "ann"
    assert len(far.asked) == 2
    assert await peers.spec_for(far.origin) is Spec.RFC9421

    await peers.fetch(ann.actor_id)
    assert len(far.asked) == 3
    here.clock.pass_(days=31)
    assert await peers.spec_for(far.origin) is Spec.CAVAGE


async def test_every_question_is_signed_by_the_instance_actor(peers: Peers, far: Peer) -> None:
    ann = far.person("ann")
    await peers.actor(ann.actor_id)
    [request] = far.asked
    assert 'keyId="https://here.example/actor#main-key"' in request.headers["signature"]
    assert ACTIVITY_JSON in request.headers["accept"]


# --- handles -------------------------------------------------------------------------------


async def test_a_handle_leads_to_its_actor_and_back(peers: Peers, far: Peer) -> None:
    ann = far.person("ann")
    found = await peers.handle(ann.handle.upper())
    assert (found.actor_id, found.handle) == (ann.actor_id, ann.handle)
    asked = len(far.asked)
    assert (await peers.handle(ann.handle)).row == found.row
    assert len(far.asked) == asked


def webfinger(peer: Peer, user: str, subject: str, actor_id: str) -> None:
    link = {"rel": "self", "type": ACTIVITY_JSON, "href": actor_id}
    document = {"subject": f"acct:{subject}", "links": [link]}
    peer.serve(f"/.well-known/webfinger?{user}", document, content_type=JRD_JSON)


async def test_a_handle_may_live_on_another_host_when_both_agree(
    peers: Peers, far: Peer, evil: Peer
) -> None:
    ann = far.person("ann")
    webfinger(evil, "ann", f"ann@{evil.authority}", ann.actor_id)
    webfinger(far, "ann", f"ann@{evil.authority}", ann.actor_id)
    assert (await peers.handle(f"@ann@{evil.authority}")).handle == f"@ann@{evil.authority}"


@pytest.mark.parametrize("lie", ["self", "subject", "no self", "no subject", "loop"])
async def test_a_handle_that_does_not_close_is_refused(
    peers: Peers, far: Peer, evil: Peer, lie: str
) -> None:
    ann = far.person("ann")
    asked = f"@boss@{evil.authority}"
    match lie:
        case "self":  # claims somebody else's actor
            webfinger(evil, "boss", f"boss@{evil.authority}", ann.actor_id)
        case "subject":  # claims somebody else's name
            eve = evil.person("boss")
            webfinger(evil, "boss", f"ann@{far.authority}", eve.actor_id)
        case "no self":
            evil.serve("/.well-known/webfinger?boss", {"subject": "x"}, content_type=JRD_JSON)
        case "no subject":
            evil.serve("/.well-known/webfinger?boss", {"links": []}, content_type=JRD_JSON)
        case "loop":
            webfinger(evil, "boss", f"two@{evil.authority}", ann.actor_id)
            webfinger(evil, "two", f"boss@{evil.authority}", ann.actor_id)
    with pytest.raises(Forbidden):
        await peers.handle(asked)
    known = await peers.known(ann.actor_id)
    assert known is None or known.handle is None


@pytest.mark.parametrize("handle", ["", "@", "ann", "@ann@", "@@x", "@a b@x.example", "@a@x:y"])
async def test_what_is_no_handle_is_refused_by_its_form(peers: Peers, handle: str) -> None:
    with pytest.raises(MalformedDocument):
        await peers.handle(handle)


async def test_an_unproven_handle_is_shown_as_a_host(peers: Peers, far: Peer) -> None:
    ann = far.person("ann")
    webfinger(far, "ann", f"ann@{far.authority}", f"{far.origin}/users/other")
    found = await peers.with_handle(await peers.actor(ann.actor_id))
    assert (found.handle, found.label) == (None, "127.0.0.1")
    asked = len(far.asked)
    await peers.with_handle(found)
    assert len(far.asked) == asked


# --- rations -------------------------------------------------------------------------------


async def test_a_domain_without_end_of_names_is_asked_at_ten(tmp_path: Path, clock: Clock) -> None:
    limits = PeerLimits(new_hosts=NewHosts(most=2))
    async with our_server(tmp_path, clock, limits) as here:
        reasons = []
        for number in range(6):
            try:
                await here.services.peers.actor(f"http://h{number}.wild.invalid/ann")
            except Unreachable as fault:
                reasons.append(fault.reason)
        assert reasons.count("too many unknown servers of that domain within an hour") == 4


async def test_documents_of_strangers_are_total(peers: Peers, far: Peer) -> None:
    ann = far.person("ann")
    for name in ann.document:
        for value in (None, 7, [], {}, [[]], "", "x" * 3000, {"id": None}, True):
            far.serve(ann.actor_id, json.loads(json.dumps(ann.document)) | {name: value})
            try:
                await peers._fetched(ann.actor_id)
            except Forbidden:
                continue
