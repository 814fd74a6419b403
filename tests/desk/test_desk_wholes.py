"""A declaration saved as one form hands it in: all of it, or nothing, and nobody's words lost."""

import asyncio

import pytest

from fediverse_coord.config import Config
from fediverse_coord.desk import (
    coordinations,
    drafts,
    forms,
    looking,
    previews,
    releases,
    wholes,
)
from fediverse_coord.desk.composing import default_form
from fediverse_coord.desk.coordinations import Applied
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import OPERATOR, Person, Role
from fediverse_coord.errors import NotAllowed, Refusal, Stale
from fediverse_coord.protocol.sealing import Seal
from fediverse_coord.publishing.coordinations import Coordination, coordination_from
from fediverse_coord.publishing.declarations import InvalidDraft

ENGLISH = {"title": "The quay", "summary": "It is closed.", "content": "The quay is closed.",
           "language": "en"}  # fmt: skip
GERMAN = {"title": "Der Kai", "summary": "Er ist zu.", "content": "Der Kai ist zu.",
          "language": "de"}  # fmt: skip
FRENCH = {"title": "Le quai", "summary": "Il est fermé.", "content": "Le quai est fermé.",
          "language": "fr"}  # fmt: skip
EDITOR = Person(None, "Edda", Role.EDITOR, None, None)


async def drafted(desk: Desk) -> str:
    saved = await drafts.create(desk, OPERATOR, "dockers", ENGLISH, translations=[GERMAN, FRENCH])
    return saved.work.declaration.key


async def outdated(desk: Desk, key: str) -> list[str]:
    one = (await drafts.find(desk, OPERATOR, key)).declaration
    return [version.language for version in one.versions if one.is_outdated(version)]


async def test_all_languages_are_saved_at_once_and_unchanged_ones_keep_their_mark(
    desk: Desk,
) -> None:
    key = await drafted(desk)
    changed = ENGLISH | {"content": "The quay is open.", "kind": "letter"}
    german = GERMAN | {"content": "Der Kai ist offen."}
    saved = await wholes.save(desk, OPERATOR, key, changed, [german, FRENCH], revision=1)

    one = saved.work.declaration
    assert (one.revision, one.kind) == (2, "letter")
    assert [version.source for version in one.versions] == [
        "The quay is open.", "Der Kai ist offen.", "Le quai est fermé.",
    ]  # fmt: skip
    assert await outdated(desk, key) == ["fr"]
    await wholes.save(desk, OPERATOR, key, changed, [german, FRENCH], confirmed=["fr"])
    assert await outdated(desk, key) == []


async def test_faults_of_every_language_are_named_together(desk: Desk) -> None:
    key = await drafted(desk)
    wrong = ENGLISH | {"content": "", "dated": "x"}
    with pytest.raises(InvalidDraft) as refused:
        await wholes.save(
            desk, OPERATOR, key, wrong, [GERMAN | {"summary": ""}, FRENCH | {"title": "<"}]
        )
    assert {one.field for one in refused.value.faults} == {
        "content", "dated", "versions.de.summary", "versions.fr.title",
    }  # fmt: skip
    assert (await drafts.find(desk, OPERATOR, key)).declaration.revision == 1
    with pytest.raises(InvalidDraft) as refused:
        await drafts.create(
            desk, OPERATOR, "dockers", wrong, translations=[GERMAN | {"content": ""}]
        )
    assert "versions.de.content" in {one.field for one in refused.value.faults}


async def test_of_two_who_save_one_is_told_and_nothing_is_mixed(desk: Desk) -> None:
    key = await drafted(desk)
    done = await asyncio.gather(
        *(
            wholes.save(
                desk, OPERATOR, key, ENGLISH | {"content": who}, [GERMAN | {"content": who}],
                revision=1,
            )
            for who in ("Ana.", "Ben.")
        ),
        return_exceptions=True,
    )  # fmt: skip
    assert [type(one) for one in done if isinstance(one, BaseException)] == [Stale]
    one = (await drafts.find(desk, OPERATOR, key)).declaration
    assert len({version.source for version in one.versions}) == 1


async def test_a_language_left_out_goes_unless_it_is_published(desk: Desk) -> None:
    key, out = await drafted(desk), await drafted(desk)
    await releases.publish(desk, OPERATOR, out, languages=["de"])
    for each in (key, out):
        await wholes.save(desk, OPERATOR, each, ENGLISH, [])
    kept = [(await drafts.find(desk, OPERATOR, each)).declaration for each in (key, out)]
    assert [[one.language for one in each.versions] for each in kept] == [["en"], ["en", "de"]]


async def test_no_language_may_say_a_sealed_name(desk: Desk) -> None:
    key = await drafted(desk)
    sealed = ENGLISH | {"signatories": [{"name": "Lena Brandt", "display": "hidden"}]}
    with pytest.raises(InvalidDraft) as refused:
        await wholes.save(
            desk, OPERATOR, key, sealed, [GERMAN | {"content": "Lena Brandt war da."}]
        )
    assert [one.field for one in refused.value.faults] == ["versions.de.content"]
    assert (await drafts.find(desk, OPERATOR, key)).declaration.signatories == ()


async def test_a_look_at_sealed_names_is_written_down(desk: Desk) -> None:
    key = await drafted(desk)
    sealed = ENGLISH | {"signatories": [{"name": "Ana"}, {"name": "Lena", "display": "hidden"}]}
    await wholes.save(desk, OPERATOR, key, sealed, [])
    assert await looking.at_names(desk, EDITOR, key) == {1: "Lena"}
    rows = await desk.db.fetch_all("SELECT subject FROM audit WHERE verb = 'look at names'")
    assert [row["subject"] for row in rows] == [f"declaration:{key}"]
    moderator = Person(None, "Mona", Role.MODERATOR, None, None)
    with pytest.raises(NotAllowed):
        await looking.at_names(desk, moderator, key)


async def test_an_editor_saves_drafts_and_nothing_that_is_out(desk: Desk) -> None:
    key = await drafted(desk)
    await wholes.save(desk, EDITOR, key, ENGLISH | {"content": "More."}, [GERMAN, FRENCH])
    await releases.publish(desk, OPERATOR, key)
    with pytest.raises(NotAllowed):
        await wholes.save(desk, EDITOR, key, ENGLISH, [GERMAN, FRENCH])


async def test_the_form_is_chosen_once_by_whoever_may_publish(desk: Desk) -> None:
    actor = await coordination(desk, "dockers")
    publisher = Person(None, "Petra", Role.PUBLISHER, None, None)
    assert (forms.is_asked(publisher, actor), forms.is_asked(EDITOR, actor)) == (True, False)
    with pytest.raises(NotAllowed):
        await forms.choose(desk, EDITOR, "dockers", "note")
    with pytest.raises(Refusal, match="one of: note, article"):
        await forms.choose(desk, publisher, "dockers", "poem")
    await forms.choose(desk, publisher, "dockers", "note")
    assert not forms.is_asked(publisher, await coordination(desk, "dockers"))
    saved = await drafts.create(desk, OPERATOR, "dockers", ENGLISH)
    assert saved.work.declaration.form == "note"


def of_file(name: str, **changed: object) -> Coordination:
    """The file that the desk's coordination was made from, with these changes."""
    data: dict[str, object] = {
        "username": name,
        "languages": ["en"],
        "name": f"{name.title()}' Coordination",
        "summary": f"{name.title()} write to {name}.",
        "contact": f"post@{name}.example",
        "revision": 1,
    }
    return coordination_from(data | changed, file_name=f"{name}.toml")


async def test_a_chosen_form_outlives_a_revision_of_the_file(desk: Desk) -> None:
    await forms.choose(desk, OPERATOR, "dockers", "note")

    async def applied(**changed: object) -> Applied:
        files = [of_file("dockers", **changed), of_file("porters")]
        return await coordinations.apply(desk.db, Config(), Seal(bytes(32)), files, desk.clock())

    assert await applied() == Applied()  # nothing in the file has changed
    assert (await applied(revision=2, contact="new@dockers.example")).revised == ("dockers",)
    actor = await coordination(desk, "dockers")
    assert (actor.profile["contact"], default_form(actor)) == ("new@dockers.example", "note")
    await applied(revision=3, default_form="article")
    actor = await coordination(desk, "dockers")
    assert (forms.is_asked(OPERATOR, actor), default_form(actor)) == (False, "article")


async def test_a_preview_tells_no_more_of_somebody_hidden_than_the_country(desk: Desk) -> None:
    hidden = {"name": "Lena Brandt", "office": "Spokeswoman", "display": "hidden", "country": "PE"}
    fields = ENGLISH | {"signatories": [hidden], "addressees": ["The port"], "dated": "2026-05-01"}
    shown = (await previews.of_text(desk, OPERATOR, "dockers", fields, [GERMAN])).shown
    assert set(shown) == {
        "mastodon", "gotosocial", "misskey", "feed.en", "feed.de", "paper.en", "paper.de",
    }  # fmt: skip
    assert shown["paper.de"].startswith("1. Mai 2026\n\nAn\nThe port\n\nDer Kai\n\nDer Kai ist zu.")
    assert shown["mastodon"].startswith("The quay\n\nIt is closed.")
    assert shown["gotosocial"].startswith("It is closed.")
    assert "The quay is closed." in shown["misskey"]
    told = str(shown)
    assert not [one for one in ("Lena", "Brandt", "Spokeswoman") if one in told]
    assert "name known to the editors, Peru" in shown["paper.en"]
