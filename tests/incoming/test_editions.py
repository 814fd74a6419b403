"""What is said to a language's edition is kept under the work, with the coordination's rules."""

from collections.abc import AsyncIterator

import pytest
from engines import Place
from peers import PUBLIC, Peer, running_peer
from receiving import DECLARATION, INBOX, SEAL, URIS, Clock, Here, _actor, our_server, said

from fediverse_coord.publishing.declarations import Declaration, Form, State, Version
from fediverse_coord.storage import declarations, edition_objects, objects
from fediverse_coord.storage.database import Transaction

GERMAN = URIS.actor("miners_de")
IN_GERMAN = URIS.object("miners_de", "declaration00001")
WORK = Declaration(
    key="declaration00001",
    actor_name="miners",
    form=Form.NOTE,
    state=State.PUBLISHED,
    language="en",
    slug="d",
    versions=(Version(language="en", source="x", html="<p>x</p>"),),
    revision=1,
)


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
        await server.db.write(lambda tx: _in_german(tx, server))
        await server.services.keyring.load(server.db, SEAL)
        yield server


async def _in_german(tx: Transaction, server: Here) -> None:
    now = server.clock()
    row = await _actor(tx, "miners_de", GERMAN, now)
    profile = '{"policies": {"hold": "none"}, "edition_of": "miners", "languages": ["de"]}'
    await tx.execute(
        "UPDATE actors SET profile = :profile WHERE id = :row", profile=profile, row=row
    )
    await said(tx, row, IN_GERMAN, [PUBLIC], now)
    work = await declarations.insert(tx, server.rows["miners"], WORK, None, now)
    await tx.execute(
        "UPDATE objects SET declaration = :work WHERE object_id = :id", work=work, id=DECLARATION
    )
    found = await objects.by_id(tx, IN_GERMAN)
    assert found is not None
    await edition_objects.insert(tx, work, "de", found.row, "miners_de", now)


async def test_a_reply_to_an_edition_is_kept_under_the_work(here: Here, far: Peer) -> None:
    ann = far.person("ann")
    note = ann.note(inReplyTo=IN_GERMAN, to=[PUBLIC], cc=[GERMAN])
    await here.take(ann.signed(INBOX, ann.create(note)))
    [found] = await here.responses()
    assert found.actor == here.rows["miners"]
    assert found.object == (await here.object()).row
    assert found.state == "held"  # as the coordination wishes it, not the edition
    # A later Update of what was answered must reach the server that has it.
    assert await here.reach(IN_GERMAN) == [f"{far.origin}/inbox"]
    assert await here.reach() == []


async def test_a_message_to_an_edition_is_one_to_the_coordination(here: Here, far: Peer) -> None:
    ann = far.person("ann")
    note = ann.note(to=[GERMAN], cc=None)
    await here.take(ann.signed(INBOX, ann.create(note)))
    [found] = await here.responses()
    assert (found.actor, found.state) == (here.rows["miners"], "mailbox")


async def test_who_follows_an_edition_follows_it_alone(here: Here, far: Peer) -> None:
    ann = far.person("ann")
    await here.take(ann.signed(INBOX, ann.activity("Follow", GERMAN)))
    assert await here.followers("miners") == 0
    [accept] = await here.sent("Accept")
    assert accept["actor"] == GERMAN
