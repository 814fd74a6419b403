"""Whose is it?  Nobody changes what is another's.  inbound.md 3, security A2, A6 to A10, A14."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from engines import Place
from peers import PUBLIC, Peer, Person, running_peer
from receiving import DECLARATION, INBOX, MINERS, Clock, Here, our_server

from fediverse_coord.incoming.services import Floods
from fediverse_coord.incoming.side_effects import prune
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.remote.limits import Buckets
from fediverse_coord.storage import blocks, following


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
async def here(place: Place, clock: Clock) -> AsyncIterator[Here]:
    async with our_server(place, clock) as server:
        yield server


def follow(who: Person, **more: Any) -> dict[str, Any]:
    return who.activity("Follow", MINERS, **more)


def reply(who: Person, **more: Any) -> dict[str, Any]:
    return who.note(**({"inReplyTo": DECLARATION, "cc": [MINERS]} | more))


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


async def test_nobody_uses_up_a_proof_by_copying_it(here: Here, evil: Peer, ann: Person) -> None:
    eve, relay = evil.person("eve"), evil.person("relay")
    like = ann.proved(ann.activity("Like", DECLARATION))
    copied = eve.activity("Like", "https://far.example/else", proof=like["proof"])
    await here.take(eve.signed(INBOX, copied))
    await here.take(relay.signed(INBOX, like))
    assert (await here.object()).likes == 1


async def test_whoever_brings_anothers_words_spends_their_own_share(
    here: Here, evil: Peer, ann: Person
) -> None:
    eve, floods = evil.person("eve"), Floods(by_actor=Buckets(5, 0))
    here.services = replace(here.services, floods=floods)
    like = ann.proved(ann.activity("Like", DECLARATION))
    for number in range(6):
        assert (await here.receive(eve.signed(INBOX, like))).status == (202 if number < 5 else 429)
        here.clock.pass_(seconds=1)
    assert (await here.receive(ann.signed(INBOX, follow(ann)))).status == 202


async def test_the_blocked_bring_nobodys_words(here: Here, evil: Peer, ann: Person) -> None:
    eve, now = evil.person("eve"), here.clock()
    await here.take(eve.signed(INBOX, follow(eve)))  # her key is known from now on
    await here.db.write(lambda tx: blocks.add(tx, "actor", eve.actor_id, None, now))
    like = ann.proved(ann.activity("Like", DECLARATION))
    assert await here.take(eve.signed(INBOX, like)) == 403
    assert (await here.object()).likes == 0


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
    await prune(here.services)  # what remembered the proof is gone; its age is not
    assert await here.take(eve.signed(INBOX, proved)) == 202
    assert await here.followers() == 0


async def test_a_proof_that_outlived_our_memory_brings_no_deleted_post_back(
    here: Here, far: Peer, evil: Peer, ann: Person
) -> None:
    note = reply(ann)
    create = ann.proved(ann.create(note))
    await here.take(ann.signed(INBOX, create))
    await here.take(ann.signed(INBOX, ann.activity("Delete", note["id"])))
    far.bury(note["id"])
    for _ in range(2):
        here.clock.pass_(days=31)
        await prune(here.services)
        relay = evil.person("relay")
        assert await here.take(relay.signed(INBOX, create)) == 202
        assert await here.responses() == []


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
    "Move of another to a friend": lambda eve, ann: eve.activity(
        "Move",
        ann.actor_id,
        target=eve.peer.person("eve2", alsoKnownAs=[eve.actor_id]).actor_id,
    ),
    "Create under Ann's id": lambda eve, ann: eve.create(
        reply(eve) | {"id": "https://127.0.0.3/users/ann/statuses/9"}, id=f"{eve.actor_id}/c"
    ),
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
    note = reply(ann)
    boost = ann.activity("Announce", DECLARATION, to=[PUBLIC])
    for one in (follow(ann), ann.activity("Like", DECLARATION), boost, ann.create(note)):
        await here.take(ann.signed(INBOX, one))
    remote = await here.services.peers.actor(ann.actor_id)
    row, follow_id = here.rows["miners"], f"{MINERS}/activities/f1"
    await here.db.write(lambda tx: following.begin(tx, row, remote.row, follow_id, here.clock()))


@pytest.mark.parametrize("instrument", ["another's post", "a post without the quote", "no post"])
async def test_a_stamp_is_given_for_the_askers_own_quote_only(
    here: Here, far: Peer, ann: Person, instrument: str
) -> None:
    eve = far.person("eve")
    asked = {
        "another's post": ann.note("9", quote=DECLARATION),
        "a post without the quote": eve.note("9"),
        "no post": {"id": f"{ann.peer.origin}/nothing", "type": "Note"},
    }[instrument]
    for value in (asked, asked["id"]):
        here.clock.pass_(seconds=1)
        request = eve.activity("QuoteRequest", DECLARATION, instrument=value)
        request["id"] += str(here.clock.moment.second)
        await here.take(eve.signed(INBOX, request))
    assert await here.db.fetch_all("SELECT id FROM stamps") == []
    expected = [] if instrument == "no post" else ["Reject", "Reject"]
    assert [one["type"] for one in await here.sent()] == expected


@pytest.mark.parametrize("quoting", ["our words, signed", "https://a.example/" + "x" * 100_000])
async def test_nobody_makes_us_sign_what_is_no_address(
    here: Here, ann: Person, quoting: str
) -> None:
    request = ann.activity("QuoteRequest", DECLARATION, instrument=quoting)
    await here.take(ann.signed(INBOX, request))
    assert await here.sent() == []


async def test_nobody_buries_anothers_future_post(here: Here, far: Peer, ann: Person) -> None:
    eve = far.person("eve")
    await here.take(eve.signed(INBOX, eve.activity("Delete", f"{ann.actor_id}/statuses/1")))
    await here.take(ann.signed(INBOX, ann.create(reply(ann))))
    assert len(await here.responses()) == 1


@pytest.mark.parametrize(("to", "left"), [(PUBLIC, 0), (MINERS, 1)])
async def test_a_message_that_strangers_cannot_fetch_is_not_taken_for_deleted(
    here: Here, far: Peer, evil: Peer, ann: Person, to: str, left: int
) -> None:
    note = reply(ann, to=[to], cc=None)
    await here.take(ann.signed(INBOX, ann.create(note)))
    far.bury(note["id"], 404)
    eve = evil.person("eve")
    assert await here.take(eve.signed(INBOX, ann.activity("Delete", note["id"]))) == 202
    assert len(await here.responses()) == left
