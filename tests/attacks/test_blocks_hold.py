"""Blocked actors and domains at every entrance.  security F3.

What a block stops, and where: the inbox, questions of ours, the thread below a declaration,
names that are resolved, boosts, follows, and what we would still have delivered.
"""

from typing import Any

import pytest
from besieged import PAGE, PUBLICLY, Besieged, reply
from peers import Peer, Person

from fediverse_coord.desk import follows
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.errors import CoordError
from fediverse_coord.protocol.signatures import Spec, sign_get


@pytest.fixture
async def word(here: Besieged) -> dict[str, Any]:
    return await here.publish("dockers")


async def tried(here: Besieged, who: Person, word: dict[str, Any]) -> set[int]:
    """Everything that a stranger can send us."""
    sent = [
        who.activity("Follow", here.actor("dockers")),
        who.activity("Like", word["id"]),
        who.activity("Announce", word["id"], **PUBLICLY),
        who.create(reply(who, word["id"], "blocked")),
        who.activity("Flag", [word["id"]], content="spam"),
        who.activity("QuoteRequest", word["id"], instrument=who.note("q", quote=word["id"])),
    ]
    return {await here.told(who, activity) for activity in sent}


async def test_a_blocked_actor_comes_in_nowhere(
    here: Besieged, evil: Peer, word: dict[str, Any]
) -> None:
    mallory, neighbour = evil.person("mallory"), evil.person("neighbour")
    await here.block(mallory.actor_id)
    before = here.everything()
    assert await tried(here, mallory, word) == {403}
    assert here.everything() == before
    assert evil.asked == []
    assert await here.told(neighbour, neighbour.activity("Like", word["id"])) == 202
    assert here.everything() != before


async def test_a_blocked_domain_comes_in_nowhere(
    here: Besieged, evil: Peer, word: dict[str, Any]
) -> None:
    mallory = evil.person("mallory")
    await here.block("127.0.0.2")
    try:
        before = here.everything()
        assert await tried(here, mallory, word) == {403}
        assert here.everything() == before
        assert evil.asked == []
    finally:
        await here.unblock("127.0.0.2")


@pytest.mark.parametrize(
    "host, status",
    [
        ("blocked.test", 403),
        ("BLOCKED.test", 403),
        ("news.blocked.test", 403),
        ("a.b.c.d.e.f.g.h.i.j.k.blocked.test", 403),
        ("news.blocked.test.", 400),
        ("notblocked.test", 401),
    ],
)
async def test_a_blocked_domain_covers_every_name_below_it(
    narrow: Besieged, allowed: Peer, host: str, status: int
) -> None:
    mallory = allowed.person("mallory")
    actor_id = mallory.actor_id.replace("127.0.0.9", host)
    await narrow.block("blocked.test")
    follow = mallory.activity("Follow", narrow.actor(), actor=actor_id, id=None)
    asked = len(allowed.asked)
    request = mallory.signed(narrow.inbox, follow)
    if status == 401:
        request.headers["signature"] = request.headers["signature"].replace("127.0.0.9", host)
    assert await narrow.post(request) == status
    assert (len(allowed.asked) > asked) == (status == 401)


async def test_whom_a_block_meets_follows_no_longer_and_gets_nothing_more(
    here: Besieged, far: Peer, evil: Peer
) -> None:
    mallory, ann = evil.person("mallory"), far.person("ann")
    for who in (mallory, ann):
        assert await here.told(who, who.activity("Follow", here.actor("weavers"))) == 202
    await here.publish("weavers", content="Before the block.")
    await evil.wait_for(2)
    await here.block(mallory.actor_id)
    before = len(evil.received)

    await here.publish("weavers", content="After the block.")
    await far.wait_for(3)

    assert b"After the block" in far.received[-1].body
    assert len(evil.received) == before
    assert (await here.document(f"{here.actor('weavers')}/followers"))["totalItems"] == 1


async def test_what_was_waiting_for_a_blocked_server_is_not_sent_any_more(
    here: Besieged, evil: Peer
) -> None:
    mallory = evil.person("mallory")
    assert await here.told(mallory, mallory.activity("Follow", here.actor("weavers"))) == 202
    await evil.wait_for(1)
    evil.answer = 503
    await here.publish("weavers", content="Said while they were away.")
    await evil.wait_for(2)
    await here.settled()
    inbox = f"{evil.origin}/inbox"
    waiting = (
        "SELECT state FROM deliveries d JOIN inboxes i ON i.id = d.inbox WHERE i.url = ?"
        " AND d.state = 'waiting'"
    )
    assert here.rows(waiting, inbox)
    await here.block("127.0.0.2")
    try:
        assert here.rows(waiting, inbox) == []
    finally:
        await here.unblock("127.0.0.2")


async def test_what_a_blocked_actor_said_is_seen_nowhere(
    here: Besieged, evil: Peer, word: dict[str, Any]
) -> None:
    mallory = evil.person("mallory")
    said = reply(mallory, word["id"], "seen", content="<p>Heron at noon.</p>")
    await here.told(mallory, mallory.create(said))
    replies = f"{word['id']}/replies?page=first"
    assert (await here.document(replies))["items"] == [said["id"]]
    assert "Heron at noon" in await here.page(word["url"])

    await here.block(mallory.actor_id)

    assert (await here.document(replies))["items"] == []
    assert (await here.document(f"{word['id']}/replies"))["totalItems"] == 0
    await here.until_page(word["url"], lambda page: "Heron at noon" not in page)
    answer = await here.api("GET", "/actors/dockers/responses?state=rejected")
    key = answer.json()["items"][0]["key"]
    assert (await here.api("POST", f"/responses/{key}/approve")).status_code == 409
    refused = await here.api("POST", f"/responses/{key}/answer", {"content": "No."})
    assert refused.status_code == 409


async def test_blocked_words_do_not_come_by_other_hands(
    here: Besieged, far: Peer, evil: Peer, word: dict[str, Any]
) -> None:
    """A group, a relay or a friend brings them: their origin is not asked."""
    mallory, friend = evil.person("mallory"), far.person("friend")
    said = reply(mallory, word["id"], "carried")
    await here.block("127.0.0.2")
    try:
        before = here.everything()
        wrapped = friend.activity("Announce", mallory.create(said), **PUBLICLY)
        for activity in (wrapped, mallory.create(said), mallory.proved(mallory.create(said))):
            assert await here.told(friend, activity) in {202, 403}
        assert here.everything() == before
        assert evil.asked == []
    finally:
        await here.unblock("127.0.0.2")


async def test_we_do_not_seek_out_whom_we_blocked(here: Besieged, evil: Peer) -> None:
    """Mentions, boosts, follows and the form for readers."""
    mallory = evil.person("mallory")
    post = mallory.note("boosted")
    await here.block("127.0.0.2")
    try:
        written = await here.publish("dockers", content=f"With {mallory.handle} in mind.")
        document = await here.document(written["id"])
        assert mallory.actor_id not in str(document)
        boosted = await here.api("POST", "/actors/dockers/boosts", {"url": post["id"]})
        assert boosted.status_code in {409, 422}
        form = {"uri": here.actor("dockers"), "handle": mallory.handle}
        answer = await here.http.post(f"{here.origin}/interact", data=form, headers=PAGE)
        assert answer.status_code in {422, 502}
        async with here.desk() as services:
            with pytest.raises(CoordError):
                await follows.follow(services.desk, OPERATOR, "dockers", mallory.actor_id)
        assert evil.asked == []
        assert evil.received == []
    finally:
        await here.unblock("127.0.0.2")


async def test_a_blocked_server_gets_no_signed_answers(narrow: Besieged, allowed: Peer) -> None:
    """Where signatures are demanded, a block also closes what can be fetched."""
    ann, mallory = allowed.person("ann"), allowed.person("mallory")
    accept = "application/activity+json"
    await narrow.block(mallory.actor_id)
    for who, status in ((ann, 200), (mallory, 401)):
        url = narrow.actor()
        headers = sign_get(Spec.CAVAGE, url, who.key, allowed.clock(), accept)
        assert (await narrow.http.get(url, headers=headers)).status_code == status
    assert (await narrow.get("/actors/pits", accept=accept)).status_code == 401
    assert (await narrow.get("/actor", accept=accept)).status_code == 200
