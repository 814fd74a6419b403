"""Redact: afterwards the name stands nowhere, in no row, of what the declaration says or said."""

import re

import pytest
from desk_rows import respond, somebody, went_out
from far_people import FarServer

from fediverse_coord.desk import drafts, edits, redacting, releases, repetitions
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Role
from fediverse_coord.desk.repetitions import Answered
from fediverse_coord.errors import Conflict, NotAllowed, Refusal
from fediverse_coord.publishing.declarations import Signatory
from fediverse_coord.storage import objects, responses
from fediverse_coord.storage.search_upkeep import Upkeep

pytestmark = pytest.mark.both_engines

NAME = "Rosa María Lux"
WORK = {
    "title": "Word from Rosa Maria Lux",
    "summary": "ROSA MARÍA LUX says no.",
    "content": "So says **Rosa María** Lux. #RosaMaríaLux\n\nAll of us stay.",
    "kind": "letter",
    "addressees": ["Friends of Rosa María Lux"],
    "organisations": ["Circle Rosa-María Lux"],
    "sources": [{"name": "Rosa María Lux", "url": "https://paper.example/rosa-maria-lux"}],
    "topics": ["Rosa María Lux", "Wages"],
    "translator": "Rosa María Lux",
    "signatories": [
        {"name": NAME, "office": "Chair"},
        {"name": NAME, "display": "initials", "office": "Clerk", "country": "ES"},
        {"name": "Ben Okafor", "office": "Treasurer"},
    ],
}
GERMAN = {"title": "Wort von Rosa María Lux", "summary": "Nein.", "content": "Rosa  María\nLux."}
# Not a short part of it: a signature may hold one by chance.
SAID = re.compile(r"rosa\W{0,4}mar|mar[ií]a\W{0,4}lux")
TABLES = "SELECT name FROM {tables} AS known"


async def rows_that_say(desk: Desk) -> list[str]:
    """Tables with a row in which the name stands, in any case and with whatever between."""
    found = []
    upkeep = Upkeep(desk.db)
    while await upkeep.step():
        pass
    for table in await desk.db.fetch_all(TABLES):
        for row in await desk.db.fetch_all(f"SELECT * FROM {table['name']}"):
            text = " ".join(_plain(value) for value in tuple(row)).lower()
            if SAID.search(text):
                found.append(table["name"])
    return found


def _plain(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


async def published(desk: Desk) -> str:
    """Published in two languages; everything but the sealed signatory says the name."""
    open_ = [one for one in WORK["signatories"] if "display" not in one]  # type: ignore[attr-defined]
    saved = await drafts.create(
        desk,
        OPERATOR,
        "dockers",
        WORK | {"signatories": open_},
        translations=[GERMAN | {"language": "de"}],
        publish=True,
    )
    key = saved.work.declaration.key
    await edits.edit(
        desk,
        OPERATOR,
        key,
        {"kind": "call"},
        correction={"what": f"{NAME} is not the chair.", "why": f"{NAME} told us."},
    )
    return key


async def test_the_name_is_taken_out_of_every_row(desk: Desk) -> None:
    key = await published(desk)
    assert len(set(await rows_that_say(desk))) > 6
    done = await redacting.redact(desk, OPERATOR, key, "rosa maria lux")

    assert await rows_that_say(desk) == []
    assert done.revisions > 0
    one = done.work.declaration
    assert one.original.source == "So says **[name removed]. #[name removed]\n\nAll of us stay."
    assert one.versions[1].title == "Wort von [Name entfernt]"
    assert one.signatories == (Signatory("Ben Okafor", "Treasurer"),)
    assert (one.slug, one.topics, one.original.translator) == (key, ("Wages",), None)
    assert "Rosa" not in str(done.work.corrections)


async def test_those_who_have_the_text_are_told_with_a_new_address_for_its_card(
    desk: Desk,
) -> None:
    key = await published(desk)
    await redacting.redact(desk, OPERATOR, key, NAME)
    [*_, (kind, updated, _)] = await went_out(desk.db)
    assert kind == "Update"
    assert updated["object"]["name"] == "Word from [name removed]"
    assert updated["object"]["nameMap"]["de"] == "Wort von [Name entfernt]"
    assert updated["object"]["url"].endswith(f"/@dockers/{key}?r=1")


async def test_a_sealed_signatory_goes_with_the_name(desk: Desk) -> None:
    sealed = {"content": "We stand.", "signatories": [{"name": NAME, "display": "hidden"}]}
    saved = await drafts.create(desk, OPERATOR, "dockers", sealed, publish=True)
    done = await redacting.redact(desk, OPERATOR, saved.work.declaration.key, NAME)
    assert done.work.declaration.signatories == ()


@pytest.mark.parametrize("act", ["draft", "withdrawn", "awaiting_approval"])
async def test_it_is_taken_out_in_whatever_state(desk: Desk, act: str) -> None:
    saved = await drafts.create(desk, OPERATOR, "dockers", {"content": f"By {NAME}."})
    key = saved.work.declaration.key
    if act == "withdrawn":
        await releases.publish(desk, OPERATOR, key)
        await releases.withdraw(desk, OPERATOR, key, f"{NAME} had not agreed.", keep_text=True)
    elif act == "awaiting_approval":
        await desk.db.write(
            lambda tx: tx.execute("UPDATE declarations SET state = 'awaiting_approval'")
        )
    done = await redacting.redact(desk, OPERATOR, key, NAME)
    assert await rows_that_say(desk) == []
    assert done.work.declaration.state == act


async def test_what_is_deleted_says_nothing_to_take_out(desk: Desk) -> None:
    key = await published(desk)
    await releases.delete(desk, OPERATOR, key)
    with pytest.raises(Conflict, match="final"):
        await redacting.redact(desk, OPERATOR, key, NAME)


@pytest.mark.parametrize("name", ["", "  ", "--", "x" * 301, "Nobody Here"])
async def test_a_name_that_is_none_or_is_not_there_changes_nothing(desk: Desk, name: str) -> None:
    key = await published(desk)
    before = (await drafts.find(desk, OPERATOR, key)).declaration
    with pytest.raises(Refusal) as refused:
        await redacting.redact(desk, OPERATOR, key, name)
    assert [one.field for one in refused.value.faults] == ["name"]
    assert (await drafts.find(desk, OPERATOR, key)).declaration == before
    assert len(await went_out(desk.db)) == 2


async def test_a_form_that_cannot_be_taken_out_is_refused_and_nothing_is_half_done(
    desk: Desk,
) -> None:
    text = {"content": "By [Rosa](https://a-long-way-off.example/p) María Lux, and Rosa María Lux."}
    saved = await drafts.create(desk, OPERATOR, "dockers", text, publish=True)
    with pytest.raises(Refusal, match="edit that text first"):
        await redacting.redact(desk, OPERATOR, saved.work.declaration.key, NAME)
    work = await drafts.find(desk, OPERATOR, saved.work.declaration.key)
    assert work.declaration == saved.work.declaration


async def test_answers_kept_to_be_repeated_do_not_say_it_either(desk: Desk) -> None:
    key = await published(desk)
    person = await somebody(desk, Role.PUBLISHER)
    for number, body in ((1, f'{{"content": "By {NAME}"}}'), (2, '{"content": "By Ben"}')):
        await repetitions.begin(desk, person, f"k{number}", b"f")
        await repetitions.finish(desk, person, f"k{number}", Answered(201, None, body.encode()))
    await redacting.redact(desk, OPERATOR, key, NAME)
    assert await desk.db.fetch_value("SELECT count(*) FROM idempotency") == 1


async def test_only_who_publishes_takes_names_out(desk: Desk) -> None:
    key = await published(desk)
    for role in (Role.EDITOR, Role.MODERATOR):
        with pytest.raises(NotAllowed):
            await redacting.redact(desk, await somebody(desk, role), key, NAME)
    assert (await redacting.redact(desk, await somebody(desk, Role.PUBLISHER), key, NAME)).revisions


async def test_what_others_said_below_is_told_to_the_person(desk: Desk, far: FarServer) -> None:
    key = await published(desk)
    author = await desk.peers.actor(far.person("ann"))
    object_id = desk.uris.object("dockers", key)
    found = await objects.by_id(desk.db, object_id)
    assert found is not None
    for number, html in enumerate(("<p>Hail ROSA <b>María</b> Lux</p>", "<p>Hail all</p>")):
        await respond(
            desk,
            author,
            f"r{number}",
            object=found.row,
            in_reply_to=object_id,
            html=html,
            state="approved",
        )
    done = await redacting.redact(desk, OPERATOR, key, NAME)
    assert done.responses == ("r0",)
    assert (await responses.by_key(desk.db, "r0")) is not None
