"""What came back, in the console: read as text, decided about, answered, or closed."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from desk_browser import Desk, at_desk, faults_in
from running_site import Site, running_site

from fediverse_coord.storage import responses

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = '<p>We are <b>with</b> you</p><script>alert(1)</script><img src=x onerror="alert(2)">'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("answers"), "pits", "quays") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site, "Mona", "moderator", "pits") as entered:
        yield entered


async def state(site: Site, key: str) -> str | None:
    found = await responses.by_key(site.services.db, key)
    return found.state if found else None


async def test_held_responses_are_counted_read_as_text_and_decided(site: Site, desk: Desk) -> None:
    work = await site.publish("Answered")
    await site.respond(work, "held1", state="held", html=HOSTILE)
    await site.respond(work, "held2", state="held")
    await desk.get("/console/@pits")
    assert "Responses waiting: 2" in desk.page.text
    await desk.get("/console/@pits/responses")
    assert "We are with you" in desk.page.text
    assert not desk.page.all("script") + desk.page.all("img") + desk.page.all("b")
    assert list(faults_in(desk.answer.text)) == []

    await desk.press("approve", "/responses/held1")
    assert await state(site, "held1") == "approved"
    await desk.press("reject", "/responses/held2")
    assert await state(site, "held2") == "rejected"
    await desk.get("/console/@pits/responses?state=rejected")
    await desk.press("delete", "/responses/held2")
    assert await state(site, "held2") is None


async def test_an_answer_is_published_and_its_fault_told_beside_it(site: Site, desk: Desk) -> None:
    work = await site.publish("Asked")
    await site.respond(work, "question", handle="@rosa@far.example", state="held")
    await desk.get("/console/responses/question")
    assert list(faults_in(desk.answer.text)) == []
    await desk.press("answer", "/question", content=" ")
    assert desk.answer.status_code == 422
    assert "the text, in Markdown" in desk.alerts
    await desk.press("answer", "/question", content="We shall be there.")
    assert "Answered." in desk.alerts
    assert "We shall be there." in desk.page.text


async def test_the_mailbox_is_the_moderators_and_shows_nothing_to_anybody(
    site: Site, desk: Desk
) -> None:
    work = await site.publish("Quiet")
    await site.respond(work, "secret", state="mailbox", visibility="direct", html="<p>Psst.</p>")
    await desk.get("/console/@pits/responses?state=mailbox")
    assert "Psst." in desk.page.text
    assert "approve" not in {value for _, value in desk.form("/secret").buttons}
    csrf = desk.form("/secret").value("csrf")
    await desk.send([("csrf", csrf), ("do", "approve")], "/console/responses/secret")
    assert desk.answer.status_code == 409
    assert await state(site, "secret") == "mailbox"

    for role in ("editor", "publisher"):
        async with at_desk(site, f"No {role}", role) as other:
            await other.get("/console/@pits")
            assert "mailbox" not in other.answer.text
            await other.get("/console/@pits/responses?state=mailbox")
            assert other.answer.status_code == 403
            await other.get("/console/responses/secret")
            assert other.answer.status_code == 403
            csrf = other.form("/leave").value("csrf") if "csrf" in other.answer.text else ""
            await other.get("/console/@pits/responses")
            csrf = other.form("/leave").value("csrf")
            await other.send([("csrf", csrf), ("do", "delete")], "/console/responses/secret")
            assert other.answer.status_code == 403
            assert "Psst" not in other.answer.text
    assert await state(site, "secret") == "mailbox"


async def test_a_response_to_another_coordination_is_closed(site: Site, desk: Desk) -> None:
    work = await site.publish("Of the quays", actor="quays")
    await site.respond(work, "theirs", state="held", html="<p>For the quays.</p>")
    await desk.get("/console/@pits")
    csrf = desk.form("/leave").value("csrf")
    await desk.get("/console/responses/theirs")
    assert (desk.answer.status_code, "For the quays" in desk.answer.text) == (403, False)
    await desk.send([("csrf", csrf), ("do", "approve")], "/console/responses/theirs")
    assert desk.answer.status_code == 403
    assert await state(site, "theirs") == "held"


async def test_an_answer_outlives_its_session(site: Site, desk: Desk) -> None:
    work = await site.publish("Long answers")
    await site.respond(work, "long", handle="@rosa@far.example", state="held")
    await desk.get("/console/responses/long")
    await desk.press("answer", "/long", csrf="of-yesterday", content="A long answer.\nTwo lines.")
    assert desk.answer.status_code == 403
    assert desk.form("/long").value("content") == "A long answer.\nTwo lines."
    await desk.press("answer", "/long")
    assert "Answered." in desk.alerts
