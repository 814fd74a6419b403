"""Drafts and edits: languages, and what needs a second coordinator."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk_rows import audited, somebody, went_out
from far_people import FarServer

from fediverse_coord.desk import drafts, edits, filing, releases
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import OPERATOR, Person, Role
from fediverse_coord.errors import Conflict, NotAllowed
from fediverse_coord.publishing.declarations import InvalidDraft, State
from fediverse_coord.storage import actors, people

TEXT = {"content": "The quay is shut."}


async def drafted(desk: Desk, **fields: object) -> str:
    saved = await drafts.create(desk, OPERATOR, "dockers", TEXT | fields)
    return saved.work.declaration.key


async def persons(desk: Desk, *names: str) -> list[Person]:
    """Publishers, each with a row of their own."""
    rows = [
        await desk.db.write(lambda tx, name=name: people.ensure(tx, name, desk.clock()))  # type: ignore[misc]
        for name in names
    ]
    return [Person(row, None, Role.PUBLISHER, None, None) for row in rows]


async def ask_approvals(desk: Desk, number: int = 1) -> None:
    actor = await coordination(desk, "dockers")
    profile = {**actor.profile, "policies": {**actor.profile["policies"], "approvals": number}}
    changed = replace(actor, profile=profile)
    await desk.db.write(
        lambda tx: actors.revise(tx, changed, profile, 2, actor.document, desk.clock())
    )


async def test_a_draft_that_changes_its_language_leaves_no_version_behind(desk: Desk) -> None:
    key = await drafted(desk, language="en")
    edited = {"content": "Der Kai ist zu.", "language": "de"}
    await edits.edit(desk, OPERATOR, key, edited)
    await releases.publish(desk, OPERATOR, key)
    [(_, created, _)] = await went_out(desk.db)
    assert list(created["object"]["contentMap"]) == ["de"]
    work = await drafts.find(desk, OPERATOR, key)
    assert [one.language for one in work.declaration.versions] == ["de"]


async def test_an_original_does_not_take_the_language_of_its_translation(desk: Desk) -> None:
    key = await drafted(desk, language="en")
    await edits.put_version(desk, OPERATOR, key, "de", {"content": "Der Kai ist zu."})
    with pytest.raises(InvalidDraft) as refused:
        await edits.edit(desk, OPERATOR, key, {"language": "de"})
    assert [one.field for one in refused.value.faults] == ["language"]


async def test_a_changed_form_is_a_changed_form_in_every_language(desk: Desk) -> None:
    key = await drafted(desk, title="On the quay", summary="It is shut.", form="article")
    translated = {"title": "Am Kai", "summary": "Zu.", "content": "# Kai\n\nZu."}
    await edits.put_version(desk, OPERATOR, key, "de", translated)
    saved = await edits.edit(desk, OPERATOR, key, {"form": "note"})
    assert "<h" not in (saved.work.declaration.versions[1].html)


async def test_an_editor_does_not_change_what_goes_out_by_itself(desk: Desk) -> None:
    key = await drafted(desk)
    await releases.schedule(desk, OPERATOR, key, desk.clock() + timedelta(hours=1))
    editor = await somebody(desk, Role.EDITOR, "dockers")
    with pytest.raises(NotAllowed):
        await edits.edit(desk, editor, key, {"content": "The quay is open."})
    with pytest.raises(NotAllowed):
        await edits.put_version(desk, editor, key, "de", {"content": "Offen."})


async def test_a_schedule_does_not_go_round_a_second_coordinator(desk: Desk) -> None:
    await ask_approvals(desk)
    key, at = await drafted(desk), desk.clock() + timedelta(hours=1)
    [rosa] = await persons(desk, "Rosa")
    with pytest.raises(Conflict, match="another coordinator"):
        await releases.schedule(desk, rosa, key, at)
    saved = await releases.schedule(desk, OPERATOR, key, at)
    assert saved.work.declaration.state is State.SCHEDULED


async def test_an_edit_of_what_is_published_waits_until_another_sends_the_same(
    desk: Desk,
) -> None:
    key = await drafted(desk)
    await releases.publish(desk, OPERATOR, key)
    await ask_approvals(desk)
    rosa, emma = await persons(desk, "Rosa", "Emma")
    opened = {"content": "The quay is open."}
    first = await edits.edit(desk, rosa, key, opened)
    again = await edits.edit(desk, rosa, key, opened)
    other = await edits.edit(desk, emma, key, {"content": "The quay is half open."})
    for saved in (first, again, other):
        assert (saved.waits, saved.work.declaration.original.source) == (True, TEXT["content"])
        assert "another coordinator" in saved.warnings[0]
    assert len(await went_out(desk.db)) == 1

    agreed = await edits.edit(desk, emma, key, opened)
    assert (agreed.waits, agreed.work.declaration.original.source) == (False, opened["content"])
    assert [type_ for type_, _, _ in await went_out(desk.db)] == ["Create", "Update"]
    assert (await audited(desk.db))[-1] == "update"


async def test_what_two_agreed_upon_counts_for_the_text_they_saw(desk: Desk) -> None:
    key = await drafted(desk)
    await releases.publish(desk, OPERATOR, key)
    await ask_approvals(desk)
    rosa, emma = await persons(desk, "Rosa", "Emma")
    opened = {"content": "The quay is open."}
    await edits.edit(desk, rosa, key, opened)
    await edits.edit(desk, OPERATOR, key, {"title": "On the quay", "form": "note"})
    assert (await edits.edit(desk, emma, key, opened)).waits


async def test_translations_wait_likewise_and_withdrawing_waits_for_nobody(desk: Desk) -> None:
    key = await drafted(desk)
    await releases.publish(desk, OPERATOR, key)
    await ask_approvals(desk)
    [rosa] = await persons(desk, "Rosa")
    german = {"content": "Der Kai ist zu."}
    assert (await edits.put_version(desk, rosa, key, "de", german)).waits
    saved = await releases.withdraw(desk, rosa, key, "The talks go on.")
    assert saved.work.declaration.state is State.WITHDRAWN


async def test_a_new_text_waits_once_and_an_edit_before_its_release_begins_anew(
    desk: Desk,
) -> None:
    await ask_approvals(desk)
    rosa, emma = await persons(desk, "Rosa", "Emma")
    saved = await filing.file(desk, rosa, "dockers", TEXT, publish=True)
    key = saved.work.declaration.key
    assert saved.work.declaration.state is State.AWAITING_APPROVAL
    await edits.edit(desk, rosa, key, {"content": "The quay is open."})
    assert (await releases.publish(desk, emma, key)).work.declaration.state != State.PUBLISHED
    assert (await releases.publish(desk, rosa, key)).work.declaration.state is State.PUBLISHED


async def test_whoever_was_found_once_stays_mentioned_while_their_server_is_away(
    desk: Desk, far: FarServer
) -> None:
    far.person("ann")
    handle = far.handle("ann")
    saved = await drafts.create(desk, OPERATOR, "dockers", {"content": f"For {handle}."})
    await desk.db.write(lambda tx: tx.execute("UPDATE remote_actors SET fetched_at = 0"))
    far.away = True
    key = saved.work.declaration.key
    edited = await edits.edit(desk, OPERATOR, key, {"content": f"All for {handle}."})
    assert edited.warnings == ()
