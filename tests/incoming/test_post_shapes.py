"""Create, Update and Delete in every shape that servers are known to send.  inbound.md 4."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from engines import Place
from peers import PUBLIC, Peer, Person, running_peer
from receiving import DECLARATION, INBOX, MINERS, PORTERS, Clock, Here, our_server

from fediverse_coord.incoming.handlers.reading import MAX_CLEAN
from fediverse_coord.protocol.sanitize import response_html

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


def reply(who: Person, **more: Any) -> dict[str, Any]:
    return who.note(**({"inReplyTo": DECLARATION, "cc": [MINERS]} | more))


REPLIES: dict[str, Shape] = {
    "Mastodon": lambda who: who.create(
        reply(
            who,
            summary=None,
            sensitive=False,
            conversation="tag:far.example,2026:1",
            contentMap={"en": "<p>We stand with you.</p>"},
            tag=[{"type": "Mention", "href": MINERS, "name": "@miners@here.example"}],
            replies={"type": "Collection", "first": {"type": "CollectionPage", "items": []}},
        )
    ),
    "Misskey": lambda who: who.create(
        reply(who, _misskey_content="We stand with you.", source={"content": "x"}, quoteUrl=None)
    ),
    "Pleroma": lambda who: who.create(reply(who, summary="", context="c", directMessage=False)),
    "GoToSocial": lambda who: who.create(
        reply(who, interactionPolicy={"canLike": {"always": [PUBLIC]}}, to=PUBLIC, cc=MINERS)
    ),
    "Lemmy": lambda who: who.create(reply(who, audience=f"{who.peer.origin}/c/mines")),
    "PeerTube": lambda who: who.create(reply(who, type="Video", name="Pit", url=[{"href": "x"}])),
    "WordPress": lambda who: who.create(reply(who, type=["Article", "Note"], name="On the pit")),
    "object as id": lambda who: who.create(reply(who)) | {"object": reply(who)["id"]},
    "object in a list": lambda who: who.create(reply(who)) | {"object": [reply(who)]},
    "no language, no date": lambda who: who.create(reply(who, published=None)),
    "only a language map": lambda who: who.create(
        reply(who, content=None, contentMap={"es": "<p>Con ustedes.</p>"})
    ),
    "attributed in a list": lambda who: who.create(reply(who, attributedTo=[who.actor_id])),
    "inReplyTo embedded": lambda who: who.create(reply(who, inReplyTo={"id": DECLARATION})),
    "unknown things": lambda who: who.create(
        reply(who, **{"@context": ["https://far.example/unknown"], "x:y": {"z": [1, None, 1.5]}})
    ),
}


@pytest.mark.parametrize("shape", REPLIES)
async def test_a_reply_is_held_for_a_moderator(here: Here, ann: Person, shape: str) -> None:
    assert await here.take(ann.signed(INBOX, REPLIES[shape](ann))) == 202

    [found] = await here.responses()
    assert (found.state, found.visibility) == ("held", "public")
    assert found.object == (await here.object()).row
    assert "<p>" in found.html
    assert found.author_handle == ann.handle
    assert await here.reach() == [f"{ann.peer.origin}/inbox"]


async def test_a_post_that_names_two_coordinations_is_a_response_to_each(
    here: Here, ann: Person
) -> None:
    tags = [{"type": "Mention", "href": one, "name": "x"} for one in (MINERS, PORTERS)]
    await here.take(ann.signed(INBOX, ann.create(ann.note(tag=tags))))
    assert sorted(one.actor for one in await here.responses()) == sorted(here.rows.values())


@pytest.mark.parametrize("parent", ["javascript:alert(1)", f"https://a.example/{'x' * 3000}"])
async def test_a_parent_that_is_no_address_is_not_kept(
    here: Here, ann: Person, parent: str
) -> None:
    tag = {"type": "Mention", "href": MINERS, "name": "@miners@here.example"}
    await here.take(ann.signed(INBOX, ann.create(reply(ann, inReplyTo=parent, tag=tag))))
    assert [one.in_reply_to for one in await here.responses()] == [None]


GROWING = {  # cleaned, these are longer than they came
    "links": '<a href="https://e.example/a">x</a>' * 2_800,
    "open formatting": "<p><b><i><u><em><strong><s><code>x</p>" + "<p>x</p>" * 12_400,
}


@pytest.mark.parametrize("content", GROWING.values(), ids=GROWING)
async def test_what_cleaning_makes_longer_is_never_cut_within_a_tag(
    here: Here, ann: Person, content: str
) -> None:
    await here.take(ann.signed(INBOX, ann.create(reply(ann, content=content))))
    [found] = await here.responses()
    assert len(found.html) <= MAX_CLEAN
    assert found.html == response_html(found.html)


EDITS: dict[str, Shape] = {
    "Mastodon": lambda who: who.activity(
        "Update",
        reply(who, content="<p>Changed.</p>", updated="2026-10-14T12:30:00Z"),
        id=f"{who.actor_id}/statuses/1#updates/1",
        to=[PUBLIC],
    ),
    "by id": lambda who: who.activity("Update", reply(who, content="<p>Changed.</p>")["id"]),
    "without updated": lambda who: who.activity("Update", reply(who, content="<p>Changed.</p>")),
}


@pytest.mark.parametrize("shape", EDITS)
async def test_an_edit_of_an_approved_reply_waits_again(
    here: Here, ann: Person, shape: str
) -> None:
    await here.take(ann.signed(INBOX, ann.create(reply(ann))))
    await here.db.write(lambda tx: tx.execute("UPDATE responses SET state = 'approved'"))
    here.clock.pass_(hours=1)
    assert await here.take(ann.signed(INBOX, EDITS[shape](ann))) == 202

    [found] = await here.responses()
    assert (found.state, found.html) == ("held", "<p>Changed.</p>")
    assert found.edited_at is not None


async def test_an_edit_that_leaves_the_text_alone_leaves_the_approval(
    here: Here, ann: Person
) -> None:
    await here.take(ann.signed(INBOX, ann.create(reply(ann))))
    await here.db.write(lambda tx: tx.execute("UPDATE responses SET state = 'approved'"))
    await here.take(ann.signed(INBOX, ann.activity("Update", reply(ann, sensitive=True))))
    assert [one.state for one in await here.responses()] == ["approved"]


EMPTIED: dict[str, dict[str, Any]] = {
    "no text": {"content": ""},
    "a picture alone": {"content": "<p></p>", "attachment": [{"type": "Image", "url": "x"}]},
    "no post any more": {"type": "Tombstone"},
}


@pytest.mark.parametrize("changed", EMPTIED.values(), ids=EMPTIED)
async def test_words_that_their_author_took_away_are_not_kept(
    here: Here, ann: Person, changed: dict[str, Any]
) -> None:
    await here.take(ann.signed(INBOX, ann.create(reply(ann))))
    await here.db.write(lambda tx: tx.execute("UPDATE responses SET state = 'approved'"))
    assert await here.take(ann.signed(INBOX, ann.activity("Update", reply(ann, **changed)))) == 202
    assert await here.responses() == []


NOTE_ID: Shape = lambda who: {"id": f"{who.actor_id}/statuses/1"}  # noqa: E731
DELETES: dict[str, Shape] = {
    "Mastodon": lambda who: who.activity(
        "Delete",
        NOTE_ID(who) | {"type": "Tombstone", "atomUri": "x"},
        to=[PUBLIC],
        signature={"type": "RsaSignature2017", "signatureValue": "x"},
    ),
    "GoToSocial": lambda who: who.activity("Delete", NOTE_ID(who)["id"], id=None),
    "Misskey": lambda who: who.activity(
        "Delete", NOTE_ID(who) | {"type": "Tombstone"}, published="x"
    ),
    "Akkoma": lambda who: who.activity("Delete", NOTE_ID(who)["id"]),
    "Lemmy": lambda who: who.activity("Delete", NOTE_ID(who)["id"], summary="mistake"),
}


@pytest.mark.parametrize("shape", DELETES)
async def test_a_deleted_reply_is_gone_and_stays_so(here: Here, ann: Person, shape: str) -> None:
    await here.take(ann.signed(INBOX, ann.create(reply(ann))))
    assert await here.take(ann.signed(INBOX, DELETES[shape](ann))) == 202
    assert await here.responses() == []

    late = ann.create(reply(ann), id=f"{ann.actor_id}/late")
    assert await here.take(ann.signed(INBOX, late)) == 202
    assert await here.responses() == []


async def test_lemmy_takes_a_delete_back(here: Here, ann: Person) -> None:
    await here.take(ann.signed(INBOX, ann.create(reply(ann))))
    gone = ann.activity("Delete", NOTE_ID(ann)["id"])
    await here.take(ann.signed(INBOX, gone))
    await here.take(ann.signed(INBOX, ann.activity("Undo", gone)))
    again = ann.create(reply(ann), id=f"{ann.actor_id}/again")
    await here.take(ann.signed(INBOX, again))
    assert len(await here.responses()) == 1


LEMMY: Shape = lambda who: {  # noqa: E731
    "id": f"{who.actor_id}/activities/1",
    "type": "Create",
    "actor": who.actor_id,
    "object": reply(who, content="<p>not what the origin says</p>"),
}


async def test_a_group_wraps_a_reply_and_its_origin_says_what_it_is(
    here: Here, far: Peer, ann: Person
) -> None:
    group = far.person("mines", type="Group")
    wrapped = LEMMY(ann)
    reply(ann, content="<p>What the origin says.</p>")
    activity = group.activity("Announce", wrapped, to=[PUBLIC])
    assert await here.take(group.signed(INBOX, activity)) == 202
    [found] = await here.responses()
    assert (found.html, found.author_id) == ("<p>What the origin says.</p>", ann.actor_id)


async def test_a_group_that_wraps_our_own_activity_passes_our_words_on(
    here: Here, far: Peer
) -> None:
    group = far.person("mines", type="Group")
    ours = {"id": f"{DECLARATION}/activity", "type": "Create", "actor": MINERS}
    wrapped = ours | {"object": {"id": DECLARATION, "type": "Note", "attributedTo": MINERS}}
    await here.take(group.signed(INBOX, group.activity("Announce", wrapped, to=[PUBLIC])))
    assert (await here.object()).shares == 1
    assert await here.reach() == [f"{far.origin}/inbox"]
