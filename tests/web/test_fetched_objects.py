"""What other servers fetch is what stands now: never older words, no stamp for what is gone."""

import dataclasses
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import cast

import pytest
import pytest_asyncio
from running_site import MASTODON, Site, running_site
from starlette.requests import Request

from fediverse_coord.serving import faces_from
from fediverse_coord.storage import declaration_lists, remote_actors, stamps
from fediverse_coord.storage.database import Database, Row, Value
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.remote_actors import ActorProfile
from fediverse_coord.storage.stamps import Stamp
from fediverse_coord.web.federation import get_object

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROSA = ActorProfile(
    actor_id="https://far.example/users/rosa",
    host="far.example",
    type="Person",
    username="rosa",
    name="Rosa",
    inbox_url="https://far.example/users/rosa/inbox",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("fetched"), "pits") as running:
        yield running


async def test_a_stamp_ends_with_the_words_that_it_let_be_quoted(site: Site) -> None:
    work, services = await site.publish(), site.services
    rosa = await services.db.write(lambda tx: remote_actors.remember(tx, ROSA, services.clock()))
    stamp = Stamp(
        key="stamp00000000001",
        actor=work.actor,
        object=(await site.object(work)).row,
        remote_actor=rosa.row,
        quoting_id=f"{rosa.actor_id}/quote",
        document=b"{}",
    )
    await services.db.write(lambda tx: stamps.insert(tx, stamp, services.clock()))
    path = f"/actors/pits/stamps/{stamp.key}"
    assert (await site.get(path, **MASTODON)).status_code == 200
    await site.delete(work)
    assert (await site.get(path, **MASTODON)).status_code == 404


class Overtaken:
    """A database in which, between two questions of one request, an edit is made."""

    def __init__(self, site: Site, work: Work) -> None:
        self.site, self.work, self.edited = site, work, False

    def __getattr__(self, name: str) -> object:
        return getattr(self.site.services.db, name)

    async def fetch_one(self, sql: str, /, **params: Value) -> Row | None:
        if sql == declaration_lists.IS_OPEN and not self.edited:
            self.edited = True
            await self.site.edit(self.work, content="Down tools at one.")
        return await self.site.services.db.fetch_one(sql, **params)


async def test_words_read_before_an_edit_are_not_kept_after_it(site: Site) -> None:
    work = await site.publish(content="Down tools at noon.")
    faces = faces_from(site.services, None)
    faces = dataclasses.replace(faces, db=cast("Database", Overtaken(site, work)))
    end = site.services.db.listen(faces.cache.changed)
    app = SimpleNamespace(state=SimpleNamespace(faces=faces))
    path = {"name": "pits", "key": work.declaration.key}
    headers = [(name.lower().encode(), value.encode()) for name, value in MASTODON.items()]
    scope = {"type": "http", "method": "GET", "app": app, "path_params": path, "headers": headers}

    seen = [bytes((await get_object(Request(scope))).body).decode() for _ in range(2)]
    end()
    assert ["noon" in seen[0], "noon" in seen[1]] == [True, False]
