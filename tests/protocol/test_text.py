"""Names and lengths.  security.md D2, E2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fediverse_coord.protocol.text import display_name, visible_length, without_controls


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Rosa", "Rosa"),
        ("  Rosa\n\t Lux ", "Rosa Lux"),
        ("evil\u202enoitanidrooc", "evilnoitanidrooc"),
        ("\u2066ICG\u2069", "ICG"),
        ("I\u200bC\u00adG\ufeff", "ICG"),
        ("a\x00b\x1b[31m", "ab[31m"),
        ("<b>Rosa</b>", "<b>Rosa</b>"),
        ("می\u200cروم", "می\u200cروم"),
        ("\u200c\u200d", ""),
        ("\ud800", "?"),
        ("मज़दूर", "मज़दूर"),
        (None, ""),
        (5, ""),
    ],
)
def test_a_name_is_one_line_without_invisible_or_direction_characters(
    name: object, shown: str
) -> None:
    assert display_name(name) == shown


def test_a_name_has_at_most_128_characters() -> None:
    assert display_name("ab " * 5_000) == ("ab " * 128)[:128].strip()


@given(st.text())
def test_any_name_can_be_shown_and_stored(name: str) -> None:
    shown = display_name(name)
    shown.encode()

    assert not set(shown) & set("\x00\n\r\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert display_name(shown) == shown


@pytest.mark.parametrize(
    ("text", "length"), [("abc", 3), ("e\u0301", 1), ("मज़दूर", 4), ("a\u200bb", 2), ("工人", 2)]
)
def test_only_what_is_seen_is_counted(text: str, length: int) -> None:
    assert visible_length(text) == length


def test_text_keeps_its_lines_but_no_controls() -> None:
    assert without_controls("a\n\tb\x00\x08\u202ec\ud800") == "a\n\tbc?"
