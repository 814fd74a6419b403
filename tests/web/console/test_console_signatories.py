"""A letter that many sign, in the console: pasted, looked over, opened one at a time."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from desk_browser import Desk, Forms, at_desk, faults_in
from running_site import Site, running_site

from fediverse_coord.desk import drafts, edits
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.publishing.details import Signatory
from fediverse_coord.web.console.signatories import parted

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIXTY = "\n".join(f"Person {number:02}, Delegate, Pit {number}, Spain" for number in range(60))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("signing"), "pits") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site) as entered:
        yield entered


async def begun(desk: Desk, site: Site, *signatories: dict[str, str]) -> None:
    """The form of a draft that they sign."""
    work = await site.draft("To the pits", signatories=list(signatories))
    await desk.get(f"/console/declarations/{work.declaration.key}/edit")


async def pressed(desk: Desk, wish: str, **given: str) -> None:
    """Whatever the page offers as a button, with what stands in the form."""
    form = desk.form()
    await desk.send([*form.filled(**given), ("do", wish)], form.action)


async def signed(desk: Desk) -> tuple[Signatory, ...]:
    """Who signs the declaration whose page is shown."""
    assert desk.answer.status_code == 200, desk.alerts
    key = desk.path.partition("?")[0].split("/")[3]
    found = await drafts.find(desk.site.services.desk, OPERATOR, key)
    return found.declaration.signatories


def shown(desk: Desk) -> list[str]:
    """The buttons of the list."""
    return [value for _, value in desk.form().buttons if value.startswith("signatory.")]


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("Ana Ruiz", {"name": "Ana Ruiz"}),
        ("Ana Ruiz, Spain", {"name": "Ana Ruiz", "country": "Spain"}),
        ("Ana Ruiz, delegate", {"name": "Ana Ruiz", "office": "delegate"}),
        ("Ana Ruiz, delegate, ES", {"name": "Ana Ruiz", "office": "delegate", "country": "Spain"}),
        ("Ana, chair, Pit 4, Atlantis",
         {"name": "Ana", "office": "chair", "organisation": "Pit 4", "country": "Atlantis"}),
        ("Ana; chair; Pit 4, north; spain",
         {"name": "Ana", "office": "chair", "organisation": "Pit 4, north", "country": "Spain"}),
        ("Ana\tchair, deputy\tPit 4\t", {"name": "Ana", "office": "chair, deputy",
                                        "organisation": "Pit 4"}),
        ("Ana, chair, Pit 4, north, Spain",
         {"name": "Ana", "office": "chair", "organisation": "Pit 4, north", "country": "Spain"}),
        ("نورا، مندوبة، Spain", {"name": "نورا", "office": "مندوبة", "country": "Spain"}),
        ("12. Ana Ruiz", {"name": "Ana Ruiz"}),
        ("- Ana Ruiz, Spain", {"name": "Ana Ruiz", "country": "Spain"}),
        (", ", {}),
    ],
)  # fmt: skip
async def test_a_line_is_parted_into_its_fields(line: str, fields: dict[str, str]) -> None:
    assert dict(parted(line, "en")) == fields


async def test_a_country_is_known_in_the_readers_language_and_in_english() -> None:
    for written in ("Spanien", "Spain", "es"):
        assert dict(parted(f"Ana Ruiz, {written}", "de"))["country"] == "Spanien"


async def test_sixty_are_pasted_looked_over_and_saved_in_their_order(desk: Desk) -> None:
    await desk.get("/console/@pits/write")
    given = {"content__en": "We sign.", "signatories__0__name": "Amara Voss"}
    await pressed(desk, "save", pasted=SIXTY, **given)
    assert desk.path == "/console/@pits/write"  # nothing is saved before it was looked over
    assert "They are on the list" in desk.alerts
    assert list(faults_in(desk.answer.text)) == []
    assert desk.form().value("pasted") == ""
    await pressed(desk, "signatories.45")
    assert shown(desk) == [f"signatory.{number}" for number in range(45, 60)]
    await pressed(desk, "save")
    found = await signed(desk)
    assert [one.name for one in found] == ["Amara Voss", *(f"Person {n:02}" for n in range(60))]
    assert {(one.office, one.country) for one in found[1:]} == {("Delegate", "ES")}


async def test_what_all_pasted_ones_have_in_common_is_said_once(desk: Desk) -> None:
    await desk.get("/console/@pits/write")
    common = {"pasted_display": "initials", "pasted_cleared": "yes"}
    await pressed(desk, "listed", pasted="Ana Ruiz\nBen Okoro", content__en="We sign.", **common)
    await pressed(desk, "save")
    found = await signed(desk)
    assert {(one.display.value, one.cleared) for one in found} == {("initials", True)}


async def test_one_is_opened_changed_and_moved_and_the_others_stay(desk: Desk, site: Site) -> None:
    await begun(desk, site, *({"name": f"Person {number}"} for number in range(40)))
    await pressed(desk, "signatories.30")
    await pressed(desk, "signatory.33")
    form = desk.form()
    assert form.value("signatories.33.name") == "Person 33"
    assert 'value="Person 33" dir="auto" autofocus>' in desk.answer.text
    changed = {"name": "Person X", "place": "2", "display": "initials", "from": "2031-05-01"}
    given = {f"signatories__33__{name}": value for name, value in changed.items()}
    await pressed(desk, "signatory", **given)
    assert "Person X" in desk.answer.text
    await pressed(desk, "save")
    found = await signed(desk)
    others = [f"Person {number}" for number in range(40) if number != 33]
    assert [one.name for one in found if one.sealed is None] == others
    assert str(found[1].since) == "2031-05-01"


async def test_what_was_typed_in_an_opened_row_is_saved_without_closing_it(
    desk: Desk, site: Site
) -> None:
    await begun(desk, site, {"name": "Ana Ruiz"}, {"name": "Ben Okoro"})
    await pressed(desk, "signatory.1")
    await pressed(desk, "save", signatories__1__office="Chair", signatories__1__country="Ghana")
    assert [(one.office, one.country) for one in await signed(desk)] == [
        (None, None),
        ("Chair", "GH"),
    ]


@pytest.mark.parametrize(
    ("wish", "names", "displays"),
    [
        ("remove", ["B C", "C D"], ["full", "full"]),
        ("initials", ["A. B.", "B C", "C D", "D. E."], ["initials", "full", "full", "initials"]),
        ("", ["A B", "B C", "C D", "D E"], ["full"] * 4),
    ],
)
async def test_the_ticked_ones_are_changed_together(
    desk: Desk, site: Site, wish: str, names: list[str], displays: list[str]
) -> None:
    await begun(desk, site, *({"name": one} for one in ("A B", "B C", "C D", "D E")))
    form = desk.form()
    ticked = [("tick", "0"), ("tick", "3"), ("ticked", wish)]
    pairs = [pair for pair in form.fields if pair[0] != "ticked"]
    await desk.send([*pairs, *ticked, ("do", "signatory")], form.action)
    await pressed(desk, "save")
    found = await signed(desk)
    assert [one.name for one in found] == names
    assert [one.display.value for one in found] == displays


async def test_names_that_are_locked_away_stay_masked_in_the_list(desk: Desk, site: Site) -> None:
    hidden = {"name": "Rosalind Sealed", "display": "hidden", "office": "Chair"}
    await begun(desk, site, {"name": "Ana Ruiz"}, hidden)
    assert "Rosalind" not in desk.answer.text
    assert "locked away" in desk.answer.text
    await pressed(desk, "signatory.1")
    assert "Rosalind" not in desk.answer.text
    await pressed(desk, "save", signatories__1__place="1")
    first, second = await signed(desk)
    assert (first.name, first.office, second.name) == ("", "Chair", "Ana Ruiz")
    await desk.submit("/names")
    assert "Rosalind Sealed" in desk.page.text


async def test_a_fault_far_down_is_opened_and_what_was_typed_stays(desk: Desk, site: Site) -> None:
    await begun(desk, site, *({"name": f"Person {number}"} for number in range(40)))
    await pressed(desk, "signatory.37")
    await pressed(desk, "save", signatories__37__country="Atlantis", content__en="Kept.")
    assert desk.answer.status_code == 422
    assert "#f-signatories.37.country" in {a["href"] for a in desk.page.all("a")}
    assert list(faults_in(desk.answer.text)) == []
    form = desk.form()
    assert form.value("signatories.37.country") == "Atlantis"
    assert form.value("content.en") == "Kept."
    await pressed(desk, "save", signatories__37__country="GH")
    assert (await signed(desk))[37].country == "GH"


async def test_a_hundred_faults_are_told_on_a_short_page(desk: Desk) -> None:
    await desk.get("/console/@pits/write")
    lines = "\n".join(f"Person {number}, Chair, Pit, Atlantis" for number in range(100))
    await pressed(desk, "listed", pasted=lines, content__en="We sign.")
    await pressed(desk, "save")
    assert desk.answer.status_code == 422
    assert list(faults_in(desk.answer.text)) == []
    assert "and 80 more" in desk.alerts
    assert "signatories.2.country" in dict(desk.form().fields)
    assert "signatories.3.country" not in dict(desk.form().fields)  # its fault stands in its line


async def test_the_list_that_another_saved_is_shown_whole(desk: Desk, site: Site) -> None:
    work = await site.draft("Both write", signatories=[{"name": "Ana Ruiz"}, {"name": "Ben Okoro"}])
    key = work.declaration.key
    await desk.get(f"/console/declarations/{key}/edit")
    theirs = {"signatories": [{"name": "Ana Ruiz"}, {"name": "Cleo Lind"}]}
    await edits.edit(site.services.desk, OPERATOR, key, theirs)
    await pressed(desk, "save", content__en="Mine.")
    assert desk.answer.status_code == 412
    assert "<del>Ben</del> <ins>Cleo</ins> <del>Okoro</del> <ins>Lind</ins>" in desk.answer.text
    assert list(faults_in(desk.answer.text)) == []
    await pressed(desk, "save")
    assert [one.name for one in await signed(desk)] == ["Ana Ruiz", "Ben Okoro"]


async def test_the_list_outlives_a_session(desk: Desk, site: Site) -> None:
    await begun(
        desk, site, *({"name": f"Person {number}", "country": "ES"} for number in range(20))
    )
    kept = desk.client.cookies
    desk.client.cookies = {}  # type: ignore[assignment]
    await pressed(desk, "save", content__en="Written long ago.\n\nStill here.")
    assert desk.answer.status_code == 401
    (lost,) = (one for one in Forms(desk.answer.text).found if one.action.endswith("/edit"))
    desk.client.cookies = kept
    await desk.send(lost.fields, lost.action)
    assert desk.answer.status_code == 403
    await pressed(desk, "save")
    found = await signed(desk)
    assert [one.name for one in found] == [f"Person {number}" for number in range(20)]
    assert {one.country for one in found} == {"ES"}


@pytest.mark.parametrize(
    "tampered",
    [
        "x", "\t\t\t", "-1\tA", "99999999\tA", "0\t" + "A\t" * 50, "0\tA\n0\tB\n0\tC", "\x00\tA",
        "1\t<script>\n2\t'\"",
    ],
)  # fmt: skip
async def test_a_list_that_was_tampered_with_is_no_fault_of_ours(desk: Desk, tampered: str) -> None:
    await desk.get("/console/@pits/write")
    odd = {"signatories": tampered, "signatories_from": "9999", "signatories__0__place": "0"}
    await pressed(desk, "signatory", ticked="nonsense", tick="x", **odd)
    assert desk.answer.status_code == 200
    assert list(faults_in(desk.answer.text)) == []
