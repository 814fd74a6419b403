"""Edits that wait for a second coordinator: kept whole, compared, agreed to, void after others."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk_rows import audited, somebody, went_out
from photographs import plain

from fediverse_coord.desk import (
    amendments,
    drafts,
    edits,
    looking,
    pictures,
    redacting,
    releases,
    wholes,
)
from fediverse_coord.desk.agreement import MOST
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import OPERATOR, Person, Role
from fediverse_coord.errors import Conflict, NotAllowed, NotFound, Stale
from fediverse_coord.publishing.declarations import State
from fediverse_coord.storage import actors, forgetting, people
from fediverse_coord.storage.pruning import Kept, Pruner

pytestmark = pytest.mark.both_engines

NAME = "Clara Velvet"
TEXT = {"content": "The quay is shut."}
OPENED = {"content": "The quay is open."}


async def two(desk: Desk) -> list[Person]:
    """Publishers of their own."""
    rows = [
        await desk.db.write(lambda tx, name=name: people.ensure(tx, name, desk.clock()))  # type: ignore[misc]
        for name in ("Rosa", "Emma")
    ]
    return [Person(row, None, Role.PUBLISHER, None, None) for row in rows]


async def ask_approvals(desk: Desk, number: int = 1) -> None:
    actor = await coordination(desk, "dockers")
    profile = {**actor.profile, "policies": {**actor.profile["policies"], "approvals": number}}
    await desk.db.write(
        lambda tx: actors.revise(
            tx, replace(actor, profile=profile), profile, 2, actor.document, desk.clock()
        )
    )


async def published(desk: Desk, **fields: object) -> str:
    saved = await drafts.create(desk, OPERATOR, "dockers", TEXT | fields, publish=True)
    await ask_approvals(desk)
    return saved.work.declaration.key


async def text_of(desk: Desk, key: str) -> str:
    return (await drafts.find(desk, OPERATOR, key)).declaration.original.source


async def everything(desk: Desk) -> str:
    """All that stands in rows."""
    tables = await desk.db.fetch_all("SELECT name FROM {tables} AS known")
    rows = [await desk.db.fetch_all(f"SELECT * FROM {one['name']}") for one in tables]
    return "\n".join(str(tuple(row)) for found in rows for row in found)


async def test_the_second_coordinator_reads_the_edit_and_agrees(desk: Desk) -> None:
    key, (rosa, emma) = await published(desk), await two(desk)
    told = {"what": "The quay was opened."}
    saved = await edits.edit(desk, rosa, key, OPENED, correction=told)
    assert saved.waits
    [waiting] = await amendments.page(desk, emma, "dockers")
    assert waiting.amendment.key == saved.amendment
    assert (waiting.missing, waiting.has_agreed, waiting.is_open) == (1, False, True)
    assert waiting.would_be.declaration.original.source == OPENED["content"]
    assert waiting.work.declaration.original.source == TEXT["content"]

    with pytest.raises(Conflict, match="another coordinator"):
        await amendments.approve(desk, rosa, waiting.amendment.key)
    done = await amendments.approve(desk, emma, waiting.amendment.key)
    assert not done.waits
    assert await text_of(desk, key) == OPENED["content"]
    [correction] = done.work.corrections
    assert correction.told["en"].what == told["what"]
    assert [kind for kind, _, _ in await went_out(desk.db)] == ["Create", "Update"]
    assert (await audited(desk.db))[-3:] == ["agree", "agree", "update"]
    assert await amendments.page(desk, emma, "dockers") == []


async def test_a_correction_is_told_at_the_hour_of_the_agreement(desk: Desk) -> None:
    key, (rosa, emma) = await published(desk), await two(desk)
    saved = await edits.edit(desk, rosa, key, OPENED, correction={"what": "Opened."})
    later = desk.clock() + timedelta(days=2)
    tomorrow = replace(desk, clock=lambda: later)
    done = await amendments.approve(tomorrow, emma, str(saved.amendment))
    assert [one.at for one in done.work.corrections] == [later]
    assert done.work.corrected_at == later


async def test_three_have_to_agree_where_two_approvals_are_asked(desk: Desk) -> None:
    key, (rosa, emma) = await published(desk), await two(desk)
    await ask_approvals(desk, 2)
    saved = await edits.edit(desk, rosa, key, OPENED)
    halfway = await amendments.approve(desk, emma, str(saved.amendment))
    assert (halfway.waits, halfway.warnings[0]) == (
        True,
        "nothing is changed yet: it takes effect once another coordinator agrees to this edit",
    )
    assert await text_of(desk, key) == TEXT["content"]
    await amendments.approve(desk, OPERATOR, str(saved.amendment))
    assert await text_of(desk, key) == OPENED["content"]


async def test_after_another_change_nobody_can_agree_and_the_words_are_still_there(
    desk: Desk,
) -> None:
    key, (rosa, emma) = await published(desk), await two(desk)
    saved = await edits.edit(desk, rosa, key, OPENED)
    await edits.edit(desk, OPERATOR, key, {"tags": ["quay"]})
    with pytest.raises(Stale, match="take it up anew"):
        await amendments.approve(desk, emma, str(saved.amendment))
    kept = await amendments.find(desk, emma, str(saved.amendment))
    assert kept.amendment.is_outdated
    assert kept.would_be.declaration.original.source == OPENED["content"]
    assert await text_of(desk, key) == TEXT["content"]


async def test_what_is_withdrawn_takes_no_edit_any_more(desk: Desk) -> None:
    key, (rosa, emma) = await published(desk), await two(desk)
    saved = await edits.edit(desk, rosa, key, OPENED)
    await releases.withdraw(desk, rosa, key, "The talks go on.")
    with pytest.raises(Stale):
        await amendments.approve(desk, emma, str(saved.amendment))
    assert (await drafts.find(desk, OPERATOR, key)).declaration.state is State.WITHDRAWN


async def test_a_rejected_edit_is_gone_and_nothing_else_is(desk: Desk) -> None:
    key, (rosa, emma) = await published(desk), await two(desk)
    saved = await edits.edit(desk, rosa, key, OPENED)
    await amendments.reject(desk, emma, str(saved.amendment))
    with pytest.raises(NotFound):
        await amendments.approve(desk, emma, str(saved.amendment))
    assert OPENED["content"] not in await everything(desk)
    assert await text_of(desk, key) == TEXT["content"]
    assert (await audited(desk.db))[-1] == "reject edit"


@pytest.mark.parametrize("role", [Role.EDITOR, Role.MODERATOR])
async def test_whoever_may_not_publish_may_not_decide(desk: Desk, role: Role) -> None:
    key, (rosa, _) = await published(desk), await two(desk)
    saved = await edits.edit(desk, rosa, key, OPENED)
    other = await somebody(desk, role, "dockers")
    for decide in (amendments.approve, amendments.reject):
        with pytest.raises(NotAllowed):
            await decide(desk, other, str(saved.amendment))
    assert (await amendments.find(desk, other, str(saved.amendment))).missing == 1


async def test_another_coordinations_people_see_nothing_of_it(desk: Desk) -> None:
    key, (rosa, _) = await published(desk), await two(desk)
    saved = await edits.edit(desk, rosa, key, OPENED)
    porter = await somebody(desk, Role.PUBLISHER, "porters")
    with pytest.raises(NotAllowed):
        await amendments.find(desk, porter, str(saved.amendment))
    with pytest.raises(NotAllowed):
        await amendments.page(desk, porter, "dockers")


async def test_a_whole_form_waits_as_one_edit_with_every_language(desk: Desk) -> None:
    key, (rosa, emma) = await published(desk), await two(desk)
    german = {"language": "de", "content": "Der Kai ist offen.", "state": "published"}
    saved = await wholes.save(desk, rosa, key, OPENED, [german])
    assert saved.waits
    await amendments.approve(desk, emma, str(saved.amendment))
    found = (await drafts.find(desk, OPERATOR, key)).declaration
    assert [one.source for one in found.versions] == [OPENED["content"], german["content"]]


async def test_sealed_names_stay_sealed_and_the_same_edit_is_the_same(desk: Desk) -> None:
    signed = [{"name": NAME, "display": "hidden", "country": "ES"}]
    key, (rosa, emma) = await published(desk, signatories=signed), await two(desk)
    other = [{"name": "Olga Satin", "display": "hidden", "country": "ES"}]
    first = await edits.edit(desk, rosa, key, {**OPENED, "signatories": other})
    again = await edits.edit(desk, rosa, key, {**OPENED, "signatories": other})
    kept = await edits.edit(desk, rosa, key, OPENED)
    assert first.amendment == again.amendment != kept.amendment
    for name in (NAME, "Olga Satin"):
        assert name not in await everything(desk)

    waiting = await amendments.find(desk, emma, str(first.amendment))
    assert waiting.other_names == {0}
    assert (await amendments.find(desk, emma, str(kept.amendment))).other_names == frozenset()
    initials = [{"name": NAME, "display": "initials", "country": "ES"}]
    same_name = await edits.edit(desk, rosa, key, {**OPENED, "signatories": initials})
    assert not (await amendments.find(desk, emma, str(same_name.amendment))).other_names
    shown = await looking.at_names_in_edit(desk, emma, str(first.amendment))
    assert shown == {0: "Olga Satin"}
    assert (await audited(desk.db))[-1] == "look at names"
    await amendments.approve(desk, emma, str(first.amendment))
    assert await looking.at_names(desk, emma, key) == shown


async def test_a_picture_described_anew_does_not_make_the_same_edit_another_one(desk: Desk) -> None:
    known = await pictures.take_in(desk, OPERATOR, "dockers", plain(), {"en": "A gate"})
    picture = known.media.image.key
    key, (rosa, emma) = await published(desk), await two(desk)
    first = await edits.edit(desk, rosa, key, {**OPENED, "hero": picture})
    with pytest.raises(Conflict, match="an edit that waits"):
        await pictures.describe(desk, rosa, picture, {"en": "A gate with two locks"})
    await pictures.describe(desk, OPERATOR, picture, {"en": "A gate with two locks"})
    done = await amendments.approve(desk, emma, str(first.amendment))
    assert not done.waits
    assert done.work.declaration.hero
    assert done.work.declaration.hero.alt_in("en") == "A gate with two locks"
    assert await amendments.page(desk, emma, "dockers") == []


async def test_a_text_that_awaits_approval_is_agreed_to_anew_with_other_words_above_it(
    desk: Desk,
) -> None:
    known = await pictures.take_in(desk, OPERATOR, "dockers", plain(), {"en": "A gate"})
    picture, (rosa, emma) = known.media.image.key, await two(desk)
    await ask_approvals(desk)
    saved = await drafts.create(desk, rosa, "dockers", {**TEXT, "hero": picture})
    key = saved.work.declaration.key
    await releases.publish(desk, rosa, key)
    await pictures.describe(desk, rosa, picture, {"fr": "Une porte"})
    await pictures.describe(desk, rosa, picture, {"en": "Liars at a gate"})
    assert (await releases.publish(desk, emma, key)).work.declaration.state == "awaiting_approval"
    assert (await releases.publish(desk, rosa, key)).work.declaration.state == "published"


async def test_a_picture_that_only_a_waiting_edit_shows_is_kept(desk: Desk) -> None:
    known = await pictures.take_in(desk, OPERATOR, "dockers", plain(), {"en": "A gate"})
    picture = known.media.image.key
    key, (rosa, emma) = await published(desk), await two(desk)
    first = await edits.edit(desk, rosa, key, {**OPENED, "hero": picture})
    with pytest.raises(Conflict, match="reject the edit"):
        await pictures.delete(desk, rosa, picture)
    await pictures.drop(desk, [picture])
    later = desk.clock() + timedelta(days=3)
    pruner = Pruner(desk.db, lambda: later, Kept())
    while await pruner.step():
        pass
    done = await amendments.approve(desk, emma, str(first.amendment))
    assert done.work.declaration.hero


async def test_redacting_and_deleting_take_the_waiting_words_along(desk: Desk) -> None:
    key, (rosa, _) = await published(desk, title="On Clara Velvet", form="note"), await two(desk)
    await edits.edit(desk, rosa, key, {"content": f"The quay of {NAME} is open."})
    await redacting.redact(desk, OPERATOR, key, NAME)
    assert NAME not in await everything(desk)
    await edits.edit(desk, rosa, key, OPENED)
    await releases.delete(desk, OPERATOR, key)
    assert OPENED["content"] not in await everything(desk)


async def test_only_so_many_edits_of_a_text_wait_at_once(desk: Desk) -> None:
    key, (rosa, _) = await published(desk), await two(desk)
    for number in range(MOST):
        await edits.edit(desk, rosa, key, {"content": f"Quay {number} is open."})
    with pytest.raises(Conflict, match="wait already"):
        await edits.edit(desk, rosa, key, OPENED)


async def test_void_edits_are_forgotten_after_their_time_and_open_ones_are_not(desk: Desk) -> None:
    key, (rosa, emma) = await published(desk), await two(desk)
    void = await edits.edit(desk, rosa, key, OPENED)
    await edits.edit(desk, OPERATOR, key, {"tags": ["quay"]})
    kept = await edits.edit(desk, rosa, key, {"content": "The quay is half open."})
    later = desk.clock() + forgetting.AMENDMENTS_KEPT + timedelta(hours=1)
    pruner = Pruner(desk.db, lambda: later, Kept())
    while await pruner.step():
        pass
    assert await amendments.find(desk, emma, str(kept.amendment))
    with pytest.raises(NotFound):
        await amendments.find(desk, emma, str(void.amendment))
