"""What stands below a declaration: approved public replies, our answers, and nothing else."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from running_site import Site, running_site

from fediverse_coord.desk import answers, releases
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage import responses

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("responses"), "pits") as running:
        yield running


async def test_approved_replies_are_shown_with_who_wrote_them(site: Site) -> None:
    work = await site.publish("Answered")
    await site.respond(work, "a1", handle="@rosa@far.example")
    page = await site.page(site.path(work))

    assert "Reply a1." in page.text
    assert "@rosa@far.example" in page.text
    assert "https://far.example/@rosa/a1" in {a.get("href") for a in page.all("a")}


async def test_a_reply_appears_and_goes_with_its_approval(site: Site) -> None:
    work = await site.publish("Moderated")
    await site.respond(work, "m1", state="held")
    assert "Reply m1." not in (await site.page(site.path(work))).text

    await site.services.db.write(lambda tx: responses.decide(tx, "m1", "approved"))
    assert "Reply m1." in (await site.page(site.path(work))).text

    await site.services.db.write(lambda tx: responses.decide(tx, "m1", "rejected"))
    assert "Reply m1." not in (await site.page(site.path(work))).text


@pytest.mark.parametrize(
    "visibility, state",
    [
        ("followers", "approved"),
        ("direct", "approved"),
        ("direct", "mailbox"),
        ("followers", "mailbox"),
        ("public", "held"),
        ("public", "rejected"),
    ],
)
async def test_what_is_not_for_everybody_is_shown_to_nobody(
    site: Site, visibility: str, state: str
) -> None:
    work = await site.publish("Confidential")
    key = f"c-{visibility}-{state}"
    await site.respond(work, key, visibility=visibility, state=state)

    for path in (site.path(work), f"{site.path(work)}?responses=0", "/@pits"):
        assert key not in (await site.get(path)).text
    assert key not in (await site.get(f"{site.object_id(work)}/replies?page=first")).text


async def test_a_name_that_was_not_proven_is_shown_with_its_server_only(site: Site) -> None:
    work = await site.publish("Unproven")
    await site.respond(work, "u1", handle=None)
    page = await site.page(site.path(work))

    assert "far.example" in page.text


async def test_our_answer_stands_below_what_it_answers(site: Site) -> None:
    work = await site.publish("Discussed")
    reply = await site.respond(work, "d1")
    await site.page(site.path(work))
    answer = await answers.create(
        site.services.desk, OPERATOR, reply, {"content": "We are grateful."}
    )
    page = await site.page(site.path(work))

    assert "We are grateful." in page.text
    assert page.text.index("Reply d1.") < page.text.index("We are grateful.")
    assert "We are grateful." in (await site.page(site.path(answer.work))).text
    assert "We are grateful." not in (await site.page("/@pits")).text
    await releases.delete(site.services.desk, OPERATOR, answer.work.declaration.key)
    assert "We are grateful." not in (await site.page(site.path(work))).text


async def test_an_answer_to_a_direct_message_has_no_page(site: Site) -> None:
    work = await site.publish("Private")
    reply = await site.respond(work, "p1", visibility="direct", state="mailbox")
    answer = await answers.create(site.services.desk, OPERATOR, reply, {"content": "Between us."})

    assert answer.work.declaration.visibility == "direct"
    assert (await site.get(site.path(answer.work))).status_code == 404
    assert "Between us." not in (await site.page(site.path(work))).text


async def test_many_replies_are_paged(site: Site) -> None:
    work = await site.publish("Popular", slug="popular")
    for number in range(55):
        await site.respond(work, f"q{number:02}")
    first = await site.page("/@pits/popular")
    (onward,) = [a["href"] for a in first.all("a") if a.get("rel") == "next"]
    second = await site.page(str(onward).removeprefix(site.origin))

    assert "Reply q49." in first.text
    assert "Reply q50." not in first.text
    assert "Reply q54." in second.text
    assert "Reply q49." not in second.text
    assert second.meta("robots") == "noindex"


async def test_a_link_in_a_reply_tells_where_it_leads(site: Site) -> None:
    work = await site.publish("Linked to")
    html = '<p><a href="https://evil.example/x" rel="nofollow noopener ugc">@pits@here</a></p>'
    await site.respond(work, "l1", html=html)

    assert "(evil.example)" in (await site.page(site.path(work))).text
