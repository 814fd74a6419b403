"""Where a name stands is shown before it is taken out, and looking changes nothing."""

import pytest
from desk_rows import somebody
from test_desk_redacting import NAME, TABLES, published

from fediverse_coord.desk import drafts, introductions, passages, redacting, redacting_places
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Role
from fediverse_coord.errors import NotAllowed, Refusal

pytestmark = pytest.mark.both_engines


async def everything(desk: Desk) -> list[object]:
    return [
        tuple(map(str, tuple(row)))
        for table in await desk.db.fetch_all(TABLES)
        for row in await desk.db.fetch_all(f"SELECT * FROM {table['name']}")
    ]


async def places(desk: Desk, key: str, name: str = NAME) -> dict[tuple[str, str | None], int]:
    found = await redacting_places.places_of(desk, OPERATOR, key, name)
    return {(one.what, one.language): one.count for one in found.places}


async def test_every_place_of_a_text_is_told_and_none_is_left_afterwards(desk: Desk) -> None:
    key = await published(desk)
    before = await everything(desk)
    told = await places(desk, key, "rosa maria lux")
    assert await everything(desk) == before
    assert {what for what, _ in told} == {
        "title", "summary", "text", "translator", "addressees", "organisations", "topics",
        "sources", "addresses", "corrections", "signatories", "earlier",
    }  # fmt: skip
    assert (told["text", "en"], told["text", "de"], told["sources", None]) == (2, 1, 2)
    await redacting.redact(desk, OPERATOR, key, NAME)
    assert await places(desk, key) == {}


async def test_words_of_the_whole_coordination_are_told_as_such(desk: Desk) -> None:
    key = await published(desk)
    held = {"texts": {"en": f"{NAME} asks for bread."}}
    await passages.put(desk, OPERATOR, "dockers", "bread", held)
    await introductions.put(
        desk, OPERATOR, "dockers", "topic", "Wages", {"texts": {"en": f"By {NAME}."}}
    )
    told = await places(desk, key)
    assert (told["passages", None], told["introductions", None]) == (1, 1)


async def test_a_word_of_a_passage_counts_where_the_text_holds_it(desk: Desk) -> None:
    held = {"texts": {"en": f"{NAME} asks for bread."}}
    await passages.put(desk, OPERATOR, "dockers", "bread", held)
    fields = {"content": "We ask:\n\n{{passage: bread}}", "language": "en"}
    saved = await drafts.create(desk, OPERATOR, "dockers", fields)
    told = await places(desk, saved.work.declaration.key)
    assert told == {("text", "en"): 1, ("passages", None): 1}


async def test_it_is_shown_how_a_text_would_read(desk: Desk) -> None:
    fields = {"content": "Bread for the day, and roses for the night.", "language": "en"}
    saved = await drafts.create(desk, OPERATOR, "dockers", fields)
    key = saved.work.declaration.key
    found = await redacting_places.places_of(desk, OPERATOR, key, "the")
    one = next(one for one in found.places if one.what == "text")
    assert (one.count, one.reads) == (
        2,
        "Bread for [name removed] day, and roses for [name removed] night.",
    )


async def test_a_sealed_name_cannot_be_guessed_by_looking(desk: Desk) -> None:
    signs = {"name": NAME, "display": "hidden"}
    fields = {"content": "All of us.", "language": "en", "signatories": [signs]}
    saved = await drafts.create(desk, OPERATOR, "dockers", fields)
    key = saved.work.declaration.key
    right = await redacting_places.places_of(desk, OPERATOR, key, NAME)
    wrong = await redacting_places.places_of(desk, OPERATOR, key, "Ben Okafor")
    assert (right.places, right.sealed) == (wrong.places, wrong.sealed) == ((), 1)


@pytest.mark.parametrize(
    "name, is_short", [("a", True), (" l’ ", True), ("Li", True), ("the", False)]
)
async def test_a_name_of_one_or_two_letters_is_told_as_short(
    desk: Desk, name: str, is_short: bool
) -> None:
    key = await published(desk)
    found = await redacting_places.places_of(desk, OPERATOR, key, name)
    assert found.is_short is is_short


async def test_who_may_not_take_it_out_may_not_look_either(desk: Desk) -> None:
    key = await published(desk)
    with pytest.raises(NotAllowed):
        await redacting_places.places_of(desk, await somebody(desk, Role.EDITOR), key, NAME)


@pytest.mark.parametrize("name", ["", "–", "x" * 301])
async def test_what_is_no_name_is_refused_when_looked_for(desk: Desk, name: str) -> None:
    key = await published(desk)
    with pytest.raises(Refusal, match="at least one letter"):
        await redacting_places.places_of(desk, OPERATOR, key, name)
