"""Coordinations of one server: they name and boost each other, and need no network for it."""

import pytest
from desk_rows import went_out
from far_people import FarServer

from fediverse_coord.desk import blocks, boosts, coordinations, drafts, follows, releases
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.errors import Conflict

pytestmark = pytest.mark.both_engines

PORTERS = "@porters@localhost:8000"


async def test_a_sibling_is_mentioned_like_anybody_and_delivered_nothing(
    desk: Desk, far: FarServer
) -> None:
    far.person("ann")
    text = {"content": f"With {PORTERS} and {far.handle('ann')}."}
    saved = await drafts.create(desk, OPERATOR, "dockers", text, publish=True)
    assert saved.warnings == ()
    [(_, created, inbox_url)] = await went_out(desk.db)
    porters = desk.uris.actor("porters")
    assert inbox_url == f"{far.origin}/users/ann/inbox"
    assert porters in created["cc"]
    assert {"type": "Mention", "href": porters, "name": PORTERS} in created["object"]["tag"]
    assert f'href="{desk.uris.profile("porters")}"' in created["object"]["content"]

    await releases.delete(desk, OPERATOR, saved.work.declaration.key)
    assert [url for _, _, url in await went_out(desk.db)] == [inbox_url, inbox_url]


@pytest.mark.parametrize("handle", ["@nobody@localhost:8000", "@instance.actor@localhost:8000"])
async def test_who_is_not_here_stays_plain_text(desk: Desk, handle: str) -> None:
    saved = await drafts.create(desk, OPERATOR, "dockers", {"content": f"With {handle}."})
    assert len(saved.warnings) == 1


async def test_a_sibling_that_has_ended_stays_plain_text(desk: Desk) -> None:
    await coordinations.retire(desk, OPERATOR, "porters")
    saved = await drafts.create(desk, OPERATOR, "dockers", {"content": f"With {PORTERS}."})
    assert len(saved.warnings) == 1


async def test_a_sibling_is_boosted_but_neither_followed_nor_blocked(desk: Desk) -> None:
    text = {"content": f"With {PORTERS}."}
    saved = await drafts.create(desk, OPERATOR, "dockers", text, publish=True)
    object_id = desk.uris.object("dockers", saved.work.declaration.key)
    assert await boosts.boost(desk, OPERATOR, "porters", object_id)
    for act in (
        follows.follow(desk, OPERATOR, "dockers", PORTERS),
        follows.follow(desk, OPERATOR, "dockers", desk.uris.actor("porters")),
        blocks.block(desk, OPERATOR, PORTERS),
        blocks.block(desk, OPERATOR, desk.uris.actor("porters")),
    ):
        with pytest.raises(Conflict):
            await act
