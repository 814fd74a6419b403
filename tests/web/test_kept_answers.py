"""Answers that are kept are the answers that would be made, until what they say has changed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from engines import Place
from peers import running_peer
from running_site import BROWSER, MASTODON, Site, running_site

from fediverse_coord import app
from fediverse_coord.desk import edits, pins, releases
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.protocol.signatures import Spec, sign_get
from fediverse_coord.storage import objects
from fediverse_coord.web.cache import ENTRY_BYTES, Cache
from fediverse_coord.web.kept import KEYS, _Making, asked_for
from fediverse_coord.web.responses import body_of

pytestmark = pytest.mark.both_engines

OF_THE_MOMENT = {"date"}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(tmp_path, "pits") as found:
        yield found


def hits(site: Site) -> int:
    return site.services.counts.cache.answers.read()["hit"]


def said(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    fields = [one for one in answer.headers.multi_items() if one[0] not in OF_THE_MOMENT]
    return answer.status_code, fields, answer.content


ASKED = [
    {},
    {"Accept": "*/*"},
    MASTODON,
    BROWSER,
    {"Accept": 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'},
    {"Accept": "text/html;q=0.2, application/activity+json"},
    {"Accept-Language": "es"},
]


@pytest.mark.parametrize("headers", ASKED, ids=str)
async def test_a_kept_answer_is_the_one_that_is_made(site: Site, headers: dict[str, str]) -> None:
    work = await site.publish("On the shafts")
    object_path = site.object_id(work).removeprefix(site.origin)
    host = site.origin.partition("://")[2]
    paths = [
        "/actors/pits",
        "/actor",
        "/actors/pits/followers",
        "/actors/pits/outbox",
        "/actors/pits/featured",
        object_path,
        f"{object_path}/activity",
        f"{object_path}/likes",
        f"{object_path}/replies",
        f"{object_path}/versions/en",
        f"{object_path}?x=1",
        "/actors/%70its",
        "/actors/pits/",
        "/actors/nobody",
        f"/.well-known/webfinger?resource=acct:pits@{host}",
        f"/.well-known/webfinger?resource=acct:nobody@{host}",
        "/.well-known/nodeinfo",
        "/.well-known/host-meta",
        "/nodeinfo/2.1",
        "/@pits",
        "/@PITS",
        "/@pits?lang=en",
        site.path(work),
        f"{site.path(work)}?lang=en",
        "/about",
        "/robots.txt",
        "/nowhere",
    ]
    for path in paths:
        first = await site.reader.get(path, headers=headers)
        again = await site.reader.get(path, headers=headers)
        made = await site.reader.get(path, headers=headers | {"Cookie": "personal=1"})
        assert said(first) == said(again) == said(made), path


async def test_what_is_kept_is_not_made_again(site: Site) -> None:
    work = await site.publish("On the shafts")
    ids = ("/actors/pits", site.object_id(work).removeprefix(site.origin))
    for path, headers in [*((one, MASTODON) for one in ids), (site.path(work), BROWSER)]:
        await site.get(path, **headers)
        before = hits(site)
        await site.get(path, **headers)
        assert hits(site) == before + 1


@pytest.mark.parametrize(
    "headers",
    [
        {"If-None-Match": '"x"'},
        {"Range": "bytes=0-3"},
        {"Authorization": "Bearer x"},
        {"Cookie": "a=b"},
        {"Accept": "a/b," * 60},
    ],
    ids=lambda one: next(iter(one)),
)
async def test_what_may_be_one_reader_s_alone_goes_the_whole_way(
    site: Site, headers: dict[str, str]
) -> None:
    for _ in range(3):
        await site.reader.get("/actors/pits", headers=headers)
    assert hits(site) == 0


@pytest.mark.parametrize("query", [b"x=1", b"lang=en&x=1", b"1", b"&&", b"lang=en&lang=de"])
def test_made_up_parameters_push_nothing_out(query: bytes) -> None:
    assert asked_for(b"GET", b"/@pits/on-the-shafts", query, ()) is None


async def test_a_page_s_revision_in_its_address_makes_no_other_answer(site: Site) -> None:
    work = await site.publish("On the shafts")
    first, before = await site.get(site.path(work)), hits(site)
    for number in range(5):
        answer = await site.get(f"{site.path(work)}?r={number}")
        assert said(answer) == said(first)
    assert hits(site) == before + 5


async def test_a_reader_who_has_it_already_is_told_so(site: Site) -> None:
    tag = (await site.get("/actors/pits", **MASTODON)).headers["etag"]
    answer = await site.get("/actors/pits", **MASTODON, If_None_Match=tag)
    assert (answer.status_code, answer.content) == (304, b"")


async def test_every_change_shows_at_once_where_it_was_made(site: Site) -> None:
    work = await site.publish("On the shafts")
    object_path, page = site.object_id(work).removeprefix(site.origin), site.path(work)

    async def shown() -> tuple[str, str]:
        one = await site.get(object_path, **MASTODON)
        return one.text, (await site.get(page)).text

    assert all("noon" in one for one in await shown())
    await site.edit(work, content="Down tools at one.")
    assert all("noon" not in one and "at one" in one for one in await shown())
    row = (await site.object(work)).row
    await site.services.db.write(lambda tx: objects.count(tx, row, "like", 3))
    assert '"totalItems":3' in (await shown())[0]
    await site.withdraw(work, "Talks go on.")
    assert all("Talks go on." in one for one in await shown())
    await site.delete(work)
    assert (await site.get(object_path, **MASTODON)).status_code == 410
    assert (await site.get(page)).status_code == 410


async def test_readers_who_wish_the_same_in_other_words_are_given_the_same(site: Site) -> None:
    work = await site.publish("On the shafts")
    page, path = site.path(work), site.object_id(work).removeprefix(site.origin)
    first = await site.get(page, Accept="text/html", Accept_Language="de-AT,de;q=0.8,en;q=0.5")
    other = await site.get(page, Accept="text/html,*/*;q=0.8", Accept_Language="de")
    assert first.headers["etag"] == other.headers["etag"]
    exact = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
    for accept, told in (
        (exact, "application/ld+json"),
        ("application/activity+json", "application/activity+json"),
        (f"{exact}, application/activity+json", "application/ld+json"),
        ("*/*", "application/activity+json"),
    ):
        answer = await site.get(path, Accept=accept)
        assert answer.headers["content-type"].startswith(told)
    assert (await site.get(path, Accept="text/html")).status_code == 303


async def test_what_is_listed_follows_what_happens(site: Site) -> None:
    work = await site.publish("On the shafts")
    outbox, featured = "/actors/pits/outbox?page=first", "/actors/pits/featured"

    async def listed(path: str) -> list[str]:
        document = (await site.get(path, **MASTODON)).json()
        return list(document.get("orderedItems", []))

    before = await listed(outbox)
    assert f"{site.object_id(work)}/activity" in before
    assert await listed(featured) == []
    await pins.pin(site.services.desk, OPERATOR, work.declaration.key)
    assert await listed(featured) == [site.object_id(work)]
    await pins.pin(site.services.desk, OPERATOR, work.declaration.key, on=False)
    assert await listed(featured) == []
    second = await site.publish("On the winding")
    assert await listed(outbox) == [f"{site.object_id(second)}/activity", *before]
    await site.delete(work)
    assert f"{site.object_id(work)}/activity" not in await listed(outbox)


async def test_what_is_not_published_is_not_kept_as_missing(site: Site) -> None:
    work = await site.draft("On the shafts")
    path = site.object_id(work).removeprefix(site.origin)
    for _ in range(2):
        assert (await site.get(path, **MASTODON)).status_code == 404
    await releases.publish(site.services.desk, OPERATOR, work.declaration.key)
    assert (await site.get(path, **MASTODON)).status_code == 200


async def test_another_process_s_change_shows_within_a_second(place: Place, tmp_path: Path) -> None:
    async with running_site(tmp_path, "pits", place=place) as site:
        work = await site.publish("On the shafts")
        path = site.object_id(work).removeprefix(site.origin)
        assert "noon" in (await site.get(path, **MASTODON)).text
        async with app.opened(site.services.config) as beside:
            text = {"content": "Down tools at one."}
            await edits.edit(beside.desk, OPERATOR, work.declaration.key, text)
            async with asyncio.timeout(10):
                while "at one" not in (await site.get(path, **MASTODON)).text:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)


@pytest.mark.parametrize("path", ["/actors/pits", "/%61ctors/pits", "/actors%2Fpits"])
async def test_what_signed_requests_are_given_is_given_to_no_other(
    tmp_path: Path, path: str
) -> None:
    more = "signed_fetch_required = true\n"
    async with running_site(tmp_path, "pits", more=more) as site, running_peer() as peer:
        ann, accept = peer.person("ann"), MASTODON["Accept"]
        address = f"{site.origin}{path}"
        for _ in range(2):
            signed = sign_get(Spec.CAVAGE, address, ann.key, site.services.clock(), accept)
            told = await site.reader.get(path, headers=signed)
            assert told.status_code in ({200} if path == "/actors/pits" else {200, 401, 404})
        assert (await site.reader.get(path, headers=MASTODON)).status_code in {401, 404}
        forged = signed | {"Signature": signed["Signature"].replace('signature="', 'signature="A')}
        assert (await site.reader.get(path, headers=forged)).status_code in {401, 404}


async def test_a_reader_who_is_slow_keeps_nobody_else_waiting() -> None:
    """The turn to make an answer ends when it is made, not when it has arrived."""
    cache, arrived = Cache(), asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        scope[KEYS] = ("k",)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    async def slow(message: Any) -> None:
        await arrived.wait()

    name = (b"x", b"", b"", b"")
    turn = await cache.turn(name)
    assert turn is not None
    making = asyncio.create_task(_Making(name, turn, cache, {}, slow).run(application, slow))
    await asyncio.sleep(0.01)
    assert turn.done()
    assert cache.find(name).body == b"x"
    arrived.set()
    await making


async def test_however_many_ask_it_is_made_once() -> None:
    cache, made, gate = Cache(), [], asyncio.Event()

    async def render() -> object:
        made.append(1)
        await gate.wait()
        return body_of(b"x", "text/plain")

    asking = [asyncio.create_task(cache.get("a", ["k"], render)) for _ in range(50)]  # type: ignore[arg-type]
    await asyncio.sleep(0)
    gate.set()
    found = await asyncio.gather(*asking)
    assert len(made) == 1
    assert {one.content for one in found if one} == {b"x"}


async def test_a_render_that_fails_is_not_kept_and_holds_nobody_up() -> None:
    cache, tries = Cache(), []

    async def render() -> object:
        tries.append(1)
        await asyncio.sleep(0)
        raise ValueError("no")

    asking = [cache.get("a", ["k"], render) for _ in range(3)]  # type: ignore[arg-type]
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(one) for one in found] == [ValueError] * 3
    assert cache.find("a") is None


def test_what_changed_while_it_was_made_is_not_kept() -> None:
    cache = Cache()
    begun = cache.begin()
    cache.changed("k", 1)
    cache.put("a", ["k"], "old", 3, begun)
    cache.put("b", ["other"], "new", 3, begun)
    assert (cache.find("a"), cache.find("b")) == (None, "new")


def test_after_unseen_changes_nothing_begun_before_is_kept() -> None:
    cache = Cache()
    begun = cache.begin()
    cache.clear()
    cache.put("a", ["k"], "old", 3, begun)
    assert cache.find("a") is None


def test_bytes_are_bounded_and_what_was_not_asked_for_longest_goes_first() -> None:
    cache = Cache(largest=3 * (ENTRY_BYTES + 10))
    for name in "abc":
        cache.put(name, ["k"], name, 10, cache.begin())
    assert cache.find("a") == "a"
    cache.put("d", ["k"], "d", 10, cache.begin())
    assert [cache.find(name) for name in "abcd"] == ["a", None, "c", "d"]
    assert cache.size == 3 * (ENTRY_BYTES + 10)
    cache.changed("k", 1)
    assert (cache.size, cache._made_from) == (0, {})
