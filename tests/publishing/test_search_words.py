"""Words as they are looked for: which spellings are one, in any script, and what questions ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fediverse_coord.publishing.search_questions import (
    Phrase,
    around,
    pieces,
    question,
    with_spellings,
)
from fediverse_coord.publishing.search_words import readied, spelling_of, tokens, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GRÈVE Générale", "greve generale"),
        ("Łódź Größe", "lodz grosse"),
        ("Σίσυφος", "σισυφοσ"),
        ("Кривий", "кривии"),
        ("الإضرابُ العَامّ", "الاضراب العام"),
        ("مدرسة إلى", "مدرسه الي"),
        ("मज़दूर", "मजदूर"),
        ("５０ ١٢", "50 12"),
        ("o\u0301pe\u00adra", "opera"),
        ("全世界 ", "全世界"),
    ],
)
def test_spellings_that_readers_take_for_one_are_one(one: str, other: str) -> None:
    assert spelling_of(one) == spelling_of(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("हड़ताल", "हड़तल"), ("かき", "がき"), ("strike", "stroke"), ("क", "कि")]
)
def test_letters_that_mean_another_word_stay(one: str, other: str) -> None:
    assert spelling_of(one) != spelling_of(other)


def test_scripts_without_spaces_are_cut_into_pairs_and_the_last_character() -> None:
    assert words_of("无产者3月") == ["无产", "产者", "者", "3", "月"]


def test_what_is_no_word_is_passed_over() -> None:
    assert question(' " ** :: 🙂 \0 ^ ( ').parts == ()


def test_of_the_last_word_the_beginning_is_enough_unless_it_is_closed() -> None:
    assert [one[0].open for one in question("wage strik").parts] == [False, True]
    assert [one[0] for one in question('wage "short strike"').parts][-1] == Phrase(
        ("short", "strike")
    )


def test_operators_are_words() -> None:
    words = [one[0].words for one in question("NEAR(a OR b) NOT c*").parts]
    assert words == [("near",), ("a",), ("or",), ("b",), ("not",), ("c",)]


def test_a_question_is_read_as_far_as_it_is_sensible() -> None:
    asked = question("wage " * 3000 + "x" * 10_000)
    assert len(asked.text) <= 200
    assert len(asked.parts) <= 12


def test_the_longest_name_counts_and_is_looked_for_in_all_its_spellings() -> None:
    known = {"krivoy rog": ["Krivoy Rog", "Кривий Ріг"], "rog": ["Horn"]}
    asked = with_spellings(question("miners krivoy rog"), known)
    assert [{one.text for one in part} for part in asked.parts] == [
        {"miners"},
        {"krivoy rog", "кривии ріг"},
    ]


def test_hits_are_marked_where_they_stand() -> None:
    asked = question("greve mine")
    assert pieces("La GRÈVE des mineurs", asked) == [
        ("La ", False),
        ("GRÈVE", True),
        (" des ", False),
        ("mineurs", True),
    ]
    assert pieces("万国劳动者", question("劳动")) == [
        ("万国", False),
        ("劳动", True),
        ("者", False),
    ]


def test_an_excerpt_has_the_first_hit_in_it_with_a_little_before() -> None:
    text = "one two three " * 60 + "strike " + "four five six " * 60
    shown = around(text, question("strike"))
    assert "strike" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 300
    assert "罢工" in around("全世界无产者" * 80 + "罢工" + "联合起来" * 80, question("罢工"))


@given(st.text(max_size=200))
def test_words_are_those_of_the_tokens(text: str) -> None:
    assert words_of(text) == [one.word for one in tokens(readied(text))]


@given(st.text(st.characters(max_codepoint=127), max_size=200))
def test_words_of_plain_letters_are_those_of_the_tokens(text: str) -> None:
    assert words_of(text) == [one.word for one in tokens(readied(text))]
