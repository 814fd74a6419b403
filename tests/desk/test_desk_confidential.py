"""Confidential signatories: nowhere but sealed, kept by handles, shown when their day comes."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from desk_rows import audited, went_out
from photographs import plain

from fediverse_coord.desk import confidential, drafts, edits, pictures, previews, releases
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.errors import Conflict
from fediverse_coord.outgoing.release import release_due
from fediverse_coord.outgoing.reveal import reveal_due
from fediverse_coord.publishing.declarations import InvalidDraft, Signatory, State
from fediverse_coord.publishing.naming import handle_of, masked
from fediverse_coord.storage import actors, declaration_lists

NAME = "Clara Velvet"
TABLES = "SELECT name FROM {tables} AS known"


def signed(*signatories: object, **more: object) -> dict[str, object]:
    return {"content": "We stand.", "signatories": list(signatories), **more}


async def everything(desk: Desk) -> str:
    """All that stands in rows."""
    found = []
    for table in await desk.db.fetch_all(TABLES):
        rows = await desk.db.fetch_all(f"SELECT * FROM {table['name']}")
        found += [str(tuple(row)) for row in rows]
    return "\n".join(found)


@pytest.mark.parametrize(
    ("how", "shown"),
    [
        ({"display": "hidden"}, "name known to the editors, Spain"),
        ({"display": "initials"}, "C. V., Delegate, Spain"),
        ({"from": "2026-12-01"}, "name known to the editors, Spain"),
        ({"from": "2026-05-01"}, "Clara Velvet, Delegate, Spain"),
    ],
)
async def test_a_name_is_shown_as_its_owner_lets_it(
    desk: Desk, how: dict[str, str], shown: str
) -> None:
    who = {"name": NAME, "office": "Delegate", "country": "ES", **how}
    await drafts.create(desk, OPERATOR, "dockers", signed(who), publish=True)
    [(_, created, _)] = await went_out(desk.db)
    assert created["object"]["content"] == f"<p>We stand.</p><p>{shown}</p>"
    assert (NAME in await everything(desk)) is (NAME in shown)


@pytest.mark.parametrize(("display", "looks"), [("full", 1), ("initials", 0), ("hidden", 0)])
async def test_whoever_opens_a_sealed_name_is_written_down_as_looking(
    desk: Desk, display: str, looks: int
) -> None:
    saved = await drafts.create(
        desk, OPERATOR, "dockers", signed({"name": NAME, "display": "hidden"})
    )
    one = saved.work.declaration
    handle = handle_of(str(one.signatories[0].sealed))
    await edits.edit(desk, OPERATOR, one.key, signed({"sealed": handle, "display": display}))
    assert (await audited(desk.db)).count("look at names") == looks
    await edits.edit(desk, OPERATOR, one.key, {"tags": ["quay"]})
    assert (await audited(desk.db)).count("look at names") == looks


@pytest.mark.parametrize("display", ["full", "initials", "hidden"])
@pytest.mark.parametrize("since", [None, "2026-05-01", "2026-12-01"])
async def test_a_preview_shows_of_a_name_what_goes_out(
    desk: Desk, display: str, since: str | None
) -> None:
    who = {"name": NAME, "office": "Delegate", "country": "ES", "display": display, "from": since}
    preview = await previews.of_text(desk, OPERATOR, "dockers", signed(who))
    await drafts.create(desk, OPERATOR, "dockers", signed(who), publish=True)
    [(_, created, _)] = await went_out(desk.db)
    assert preview.document["content"] == created["object"]["content"]
    for shown in preview.shown.values():
        assert (NAME in shown) is (NAME in created["object"]["content"])


async def test_a_preview_is_refused_where_the_text_says_a_sealed_name(desk: Desk) -> None:
    who = {"name": NAME, "from": "2026-12-01"}
    german = [{"language": "de", "content": f"Von {NAME}."}]
    for fields, others in ((signed(who, content=f"By {NAME}."), ()), (signed(who), german)):
        with pytest.raises(InvalidDraft, match="only the editors may know"):
            await previews.of_text(desk, OPERATOR, "dockers", fields, others)


async def test_a_sealed_name_stays_when_its_handle_comes_back(desk: Desk) -> None:
    saved = await drafts.create(
        desk, OPERATOR, "dockers", signed({"name": NAME, "display": "hidden"})
    )
    key = saved.work.declaration.key
    await edits.edit(desk, OPERATOR, key, {"content": "We stand firm."})  # names none of them
    told = masked((await drafts.find(desk, OPERATOR, key)).declaration)
    assert NAME not in str(told)
    kept = [*told["signatories"], "Ben Okafor"]  # type: ignore[misc]
    await edits.edit(desk, OPERATOR, key, {"signatories": kept})
    work = await drafts.find(desk, OPERATOR, key)
    assert confidential.names_of(desk, work.declaration) == {0: NAME}
    assert work.declaration.signatories[1] == Signatory("Ben Okafor")


async def test_a_handle_opens_nothing_in_another_declaration(desk: Desk) -> None:
    saved = await drafts.create(
        desk, OPERATOR, "dockers", signed({"name": NAME, "display": "hidden"})
    )
    [who] = saved.work.declaration.signatories
    assert who.sealed is not None
    for stolen in (who.sealed, handle_of(who.sealed)):
        with pytest.raises(InvalidDraft) as refused:
            await drafts.create(
                desk, OPERATOR, "dockers", signed({"sealed": stolen, "display": "full"})
            )
        assert [one.field for one in refused.value.faults] == ["signatories.0.sealed"]


@pytest.mark.parametrize("field", ["title", "summary", "content"])
async def test_a_text_does_not_say_what_its_signatories_keep(desk: Desk, field: str) -> None:
    who = {"name": NAME, "display": "initials"}
    text = {"title": "A", "summary": "B.", "content": "C.", field: "By clara velvet, for all."}
    with pytest.raises(InvalidDraft) as refused:
        await drafts.create(desk, OPERATOR, "dockers", text | {"signatories": [who]})
    assert [one.field for one in refused.value.faults] == [field]
    assert NAME.lower() not in str(refused.value).lower()

    whole = {"title": "A", "summary": "B.", "content": "C.", "signatories": [who]}
    saved = await drafts.create(desk, OPERATOR, "dockers", whole)
    key = saved.work.declaration.key
    with pytest.raises(InvalidDraft):
        await edits.put_version(desk, OPERATOR, key, "de", text)
    with pytest.raises(InvalidDraft):
        await edits.edit(desk, OPERATOR, key, {field: text[field]})


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("addressees", ["The board", f"For {NAME}"], "addressees.1"),
        ("organisations", [f"Friends of {NAME}"], "organisations.0"),
        ("sources", [{"name": NAME}], "sources.0"),
        ("sources", [{"name": "Web", "url": "https://x.example/clara-velvet"}], "sources.0"),
        ("topics", [NAME], "topics.0"),
        ("tags", ["ClaraVelvet"], "tags.0"),
        ("content", "For **Clara** Velvet.", "content"),
        ("slug", "clara-velvet-speaks", "slug"),
        ("translator", NAME, "translator"),
    ],
)
async def test_nor_does_it_between_marks_or_beside_the_text(
    desk: Desk, field: str, value: object, where: str
) -> None:
    fields = signed({"name": NAME, "display": "hidden"}) | {field: value}
    with pytest.raises(InvalidDraft) as refused:
        await drafts.create(desk, OPERATOR, "dockers", fields)
    assert [one.field for one in refused.value.faults] == [where]


async def test_a_name_is_not_made_confidential_while_a_translation_says_it(desk: Desk) -> None:
    saved = await drafts.create(desk, OPERATOR, "dockers", signed({"name": NAME}))
    key = saved.work.declaration.key
    await edits.put_version(desk, OPERATOR, key, "de", {"content": f"Von {NAME}."})
    with pytest.raises(InvalidDraft) as refused:
        await edits.edit(
            desk, OPERATOR, key, {"signatories": [{"name": NAME, "display": "hidden"}]}
        )
    assert [one.field for one in refused.value.faults] == ["versions.de.content"]


async def test_on_its_day_a_name_is_shown_and_those_who_have_the_text_are_told(
    desk: Desk,
) -> None:
    who = {"name": NAME, "country": "ES", "from": "2026-12-01"}
    saved = await drafts.create(desk, OPERATOR, "dockers", signed(who), publish=True)

    def on(day: int) -> datetime:
        return desk.clock().replace(month=12, day=day)

    before = desk.clock().replace(month=11)
    assert await reveal_due(desk.db, desk.publisher, lambda: before) == 0
    assert await reveal_due(desk.db, desk.publisher, lambda: on(1)) == 1
    assert await reveal_due(desk.db, desk.publisher, lambda: on(2)) == 0
    [_, (kind, updated, _)] = await went_out(desk.db)
    assert kind == "Update"
    assert updated["object"]["content"].endswith("<p>Clara Velvet, Spain</p>")
    work = await drafts.find(desk, OPERATOR, saved.work.declaration.key)
    assert work.declaration.signatories == (Signatory(NAME, country="ES", since=date(2026, 12, 1)),)


async def test_a_name_of_a_withdrawn_text_is_not_shown_when_its_day_comes(desk: Desk) -> None:
    saved = await drafts.create(
        desk, OPERATOR, "dockers", signed({"name": NAME, "from": "2026-12-01"}), publish=True
    )
    await releases.withdraw(desk, OPERATOR, saved.work.declaration.key, "It was early.")
    later = desk.clock() + timedelta(days=100)
    assert await reveal_due(desk.db, desk.publisher, lambda: later) == 0


async def protect(desk: Desk, *countries: str) -> None:
    actor = await coordination(desk, "dockers")
    policies = {**actor.profile["policies"], "protected_countries": list(countries)}
    profile = {**actor.profile, "policies": policies}
    changed = replace(actor, profile=profile)
    await desk.db.write(
        lambda tx: actors.revise(tx, changed, profile, 2, actor.document, desk.clock())
    )


async def test_who_may_be_in_danger_is_named_only_after_an_editor_cleared_it(desk: Desk) -> None:
    await protect(desk, "TR", "CO")
    who = {"name": NAME, "country": "TR"}
    fields = signed({"name": "Ben", "country": "ES"}, who)
    with pytest.raises(Conflict, match=r"signatories\.1.*`cleared`") as refused:
        await drafts.create(desk, OPERATOR, "dockers", fields, publish=True)
    assert NAME not in str(refused.value)
    saved = await drafts.create(desk, OPERATOR, "dockers", fields)  # a draft may wait
    key = saved.work.declaration.key
    for act in (
        lambda: releases.publish(desk, OPERATOR, key),
        lambda: releases.schedule(desk, OPERATOR, key, desk.clock() + timedelta(hours=1)),
    ):
        with pytest.raises(Conflict):
            await act()
    assert await went_out(desk.db) == []
    await edits.edit(desk, OPERATOR, key, {"signatories": [who | {"cleared": True}]})
    await releases.publish(desk, OPERATOR, key)
    with pytest.raises(Conflict):
        await edits.edit(
            desk, OPERATOR, key, {"signatories": [who | {"cleared": True}, who | {"name": "D"}]}
        )
    initials = who | {"name": "Dora Enz", "display": "initials"}
    await edits.edit(desk, OPERATOR, key, {"signatories": [initials]})


async def test_a_preview_tells_that_it_may_not_go_out_while_somebody_is_not_cleared(
    desk: Desk,
) -> None:
    await protect(desk, "TR")
    who = {"name": NAME, "country": "TR"}
    [told] = (await previews.of_text(desk, OPERATOR, "dockers", signed(who))).told
    assert told.startswith("it cannot be published like this: being named may be dangerous")
    saved = await drafts.create(desk, OPERATOR, "dockers", signed(who))
    again = await previews.of_declaration(desk, OPERATOR, saved.work.declaration.key)
    assert again.told == (told,)
    cleared = signed(who | {"cleared": True})
    assert (await previews.of_text(desk, OPERATOR, "dockers", cleared)).told == ()


@pytest.mark.parametrize("display", ["full", "initials", "hidden"])
async def test_a_day_to_come_names_nobody_in_danger_whom_no_editor_cleared(
    desk: Desk, display: str
) -> None:
    await protect(desk, "TR")
    who = {"name": NAME, "country": "TR", "from": "2026-12-01", "display": display}
    with pytest.raises(Conflict, match=r"signatories\.0.*`cleared`"):
        await drafts.create(desk, OPERATOR, "dockers", signed(who), publish=True)
    await drafts.create(desk, OPERATOR, "dockers", signed(who | {"cleared": True}), publish=True)


@pytest.mark.parametrize("display", ["full", "initials", "hidden"])
async def test_who_came_under_protection_before_the_day_came_is_not_named(
    desk: Desk, display: str
) -> None:
    who = {"name": NAME, "country": "TR", "from": "2026-12-01", "display": display}
    saved = await drafts.create(desk, OPERATOR, "dockers", signed(who), publish=True)
    await protect(desk, "TR")
    later = desk.clock() + timedelta(days=100)
    assert await reveal_due(desk.db, desk.publisher, lambda: later) == 0
    assert await declaration_lists.to_reveal(desk.db, later) == []  # nor is it looked at again
    assert len(await went_out(desk.db)) == 1
    assert NAME not in await everything(desk)
    work = await drafts.find(desk, OPERATOR, saved.work.declaration.key)
    [kept] = work.declaration.signatories
    assert kept.sealed is not None
    cleared = {"sealed": handle_of(kept.sealed), "country": "TR", "cleared": True}
    await edits.edit(desk, OPERATOR, work.declaration.key, {"signatories": [cleared]})
    [_, (_, updated, _)] = await went_out(desk.db)
    assert NAME in updated["object"]["content"]


async def test_nor_does_a_schedule_name_them_whose_hour_came_after(desk: Desk) -> None:
    saved = await drafts.create(desk, OPERATOR, "dockers", signed({"name": NAME, "country": "TR"}))
    key, soon = saved.work.declaration.key, desk.clock() + timedelta(hours=1)
    await releases.schedule(desk, OPERATOR, key, soon)
    await protect(desk, "TR")
    assert await release_due(desk.db, desk.publisher, lambda: soon) == 0
    assert await went_out(desk.db) == []
    held = await drafts.find(desk, OPERATOR, key)
    assert (held.declaration.state, held.scheduled_at) == (State.DRAFT, None)
    assert await declaration_lists.due_keys(desk.db, soon) == []


async def test_neither_a_picture_nor_a_correction_says_what_a_signatory_keeps(desk: Desk) -> None:
    who = {"name": NAME, "display": "hidden"}
    named, plain = [await taken_in(desk, text) for text in (f"{NAME} speaks", "A gate")]
    with pytest.raises(InvalidDraft) as refused:
        await drafts.create(desk, OPERATOR, "dockers", signed(who, hero=named))
    assert [one.field for one in refused.value.faults] == ["hero.alts.en"]
    saved = await drafts.create(desk, OPERATOR, "dockers", signed(who, hero=plain), publish=True)
    key = saved.work.declaration.key
    with pytest.raises(InvalidDraft):
        await edits.edit(desk, OPERATOR, key, {"hero": named})
    with pytest.raises(InvalidDraft):
        await pictures.describe(desk, OPERATOR, plain, {"en": f"{NAME} speaks"})
    with pytest.raises(InvalidDraft) as told:
        await edits.edit(
            desk, OPERATOR, key, {"content": "We stood."},
            correction={"what": "The tense.", "why": "Clara_Velvet asked for it."},
        )  # fmt: skip
    assert [one.field for one in told.value.faults] == ["correction.en.why"]
    assert len(await went_out(desk.db)) == 1


async def taken_in(desk: Desk, alt: str) -> str:
    known = await pictures.take_in(desk, OPERATOR, "dockers", plain(), {"en": alt})
    return known.media.image.key
