"""Several at once, as on two machines: whoever comes second is told, or does nothing."""

import asyncio
from datetime import timedelta

import pytest

from fediverse_coord.desk import drafts, edits, releases
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.errors import CoordError
from fediverse_coord.outgoing.release import release_due
from fediverse_coord.storage.database import Database

pytestmark = pytest.mark.both_engines

TEXT = {"content": "The quay is shut."}


async def activities(db: Database, type_: str) -> int:
    sql = "SELECT count(*) FROM activities WHERE type = :type"
    return int(str(await db.fetch_value(sql, type=type_)))


async def published(desk: Desk) -> str:
    saved = await drafts.create(desk, OPERATOR, "dockers", TEXT, publish=True)
    return saved.work.declaration.key


async def test_a_schedule_that_two_find_due_goes_out_once(desk: Desk) -> None:
    saved = await drafts.create(desk, OPERATOR, "dockers", TEXT)
    at = desk.clock() + timedelta(hours=1)
    await releases.schedule(desk, OPERATOR, saved.work.declaration.key, at)

    found = await asyncio.gather(
        *(release_due(desk.db, desk.publisher, lambda: at) for _ in range(4))
    )

    assert sum(found) == 1
    assert await activities(desk.db, "Create") == 1


async def test_of_edits_at_once_one_counts_and_the_others_are_told(desk: Desk) -> None:
    key = await published(desk)

    answers = await asyncio.gather(
        *(edits.edit(desk, OPERATOR, key, {"content": f"Shut, {n}."}) for n in range(6)),
        return_exceptions=True,
    )

    told = [answer for answer in answers if isinstance(answer, CoordError)]
    assert len(told) + await activities(desk.db, "Update") == 6
    assert not [one for one in answers if isinstance(one, Exception) and one not in told]
    assert (await drafts.find(desk, OPERATOR, key, drafts.Duty.DRAFT)).declaration.revision == (
        2 + await activities(desk.db, "Update") - 1
    )


async def test_what_two_delete_at_once_is_deleted_once(desk: Desk) -> None:
    key = await published(desk)

    answers = await asyncio.gather(
        *(releases.delete(desk, OPERATOR, key) for _ in range(4)), return_exceptions=True
    )

    assert answers.count(None) == 1
    assert await activities(desk.db, "Delete") == 1
