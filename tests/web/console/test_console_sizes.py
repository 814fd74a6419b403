"""Pages of the console that grow with what is written, answered and sent: short at any number."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
import pytest_asyncio
from desk_browser import Desk, at_desk, faults_in
from running_site import Site, running_site

from fediverse_coord.desk import introductions, passages, releases, sessions, spellings
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage import responses

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG = "إلى جميع عمّال المناجم في الشمال والجنوب وعائلاتهم، من أجل ست ساعات من العمل في اليوم"
MANY = 70
HOUSE = "/console/@pits"

Look = Callable[[str], Awaitable[None]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("sizes"), "pits") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site) as entered:
        yield entered


@pytest.fixture
def short(desk: Desk, record_property: Callable[[str, object], None]) -> Look:
    """Looks at a page in Arabic, whose letters take two bytes each."""

    async def look(path: str) -> None:
        await desk.get(path, Accept_Language="ar")
        assert desk.answer.status_code == 200
        record_property(f"{path.rpartition('/')[2]} has bytes", len(desk.answer.content))
        assert list(faults_in(desk.answer.text)) == [], path

    return look


async def test_the_overview_with_many_texts_in_every_state(
    site: Site, desk: Desk, short: Look
) -> None:
    for number in range(21):
        fields = {"language": "ar", "kind": "solidarity"}
        await site.draft(f"{LONG} {number}", **fields)
        await site.publish(f"{LONG} {number}", **fields)
        await site.withdraw(await site.publish(f"{LONG} {number}", **fields), "سبب.")
        later = (await site.draft(f"{LONG} {number}", **fields)).declaration.key
        at = site.services.clock() + timedelta(days=2)
        await releases.schedule(site.services.desk, OPERATOR, later, at)
    await short(HOUSE)
    assert len(desk.page.all("h2")) == 4
    await short(f"{HOUSE}?state=draft")


async def test_many_long_responses(site: Site, desk: Desk, short: Look) -> None:
    work = await site.publish("Answered by many")
    for number in range(25):
        html = f"<p>{LONG * 30}</p>"
        await site.respond(work, f"many{number}", state="held", html=html, language="ar")
    await short(f"{HOUSE}/responses")  # where a long one is cut, and cannot be shown unread
    one = next(str(a["href"]) for a in desk.page.all("a") if "/console/responses/many" in a["href"])
    assert "approve" not in {value for _, value in desk.form(one).buttons}
    await desk.get(one)
    assert LONG * 30 in desk.page.text
    assert "approve" in {value for _, value in desk.form(one).buttons}
    await desk.send([*desk.form(one).fields, ("do", "approve")], one)
    found = await responses.by_key(site.services.db, one.rpartition("/")[2])
    assert found is not None
    assert found.state == "approved"


async def test_many_servers_that_did_not_get_a_text(site: Site, desk: Desk, short: Look) -> None:
    work = await site.publish("Sent to many")
    await site.receipts(work, refused=400)
    await short(f"/console/declarations/{work.declaration.key}")
    assert "60+" in desk.page.text  # those that are shown are not said to be all


async def test_many_passages_and_a_passage_in_many_texts(site: Site, short: Look) -> None:
    for number in range(MANY):
        given = {"texts": dict.fromkeys(("ar", "en", "de", "fr", "es", "uk", "zh"), LONG * 5)}
        await passages.put(site.services.desk, OPERATOR, "pits", f"passage-{number}", given)
    for number in range(35):
        await site.draft(f"{LONG} {number}", content="{{passage: passage-1}}")
    await short(f"{HOUSE}/passages")
    await short(f"{HOUSE}/passages/passage-1")
    await short(f"{HOUSE}/write")


async def test_many_introductions(site: Site, desk: Desk, short: Look) -> None:
    for number in range(MANY):
        name = f"{LONG[:60]} {number}"
        given = {"texts": dict.fromkeys(("ar", "en", "de"), LONG)}
        await introductions.put(site.services.desk, OPERATOR, "pits", "organisation", name, given)
        await site.publish(organisations=[f"{LONG[:50]} {number}"], tags=[f"Six{number}"])
    await short(f"{HOUSE}/introductions")
    told = desk.page.text
    while more := [a["href"] for a in desk.page.all("a") if "after=" in str(a["href"])]:
        await short(str(more[0]))
        told += desk.page.text
    assert [n for n in range(MANY) if f"{LONG[:60]} {n}" not in told] == []


async def test_many_spellings(site: Site, desk: Desk, short: Look) -> None:
    for number in range(120):
        names = [f"كريفي {number} ريه {one}" for one in ("أ", "ب", "ت")]
        await spellings.add(site.services.desk, OPERATOR, names)
    await short("/console/spellings")


async def test_many_sessions(site: Site, short: Look) -> None:
    for _ in range(200):
        await sessions.login_link(site.services.desk, OPERATOR, "Rosa", "admin", ())
    await short("/console/sessions")
