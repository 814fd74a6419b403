"""What we know of others: who somebody is, which handle may be shown, how often we ask."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from engines import Place
from peers import ACTIVITY_JSON, JRD_JSON, Peer, running_peer
from receiving import INBOX, MINERS, Clock, Here, our_server

from fediverse_coord.errors import (
    Forbidden,
    MalformedDocument,
    Unreachable,
)
from fediverse_coord.protocol.signatures import Spec
from fediverse_coord.remote.limits import NewHosts
from fediverse_coord.remote.peers import PeerLimits, Peers
from fediverse_coord.storage import blocks, followers


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


# --- actors --------------------------------------------------------------------------------


async def test_a_follower_whose_server_moved_its_inboxes_is_reached_there(
    here: Here, far: Peer, clock: Clock
) -> None:
    ann = far.person("ann")
    follow = ann.activity("Follow", MINERS)
    await here.take(ann.signed(INBOX, follow))
    far.person("ann", endpoints={"sharedInbox": f"{far.origin}/new/inbox"})
    clock.pass_(days=8)
    await here.services.peers.actor(ann.actor_id)  # by whatever way we came to ask

    assert await here.followers() == 1
    rows = await here.db.fetch_all("SELECT url FROM audience JOIN inboxes ON id = inbox")
    assert [row["url"] for row in rows] == [f"{far.origin}/new/inbox"]
    assert await followers.recount(here.db) == []


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


async def test_a_domain_without_end_of_names_is_asked_at_ten(place: Place, clock: Clock) -> None:
    limits = PeerLimits(new_hosts=NewHosts(most=2))
    async with our_server(place, clock, limits) as here:
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
