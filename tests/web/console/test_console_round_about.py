"""Ways around what the console guards: each is tried, and leads nowhere."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from desk_browser import Desk, at_desk, faults_in
from running_site import Site, running_site

from fediverse_coord.desk import edits
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage.declarations import Work
from fediverse_coord.web.console.signatories import PASTED

pytestmark = pytest.mark.asyncio(loop_scope="module")

GERMAN = {"title": "Zwei", "summary": "Was", "content": "Ruth Marx."}
GONE = {"title__de": "", "summary__de": " ", "content__de": ""}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("around"), "pits") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site) as entered:
        yield entered


def url_of(work: Work) -> str:
    return f"/console/declarations/{work.declaration.key}"


async def translated(site: Site, state: str) -> Work:
    work = await site.publish("Two", signatories=[{"name": "Ruth Marx"}])
    german = {**GERMAN, "state": state}
    return (
        await edits.put_version(site.services.desk, OPERATOR, work.declaration.key, "de", german)
    ).work


@pytest.mark.parametrize("way", [GONE, {"remove__de": "yes"}])
async def test_a_published_translation_cannot_be_emptied_by_itself(
    site: Site, desk: Desk, way: dict[str, str]
) -> None:
    work = await translated(site, "published")
    await desk.get(f"{url_of(work)}/edit")
    await desk.press("save", "/edit", signatories__0__display="hidden", topics="Pits", **way)
    assert desk.answer.status_code == 422
    assert "cannot be emptied by itself" in desk.alerts
    assert list(faults_in(desk.answer.text)) == []
    form = desk.form("/edit")
    assert (form.value("topics"), form.value("title.de")) == ("Pits", way.get("title__de", "Zwei"))
    assert "Ruth Marx" in (await site.get(f"{site.path(work)}?lang=de")).text


async def test_a_translation_that_is_a_draft_goes_when_it_is_emptied(
    site: Site, desk: Desk
) -> None:
    work = await translated(site, "draft")
    await desk.get(f"{url_of(work)}/edit")
    await desk.press("save", "/edit", **GONE)
    assert desk.path.endswith("?done=saved")
    await desk.get(f"{url_of(work)}/edit")
    assert 'name="title.de"' not in desk.answer.text


async def test_of_a_pasted_list_no_line_is_lost(desk: Desk) -> None:
    await desk.get("/console/@pits/write")
    form = desk.form("/write")
    names = "\n".join(f"Person {number:04}" for number in range(1003))
    given = form.filled(content__en="We sign.", pasted=names, pasted_display="initials")
    await desk.send([*given, ("do", "save")], form.action)
    assert (desk.answer.status_code, "at most 1,000 people" in desk.alerts) == (422, True)
    form = desk.form("/write")
    assert form.value(PASTED).split()[1::2] == ["1000", "1001", "1002"]
    assert "Person 0999\t\t\t\tinitials" in form.value("signatories")
    assert form.value("pasted_display") == "initials"
    await desk.press("save", "/write")
    assert desk.form("/write").value(PASTED) == form.value(PASTED)
    await desk.press("save", "/write", pasted="")
    assert desk.path.endswith("?done=saved")
