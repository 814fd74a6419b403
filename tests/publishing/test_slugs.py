"""Addresses of pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fediverse_coord.publishing.slugs import RESERVED, is_slug, numbered, slug_fault, slug_from


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Five demands of the northern shafts!", "five-demands-of-the-northern-shafts"),
        ("Łódź — Straße & Crème", "lodz-strasse-creme"),
        ("Workers’ day 2026", "workers-day-2026"),
        ("Việt Nam", "viet-nam"),
        ("Шахтёры", "key"),
        ("工人 2026", "2026"),
        ("工人工人工人 2026", "key"),
        ("Tags", "key"),
        ("!", "key"),
        ("", "key"),
        (None, "key"),
    ],
)
def test_a_title_becomes_its_latin_letters_or_the_fallback(title: str | None, slug: str) -> None:
    assert slug_from(title, "key") == slug


def test_a_long_title_is_cut_after_a_word() -> None:
    assert slug_from("solidarity " * 20, "key") == "-".join(["solidarity"] * 7)


@pytest.mark.parametrize(
    "wrong", ["", "-a", "a-", "a--b", "A", "a_b", "a/b", "ä", "a\n", "tags", "a" * 81]
)
def test_what_could_be_read_otherwise_is_no_slug(wrong: str) -> None:
    assert not is_slug(wrong)


def test_whoever_chose_it_is_told_what_is_wrong_with_it() -> None:
    assert slug_fault("demands-2024", "a") is None
    assert "such as 'a'" in str(slug_fault("Not so", "a"))
    assert "80 characters (it has 81)" in str(slug_fault("a" * 81, "a"))
    for word in RESERVED:
        assert slug_fault(word, "a") == (
            f"'{word}' is the address of a page of another kind: choose another"
        )


@given(st.text(), st.integers(min_value=2, max_value=9999))
def test_any_title_makes_a_slug_that_can_be_numbered(title: str, number: int) -> None:
    slug = slug_from(title, "key")

    assert is_slug(slug)
    assert is_slug(numbered(slug, number))
