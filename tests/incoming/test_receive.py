"""What the inbox answers, and that nothing unproven gets past it.  inbound.md 1 to 3, 9.3."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from peers import PUBLIC, Peer, Person, rsa_key, running_peer
from receiving import DECLARATION, INBOX, MINERS, URIS, Clock, Here, our_server

from fediverse_coord.incoming import receive as door
from fediverse_coord.incoming.services import Floods
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.protocol.keys import SigningKey
from fediverse_coord.protocol.signatures import Spec, sign_get
from fediverse_coord.protocol.signatures.request import InboundRequest
from fediverse_coord.remote.keys import KeyLimits
from fediverse_coord.remote.limits import Buckets
from fediverse_coord.remote.peers import PeerLimits
from fediverse_coord.storage import actors, blocks, followers


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
async def ann(far: Peer) -> Person:
    return far.person("ann")


@pytest.fixture
async def here(tmp_path: Path, clock: Clock) -> AsyncIterator[Here]:
    async with our_server(tmp_path, clock) as server:
        yield server


def follow(who: Person, **more: Any) -> dict[str, Any]:
    return who.activity("Follow", MINERS, **more)


def reply(who: Person, **more: Any) -> dict[str, Any]:
    return who.note(**({"inReplyTo": DECLARATION, "cc": [MINERS]} | more))


# --- the door ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/inbox", 202),
        ("/actor/inbox", 202),
        ("/actors/miners/inbox", 202),
        ("/actors/nobody/inbox", 404),
        ("/actors/miners/outbox", 404),
        ("/actors/miners/inbox/", 404),
        ("/", 404),
    ],
)
async def test_only_inboxes_take_activities(
    here: Here, ann: Person, path: str, status: int
) -> None:
    assert await here.take(ann.signed(f"{URIS.origin}{path}", follow(ann))) == status
    assert await here.followers() == (1 if status == 202 else 0)


async def test_a_retired_actors_inbox_is_gone_and_the_shared_one_is_not(
    here: Here, ann: Person
) -> None:
    miners = await actors.by_name(here.db, "miners")
    assert miners is not None
    await here.db.write(lambda tx: actors.retire(tx, miners, b"{}", here.clock()))
    assert await here.take(ann.signed(f"{MINERS}/inbox", follow(ann))) == 410
    assert await here.take(ann.signed(INBOX, follow(ann))) == 202
    assert await here.followers() == 0


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/activity+json", 202),
        ("application/activity+json; charset=utf-8", 202),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', 202),
        ("application/ld+json", 202),
        ("application/json", 400),
        ("text/html", 400),
        ("", 400),
    ],
)
async def test_only_the_two_types_are_read(
    here: Here, ann: Person, content_type: str, status: int
) -> None:
    request = ann.signed(INBOX, follow(ann), spec=Spec.RFC9421)
    bare = {name: value for name, value in request.headers.items() if name != "content-type"}
    request = replace(request, headers=bare | {"content-type": content_type})
    answer = await here.receive(request)
    # Where the type is right the changed header still breaks the signature: 401 is past the door.
    known_type = request.headers["content-type"] == "application/activity+json"
    assert answer.status == (status if status == 400 or known_type else 401)


BODIES = {
    "no JSON": b"hello",
    "a list": b"[]",
    "too deep": b'{"a":' * 40 + b"1" + b"}" * 40,
    "a key twice": b'{"type":"Follow","type":"Like","actor":"https://a.example/x"}',
    "no actor": b'{"type":"Follow","object":"x"}',
    "no type": b'{"actor":"https://a.example/x"}',
    "an actor without origin": b'{"type":"Follow","actor":"ann"}',
    "an id elsewhere": b'{"type":"Follow","actor":"https://a.example/x","id":"https://b.example/1"}',
    "an id that is no id": b'{"type":"Follow","actor":"https://a.example/x","id":[1]}',
    "a graph": b'{"type":"Follow","actor":"https://a.example/x","@graph":[]}',
    "not UTF-8": b'{"type":"\xff"}',
}


@pytest.mark.parametrize("name", BODIES)
async def test_what_cannot_be_read_is_malformed(here: Here, ann: Person, name: str) -> None:
    assert await here.take(ann.signed(INBOX, BODIES[name])) == 400


async def test_more_than_a_megabyte_is_too_large(here: Here, ann: Person) -> None:
    body = b'{"type":"Follow","x":"' + b"a" * 1_000_000 + b'"}'
    assert await here.take(ann.signed(INBOX, body)) == 413


async def test_a_farewell_of_somebody_unknown_asks_nobody(here: Here, far: Peer) -> None:
    ann = far.person("ann")
    gone = ann.activity("Delete", ann.actor_id)
    assert await here.take(ann.signed(INBOX, gone)) == 202
    assert far.asked == []


# --- signatures --------------------------------------------------------------------------


@pytest.mark.parametrize("spec", list(Spec))
@pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])
async def test_both_formats_and_both_algorithms_are_verified(
    here: Here, ann: Person, spec: Spec, algorithm: str
) -> None:
    key = ann.key if algorithm == "rsa" else ann.proof_key
    request = ann.signed(INBOX, follow(ann), spec=spec, key=key)
    if algorithm == "ed25519" and spec is Spec.CAVAGE:
        request = replace(request, headers=_hs2019(request))
    assert await here.take(request) == 202
    assert await here.followers() == 1


def _hs2019(request: InboundRequest) -> dict[str, str]:
    headers = dict(request.headers)
    headers["signature"] = headers["signature"].replace(
        'algorithm="rsa-sha256"', 'algorithm="hs2019"'
    )
    return headers


def _without(name: str) -> Callable[[InboundRequest], InboundRequest]:
    return lambda request: replace(
        request, headers={k: v for k, v in request.headers.items() if k != name}
    )


TAMPERED: dict[str, Callable[[InboundRequest], InboundRequest]] = {
    "body": lambda request: replace(request, body=request.body.replace(b"Follow", b"Accept")),
    "body and digest": lambda request: replace(
        request,
        body=request.body + b" ",
        headers=request.headers | {"digest": "SHA-256=AAAA"},  # type: ignore[operator]
    ),
    "path": lambda request: replace(request, target="/actors/miners/inbox"),
    "no signature": _without("signature"),
    "no digest": _without("digest"),
    "no date": _without("date"),
}


@pytest.mark.parametrize("name", TAMPERED)
async def test_a_tampered_request_is_refused_and_told_how_to_sign(
    here: Here, ann: Person, name: str
) -> None:
    request = ann.signed(INBOX, follow(ann))
    answer = await here.receive(TAMPERED[name](request))
    await here.settle()
    assert answer.status == 401
    assert "sig1=" in answer.headers["Accept-Signature"]
    assert await here.followers() == 0


@pytest.mark.parametrize("minutes", [-70, 70])
async def test_an_old_request_or_one_from_the_future_is_refused(
    here: Here, ann: Person, minutes: int
) -> None:
    request = ann.signed(INBOX, follow(ann))
    here.clock.pass_(minutes=minutes)
    assert await here.take(request) == 401


async def test_a_request_for_another_host_is_refused(here: Here, ann: Person) -> None:
    assert await here.take(ann.signed("https://there.example/inbox", follow(ann))) == 401


async def test_an_exchanged_key_is_fetched_once_more(here: Here, far: Peer, ann: Person) -> None:
    await here.take(ann.signed(INBOX, follow(ann)))
    ann.key = SigningKey(ann.key.key_id, rsa_key(40))
    far.serve(ann.actor_id, ann.document)
    asked = len(far.asked)

    undo = ann.activity("Undo", follow(ann))
    assert await here.take(ann.signed(INBOX, undo)) == 202
    assert len(far.asked) == asked + 1
    assert await here.followers() == 0

    # A signature that fails again is not worth asking again so soon.
    wrong = SigningKey(ann.key.key_id, rsa_key(41))
    for _ in range(3):
        here.clock.pass_(seconds=20)
        assert await here.take(ann.signed(INBOX, follow(ann), key=wrong)) == 401
    assert len(far.asked) == asked + 1


async def test_a_key_that_cannot_be_had_now_is_asked_for_later(
    here: Here, far: Peer, ann: Person
) -> None:
    far.bury(ann.actor_id, status=503)
    answer = await here.receive(ann.signed(INBOX, follow(ann)))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")

    far.serve(ann.actor_id, ann.document)
    here.clock.pass_(minutes=11)
    assert await here.take(ann.signed(INBOX, follow(ann))) == 202
    assert await here.followers() == 1


async def test_a_key_that_comes_too_late_is_known_next_time(
    here: Here, far: Peer, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "KEY_SECONDS", 0.2)
    far.gate.clear()
    request = ann.signed(INBOX, follow(ann))
    assert (await here.receive(request)).status == 503
    asked = len(far.asked)

    far.gate.set()
    key = await here.services.peers.key(ann.key.key_id)
    assert key.owner_id == ann.actor_id
    assert await here.take(request) == 202
    assert len(far.asked) == asked


async def test_a_signed_fetch_tells_who_asks(here: Here, ann: Person) -> None:
    headers = sign_get(Spec.CAVAGE, DECLARATION, ann.key, here.clock(), "*/*")
    target = DECLARATION.removeprefix(URIS.origin)
    request = InboundRequest("GET", target, {k.lower(): v for k, v in headers.items()}, b"")
    assert await door.signer_of(request, here.services) == ann.actor_id
    assert await door.signer_of(replace(request, target="/x"), here.services) is None
    await here.db.write(lambda tx: blocks.add(tx, "actor", ann.actor_id, None, here.clock()))
    assert await door.signer_of(request, here.services) is None


# --- whose is it? ------------------------------------------------------------------------


async def test_an_activity_signed_by_another_has_no_effect(
    here: Here, far: Peer, evil: Peer, ann: Person
) -> None:
    eve, neighbour = evil.person("eve"), far.person("ben")
    for who in (eve, neighbour):
        request = who.signed(INBOX, follow(ann))
        assert await here.take(request) == 202
    assert await here.followers() == 0
    assert await here.sent() == []


async def test_an_embedded_post_of_another_is_read_at_its_origin_or_not_at_all(
    here: Here, evil: Peer, ann: Person
) -> None:
    eve = evil.person("eve")
    forged = reply(ann) | {"content": "<p>forged</p>"}
    await here.take(eve.signed(INBOX, eve.create(forged, id=f"{eve.actor_id}/1")))
    assert await here.responses() == []


async def test_a_relayed_post_counts_as_its_origin_has_it(
    here: Here, evil: Peer, ann: Person
) -> None:
    relay = evil.person("relay")
    activity = ann.create(reply(ann)) | {"signature": {"type": "RsaSignature2017"}}
    activity["object"] = activity["object"] | {"content": "<p>changed on the way</p>"}
    assert await here.take(relay.signed(INBOX, activity)) == 202
    [found] = await here.responses()
    assert found.html == "<p>We stand with you.</p>"


async def test_a_proof_of_its_actor_carries_an_activity_through_other_hands(
    here: Here, evil: Peer, ann: Person
) -> None:
    relay = evil.person("relay")
    like = ann.proved(ann.activity("Like", DECLARATION))
    assert await here.take(relay.signed(INBOX, like)) == 202
    assert (await here.object()).likes == 1


async def test_a_proved_activity_cannot_be_repeated_by_another(
    here: Here, evil: Peer, ann: Person
) -> None:
    eve = evil.person("eve")
    proved = ann.proved(follow(ann))
    await here.take(ann.signed(INBOX, proved))
    await here.take(ann.signed(INBOX, ann.activity("Undo", follow(ann))))
    assert await here.take(eve.signed(INBOX, proved)) == 202
    assert await here.followers() == 0

    here.clock.pass_(hours=3)
    assert await here.take(eve.signed(INBOX, proved)) == 202
    assert await here.followers() == 0


@pytest.mark.parametrize("change", ["content", "method", "two proofs"])
async def test_a_proof_that_does_not_hold_proves_nothing(
    here: Here, evil: Peer, ann: Person, change: str
) -> None:
    eve = evil.person("eve")
    like = ann.proved(ann.activity("Like", DECLARATION))
    if change == "content":
        like |= {"object": DECLARATION, "content": "x"}
    elif change == "method":
        like = eve.proved(ann.activity("Like", DECLARATION))
    else:
        like |= {"proof": [like["proof"], like["proof"]]}
    assert await here.take(eve.signed(INBOX, like)) == 202
    assert (await here.object()).likes == 0


async def test_nobody_occupies_the_id_of_anothers_activity(
    here: Here, evil: Peer, ann: Person
) -> None:
    eve = evil.person("eve")
    create = ann.create(reply(ann))
    forged = eve.activity("Create", "x", id=create["id"])
    assert await here.take(eve.signed(INBOX, forged)) == 400
    assert await here.take(ann.signed(INBOX, create)) == 202
    assert len(await here.responses()) == 1


async def test_only_verify_makes_a_verified_activity() -> None:
    with pytest.raises(TypeError):
        VerifiedActivity({}, "https://far.example/ann", "", b"", seal=object())


Attack = Callable[[Person, Person], dict[str, Any]]

# What Eve sends about what is Ann's. Each is signed by Eve, as Eve.
ATTACKS: dict[str, Attack] = {
    "Update": lambda eve, ann: eve.activity("Update", reply(ann) | {"content": "<p>forged</p>"}),
    "Update, own attribution": lambda eve, ann: eve.activity(
        "Update", reply(ann) | {"content": "<p>forged</p>", "attributedTo": eve.actor_id}
    ),
    "Update of the actor": lambda eve, ann: eve.activity(
        "Update", ann.document | {"inbox": eve.inbox_url}
    ),
    "Delete": lambda eve, ann: eve.activity("Delete", f"{ann.actor_id}/statuses/1"),
    "Delete of the actor": lambda eve, ann: eve.activity("Delete", ann.actor_id),
    "Undo of a Like": lambda eve, ann: eve.activity("Undo", ann.activity("Like", DECLARATION)),
    "Undo of a Like by id": lambda eve, ann: eve.activity("Undo", f"{ann.actor_id}/like/1"),
    "Undo of a boost": lambda eve, ann: eve.activity("Undo", ann.activity("Announce", DECLARATION)),
    "Undo of a boost by id": lambda eve, ann: eve.activity("Undo", f"{ann.actor_id}/announce/1"),
    "Undo of a Follow": lambda eve, ann: eve.activity("Undo", follow(ann)),
    "Undo of a Follow by id": lambda eve, ann: eve.activity("Undo", follow(ann)["id"]),
    "Undo, actor left out": lambda eve, ann: eve.activity(
        "Undo", {"id": follow(ann)["id"], "type": "Follow", "object": MINERS}
    ),
    "Add": lambda eve, ann: eve.activity("Add", DECLARATION, target=f"{MINERS}/featured"),
    "Remove": lambda eve, ann: eve.activity("Remove", DECLARATION, target=f"{MINERS}/featured"),
    "Accept": lambda eve, ann: eve.activity("Accept", f"{MINERS}/activities/f1"),
    "Reject": lambda eve, ann: eve.activity("Reject", f"{MINERS}/activities/f1"),
    "Accept, embedded": lambda eve, ann: eve.activity(
        "Accept", {"type": "Follow", "actor": MINERS, "object": ann.actor_id}
    ),
    "Move": lambda eve, ann: eve.activity("Move", ann.actor_id, target=eve.actor_id),
    "Block": lambda eve, ann: eve.activity("Block", MINERS, actor=ann.actor_id, id=None),
    "QuoteRequest for Ann's post": lambda eve, ann: eve.activity(
        "QuoteRequest", DECLARATION, instrument=ann.note("9", quote=DECLARATION), id=None
    ),
    "Create in Ann's name": lambda eve, ann: eve.create(
        reply(eve, id=f"{eve.actor_id}/statuses/2", attributedTo=ann.actor_id)
    ),
}


@pytest.mark.parametrize("where", ["the same host", "another host"])
@pytest.mark.parametrize("name", ATTACKS)
async def test_nobody_changes_what_is_anothers(
    here: Here, far: Peer, evil: Peer, ann: Person, name: str, where: str
) -> None:
    eve = (far if where == "the same host" else evil).person("eve")
    await _settled_in(here, ann)
    await here.take(eve.signed(INBOX, eve.activity("View", DECLARATION)))
    before = await here.everything()

    assert await here.take(eve.signed(INBOX, ATTACKS[name](eve, ann))) in {202, 400}
    assert await here.everything() == before


async def _settled_in(here: Here, ann: Person) -> None:
    """Ann follows, likes, boosts, answers, and is asked to be followed."""
    from fediverse_coord.storage import following

    note = reply(ann)
    boost = ann.activity("Announce", DECLARATION, to=[PUBLIC])
    for one in (follow(ann), ann.activity("Like", DECLARATION), boost, ann.create(note)):
        await here.take(ann.signed(INBOX, one))
    remote = await here.services.peers.actor(ann.actor_id)
    row, follow_id = here.rows["miners"], f"{MINERS}/activities/f1"
    await here.db.write(lambda tx: following.begin(tx, row, remote.row, follow_id, here.clock()))


async def test_nobody_buries_anothers_future_post(here: Here, far: Peer, ann: Person) -> None:
    eve = far.person("eve")
    await here.take(eve.signed(INBOX, eve.activity("Delete", f"{ann.actor_id}/statuses/1")))
    await here.take(ann.signed(INBOX, ann.create(reply(ann))))
    assert len(await here.responses()) == 1


# --- repetition and floods ----------------------------------------------------------------


async def test_a_captured_request_has_no_effect_after_the_undo(here: Here, ann: Person) -> None:
    captured = ann.signed(INBOX, follow(ann))
    await here.take(captured)
    here.clock.pass_(minutes=1)
    await here.take(ann.signed(INBOX, ann.activity("Undo", follow(ann))))

    for _ in range(3):
        here.clock.pass_(minutes=20)
        assert await here.take(captured) == 202
    assert await here.followers() == 0
    here.clock.pass_(minutes=10)
    assert await here.take(captured) == 401


async def test_a_captured_request_cannot_be_played_to_another_inbox(
    here: Here, ann: Person
) -> None:
    captured = ann.signed(f"{MINERS}/inbox", follow(ann))
    assert await here.take(replace(captured, target="/inbox")) == 401


async def test_distinct_key_ids_make_us_ask_only_so_often(
    tmp_path: Path, clock: Clock, far: Peer
) -> None:
    limits = PeerLimits(KeyLimits(by_host=Buckets(40, 0.1), by_client=Buckets(20, 0.1)))
    async with our_server(tmp_path, clock, limits) as here:
        for number in range(200):
            eve = Person(far, f"eve{number}")
            answer = await here.receive(eve.signed(INBOX, follow(eve)), client="one")
            assert answer.status in {401, 503}
        assert 0 < len(far.asked) <= 20
        assert await here.followers() == 0


async def test_by_default_a_thousand_key_ids_are_not_a_thousand_questions(
    here: Here, far: Peer
) -> None:
    for number in range(1000):
        eve = Person(far, f"eve{number}")
        await here.receive(eve.signed(INBOX, b'{"type":"Like","actor":"https://a.example/x"}'))
    assert 0 < len(far.asked) <= 100


async def test_the_same_missing_key_is_asked_for_once(here: Here, far: Peer) -> None:
    eve = Person(far, "eve")
    for _ in range(5):
        here.clock.pass_(minutes=5)
        assert (await here.receive(eve.signed(INBOX, follow(eve)))).status == 401
    assert len(far.asked) == 1


async def test_many_who_wait_for_one_key_ask_once(here: Here, far: Peer, ann: Person) -> None:
    far.gate.clear()
    requests = [
        here.receive(ann.signed(INBOX, ann.activity("Like", DECLARATION, id=f"{ann.actor_id}/{n}")))
        for n in range(10)
    ]
    running = asyncio.gather(*requests)
    await far.wait_asked(1)
    far.gate.set()
    assert {answer.status for answer in await running} == {202}
    assert len(far.asked) == 1


async def test_a_flood_of_verified_activities_is_slowed(here: Here, far: Peer, ann: Person) -> None:
    floods = Floods(by_actor=Buckets(5, 1))
    here.services = replace(here.services, floods=floods)
    statuses = []
    for number in range(8):
        activity = ann.activity("Like", DECLARATION, id=f"{ann.actor_id}/{number}")
        answer = await here.receive(ann.signed(INBOX, activity))
        statuses.append(answer.status)
    assert statuses == [202] * 5 + [429] * 3
    assert answer.headers["Retry-After"]

    ben = far.person("ben")
    assert await here.take(ben.signed(INBOX, follow(ben))) == 202


async def test_a_full_queue_says_later(here: Here, ann: Person) -> None:
    here.services = replace(here.services, floods=Floods(queue=1))
    assert (await here.receive(ann.signed(INBOX, follow(ann)))).status == 202
    here.clock.pass_(seconds=2)
    answer = await here.receive(ann.signed(INBOX, ann.activity("Like", DECLARATION)))
    assert answer.status == 503
    await here.settle()
    here.clock.pass_(seconds=2)
    assert (await here.receive(ann.signed(INBOX, ann.activity("Like", DECLARATION)))).status == 202


async def test_follow_and_undo_a_hundred_times_leave_one_truth(here: Here, ann: Person) -> None:
    for _ in range(30):
        here.clock.pass_(seconds=1)
        await here.receive(ann.signed(INBOX, follow(ann)))
        here.clock.pass_(seconds=1)
        await here.receive(ann.signed(INBOX, ann.activity("Undo", follow(ann))))
    await here.settle()
    assert await here.followers() == 0
    assert await followers.recount(here.db) == []


async def test_reports_without_end_fill_no_table(here: Here, ann: Person) -> None:
    for number in range(40):
        named = [DECLARATION, f"{DECLARATION}{number}"]
        flag = ann.activity("Flag", named, content="spam", id=f"{ann.actor_id}/{number}")
        await here.receive(ann.signed(INBOX, flag))
    await here.settle()
    assert len(await here.db.fetch_all("SELECT id FROM reports")) == 30


# --- blocks --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["actor", "domain"])
async def test_a_blocked_sender_is_refused_before_its_key_is_asked_for(
    here: Here, far: Peer, ann: Person, kind: str
) -> None:
    value = ann.actor_id if kind == "actor" else "127.0.0.1"
    await here.db.write(lambda tx: blocks.add(tx, kind, value, None, here.clock()))  # type: ignore[arg-type]
    assert await here.take(ann.signed(INBOX, follow(ann))) == 403
    assert far.asked == []


async def test_a_block_also_stops_what_was_already_received(here: Here, ann: Person) -> None:
    assert (await here.receive(ann.signed(INBOX, follow(ann)))).status == 202
    await here.db.write(lambda tx: blocks.add(tx, "domain", "127.0.0.1", None, here.clock()))
    await here.settle()
    assert await here.followers() == 0
    assert await here.db.fetch_all("SELECT id FROM inbox") == []


async def test_blocked_words_do_not_come_in_through_a_relay(
    here: Here, evil: Peer, ann: Person
) -> None:
    relay = evil.person("relay", type="Group")
    await here.services.peers.actor(ann.actor_id)
    await here.db.write(lambda tx: blocks.add(tx, "actor", ann.actor_id, None, here.clock()))
    create = ann.create(reply(ann))
    for activity in (create, relay.activity("Announce", create, to=[PUBLIC])):
        assert await here.take(relay.signed(INBOX, activity)) in {202, 403}
    assert await here.responses() == []


# --- what is lost is found again ------------------------------------------------------------


async def test_an_actors_delete_is_believed_when_its_key_is_gone_with_it(
    here: Here, far: Peer, ann: Person
) -> None:
    await here.take(ann.signed(INBOX, follow(ann)))
    await here.db.write(lambda tx: tx.execute("DELETE FROM remote_keys"))
    far.bury(ann.actor_id)
    gone = ann.activity("Delete", ann.actor_id, id=None)
    assert await here.take(ann.signed(INBOX, gone)) == 202
    assert await here.followers() == 0


async def test_nobody_elses_word_makes_an_actor_gone(
    here: Here, far: Peer, evil: Peer, ann: Person
) -> None:
    await here.take(ann.signed(INBOX, follow(ann)))
    eve = evil.person("eve")
    forged = eve.activity("Delete", ann.actor_id, actor=ann.actor_id, id=None)
    for status in (404, 503):
        far.bury(ann.actor_id, status=status)
        here.clock.pass_(minutes=1)
        assert await here.take(eve.signed(INBOX, forged)) == 202
    assert await here.followers() == 1


async def test_a_relayed_delete_is_believed_once_the_origin_says_so(
    here: Here, far: Peer, evil: Peer, ann: Person
) -> None:
    note = reply(ann)
    await here.take(ann.signed(INBOX, ann.create(note)))
    relay = evil.person("relay")
    delete = ann.activity("Delete", note["id"])
    await here.take(relay.signed(INBOX, delete))
    assert len(await here.responses()) == 1

    far.bury(note["id"], status=404)
    here.clock.pass_(minutes=1)
    await here.take(relay.signed(INBOX, delete))
    assert await here.responses() == []


async def test_what_cannot_be_fetched_now_is_tried_again_and_then_shown_to_the_operator(
    here: Here, far: Peer, ann: Person
) -> None:
    note = reply(ann)
    far.bury(note["id"], status=503)
    await here.take(ann.signed(INBOX, ann.create(note) | {"object": note["id"]}))
    assert await here.responses() == []
    for _ in range(6):
        here.clock.pass_(hours=7)
        await here.settle()
    [row] = await here.db.fetch_all("SELECT attempts, parked_at, fault FROM inbox")
    assert (row["attempts"], row["parked_at"] is not None) == (5, True)
    assert "503" in row["fault"]
