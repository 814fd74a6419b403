"""Pins: what stands first on a profile, here and on other servers."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk_rows import audited, fan_outs, follow_us, went_out
from far_people import FarServer

from fediverse_coord.desk import drafts, pins, releases
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.errors import Conflict
from fediverse_coord.outgoing.fan_out import fan_out
from fediverse_coord.protocol.signatures.integrity import proof_of
from fediverse_coord.protocol.vocabulary import PUBLIC
from fediverse_coord.storage import claims
from fediverse_coord.storage.database import Database

FEATURED = "http://localhost:8000/actors/dockers/featured"
FOLLOWERS = "http://localhost:8000/actors/dockers/followers"


async def published(desk: Desk, **fields: object) -> str:
    text = {"content": "The quay is shut."}
    saved = await drafts.create(desk, OPERATOR, "dockers", text | fields, publish=True)
    return saved.work.declaration.key


async def types(db: Database) -> list[str]:
    return [type_ for type_, _, _ in await went_out(db)]


async def test_pinning_tells_the_followers_what_is_featured_and_unpinning_too(
    desk: Desk, woken: list[bool]
) -> None:
    key = await published(desk)
    woken.clear()
    await pins.pin(desk, OPERATOR, key)
    await pins.pin(desk, OPERATOR, key, on=False)
    _, (_, added, _), (_, removed, _) = await went_out(desk.db)
    for document, type_ in ((added, "Add"), (removed, "Remove")):
        assert document["type"] == type_
        assert document["actor"] == desk.uris.actor("dockers")
        assert document["object"] == desk.uris.object("dockers", key)
        assert document["target"] == FEATURED
        assert (document["to"], document["cc"]) == ([PUBLIC], [FOLLOWERS])
        assert proof_of(document) is not None
    assert added["id"] != removed["id"]
    assert woken == [True, True]
    assert (await audited(desk.db))[-2:] == ["pin", "unpin"]


async def test_what_is_so_already_is_not_told_again(desk: Desk) -> None:
    key = await published(desk)
    await pins.pin(desk, OPERATOR, key, on=False)
    await pins.pin(desk, OPERATOR, key)
    await pins.pin(desk, OPERATOR, key)
    assert await types(desk.db) == ["Create", "Add"]


async def test_an_add_comes_after_its_create_and_an_outdated_one_not_at_all(
    desk: Desk, far: FarServer
) -> None:
    far.person("ann")
    await follow_us(desk, await desk.peers.handle(far.handle("ann")))
    key = await published(desk)
    await pins.pin(desk, OPERATOR, key)
    await pins.pin(desk, OPERATOR, key, on=False)
    await pins.pin(desk, OPERATOR, key)
    await fan_out(desk.db, desk.clock)

    async def claim(token: str) -> list[claims.Delivery]:
        return await desk.db.write(lambda tx: claims.claim(tx, token, 10, desk.clock()))

    [create] = await claim("first")
    assert b'"Create"' in create.message.document
    done = claims.Settlement(create.row, create.token, "delivered", 202, None)
    await desk.db.write(lambda tx: claims.settle(tx, [done], desk.clock()))
    [add] = await claim("second")
    assert b'"Add"' in add.message.document
    assert await desk.db.fetch_value("SELECT count(*) FROM deliveries") == 2


async def test_what_is_withdrawn_is_featured_no_more(desk: Desk) -> None:
    key = await published(desk)
    await pins.pin(desk, OPERATOR, key)
    await releases.withdraw(desk, OPERATOR, key, "The talks go on.")
    assert await types(desk.db) == ["Create", "Add", "Update", "Remove"]


async def test_a_deletion_says_all_and_drops_what_waits_of_pins(desk: Desk) -> None:
    key = await published(desk)
    await pins.pin(desk, OPERATOR, key)
    await releases.delete(desk, OPERATOR, key)
    assert await fan_outs(desk.db) == 1
    assert (await types(desk.db))[-1] == "Delete"


@pytest.mark.parametrize("visibility", ["followers", "direct"])
async def test_what_is_not_for_everybody_is_not_pinned(desk: Desk, visibility: str) -> None:
    key = await published(desk, visibility=visibility)
    with pytest.raises(Conflict, match="everybody"):
        await pins.pin(desk, OPERATOR, key)


async def test_a_draft_is_not_pinned(desk: Desk) -> None:
    draft = await drafts.create(desk, OPERATOR, "dockers", {"content": "Not yet."})
    with pytest.raises(Conflict):
        await pins.pin(desk, OPERATOR, draft.work.declaration.key)


async def test_the_page_of_pins_has_an_end(desk: Desk) -> None:
    fill = "UPDATE declarations SET pinned_at = :now"
    for _ in range(3):
        await published(desk)
    await desk.db.write(lambda tx: tx.execute(fill, now=1))
    key = await published(desk)
    with pytest.raises(Conflict, match="unpin"):
        await pins.pin(desk, OPERATOR, key, most=3)
    later = replace(desk, clock=lambda: desk.clock() + timedelta(hours=1))
    await pins.pin(later, OPERATOR, key, most=4)
