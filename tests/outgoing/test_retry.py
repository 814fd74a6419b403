"""What an answer means, and when it is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from fediverse_coord.outgoing.retry import (
    ANSWERED_WAITS,
    FIRST_WAITS,
    Outcome,
    next_attempt,
    outcome_of,
    retry_after,
)

NOW = datetime(2026, 10, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "status, outcome",
    [
        (200, Outcome.DELIVERED),
        (202, Outcome.DELIVERED),
        (204, Outcome.DELIVERED),
        (301, Outcome.REFUSED),
        (302, Outcome.REFUSED),
        (400, Outcome.REFUSED),
        (401, Outcome.LATER),
        (403, Outcome.REFUSED),
        (404, Outcome.REFUSED),
        (405, Outcome.REFUSED),
        (406, Outcome.REFUSED),
        (408, Outcome.LATER),
        (410, Outcome.GONE),
        (413, Outcome.REFUSED),
        (425, Outcome.LATER),
        (429, Outcome.LATER),
        (500, Outcome.LATER),
        (501, Outcome.REFUSED),
        (502, Outcome.LATER),
        (503, Outcome.LATER),
        (None, Outcome.LATER),
    ],
)
def test_each_status_has_its_outcome(status: int | None, outcome: Outcome) -> None:
    assert outcome_of(status) is outcome


def test_waits_grow_and_then_it_is_given_up() -> None:
    waits = [next_attempt(n, 9, NOW, 0.5) for n in range(1, 10)]
    assert [one - NOW for one in waits[:-1] if one] == list(FIRST_WAITS)
    assert waits[-1] is None


def test_who_answered_later_is_asked_again_within_seconds() -> None:
    waits = [next_attempt(n, 9, NOW, 0.5, answered=True) for n in (1, 2, 3)]
    assert [one - NOW for one in waits if one] == [*ANSWERED_WAITS, FIRST_WAITS[2]]


def test_chance_moves_a_wait_by_a_quarter_at_most() -> None:
    early, late = next_attempt(1, 9, NOW, 0.0), next_attempt(1, 9, NOW, 1.0)
    assert early == NOW + timedelta(seconds=45)
    assert late == NOW + timedelta(seconds=75)


def test_a_peer_that_asks_for_patience_gets_it_up_to_a_day() -> None:
    assert next_attempt(1, 9, NOW, 0.5, timedelta(hours=2)) == NOW + timedelta(hours=2)
    assert next_attempt(1, 9, NOW, 0.5, timedelta(days=9)) == NOW + timedelta(hours=24)
    assert next_attempt(1, 9, NOW, 0.5, timedelta(seconds=1)) == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    "value, wait",
    [
        ("120", timedelta(seconds=120)),
        ("Wed, 14 Oct 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Wed, 14 Oct 2020 12:01:00 GMT", timedelta()),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("99999999999999999999", None),
        ("²", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str, wait: timedelta | None) -> None:
    assert retry_after({"retry-after": value}, NOW) == wait
