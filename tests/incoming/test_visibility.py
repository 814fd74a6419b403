"""Who may read a response, under all three settings.  INTERFACE: Visibility."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from engines import Place
from peers import PUBLIC, Peer, Person, running_peer
from receiving import DECLARATION, INBOX, MINERS, Clock, Here, our_server, said

from fediverse_coord.storage import responses


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def far(clock: Clock) -> AsyncIterator[Peer]:
    async with running_peer(clock=clock) as peer:
        yield peer


@pytest.fixture
async def here(place: Place, clock: Clock) -> AsyncIterator[Here]:
    async with our_server(place, clock) as server:
        yield server


FOLLOWERS = "FOLLOWERS"
ADDRESSED: dict[str, tuple[dict[str, Any], str]] = {
    "public": ({"to": [PUBLIC], "cc": [FOLLOWERS, MINERS]}, "public"),
    "public, short": ({"to": "as:Public", "cc": MINERS}, "public"),
    "unlisted": ({"to": [FOLLOWERS], "cc": [PUBLIC, MINERS]}, "unlisted"),
    "followers": ({"to": [FOLLOWERS], "cc": [MINERS]}, "followers"),
    "direct": ({"to": [MINERS], "cc": None}, "direct"),
    "bto": ({"to": None, "cc": None, "bto": [MINERS]}, "direct"),
    "nobody": ({"to": None, "cc": None}, "direct"),
    "another's followers": ({"to": [f"{MINERS}/followers"], "cc": [MINERS]}, "direct"),
}


def addressed(who: Person, name: str) -> dict[str, Any]:
    def own(value: Any) -> Any:
        swapped = {FOLLOWERS: f"{who.actor_id}/followers"}
        return [swapped.get(one, one) for one in value] if isinstance(value, list) else value

    return {key: own(value) for key, value in ADDRESSED[name][0].items()}


@pytest.mark.parametrize("hold", ["all", "strangers", "none"])
@pytest.mark.parametrize("name", ADDRESSED)
async def test_only_what_was_said_to_everybody_can_be_shown(
    here: Here, far: Peer, hold: str, name: str
) -> None:
    await here.set_policy(hold=hold)
    ann = far.person("ann")
    note = ann.note(inReplyTo=DECLARATION, **addressed(ann, name))
    await here.take(ann.signed(INBOX, ann.create(note)))

    [found] = await here.responses()
    visibility = ADDRESSED[name][1]
    assert found.visibility == visibility
    if visibility in {"public", "unlisted"}:
        assert found.state == ("approved" if hold == "none" else "held")
    else:
        assert found.state == "mailbox"
        assert not await here.db.write(lambda tx: responses.decide(tx, found.key, "approved"))
        assert await responses.approved(here.db, (await here.object()).row) == []


async def test_who_answers_or_boosts_what_was_said_to_another_is_not_told_its_edits(
    here: Here, far: Peer
) -> None:
    ann, eve = far.person("ann"), far.person("eve")
    whisper = f"{MINERS}/objects/whisper000000001"
    row = here.rows["miners"]
    await here.db.write(lambda tx: said(tx, row, whisper, [ann.actor_id], here.clock()))

    await here.take(eve.signed(INBOX, eve.create(eve.note(inReplyTo=whisper))))
    await here.take(eve.signed(INBOX, eve.activity("Announce", whisper, to=[PUBLIC])))
    assert await here.reach(whisper) == []


async def test_a_stranger_is_known_after_one_approval(here: Here, far: Peer) -> None:
    await here.set_policy(hold="strangers")
    ann, ben = far.person("ann"), far.person("ben")

    async def says(who: Person, key: str) -> str:
        note = who.note(key, inReplyTo=DECLARATION)
        await here.take(who.signed(INBOX, who.create(note)))
        [found] = await responses.by_object_id(here.db, note["id"])
        if found.state == "held":
            await here.db.write(lambda tx: responses.decide(tx, found.key, "approved"))
        return found.state

    assert await says(ann, "1") == "held"
    assert await says(ann, "2") == "approved"
    assert await says(ben, "1") == "held"


async def test_the_narrower_of_post_and_activity_counts(here: Here, far: Peer) -> None:
    await here.set_policy(hold="none")
    ann = far.person("ann")
    note = ann.note(inReplyTo=DECLARATION, to=[MINERS], cc=None)
    await here.take(ann.signed(INBOX, ann.create(note, to=[PUBLIC])))
    assert [one.state for one in await here.responses()] == ["mailbox"]


@pytest.mark.parametrize("hold", ["all", "strangers", "none"])
async def test_a_message_does_not_become_public_by_an_edit(
    here: Here, far: Peer, hold: str
) -> None:
    await here.set_policy(hold=hold)
    ann = far.person("ann")
    note = ann.note(inReplyTo=DECLARATION, to=[MINERS], cc=None)
    await here.take(ann.signed(INBOX, ann.create(note)))
    public = ann.note(inReplyTo=DECLARATION, content="<p>now for all</p>")
    here.clock.pass_(minutes=1)
    await here.take(ann.signed(INBOX, ann.activity("Update", public)))

    [found] = await here.responses()
    assert (found.state, found.visibility) == ("mailbox", "direct")


async def test_an_approved_reply_that_was_narrowed_is_shown_no_longer(
    here: Here, far: Peer
) -> None:
    await here.set_policy(hold="none")
    ann = far.person("ann")
    await here.take(ann.signed(INBOX, ann.create(ann.note(inReplyTo=DECLARATION))))
    assert len(await responses.approved(here.db, (await here.object()).row)) == 1
    here.clock.pass_(minutes=1)
    narrow = ann.note(inReplyTo=DECLARATION, to=[MINERS], cc=None)
    await here.take(ann.signed(INBOX, ann.activity("Update", narrow)))
    assert await responses.approved(here.db, (await here.object()).row) == []


async def test_a_reply_to_an_approved_reply_belongs_to_the_thread(here: Here, far: Peer) -> None:
    ann, ben = far.person("ann"), far.person("ben")
    first = ann.note(inReplyTo=DECLARATION)
    second = ben.note(inReplyTo=first["id"])
    await here.take(ann.signed(INBOX, ann.create(first)))
    await here.take(ben.signed(INBOX, ben.create(second)))
    assert len(await here.responses()) == 1  # nobody has approved the first one yet

    [held] = await here.responses()
    await here.db.write(lambda tx: responses.decide(tx, held.key, "approved"))
    again = ben.create(second, id=f"{second['id']}/again")
    await here.take(ben.signed(INBOX, again))
    _, found = await here.responses()
    assert (found.state, found.object) == ("held", (await here.object()).row)


async def test_scripts_and_trackers_stay_outside(here: Here, far: Peer) -> None:
    ann = far.person("ann", name="Ann\u202e<b>")
    content = '<p onclick="x()">Hi<script>x()</script><img src="https://t.example/p.gif"></p>'
    note = ann.note(inReplyTo=DECLARATION, content=content, summary="<i>careful</i>")
    await here.take(ann.signed(INBOX, ann.create(note)))
    [found] = await here.responses()
    assert "script" not in found.html
    assert "onclick" not in found.html
    assert "<img" not in found.html
    assert "\u202e" not in found.author_name
    assert found.html.startswith("<p><strong>careful</strong></p>")


async def test_a_chain_of_replies_makes_us_climb_nothing(here: Here, far: Peer) -> None:
    ann = far.person("ann")
    parent = f"{ann.actor_id}/statuses/parent"
    note = ann.note(inReplyTo=parent, tag=[{"type": "Mention", "href": MINERS, "name": "x"}])
    await here.take(ann.signed(INBOX, ann.create(note)))
    assert len(await here.responses()) == 1
    assert all("parent" not in request.target for request in far.asked)
