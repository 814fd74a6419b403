"""Passages on real rows: what texts hold, what stays with them, who may do what."""

import pytest
from desk_rows import audited, somebody

from fediverse_coord.desk import drafts, edits, passages, redacting, releases, wholes
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Role
from fediverse_coord.errors import Conflict, NotAllowed, NotFound, Refusal, Stale
from fediverse_coord.publishing.declarations import InvalidDraft
from fediverse_coord.publishing.search_questions import question
from fediverse_coord.storage import search, spellings
from fediverse_coord.storage.actors import by_name
from fediverse_coord.storage.passages import Passage

pytestmark = pytest.mark.both_engines

EN, DE = "We want eight hours.", "Wir wollen acht Stunden."
LINE = "{{passage: demands}}"


async def put(desk: Desk, slug: str = "demands", **texts: str) -> Passage:
    given = {"texts": texts or {"en": EN, "de": DE}}
    return await passages.put(desk, OPERATOR, "dockers", slug, given)


async def write(desk: Desk, content: str = f"We stop.\n\n{LINE}", **fields: object) -> str:
    given = {"content": content, **fields}
    german = {"content": f"Wir stehen.\n\n{LINE}", "language": "de"}
    made = await drafts.create(desk, OPERATOR, "dockers", given, translations=[german])
    return made.work.declaration.key


async def html(desk: Desk, key: str, language: str = "en") -> str:
    found = (await drafts.find(desk, OPERATOR, key)).declaration.version(language)
    assert found is not None
    return found.html


async def test_each_version_holds_the_passage_in_its_own_language(desk: Desk) -> None:
    await put(desk)
    key = await write(desk)
    assert EN in await html(desk, key)
    assert DE in await html(desk, key, "de")


async def test_an_unknown_passage_is_refused_in_the_field_that_names_it(desk: Desk) -> None:
    with pytest.raises(InvalidDraft) as refused:
        await drafts.create(desk, OPERATOR, "dockers", {"content": "{{passage: nothing}}"})
    assert [one.field for one in refused.value.faults] == ["content"]
    german = {"content": "{{passage: nichts}}", "language": "de"}
    with pytest.raises(InvalidDraft) as refused:
        await drafts.create(
            desk, OPERATOR, "dockers", {"content": "We stop."}, translations=[german]
        )
    assert [one.field for one in refused.value.faults] == ["versions.de.content"]
    with pytest.raises(InvalidDraft) as refused:
        await drafts.create(desk, OPERATOR, "dockers", {"content": LINE}, translations=[german])
    assert [one.field for one in refused.value.faults] == ["content", "versions.de.content"]
    assert (await drafts.page(desk, OPERATOR, "dockers")) == []


async def test_another_coordination_has_passages_of_its_own(desk: Desk) -> None:
    await put(desk)
    with pytest.raises(InvalidDraft, match="not there"):
        await drafts.create(desk, OPERATOR, "porters", {"content": LINE})


async def test_a_published_text_keeps_its_words_until_somebody_takes_up_others(desk: Desk) -> None:
    await put(desk)
    key = await write(desk)
    await releases.publish(desk, OPERATOR, key)
    await put(desk, en="We want six hours.", de="Wir wollen sechs Stunden.")
    assert EN in await html(desk, key)
    await edits.edit(desk, OPERATOR, key, {"content": f"We go on.\n\n{LINE}", "topics": ["Hours"]})
    assert EN in await html(desk, key)
    held, _ = await passages.uses(desk, OPERATOR, "dockers", "demands")
    assert [(one.language, one.is_older) for one in held] == [("de", True), ("en", True)]
    await edits.edit(desk, OPERATOR, key, {"tags": ["six"]}, take_up=True)
    assert "six hours" in await html(desk, key)
    assert DE in await html(desk, key, "de")
    german = {"content": f"Wir stehen.\n\n{LINE}"}
    await edits.put_version(desk, OPERATOR, key, "de", german, take_up=True)
    assert "sechs Stunden" in await html(desk, key, "de")
    held, _ = await passages.uses(desk, OPERATOR, "dockers", "demands")
    assert [one.is_older for one in held] == [False, False]


async def test_a_draft_takes_the_present_words_whenever_it_is_saved(desk: Desk) -> None:
    await put(desk)
    key = await write(desk)
    await put(desk, en="We want six hours.", de=DE)
    assert EN in await html(desk, key)
    await edits.edit(desk, OPERATOR, key, {"tags": ["six"]})
    assert "six hours" in await html(desk, key)


async def test_the_form_keeps_and_takes_up_in_every_language(desk: Desk) -> None:
    await put(desk)
    key = await write(desk)
    await releases.publish(desk, OPERATOR, key)
    await put(desk, en="We want six hours.", de="Wir wollen sechs Stunden.")
    fields = {"content": f"We stop.\n\n{LINE}"}
    german = [{"content": f"Wir stehen.\n\n{LINE}", "language": "de"}]
    await wholes.save(desk, OPERATOR, key, fields, german)
    assert DE in await html(desk, key, "de")
    await wholes.save(desk, OPERATOR, key, fields, german, take_up=True)
    assert "six hours" in await html(desk, key)
    assert "sechs Stunden" in await html(desk, key, "de")


async def test_a_missing_language_is_told_and_cannot_go_out(desk: Desk) -> None:
    await put(desk, en=EN)
    given = {"content": f"We stop.\n\n{LINE}"}
    german = {"content": f"Wir stehen.\n\n{LINE}", "language": "de"}
    saved = await drafts.create(desk, OPERATOR, "dockers", given, translations=[german])
    key = saved.work.declaration.key
    assert "no words in 'de'" in saved.warnings[0]
    for attempt in (
        lambda: releases.publish(desk, OPERATOR, key),
        lambda: drafts.create(
            desk, OPERATOR, "dockers", given, translations=[german], publish=True
        ),
    ):
        with pytest.raises(InvalidDraft) as refused:
            await attempt()
        assert [one.field for one in refused.value.faults] == ["versions.de.content"]
    await releases.publish(desk, OPERATOR, key, languages=["en"])
    with pytest.raises(InvalidDraft):
        await releases.publish(desk, OPERATOR, key, languages=["de"])
    await put(desk)
    await edits.put_version(desk, OPERATOR, key, "de", german | {"state": "published"})
    assert DE in await html(desk, key, "de")


async def test_search_finds_the_words_in_the_text_that_holds_them(desk: Desk) -> None:
    await put(desk)
    key = await write(desk)
    await releases.publish(desk, OPERATOR, key)
    actor = await by_name(desk.db, "dockers")
    assert actor is not None
    for words, language in (("eight hours", "en"), ("acht Stunden", "de")):
        asked = await spellings.widened(desk.db, question(words))
        hits = await search.find(desk.db, asked, actor=actor.row)
        assert [one.language for one in hits] == [language]
    draft = await write(desk)
    found = await drafts.page(desk, OPERATOR, "dockers", words="EIGHT hours")
    assert {one.declaration.key for one in found} == {key, draft}


async def test_a_sealed_name_is_looked_for_in_passages_too(desk: Desk) -> None:
    await put(desk, en="Rosa Lux wrote this.", de="Das schrieb Rosa  LÚX.")
    hidden = [{"name": "Rosa Lux", "display": "hidden", "from": "2040-01-01"}]
    with pytest.raises(InvalidDraft) as refused:
        await write(desk, signatories=hidden)
    assert [one.field for one in refused.value.faults] == ["content"]
    plain = {"content": "We stop."}
    made = await drafts.create(desk, OPERATOR, "dockers", {**plain, "signatories": hidden})
    key = made.work.declaration.key
    with pytest.raises(InvalidDraft):
        await edits.put_version(desk, OPERATOR, key, "de", {"content": LINE})
    key = await write(desk)
    with pytest.raises(InvalidDraft):
        await edits.edit(desk, OPERATOR, key, {"signatories": hidden})


async def test_redacting_reaches_the_passage_and_tells_who_else_holds_it(desk: Desk) -> None:
    await passages.put(
        desk,
        OPERATOR,
        "dockers",
        "demands",
        {"texts": {"en": "Rosa Lux wants six hours.", "de": "Rosa Lux will sechs Stunden."},
         "source": {"name": "Rosa Lux", "url": "https://paper.example/rosa-lux"}},
    )  # fmt: skip
    one, other = await write(desk), await write(desk)
    await releases.publish(desk, OPERATOR, one)
    done = await redacting.redact(desk, OPERATOR, one, "rosa lux")
    assert done.texts == (other,)
    for language in ("en", "de"):
        assert "Lux" not in await html(desk, one, language)
        assert "Lux" in await html(desk, other, language)
    known = await passages.find(desk, OPERATOR, "dockers", "demands")
    assert not any("Lux" in text for text in known.texts.values())
    assert "lux" not in str(known.origin).lower()
    await redacting.redact(desk, OPERATOR, other, "rosa lux")
    for table in ("passages", "declaration_versions", "search"):
        rows = await desk.db.fetch_all(f"SELECT * FROM {table}")
        assert not any("lux" in str(tuple(row)).lower() for row in rows)


async def test_the_source_may_be_a_declaration_once_anybody_may_read_it(desk: Desk) -> None:
    programme = {"title": "Programme", "summary": "All we want.", "content": "All.", "kind": None}
    made = await drafts.create(desk, OPERATOR, "dockers", programme)
    source = made.work.declaration
    given = {"texts": {"en": EN, "de": DE}, "source": {"declaration": source.key}}
    await passages.put(desk, OPERATOR, "dockers", "demands", given)
    key = await write(desk)
    assert "Programme" not in await html(desk, key)
    await releases.publish(desk, OPERATOR, source.key)
    await edits.edit(desk, OPERATOR, key, {"tags": ["again"]})
    page = desk.uris.page("dockers", source.slug)
    assert f'<a href="{page}"' in await html(desk, key)
    theirs = await drafts.create(desk, OPERATOR, "porters", {"content": "Theirs."})
    for named in (theirs.work.declaration.key, "nothing", "https://far.example/1"):
        wrong = {"texts": {"en": EN}, "source": {"declaration": named}}
        with pytest.raises(Refusal) as refused:
            await passages.put(desk, OPERATOR, "dockers", "demands", wrong)
        assert [one.field for one in refused.value.faults] == ["source.declaration"]


async def test_what_a_text_holds_is_not_deleted(desk: Desk) -> None:
    await put(desk)
    key = await write(desk)
    with pytest.raises(Conflict, match="1 texts"):
        await passages.delete(desk, OPERATOR, "dockers", "demands")
    await releases.publish(desk, OPERATOR, key)
    await releases.delete(desk, OPERATOR, key)
    await passages.delete(desk, OPERATOR, "dockers", "demands")
    with pytest.raises(NotFound):
        await passages.find(desk, OPERATOR, "dockers", "demands")
    assert (await audited(desk.db))[-1] == "delete"


async def test_whoever_was_slower_changes_nothing(desk: Desk) -> None:
    seen = await put(desk)
    await put(desk, en="We want six hours.")
    given = {"texts": {"en": "We want four hours."}}
    for revision in (seen.revision, 99):
        with pytest.raises(Stale):
            await passages.put(desk, OPERATOR, "dockers", "demands", given, revision=revision)
        with pytest.raises(Stale):
            await passages.delete(desk, OPERATOR, "dockers", "demands", revision=revision)
    known = await passages.find(desk, OPERATOR, "dockers", "demands")
    assert known.texts == {"en": "We want six hours."}
    same = await put(desk, en="We want six hours.")
    assert same.revision == known.revision


async def test_who_may_write_texts_may_write_passages_of_their_coordination(desk: Desk) -> None:
    given = {"texts": {"en": EN}}
    for role, actor in ((Role.MODERATOR, "dockers"), (Role.EDITOR, "porters")):
        person = await somebody(desk, role, actor)
        with pytest.raises(NotAllowed):
            await passages.put(desk, person, "dockers", "demands", given)
        with pytest.raises(NotAllowed):
            await passages.delete(desk, person, "dockers", "demands")
    outsider = await somebody(desk, Role.ADMIN, "porters")
    with pytest.raises(NotAllowed):
        await passages.page(desk, outsider, "dockers")
    editor = await somebody(desk, Role.EDITOR, "dockers")
    await passages.put(desk, editor, "dockers", "demands", given)
    assert await audited(desk.db) == ["create"]


async def test_letters_that_only_moderators_read_are_left_out_of_the_uses(desk: Desk) -> None:
    await put(desk)
    letter = {
        "content": LINE,
        "visibility": "direct",
        "in_reply_to": "https://far.example/1",
    }
    await drafts.create(desk, OPERATOR, "dockers", letter)
    editor = await somebody(desk, Role.EDITOR, "dockers")
    assert (await passages.uses(desk, editor, "dockers", "demands"))[0] == []
    assert len((await passages.uses(desk, OPERATOR, "dockers", "demands"))[0]) == 1


async def test_lists_are_leafed_through(desk: Desk) -> None:
    for slug in ("b", "a", "c"):
        await put(desk, slug)
    first, after = await passages.page(desk, OPERATOR, "dockers", limit=2)
    assert [one.slug for one in first] == ["a", "b"]
    rest, end = await passages.page(desk, OPERATOR, "dockers", after=after or 0, limit=2)
    assert ([one.slug for one in rest], end) == (["c"], None)
    given = {"content": "{{passage: a}}"}
    made = [await drafts.create(desk, OPERATOR, "dockers", given) for _ in range(3)]
    keys = [one.work.declaration.key for one in made]
    held, before = await passages.uses(desk, OPERATOR, "dockers", "a", limit=2)
    assert {one.work.declaration.key for one in held} == set(keys[1:])
    held, end = await passages.uses(desk, OPERATOR, "dockers", "a", before=before, limit=2)
    assert ({one.work.declaration.key for one in held}, end) == ({keys[0]}, None)


@pytest.mark.parametrize("text", ["![x](media:abcdefghijklmnop)", "{{passage: other}}"])
async def test_what_only_texts_can_hold_is_refused(desk: Desk, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        await put(desk, en=text)
    assert [one.field for one in refused.value.faults] == ["texts.en"]
    with pytest.raises(Refusal) as refused:
        await put(desk, "Not A Slug")
    assert [one.field for one in refused.value.faults] == ["id"]


async def test_a_text_that_grows_too_long_with_its_passages_is_refused(desk: Desk) -> None:
    await put(desk, en="x" * 19_000)
    for times, reason in ((12, "with its passages"), (51, "at most 50")):
        lines = "\n\n".join([LINE] * times)
        with pytest.raises(InvalidDraft, match=reason):
            await drafts.create(desk, OPERATOR, "dockers", {"content": lines})


async def test_a_name_that_no_database_can_hold_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await passages.find(desk, OPERATOR, "dockers", "a\x00b")
    with pytest.raises(NotFound):
        await passages.delete(desk, OPERATOR, "dockers", "a\x00b")
    with pytest.raises(InvalidDraft):
        await drafts.create(desk, OPERATOR, "dockers", {"content": "{{passage: a\x00b}}"})
