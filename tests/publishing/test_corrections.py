"""Corrections as people tell them, and hours as they mean them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from fediverse_coord.errors import Refusal
from fediverse_coord.publishing.corrections import Told, correction_from
from fediverse_coord.publishing.hours import moment_in

NOW = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)


def test_one_text_is_told_in_every_language_until_there_is_another() -> None:
    found = correction_from({"what": "The date.", "why": "A slip."}, "en", ["en", "fr"], NOW)
    assert found is not None
    assert found.in_language("fr", "en") == Told("The date.", "A slip.")
    both = {"en": {"what": "The date."}, "fr": {"what": "La date."}}
    told = correction_from(both, "en", ["en", "fr"], NOW)
    assert told is not None
    assert told.in_language("fr", "en") == Told("La date.")
    assert correction_from(None, "en", ["en"], NOW) is None


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ("The date", ["correction"]),
        ({}, ["correction"]),
        ({"what": ""}, ["correction.en.what"]),
        ({"what": "x", "who": "y"}, ["correction.en.who"]),
        ({"tlh": {"what": "x"}}, ["correction.tlh.what"]),
        ({"en": "x"}, ["correction.en.what"]),
        ({"what": "x" * 301}, ["correction.en.what"]),
    ],
)
def test_a_correction_that_says_nothing_is_refused_by_field(
    given: object, fields: list[str]
) -> None:
    with pytest.raises(Refusal) as refused:
        correction_from(given, "en", ["en", "fr"], NOW)
    assert [one.field for one in refused.value.faults] == fields


def test_an_hour_is_that_of_its_zone() -> None:
    at = datetime(2026, 12, 1, 18, 0)
    assert moment_in(at, "Europe/Madrid") == datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
    assert moment_in(at.replace(tzinfo=UTC), "Europe/Madrid") == at.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "field"),
    [
        (datetime(2026, 12, 1, 18, 0), None, "at"),
        (datetime(2026, 12, 1, 18, 0), "Mars/Olympus", "time_zone"),
        (datetime(2026, 12, 1, 18, 0), "../../etc/passwd", "time_zone"),
        (datetime(2026, 12, 1, 18, 0), "localtime", "time_zone"),
        (datetime(1, 1, 1), "Asia/Tokyo", "at"),
        (datetime(9999, 12, 31, 23, 59), "America/New_York", "at"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=10))), None, "at"),
        (datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-10))), None, "at"),
        (datetime(2027, 3, 28, 2, 30), "Europe/Madrid", "at"),
    ],
)
def test_an_hour_that_cannot_be_is_refused(at: datetime, zone: str | None, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        moment_in(at, zone)
    assert [one.field for one in refused.value.faults] == [field]
