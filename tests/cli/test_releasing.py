"""Withdrawing, deleting, scheduling, pinning; and how a declaration may be named."""

from datetime import UTC, datetime, timedelta

import pytest
from running_command import ORIGIN, Place
from terminal import terminal


def test_withdraw_needs_a_reason_and_shows_it(place: Place) -> None:
    named = place.publish("We stand.")
    assert "--reason" in place.run("withdraw", named).misuse

    assert place.run("withdraw", named, "--reason", "The strike is over.").line == named
    shown = place.shown(named)
    assert (shown["state"], shown["reason"]) == ("withdrawn", "The strike is over.")


def test_delete_asks_first_and_does_nothing_without_a_yes(place: Place) -> None:
    named = place.publish("We stand.")

    for answer in ("n\n", ""):
        done = place.run("delete", named, stdin=answer)
        assert (done.code, done.out) == (1, "")
        assert "stopped" in done.err
    assert place.shown(named)["state"] == "published"


@pytest.mark.parametrize(("words", "answer"), [(["--yes"], ""), ([], "y\n")])
def test_delete_is_final(place: Place, words: list[str], answer: str) -> None:
    named = place.publish("We stand.")

    assert place.run("delete", named, *words, stdin=answer).code == 0
    shown = place.shown(named)
    assert (shown["state"], shown["versions"]) == ("deleted", [])
    assert "cannot take" in place.run("update", named, "-", stdin="Again.").refusal
    assert "We stand" not in place.run("list", "--json").out


def test_redact_shows_on_a_terminal_where_the_name_stands_and_asks(place: Place) -> None:
    named = place.publish("Thanks to the cooks and to Lena.")
    with terminal(place.folder, "redact", named, "--name", "the") as screen:
        screen.see("text (en): 1")
        screen.see("Thanks to [name removed] cooks")
        screen.ask("Take it out of all of this?", "n")
        assert screen.end().code == 1
    assert "the cooks" in place.run("show", named).out

    with terminal(place.folder, "redact", named, "--name", "lena") as screen:
        screen.ask("Take it out of all of this?", "y")
        assert screen.end().line == named
    assert "to [name removed]." in place.run("show", named).out


@pytest.mark.parametrize("words", [["--yes"], []])
def test_redact_by_a_program_asks_nothing(place: Place, words: list[str]) -> None:
    named = place.publish("Thanks to the cooks and to Lena.")
    assert place.run("redact", named, "--name", "lena", *words, stdin="").line == named
    assert "to [name removed]." in place.run("show", named).out


def test_schedule_waits_and_can_be_cancelled(place: Place) -> None:
    named = place.publish("Soon.", "--draft")

    assert place.run("schedule", named, "--at", "2020-01-01T10:00Z").refusal
    shown = place.run("schedule", named, "--at", in_a_week(), "--json").json
    assert shown["state"] == "scheduled"
    assert place.run("schedule", named, "--cancel", "--json").json["state"] == "draft"


def in_a_week() -> str:
    return (datetime.now(UTC) + timedelta(days=7)).isoformat()


@pytest.mark.parametrize("words", [[], ["--at", "tomorrow"], ["--at", "2027-01-01", "--cancel"]])
def test_schedule_needs_one_clear_time(place: Place, words: list[str]) -> None:
    place.run("schedule", "abc", *words).misuse  # noqa: B018


def test_pin_and_unpin(place: Place) -> None:
    named = place.publish("We stand.")
    assert place.run("pin", named, "--json").json["pinned"] is True
    assert place.run("unpin", named, "--json").json["pinned"] is False
    draft = place.publish("Not yet.", "--draft")
    assert "only a published declaration" in place.run("pin", draft).refusal


def test_a_declaration_is_named_by_id_page_or_key(place: Place) -> None:
    named = place.publish("We stand.")
    shown = place.shown(named)

    assert place.shown(shown["key"]) == shown
    assert place.shown(shown["url"]) == shown


@pytest.mark.parametrize(
    "named", ["nothing", f"{ORIGIN}/@dockers/nothing", "https://far.example/notes/1", "-", "a b"]
)
@pytest.mark.parametrize("words", [["show"], ["delete", "--yes"], ["resend"], ["deliveries"]])
def test_what_names_no_declaration_is_refused(place: Place, named: str, words: list[str]) -> None:
    assert "declaration" in place.run(*words, named).refusal
