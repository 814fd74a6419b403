"""Language versions on their way: drafts that wait, several at once or one by one, corrections."""

from datetime import timedelta

import pytest
from desk_rows import went_out

from fediverse_coord.desk import drafts, edits, releases
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.errors import Conflict, Refusal
from fediverse_coord.outgoing.release import release_due
from fediverse_coord.publishing.declarations import InvalidDraft, State, VersionState
from fediverse_coord.storage import corrections

ENGLISH = {
    "title": "The quay",
    "summary": "It is shut.",
    "content": "The quay is shut.",
    "language": "en",
}
GERMAN = {"title": "Der Kai", "summary": "Er ist zu.", "content": "Der Kai ist zu."}
FRENCH = {"title": "Le quai", "summary": "Il est fermé.", "content": "Le quai est fermé."}


async def drafted(desk: Desk, **fields: object) -> str:
    """A draft in English, German and French."""
    saved = await drafts.create(desk, OPERATOR, "dockers", ENGLISH | fields)
    key = saved.work.declaration.key
    await edits.put_version(desk, OPERATOR, key, "de", GERMAN)
    await edits.put_version(desk, OPERATOR, key, "fr", FRENCH)
    return key


async def states(desk: Desk, key: str) -> dict[str, VersionState]:
    work = await drafts.find(desk, OPERATOR, key)
    return {one.language: one.state for one in work.declaration.versions}


async def test_all_versions_go_out_together_unless_some_are_named(desk: Desk) -> None:
    together, some = await drafted(desk), await drafted(desk)
    await releases.publish(desk, OPERATOR, together)
    await releases.publish(desk, OPERATOR, some, languages=["de"])

    [(_, first, _), (_, second, _)] = await went_out(desk.db)
    assert list(first["object"]["contentMap"]) == ["en", "de", "fr"]
    assert list(second["object"]["contentMap"]) == ["en", "de"]
    assert await states(desk, some) == {"en": "published", "de": "published", "fr": "draft"}


async def test_a_version_that_is_a_draft_is_nowhere_in_what_goes_out(desk: Desk) -> None:
    key = await drafted(desk)
    await releases.publish(desk, OPERATOR, key, languages=[])
    await edits.put_version(desk, OPERATOR, key, "fr", FRENCH | {"content": "Le quai rouvre."})
    [(_, created, _)] = await went_out(desk.db)  # the edit of a draft tells nobody
    assert "quai" not in str(created)
    assert await states(desk, key) == {"en": "published", "de": "draft", "fr": "draft"}


async def test_a_later_version_follows_by_an_update_that_leaves_the_original_alone(
    desk: Desk,
) -> None:
    key = await drafted(desk)
    await releases.publish(desk, OPERATOR, key, languages=[])
    await releases.publish(desk, OPERATOR, key, languages=["fr"])
    [(_, created, _), (kind, updated, _)] = await went_out(desk.db)
    assert kind == "Update"
    assert list(updated["object"]["contentMap"]) == ["en", "fr"]
    for name in ("content", "name", "url"):
        assert updated["object"][name] == created["object"][name]
    with pytest.raises(Conflict, match="published already"):
        await releases.publish(desk, OPERATOR, key, languages=["fr"])


async def test_what_is_not_there_cannot_be_published(desk: Desk) -> None:
    key = await drafted(desk)
    with pytest.raises(Refusal, match="there are: en, de, fr") as refused:
        await releases.publish(desk, OPERATOR, key, languages=["es"])
    assert [one.field for one in refused.value.faults] == ["languages"]
    assert (await drafts.find(desk, OPERATOR, key)).declaration.state is State.DRAFT


async def test_a_published_version_does_not_become_a_draft_again(desk: Desk) -> None:
    key = await drafted(desk)
    await releases.publish(desk, OPERATOR, key)
    with pytest.raises(InvalidDraft) as refused:
        await edits.put_version(desk, OPERATOR, key, "fr", FRENCH | {"state": "draft"})
    assert [one.field for one in refused.value.faults] == ["state"]


async def test_nobody_publishes_by_writing_that_it_is_published(desk: Desk) -> None:
    with pytest.raises(InvalidDraft):
        await drafts.create(desk, OPERATOR, "dockers", ENGLISH | {"state": "published"})
    key = await drafted(desk)
    with pytest.raises(InvalidDraft):
        await edits.put_version(desk, OPERATOR, key, "fr", FRENCH | {"state": "published"})
    with pytest.raises(InvalidDraft):
        await edits.edit(desk, OPERATOR, key, {"state": "published"})
    assert set((await states(desk, key)).values()) == {"draft"}


async def test_a_translation_says_that_the_original_was_changed_since(desk: Desk) -> None:
    key = await drafted(desk)

    async def outdated() -> list[str]:
        one = (await drafts.find(desk, OPERATOR, key)).declaration
        return [version.language for version in one.versions if one.is_outdated(version)]

    assert await outdated() == []
    await edits.edit(desk, OPERATOR, key, {"kind": "letter"})
    assert await outdated() == []
    await edits.edit(desk, OPERATOR, key, {"content": "The quay is open."})
    assert await outdated() == ["de", "fr"]
    await edits.put_version(desk, OPERATOR, key, "de", GERMAN | {"content": "Der Kai ist offen."})
    assert await outdated() == ["fr"]


async def test_a_schedule_takes_along_what_was_ready_and_keeps_its_zone(desk: Desk) -> None:
    key = await drafted(desk)
    at = desk.clock() + timedelta(hours=2)
    saved = await releases.schedule(desk, OPERATOR, key, at, zone="Europe/Madrid", languages=["de"])
    assert (saved.work.scheduled_at, saved.work.schedule_zone) == (at, "Europe/Madrid")
    assert await release_due(desk.db, desk.publisher, lambda: at + timedelta(seconds=1)) == 1
    [(_, created, _)] = await went_out(desk.db)
    assert list(created["object"]["contentMap"]) == ["en", "de"]
    work = await drafts.find(desk, OPERATOR, key)
    assert (work.scheduled_at, work.schedule_zone) == (None, None)


async def test_a_correction_opens_the_summary_in_every_language(desk: Desk) -> None:
    key = await drafted(desk)
    await releases.publish(desk, OPERATOR, key)
    told = {
        "en": {"what": "The date was wrong.", "why": "A slip."},
        "de": {"what": "Das Datum war falsch."},
    }
    await edits.edit(desk, OPERATOR, key, {"content": "It is shut today."}, correction=told)

    [_, (_, updated, _)] = await went_out(desk.db)
    summaries = updated["object"]["summaryMap"]
    assert summaries["en"].startswith("<p>(corrected 2026-10-14) The date was wrong.</p><p>It is")
    assert summaries["de"].startswith("<p>(berichtigt 2026-10-14) Das Datum war falsch.</p>")
    assert summaries["fr"].startswith("<p>(corrigé 2026-10-14) The date was wrong.</p>")
    assert "The date was wrong." in updated["object"]["preview"]["content"]
    work = await drafts.find(desk, OPERATOR, key)
    assert [one.told["en"].why for one in work.corrections] == ["A slip."]


async def test_a_note_begins_with_its_correction(desk: Desk) -> None:
    saved = await drafts.create(desk, OPERATOR, "dockers", {"content": "At six."}, publish=True)
    key = saved.work.declaration.key
    await edits.edit(
        desk, OPERATOR, key, {"content": "At eight."}, correction={"what": "The hour."}
    )
    [_, (_, updated, _)] = await went_out(desk.db)
    assert updated["object"]["content"].startswith("<p>(corrected 2026-10-14) The hour.</p>")


async def test_a_correction_is_of_what_is_published_and_is_not_quiet(desk: Desk) -> None:
    key = await drafted(desk)
    told = {"what": "The hour."}
    with pytest.raises(Conflict, match="draft cannot take 'correct'"):
        await edits.edit(desk, OPERATOR, key, {"content": "At eight."}, correction=told)
    await releases.publish(desk, OPERATOR, key)
    with pytest.raises(Refusal, match="either quiet or a correction"):
        await edits.edit(desk, OPERATOR, key, {"content": "At eight."}, correction=told, quiet=True)
    work = await drafts.find(desk, OPERATOR, key)
    assert (work.declaration.original.source, work.corrections) == ("The quay is shut.", ())


async def test_a_deleted_declaration_keeps_no_corrections(desk: Desk) -> None:
    key = await drafted(desk)
    await releases.publish(desk, OPERATOR, key)
    await edits.edit(desk, OPERATOR, key, {"content": "At 8."}, correction={"what": "Hour."})
    row = (await drafts.find(desk, OPERATOR, key)).row
    await releases.delete(desk, OPERATOR, key)
    assert await corrections.of(desk.db, row) == ()


async def test_topics_are_hashtags(desk: Desk) -> None:
    saved = await drafts.create(
        desk,
        OPERATOR,
        "dockers",
        {"content": "Wait.", "topics": ["Safety at work", "काम की सुरक्षा"]},
    )
    assert set(saved.work.declaration.tags) == {"SafetyAtWork", "कामकीसुरक्षा"}
    edited = await edits.edit(desk, OPERATOR, saved.work.declaration.key, {"topics": ["Wages"]})
    assert edited.work.declaration.tags == ("Wages",)
