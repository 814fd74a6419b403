"""security F1: what is not published, or not for everybody, does not exist for a reader.

Every pattern of ids and pages is asked for with a draft's key, slug, tag and language, as
person and as server, and must answer as it answers for what never was.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from running_site import BROWSER, MASTODON, Site, running_site

from fediverse_coord.desk import releases
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage.declarations import Work

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "Plimsoll"
HIDDEN = ("draft", "scheduled", "unscheduled", "deleted draft", "followers", "direct")
PATTERNS = (
    "/actors/pits/objects/{key}",
    "/actors/pits/objects/{key}/activity",
    "/actors/pits/objects/{key}/replies",
    "/actors/pits/objects/{key}/replies?page=first",
    "/actors/pits/objects/{key}/likes",
    "/actors/pits/objects/{key}/shares",
    "/actors/pits/objects/{key}/versions/en",
    "/actors/pits/objects/{key}/versions/de",
    "/actors/pits/activities/{key}",
    "/actors/pits/stamps/{key}",
    "/actors/pits/{key}",
    "/actors/quays/objects/{key}",
    "/@pits/{slug}",
    "/@pits/{slug}?lang=en",
    "/@pits/{slug}?responses=1",
    "/@pits/{slug}/",
    "/@pits/{slug}.json",
    "/@pits/{slug}/feed.atom",
    "/@PITS/{slug}",
    "/@quays/{slug}",
    "/@pits/{key}",
    "/@pits?before={key}",
    "/@pits/tags/{tag}",
    "/@pits/tags/{tag}?before={key}",
    "/interact?uri={origin}/actors/pits/objects/{key}",
    "/media/{key}.png",
)
PUBLIC_LISTS = (
    "/",
    "/about",
    "/@pits",
    "/@pits?lang=de",
    "/@pits/tags/Known",
    "/actors/pits",
    "/actors/pits/outbox",
    "/actors/pits/outbox?page=first",
    "/actors/pits/featured",
    "/actors/pits/followers",
    "/nodeinfo/2.1",
    "/.well-known/webfinger?resource=acct:pits@{host}",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("unpublished"), "pits", "quays") as running:
        await running.publish("Known", tags=["Known"])
        yield running


async def hidden(site: Site, how: str) -> Work:
    """A text that is in this state and must not be seen."""
    visibility = how if how in {"followers", "direct"} else "public"
    fields: dict[str, object] = {
        "tags": [f"{SECRET}{how.replace(' ', '')}"],
        "visibility": visibility,
        "content": f"The {SECRET} plan.",
    }
    if visibility != "public":
        return await site.publish(f"{SECRET} {how}", **fields)
    work, desk = await site.draft(f"{SECRET} {how}", **fields), site.services.desk
    key = work.declaration.key
    if how == "deleted draft":
        await site.delete(work)
    elif how != "draft":
        await releases.schedule(desk, OPERATOR, key, desk.clock() + timedelta(days=1))
        if how == "unscheduled":
            await releases.unschedule(desk, OPERATOR, key)
    return work


def filled(site: Site, pattern: str, key: str, slug: str, tag: str) -> str:
    return pattern.format(key=key, slug=slug, tag=tag, origin=site.origin)


@pytest.mark.parametrize("headers", [BROWSER, MASTODON, {"Accept": "*/*"}], ids=str)
@pytest.mark.parametrize("how", HIDDEN)
async def test_nothing_tells_a_hidden_text_from_one_that_never_was(
    site: Site, how: str, headers: dict[str, str]
) -> None:
    work = await hidden(site, how)
    one = work.declaration
    for pattern in PATTERNS:
        there = filled(site, pattern, one.key, one.slug, one.tags[0])
        nowhere = filled(site, pattern, "a" * 16, "never-was", "NeverWas")
        answer = await site.reader.get(there, headers=headers, follow_redirects=True)
        other = await site.reader.get(nowhere, headers=headers, follow_redirects=True)

        assert answer.status_code == 404 or answer.url.path == "/actors/pits", there
        assert answer.content == other.content, there
        assert dict(answer.headers, date="") == dict(other.headers, date=""), there
        assert (await site.reader.head(there, follow_redirects=True)).status_code == 404


@pytest.mark.parametrize("how", HIDDEN)
async def test_no_list_and_no_count_tells_of_a_hidden_text(site: Site, how: str) -> None:
    host = site.services.config.uris.host
    listed = [path.format(host=host) for path in PUBLIC_LISTS]
    before = [await site.reader.get(path, headers=BROWSER) for path in listed]
    work = await hidden(site, how)
    if how in {"followers", "direct"}:
        before = []  # these are published: NodeInfo counts them
    for headers in (BROWSER, MASTODON):
        for place, path in enumerate(listed):
            answer = await site.reader.get(path, headers=headers)
            assert SECRET not in answer.text, path
            assert work.declaration.key not in answer.text, path
            if before and headers is BROWSER:
                assert answer.content == before[place].content, path


async def test_a_draft_can_be_seen_once_it_is_released(site: Site) -> None:
    work = await site.draft("In time", slug="in-time")
    assert (await site.get("/@pits/in-time")).status_code == 404

    await releases.publish(site.services.desk, OPERATOR, work.declaration.key)

    assert (await site.get("/@pits/in-time")).status_code == 200
    answer = await site.get(f"/actors/pits/objects/{work.declaration.key}", **MASTODON)
    assert answer.status_code == 200
