"""`requests`, `reports`, `discard`, `token erase`: what waits, and who has gone."""

import pytest
from running_command import Place


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
