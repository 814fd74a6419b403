"""Receipts: what became of each delivery, and another try for what failed."""

from datetime import datetime, timedelta

import pytest
from desk_rows import audited, somebody
from far_people import FarServer

from fediverse_coord.desk import drafts, receipts
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Role
from fediverse_coord.errors import NotAllowed, NotFound, Refusal
from fediverse_coord.storage import claims, inboxes
from fediverse_coord.storage.claims import Settlement
from fediverse_coord.storage.database import Transaction


async def published(desk: Desk, far: FarServer, *names: str) -> str:
    """The key of a declaration that names these people, each of whom gets a delivery."""
    for name in names:
        far.person(name)
    text = "For " + " and ".join(far.handle(name) for name in names)
    fields = {"content": text}
    saved = await drafts.create(desk, OPERATOR, "dockers", fields, publish=True)
    return saved.work.declaration.key


async def refuse_all(desk: Desk) -> None:
    async def work(tx: Transaction) -> None:
        claimed = await claims.claim(tx, "t", 10, desk.clock())
        settled = [Settlement(one.row, "t", "refused", 403, None) for one in claimed]
        await claims.settle(tx, settled, desk.clock())

    await desk.db.write(work)


async def test_what_was_refused_is_sent_once_more_when_asked(
    desk: Desk, far: FarServer, woken: list[bool]
) -> None:
    key = await published(desk, far, "ann")
    await refuse_all(desk)
    [receipt], _ = await receipts.page(desk, OPERATOR, key, state="refused")
    assert (receipt.server, receipt.status, receipt.next_try) == (far.origin, 403, None)

    woken.clear()
    assert await receipts.resend(desk, OPERATOR, key) == 1
    [receipt], following = await receipts.page(desk, OPERATOR, key)
    assert (receipt.state, receipt.attempts, following) == ("waiting", 0, None)
    assert woken == [True]
    assert (await audited(desk.db))[-1] == "resend"


async def test_what_arrives_after_six_hours_says_that_timelines_may_not_show_it(
    desk: Desk, far: FarServer
) -> None:
    for hours, late in ((5, False), (7, True)):
        key = await published(desk, far, f"ann{hours}")
        now = desk.clock() + timedelta(hours=hours)

        async def work(tx: Transaction, now: datetime = now) -> None:
            [one] = await claims.claim(tx, "t", 10, now)
            await claims.settle(tx, [Settlement(one.row, "t", "delivered", 202, None)], now)

        await desk.db.write(work)
        [receipt], _ = await receipts.page(desk, OPERATOR, key)
        assert (receipt.state, receipt.late) == ("delivered", late)


async def test_receipts_follow_page_by_page(desk: Desk, far: FarServer) -> None:
    key = await published(desk, far, "ann", "ben", "cem")
    first, following = await receipts.page(desk, OPERATOR, key, limit=2)
    rest, end = await receipts.page(desk, OPERATOR, key, cursor=following or 0, limit=2)
    assert (len(first), len(rest), end) == (2, 1, None)


async def test_looking_is_for_all_and_sending_for_publishers(desk: Desk, far: FarServer) -> None:
    key = await published(desk, far, "ann")
    editor = await somebody(desk, Role.EDITOR, "dockers")
    assert (await receipts.page(desk, editor, key))[0]
    with pytest.raises(NotAllowed):
        await receipts.resend(desk, editor, key)
    with pytest.raises(NotAllowed):
        await receipts.page(desk, await somebody(desk, Role.ADMIN, "porters"), key)
    with pytest.raises(NotFound):
        await receipts.page(desk, editor, "none")
    with pytest.raises(Refusal):
        await receipts.page(desk, editor, key, state="lost")


async def test_one_server_alone_can_be_asked_once_more(desk: Desk, far: FarServer) -> None:
    key = await published(desk, far, "ann")
    await refuse_all(desk)
    for nowhere in ("elsewhere.example", "", "https://", "%"):
        with pytest.raises(Refusal, match="no server of this text"):
            await receipts.resend(desk, OPERATOR, key, server=nowhere)
    assert await receipts.resend(desk, OPERATOR, key, server=far.origin) == 1

    # Beside another one, which stays as it is.
    async def other(tx: Transaction) -> None:
        row = await inboxes.row_for(tx, "https://elsewhere.example/inbox")
        await tx.execute(
            "INSERT INTO deliveries (activity, inbox, state, attempts, due_at, created_at)"
            " SELECT activity, :row, 'refused', 1, due_at, created_at FROM deliveries",
            row=row,
        )

    await desk.db.write(other)
    await refuse_all(desk)
    assert await receipts.resend(desk, OPERATOR, key, server="Elsewhere.example") == 1
    found, _ = await receipts.page(desk, OPERATOR, key)
    assert {one.server: one.state for one in found} == {
        far.origin: "refused",
        "https://elsewhere.example": "waiting",
    }
