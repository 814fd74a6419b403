"""No way of writing, and no place beside a text, keeps a name that is taken out or locked away."""

from collections.abc import Mapping

import pytest
from desk_rows import somebody

from fediverse_coord.desk import drafts, edits, passages, redacting, releases, repetitions, wholes
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR, Role
from fediverse_coord.desk.repetitions import Answered
from fediverse_coord.errors import Refusal
from fediverse_coord.publishing.declarations import InvalidDraft

pytestmark = pytest.mark.both_engines

NAME = "Rosa Lux"
OPEN = {"signatories": [{"name": NAME}]}
HIDDEN = {"signatories": [{"name": NAME, "display": "hidden"}]}
MARKED = [
    "Rosa&nbsp;Lux",
    "Ro**sa** Lux",
    "R&#111;sa Lux",
    "Ro\u00adsa Lux",
    "[Rosa](https://paper.example/x) Lux",
    "[here](https://paper.example/Rosa%20Lux.pdf)",
]


async def published(desk: Desk, fields: Mapping[str, object], *others: Mapping[str, object]) -> str:
    saved = await drafts.create(
        desk, OPERATOR, "dockers", fields, translations=others, publish=True
    )
    return saved.work.declaration.key


@pytest.mark.parametrize("text", MARKED)
async def test_no_text_says_a_name_that_is_locked_away(desk: Desk, text: str) -> None:
    with pytest.raises(InvalidDraft, match=r"content holds the name of signatory 1"):
        await published(desk, {"content": f"By {text}.", **HIDDEN})


@pytest.mark.parametrize("text", [one for one in MARKED if "paper" not in one])
async def test_what_is_written_otherwise_is_taken_out_as_well(desk: Desk, text: str) -> None:
    key = await published(desk, {"content": f"By {text}, all of us."})
    done = await redacting.redact(desk, OPERATOR, key, NAME)
    assert done.work.declaration.original.source == "By [name removed], all of us."


async def test_no_link_leads_to_an_address_with_the_name(desk: Desk) -> None:
    sources = [{"name": "The paper", "url": "https://paper.example/Rosa%20Lux"}]
    text = "See [here](https://paper.example/Rosa%20Lux.pdf)."
    key = await published(desk, {"content": text, "sources": sources})
    one = (await redacting.redact(desk, OPERATOR, key, NAME)).work.declaration
    assert "Lux" not in one.original.html
    assert [source.url for source in one.sources] == [None]


async def test_a_form_that_had_to_be_edited_away_stands_in_no_older_wording(desk: Desk) -> None:
    text = "By [Rosa](https://paper.example/x) Lux and Rosa Lux."
    key = await published(desk, {"content": text})
    with pytest.raises(Refusal, match="edit that text first"):
        await redacting.redact(desk, OPERATOR, key, NAME)
    await edits.edit(desk, OPERATOR, key, {"content": "By Rosa Lux and all."})
    await redacting.redact(desk, OPERATOR, key, NAME)
    rows = await desk.db.fetch_all("SELECT source FROM declaration_revisions")
    said = {row["source"] for row in rows}
    assert said == {"[name removed]", "By [name removed] and all."}


async def test_a_passage_in_which_a_link_parts_the_name_is_named(desk: Desk) -> None:
    texts = {"en": "So says [Rosa](https://paper.example/x) Lux."}
    await passages.put(desk, OPERATOR, "dockers", "word", {"texts": texts})
    key = await published(desk, {"content": "By Rosa Lux."})
    with pytest.raises(Refusal, match="in the passage 'word'"):
        await redacting.redact(desk, OPERATOR, key, NAME)


async def test_the_address_loses_a_name_in_the_letters_that_addresses_have(desk: Desk) -> None:
    fields = {"title": "Łukasz Wołosz arrested", "summary": "x", "form": "article", "content": "x"}
    key = await published(desk, fields)
    done = await redacting.redact(desk, OPERATOR, key, "Łukasz Wołosz")
    assert done.work.declaration.slug == key
    assert await desk.db.fetch_all("SELECT slug FROM slugs WHERE slug LIKE '%lukasz%'") == []


async def test_a_kept_answer_that_breaks_a_line_within_the_name_goes(desk: Desk) -> None:
    key = await published(desk, {"content": "By Rosa\nLux."})
    person = await somebody(desk, Role.PUBLISHER)
    for number, body in enumerate((b'{"content": "By Rosa\\nLux."}', b'{"content": "By us"}')):
        await repetitions.begin(desk, person, f"k{number}", b"f")
        await repetitions.finish(desk, person, f"k{number}", Answered(201, None, body))
    await redacting.redact(desk, OPERATOR, key, NAME)
    kept = await desk.db.fetch_all("SELECT key FROM idempotency")
    assert [row["key"] for row in kept] == ["k1"]


async def test_the_reason_of_a_withdrawal_does_not_say_what_is_locked_away(desk: Desk) -> None:
    key = await published(desk, {"content": "We stand.", **HIDDEN})
    with pytest.raises(InvalidDraft, match="reason holds the name of signatory 1"):
        await releases.withdraw(desk, OPERATOR, key, f"{NAME} had not agreed.")
    done = await releases.withdraw(desk, OPERATOR, key, "Somebody had not agreed.")
    assert done.work.reason == "Somebody had not agreed."


@pytest.mark.parametrize("field", ["office", "organisation", "name"])
async def test_nothing_of_others_who_sign_says_it(desk: Desk, field: str) -> None:
    other = {"name": "Ben Okafor", field: f"Circle {NAME}"}
    with pytest.raises(InvalidDraft, match=rf"signatories\.1\.{field} holds the name"):
        await published(desk, {"content": "We stand.", "signatories": [*_of(HIDDEN), other]})


async def test_nor_does_their_own_office(desk: Desk) -> None:
    [who] = _of(HIDDEN)
    signed = [{**who, "office": "Clerk Rosa Lux"}]
    with pytest.raises(InvalidDraft, match=r"signatories\.0\.office holds the name"):
        await published(desk, {"content": "We stand.", "signatories": signed})


async def test_nobody_is_locked_away_whom_a_correction_has_named(desk: Desk) -> None:
    key = await published(desk, {"content": "We stand.", **OPEN})
    told = {"what": f"{NAME} has joined."}
    await edits.edit(desk, OPERATOR, key, {"content": "We do."}, correction=told)
    with pytest.raises(InvalidDraft, match=r"signatories\.0\.name was told to readers"):
        await edits.edit(desk, OPERATOR, key, HIDDEN, quiet=True)


async def test_nobody_is_locked_away_whom_a_translation_that_stays_names(desk: Desk) -> None:
    german = {"language": "de", "content": f"{NAME} steht."}
    key = await published(desk, {"content": "We stand.", **OPEN}, german)
    english = {"language": "en", "content": "We stand.", **HIDDEN}
    with pytest.raises(InvalidDraft, match=r"versions\.de\.content holds the name"):
        await wholes.save(desk, OPERATOR, key, english, [])


def _of(fields: Mapping[str, list[dict[str, str]]]) -> list[dict[str, str]]:
    return fields["signatories"]
