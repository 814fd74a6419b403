"""Who is hidden in one file of an imported work is told in no other of it."""

from pathlib import Path

import pytest
from bringing_in import bring, source, works

from fediverse_coord.desk import confidential, import_plans, imports
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR

pytestmark = pytest.mark.both_engines

NAME = "Rosa Lux"
HIDDEN = f"signatories:\n  - name: {NAME}\n    display: hidden\n"
INITIALS = f"signatories:\n  - name: {NAME}\n    display: initials\n"
SHOWN = f"signatories:\n  - name: {NAME}\n"
OTHERS = "signatories:\n  - name: Ana Ruiz\n"
TABLES = (
    "declarations", "declaration_versions", "declaration_revisions", "slugs", "search",
    "imported_entries", "old_paths",
)  # fmt: skip
SAYS = f"Sagt {NAME}."


def written(folder: Path, **files: tuple[str, str]) -> Path:
    """Of a text, by language: what else stands in its front matter, and its words."""
    place = folder / "names"
    place.mkdir()
    for language, (front, words) in files.items():
        text = f"---\ntitle: In {language}\n{front}---\n{words}"
        (place / f"a.{language}.md").write_text(text, encoding="utf-8")
    (place / "b.md").write_text("# Masks\n\nThey fit.", encoding="utf-8")
    return place


async def rows(desk: Desk) -> str:
    kept = [row for one in TABLES for row in await desk.db.fetch_all(f"SELECT * FROM {one}")]
    return str([dict(row) for row in kept])


TOLD = {
    "in a translation": ((HIDDEN, "They fit."), ("", SAYS)),
    "in the original": (("", SAYS), (HIDDEN, "Sie passen.")),
    "where others sign": ((OTHERS, SAYS), (HIDDEN, "Sie passen.")),
    "in a title": ((HIDDEN, "They fit."), (f"summary: {SAYS}\n", "Sie passen.")),
    "beside the text": ((HIDDEN, "They fit."), (f"topics: [{NAME}]\n", "Sie passen.")),
    "as signatory": ((SHOWN, "They fit."), (INITIALS, "Sie passen.")),
}


@pytest.mark.parametrize("where", TOLD)
async def test_a_work_that_tells_a_name_in_another_language_is_left_out_whole(
    desk: Desk, tmp_path: Path, where: str
) -> None:
    english, german = TOLD[where]
    one = source("markdown", written(tmp_path, en=english, de=german), tmp_path)
    plan = await import_plans.plan_of(desk, "dockers", one)
    before = await imports.check(desk, OPERATOR, plan, one)
    done = await imports.carry_out(desk, OPERATOR, plan, one)

    (fault,) = done.faults
    assert fault.place in ("a.en.md", "a.de.md")
    assert "no language of it came in" in fault.reason
    assert before == done.faults
    assert [each.declaration.original.title for each in await works(desk)] == ["Masks"]
    assert NAME not in await rows(desk)


async def test_a_file_that_is_faulty_itself_takes_its_languages_along_where_somebody_signs(
    desk: Desk, tmp_path: Path
) -> None:
    place = written(tmp_path, en=(HIDDEN, f"By {NAME}."), de=("", SAYS))
    _, done = await bring(desk, source("markdown", place, tmp_path))
    assert sorted(each.place for each in done.faults) == ["a.de.md", "a.en.md"]
    assert NAME not in await rows(desk)


async def test_a_faulty_language_of_a_text_that_nobody_signs_keeps_no_other_out(
    desk: Desk, tmp_path: Path
) -> None:
    place = written(tmp_path, en=("countries: [XX]\nkind: letter\n", ""), de=("", "Sie passen."))
    _, done = await bring(desk, source("markdown", place, tmp_path))
    assert [each.place for each in done.faults] == ["a.en.md"]
    assert len(await works(desk)) == 2


@pytest.mark.parametrize(("english", "german"), [(HIDDEN, ""), ("", HIDDEN), (HIDDEN, HIDDEN)])
async def test_whoever_signs_in_the_front_matter_of_any_language_signs_the_work(
    desk: Desk, tmp_path: Path, english: str, german: str
) -> None:
    place = written(tmp_path, en=(english, "They fit."), de=(german, "Sie passen."))
    await bring(desk, source("markdown", place, tmp_path))
    one = next(o.declaration for o in await works(desk) if o.declaration.original.title == "In en")
    assert confidential.names_of(desk, one) == {0: NAME}
    assert NAME not in await rows(desk)


async def test_a_hidden_name_is_in_no_file_name_and_no_path_that_is_kept(
    desk: Desk, tmp_path: Path
) -> None:
    place = tmp_path / "names"
    place.mkdir()
    front = f"---\ntitle: Masks\npermalink: /by/rosa-lux/\n{HIDDEN}---\nThey fit."
    (place / "rosa-lux.md").write_text(front, encoding="utf-8")
    await bring(desk, source("markdown", place, tmp_path))
    plan, _ = await bring(desk, source("markdown", place, tmp_path))

    assert (plan.known, len(await works(desk))) == (1, 1)
    assert "rosa-lux" not in await rows(desk)


async def test_what_is_unlisted_in_one_language_is_unlisted(desk: Desk, tmp_path: Path) -> None:
    place = written(tmp_path, en=("", "They fit."), de=("visibility: unlisted\n", "Sie passen."))
    await bring(desk, source("markdown", place, tmp_path))
    one = next(o.declaration for o in await works(desk) if o.declaration.original.title == "In en")
    assert one.visibility == "unlisted"
