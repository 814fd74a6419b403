"""Every activity in every shape that servers are known to send.  inbound.md 4."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from engines import Place
from peers import PUBLIC, Peer, Person, running_peer
from receiving import DECLARATION, INBOX, MINERS, Clock, Here, our_server

from fediverse_coord.storage import following

Shape = Callable[[Person], dict[str, Any]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def far(clock: Clock) -> AsyncIterator[Peer]:
    async with running_peer(clock=clock) as peer:
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


FOLLOWS: dict[str, Shape] = {
    "Mastodon": lambda who: follow(who, id=f"{who.peer.origin}/6f1c-a1"),
    "Misskey": lambda who: follow(who, id=f"{who.peer.origin}/follows/abc/def"),
    "Pleroma": lambda who: follow(who, state="pending", to=[MINERS], cc=[]),
    "Lemmy": lambda who: follow(who, to=[MINERS]),
    "embedded object": lambda who: who.activity("Follow", {"id": MINERS, "type": "Organization"}),
    "object in a list": lambda who: who.activity("Follow", [MINERS]),
    "no id": lambda who: follow(who, id=None),
    "embedded actor": lambda who: follow(who, actor={"id": who.actor_id, "type": "Person"}),
}


@pytest.mark.parametrize("shape", FOLLOWS)
async def test_a_follow_is_accepted_at_once(here: Here, ann: Person, shape: str) -> None:
    activity = FOLLOWS[shape](ann)
    assert await here.take(ann.signed(INBOX, activity)) == 202

    assert await here.followers() == 1
    [answer] = await here.sent()
    assert (answer["type"], answer["actor"], answer["to"]) == ("Accept", MINERS, [ann.actor_id])
    rebuilt = {"type": "Follow", "actor": ann.actor_id, "object": MINERS}
    id_ = {"id": activity["id"]} if "id" in activity else {}
    assert answer["object"] == id_ | rebuilt
    assert await here.inboxes() == [ann.inbox_url]


async def test_a_repeated_follow_hears_a_second_accept_with_another_id(
    here: Here, ann: Person
) -> None:
    for _ in range(2):
        here.clock.pass_(seconds=5)
        await here.take(ann.signed(INBOX, follow(ann)))

    first, second = await here.sent("Accept")
    assert first["id"] != second["id"]
    assert await here.followers() == 1


async def test_a_coordination_that_answers_by_hand_lets_a_follow_wait(
    here: Here, ann: Person
) -> None:
    await here.set_policy(hold="all", approve_followers=True)
    await here.take(ann.signed(INBOX, follow(ann)))
    assert await here.followers() == 0
    assert await here.sent() == []


@pytest.mark.parametrize(
    "object_", [PUBLIC, "https://here.example/actor", "https://here.example/x"]
)
async def test_a_follow_of_something_else_is_ignored(here: Here, ann: Person, object_: str) -> None:
    assert await here.take(ann.signed(INBOX, ann.activity("Follow", object_))) == 202
    assert await here.sent() == []


UNDOS: dict[str, Shape] = {
    "embedded": lambda who: who.activity("Undo", follow(who)),
    "without id": lambda who: who.activity("Undo", follow(who), id=None),
    "bare id": lambda who: who.activity("Undo", follow(who)["id"]),
    "embedded without its id": lambda who: who.activity("Undo", follow(who, id=None)),
    "embedded under another id": lambda who: who.activity(
        "Undo", follow(who, id=f"{who.actor_id}/follow/other")
    ),
    "embedded object of the Follow": lambda who: who.activity(
        "Undo", who.activity("Follow", {"id": MINERS}, id=None)
    ),
}


@pytest.mark.parametrize("shape", UNDOS)
async def test_an_undone_follow_is_over(here: Here, ann: Person, shape: str) -> None:
    await here.take(ann.signed(INBOX, follow(ann)))
    assert await here.followers() == 1
    assert await here.take(ann.signed(INBOX, UNDOS[shape](ann))) == 202
    assert await here.followers() == 0


@pytest.mark.parametrize("undone", ["embedded", "by id"])
async def test_one_who_takes_back_a_like_still_follows(
    here: Here, ann: Person, undone: str
) -> None:
    liked = ann.activity("Like", DECLARATION)
    for activity in (follow(ann), liked):
        await here.take(ann.signed(INBOX, activity))
    taken_back = liked if undone == "embedded" else liked["id"]
    await here.take(ann.signed(INBOX, ann.activity("Undo", taken_back)))
    assert await here.followers() == 1
    assert (await here.object()).likes == 0


async def test_follow_undo_follow_with_the_same_id_ends_as_a_follower(
    here: Here, ann: Person
) -> None:
    activities = [follow(ann), ann.activity("Undo", follow(ann)), follow(ann)]
    for activity in activities:
        here.clock.pass_(seconds=5)
        await here.take(ann.signed(INBOX, activity))
    assert await here.followers() == 1
    assert len({one["id"] for one in await here.sent("Accept")}) == 2


LIKES: dict[str, Shape] = {
    "Mastodon": lambda who: who.activity("Like", DECLARATION, id=f"{who.actor_id}#likes/7"),
    "Misskey": lambda who: who.activity(
        "Like",
        DECLARATION,
        content=":blobcat:",
        _misskey_reaction=":blobcat:",
        tag=[{"type": "Emoji", "name": ":blobcat:", "icon": {"type": "Image", "url": "x"}}],
    ),
    "Akkoma": lambda who: who.activity("EmojiReact", DECLARATION, content="🔥", tag=[]),
    "old Misskey": lambda who: who.activity("EmojiReaction", DECLARATION, content="🔥"),
    "embedded": lambda who: who.activity("Like", {"id": DECLARATION, "type": "Article"}),
    "no id": lambda who: who.activity("Like", DECLARATION, id=None),
}


@pytest.mark.parametrize("shape", LIKES)
async def test_a_like_counts_once_until_it_is_undone(here: Here, ann: Person, shape: str) -> None:
    activity = LIKES[shape](ann)
    for _ in range(2):
        here.clock.pass_(seconds=5)
        assert await here.take(ann.signed(INBOX, activity)) == 202
    assert (await here.object()).likes == 1

    await here.take(ann.signed(INBOX, ann.activity("Undo", activity)))
    assert (await here.object()).likes == 0


ANNOUNCES: dict[str, Shape] = {
    "Mastodon": lambda who: who.activity(
        "Announce", DECLARATION, to=[PUBLIC], cc=[MINERS, f"{who.actor_id}/followers"]
    ),
    "single strings": lambda who: who.activity("Announce", DECLARATION, to="as:Public", cc=MINERS),
    "unlisted": lambda who: who.activity(
        "Announce", DECLARATION, to=[f"{who.actor_id}/followers"], cc=[PUBLIC]
    ),
    "unaddressed": lambda who: who.activity("Announce", DECLARATION),
    "embedded": lambda who: who.activity(
        "Announce", {"id": DECLARATION, "type": "Note"}, to=PUBLIC
    ),
}


@pytest.mark.parametrize("shape", ANNOUNCES)
async def test_a_boost_counts_and_tells_us_where_our_words_are(
    here: Here, ann: Person, shape: str
) -> None:
    activity = ANNOUNCES[shape](ann)
    assert await here.take(ann.signed(INBOX, activity)) == 202
    assert (await here.object()).shares == 1
    assert await here.reach() == [f"{ann.peer.origin}/inbox"]

    await here.take(ann.signed(INBOX, ann.activity("Undo", activity["id"])))
    assert (await here.object()).shares == 0


async def test_a_narrow_boost_is_reached_but_not_counted(here: Here, ann: Person) -> None:
    narrow = ann.activity("Announce", DECLARATION, to=[f"{ann.actor_id}/followers"])
    await here.take(ann.signed(INBOX, narrow))
    assert (await here.object()).shares == 0
    assert await here.reach() != []


def reply(who: Person, **more: Any) -> dict[str, Any]:
    return who.note(**({"inReplyTo": DECLARATION, "cc": [MINERS]} | more))


IGNORED: dict[str, Shape] = {
    "a post to nobody here": lambda who: who.create(who.note()),
    "a vote": lambda who: who.create(reply(who, content=None, name="Yes")),
    "no object": lambda who: who.activity("Create", None),
    "an object without id": lambda who: who.activity("Create", {"type": "Note", "content": "x"}),
    "another's object": lambda who: who.create(reply(who, attributedTo=f"{who.actor_id}2")),
    "an unknown object": lambda who: who.activity("Create", f"{who.actor_id}/nothing"),
    "View": lambda who: who.activity("View", DECLARATION),
    "Dislike": lambda who: who.activity("Dislike", DECLARATION),
    "Join": lambda who: who.activity("Join", DECLARATION),
    "Listen": lambda who: who.activity("Listen", DECLARATION),
    "Read": lambda who: who.activity("Read", DECLARATION),
    "Add": lambda who: who.activity("Add", DECLARATION, target=f"{MINERS}/featured", id=None),
    "Remove": lambda who: who.activity("Remove", DECLARATION, target=f"{MINERS}/featured"),
    "FeatureRequest": lambda who: who.activity("FeatureRequest", MINERS),
    "a type of numbers": lambda who: who.activity("Like", DECLARATION, type=[1, None]),
    "Like of nothing": lambda who: who.activity("Like", None),
    "Announce of a list": lambda who: who.activity("Announce", [[], {}]),
    "Undo of nothing": lambda who: who.activity("Undo", None),
    "Accept of nothing": lambda who: who.activity("Accept", None),
    "Flag of others": lambda who: who.activity("Flag", [f"{who.actor_id}x"], content="spam"),
    "Move of another": lambda who: who.activity("Move", MINERS, target=who.actor_id),
    "Block of another": lambda who: who.activity("Block", f"{who.actor_id}x"),
    "QuoteRequest of nothing": lambda who: who.activity("QuoteRequest", None),
}


@pytest.mark.parametrize("shape", IGNORED)
async def test_what_does_not_concern_us_is_politely_ignored(
    here: Here, ann: Person, shape: str
) -> None:
    before = await here.everything()
    status = await here.take(ann.signed(INBOX, IGNORED[shape](ann)))
    assert status in {202, 400}
    assert await here.everything() == before
    assert await here.db.fetch_all("SELECT id FROM inbox") == []


async def test_an_actor_that_leaves_takes_everything_along(here: Here, ann: Person) -> None:
    boost = ANNOUNCES["Mastodon"](ann)
    quote = ann.activity("QuoteRequest", DECLARATION, instrument=ann.note("q", quote=DECLARATION))
    for activity in (follow(ann), LIKES["Mastodon"](ann), boost, ann.create(reply(ann)), quote):
        await here.take(ann.signed(INBOX, activity))
    assert len(await here.db.fetch_all("SELECT id FROM stamps")) == 1
    gone = ann.activity("Delete", ann.actor_id, id=f"{ann.actor_id}#delete", to=[PUBLIC])
    assert await here.take(ann.signed(INBOX, gone)) == 202

    found = await here.object()
    assert (await here.followers(), found.likes, found.shares) == (0, 0, 0)
    assert await here.responses() == []
    assert await here.db.fetch_all("SELECT key_id FROM remote_keys") == []
    assert await here.db.fetch_all("SELECT id FROM stamps") == []


ANSWERS: dict[str, Callable[[Person, str], object]] = {
    "embedded": lambda who, id_: {
        "id": id_,
        "type": "Follow",
        "actor": MINERS,
        "object": who.actor_id,
    },
    "by id": lambda who, id_: id_,
    "embedded without id": lambda who, id_: {
        "type": "Follow",
        "actor": MINERS,
        "object": who.actor_id,
    },
}


@pytest.mark.parametrize("shape", ANSWERS)
@pytest.mark.parametrize("id_", ["https-id", None])
async def test_our_follow_is_accepted_and_may_be_rejected_later(
    here: Here, ann: Person, shape: str, id_: str | None
) -> None:
    follow_id = f"{MINERS}/activities/f1"
    remote = await here.services.peers.actor(ann.actor_id)
    row = here.rows["miners"]
    await here.db.write(lambda tx: following.begin(tx, row, remote.row, follow_id, here.clock()))
    for type_, state in (("Accept", "accepted"), ("Reject", "rejected")):
        more = {"id": f"{ann.actor_id}#{type_}" if id_ else None}
        answer = ann.activity(type_, ANSWERS[shape](ann, follow_id), **more)
        await here.take(ann.signed(INBOX, answer))
        found = await following.find(here.db, row, remote.row)
        assert found is not None
        assert found.state == state


FLAGS: dict[str, Shape] = {
    "Mastodon": lambda who: who.activity("Flag", [MINERS, DECLARATION], content="spam", to=MINERS),
    "old Misskey": lambda who: who.activity("Flag", DECLARATION, content="spam", id=None),
    "Lemmy": lambda who: who.activity("Flag", DECLARATION, summary="spam"),
}


@pytest.mark.parametrize("shape", FLAGS)
async def test_a_report_waits_for_a_moderator(here: Here, ann: Person, shape: str) -> None:
    await here.take(ann.signed(INBOX, FLAGS[shape](ann)))
    [row] = await here.db.fetch_all("SELECT type, about, content FROM reports")
    assert (row["type"], row["content"]) == ("Flag", "spam")
    assert DECLARATION in row["about"]


async def test_a_move_is_recorded_when_the_new_place_confirms_it(here: Here, far: Peer) -> None:
    ann = far.person("ann")
    ann2 = far.person("ann2", alsoKnownAs=[ann.actor_id])
    eve = far.person("eve")
    for target in (eve, ann2):
        here.clock.pass_(minutes=2)
        move = ann.activity("Move", ann.actor_id, target=target.actor_id)
        assert await here.take(ann.signed(INBOX, move)) == 202
    rows = await here.db.fetch_all("SELECT type, about FROM reports")
    assert [(row["type"], row["about"]) for row in rows] == [("Move", ann2.actor_id)]


async def test_whoever_blocks_us_neither_follows_nor_is_followed(here: Here, ann: Person) -> None:
    await here.take(ann.signed(INBOX, follow(ann)))
    remote = await here.services.peers.actor(ann.actor_id)
    row = here.rows["miners"]
    await here.db.write(lambda tx: following.begin(tx, row, remote.row, "f1", here.clock()))
    await here.take(ann.signed(INBOX, ann.activity("Block", MINERS)))
    assert await here.followers() == 0
    assert await following.find(here.db, row, remote.row) is None


def quote(who: Person, **more: Any) -> dict[str, Any]:
    return who.note("120", **({"quote": DECLARATION} | more))


QUOTES: dict[str, Shape] = {
    "Mastodon, embedded": lambda who: who.activity(
        "QuoteRequest", DECLARATION, instrument=quote(who)
    ),
    "by id": lambda who: who.activity("QuoteRequest", DECLARATION, instrument=quote(who)["id"]),
    "quoteUri": lambda who: who.activity(
        "QuoteRequest", DECLARATION, instrument=quote(who, quote=None, quoteUri=DECLARATION)
    ),
    "Misskey": lambda who: who.activity(
        "QuoteRequest", DECLARATION, instrument=quote(who, quote=None, _misskey_quote=DECLARATION)
    ),
}


@pytest.mark.parametrize("shape", QUOTES)
async def test_a_quote_gets_its_stamp_at_once(here: Here, ann: Person, shape: str) -> None:
    request = QUOTES[shape](ann)
    assert await here.take(ann.signed(INBOX, request)) == 202

    [answer] = await here.sent()
    assert (answer["type"], answer["object"]["id"]) == ("Accept", request["id"])
    [row] = await here.db.fetch_all("SELECT key, quoting_id FROM stamps")
    assert answer["result"] == f"{MINERS}/stamps/{row['key']}"
    assert row["quoting_id"] == f"{ann.actor_id}/statuses/120"
    assert await here.inboxes() == [ann.inbox_url]
    assert await here.reach() == [f"{ann.peer.origin}/inbox"]


async def test_a_quote_asked_for_twice_keeps_its_stamp(here: Here, ann: Person) -> None:
    for number in (1, 2):
        request = QUOTES["by id"](ann) | {"id": f"{ann.actor_id}/quote_requests/{number}"}
        await here.take(ann.signed(INBOX, request))
    first, second = await here.sent()
    assert first["result"] == second["result"]
    assert first["id"] != second["id"]
