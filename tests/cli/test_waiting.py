"""`edits`, `requests`, `reports`, `discard`, `token erase`: what waits, and who has gone."""

import asyncio

import pytest
from running_command import Place

from fediverse_coord.app import opened
from fediverse_coord.config import load
from fediverse_coord.desk import edits
from fediverse_coord.desk.people import Person, Role
from fediverse_coord.storage import people


@pytest.mark.parametrize("words", [["requests"], ["reports"]])
def test_nothing_waits_at_first(place: Place, words: list[str]) -> None:
    done = place.run(*words)
    assert (done.code, done.out) == (0, "")
    assert place.run(*words, "--json").json == []


@pytest.mark.parametrize("option", ["--accept", "--refuse"])
def test_who_did_not_ask_gets_no_answer(place: Place, option: str) -> None:
    assert "`requests` shows" in place.run("requests", option, "@ana@far.example").refusal


def test_a_request_is_answered_in_one_way(place: Place) -> None:
    place.run("requests", "--accept", "@a@b.example", "--refuse", "@a@b.example").misuse  # noqa: B018


def test_a_report_that_is_not_there_is_not_done(place: Place) -> None:
    assert "`reports` shows" in place.run("reports", "--done", "7").refusal


def test_only_a_response_that_is_there_can_be_discarded(place: Place) -> None:
    assert place.run("discard", "nothing").refusal


def test_an_erased_coordinator_has_no_name_and_no_token(place: Place) -> None:
    assert place.run("token", "create", "--coordinator", "Rosa Lind", "--role", "editor").line
    assert place.run("token", "erase", "Rosa Lind", stdin="n\n").code == 1
    assert "Rosa" in place.run("token", "list").out

    assert place.run("token", "erase", "Rosa Lind", "--yes").code == 0
    (token,) = place.run("token", "list", "--json").json
    assert (token["coordinator"], token["revoked"]) == (None, True)
    assert place.run("token", "erase", "Rosa Lind", "--yes").refusal


def test_edits_that_wait_are_listed_and_decided_by_command(place: Place) -> None:
    ask_for_two(place)
    named = place.publish("The gate is shut.")
    for name, text in (("Rosa", "The gate is open."), ("Emma", "The gate is half open.")):
        asyncio.run(_edited(place, named, name, text))
    listed = place.run("edits", "--json").json
    assert [one["missing"] for one in listed] == [1, 1]
    first = place.run("edits", "--limit", "1", "--json").json
    rest = place.run("edits", "--after", first[0]["edit"], "--json").json
    assert [*first, *rest] == listed
    assert place.run("edits", "--approve", "a", "--reject", "b").misuse

    half_open, opened = (str(one["edit"]) for one in listed)
    assert "approved" in place.run("edits", "--approve", opened).err
    assert place.shown(named)["versions"][0]["content"] == "The gate is open."
    assert "take it up anew" in place.run("edits", "--approve", half_open).refusal
    assert place.run("edits", "--reject", half_open).code == 0
    assert place.run("edits", "--json").json == []
    assert "no such edit waits" in place.run("edits", "--reject", half_open).refusal


def ask_for_two(place: Place) -> None:
    [file] = (place.folder / "actors").glob("*.toml")
    text = file.read_text().replace("revision = 1", "revision = 2")
    file.write_text(f"{text}\n[policies]\napprovals = 1\n")


async def _edited(place: Place, named: str, who: str, text: str) -> None:
    """As that person's token would."""
    async with opened(load(place.folder / "config.toml")) as services:
        desk = services.desk
        row = await desk.db.write(lambda tx: people.ensure(tx, who, desk.clock()))
        person = Person(row, None, Role.PUBLISHER, None, None)
        await edits.edit(desk, person, named.rpartition("/")[2], {"content": text})
