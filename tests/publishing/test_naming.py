"""Whose name may stand where: days, sealed names, and who has to be cleared."""

from datetime import date

import pytest

from fediverse_coord.publishing.details import Details, Display, Signatory
from fediverse_coord.publishing.naming import (
    handle_of,
    is_confidential,
    masked,
    needs_clearing,
    reduced,
    reveal_day,
    revealed,
)

TODAY = date(2026, 10, 14)
LATER, BEFORE = date(2026, 12, 1), date(2026, 5, 1)


@pytest.mark.parametrize(
    ("display", "since", "shown"),
    [
        (Display.FULL, None, Display.FULL),
        (Display.FULL, BEFORE, Display.FULL),
        (Display.FULL, TODAY, Display.FULL),
        (Display.FULL, LATER, Display.HIDDEN),
        (Display.INITIALS, None, Display.INITIALS),
        (Display.INITIALS, LATER, Display.INITIALS),
        (Display.INITIALS, BEFORE, Display.FULL),
        (Display.HIDDEN, None, Display.HIDDEN),
        (Display.HIDDEN, LATER, Display.HIDDEN),
        (Display.HIDDEN, BEFORE, Display.FULL),
    ],
)
def test_how_much_is_shown_depends_on_the_day(
    display: Display, since: date | None, shown: Display
) -> None:
    one = Signatory("Rosa Lux", display=display, since=since)
    assert one.display_on(TODAY) is shown
    assert is_confidential(one, TODAY) is (shown is not Display.FULL)


@pytest.mark.parametrize(
    ("display", "stays"), [(Display.INITIALS, "R. L."), (Display.HIDDEN, ""), (Display.FULL, "")]
)
def test_beside_a_sealed_name_stands_no_more_than_may_be_shown(
    display: Display, stays: str
) -> None:
    one = reduced(Signatory("Rosa Lux", display=display, since=LATER), TODAY, "sealed")
    assert (one.name, one.sealed) == (stays, "sealed")
    assert one.shown_name == (stays or None)
    assert "Lux" not in repr(one)


def test_what_is_told_of_a_sealed_name_is_its_handle() -> None:
    details = Details(signatories=(Signatory("", display=Display.HIDDEN, sealed="c2VjcmV0"),))
    assert masked(details) == {
        "signatories": [{"display": "hidden", "sealed": handle_of("c2VjcmV0")}]
    }


def test_a_name_is_shown_on_the_first_of_its_days() -> None:
    days = (LATER, date(2026, 11, 1), None)
    sealed = tuple(Signatory("", since=day, sealed="x") for day in days)
    open_ = (Signatory("Ben", since=BEFORE),)
    assert reveal_day(Details(signatories=sealed + open_)) == date(2026, 11, 1)
    assert reveal_day(Details(signatories=open_)) is None


def test_a_revealed_name_is_whole_and_nothing_of_it_is_sealed() -> None:
    one = revealed(Signatory("", display=Display.HIDDEN, since=BEFORE, sealed="x"), "Rosa Lux")
    assert (one.shown_name, one.sealed, one.display) == ("Rosa Lux", None, Display.FULL)


@pytest.mark.parametrize(
    ("one", "needs"),
    [
        (Signatory("Ana", country="XK"), True),
        (Signatory("Ben", country="XK", cleared=True), False),
        (Signatory("Cy", country="ES"), False),
        (Signatory("D. E.", country="XK", display=Display.INITIALS, sealed="x"), False),
        (Signatory("", country="XK", display=Display.HIDDEN, sealed="x"), False),
        (Signatory("", country="XK", since=LATER, sealed="x"), True),
        (Signatory("F. G.", country="XK", display=Display.INITIALS, since=LATER), True),
        (Signatory("", country="XK", display=Display.HIDDEN, since=LATER, sealed="x"), True),
        (Signatory("", country="XK", since=LATER, sealed="x", cleared=True), False),
    ],
)
def test_who_comes_from_a_protected_country_is_named_now_or_later_only_when_cleared(
    one: Signatory, needs: bool
) -> None:
    assert needs_clearing(one, {"XK"}) is needs
