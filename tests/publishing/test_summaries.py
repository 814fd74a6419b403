"""Whole opening sentences, in every script we know a full stop of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fediverse_coord.publishing.summaries import sentences, suggested_summary, visible_length


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We met. We ask! Do you? Yes…", ["We met. ", "We ask! ", "Do you? ", "Yes…"]),
        ('"We met." Then "air!" he said.', ['"We met." ', 'Then "air!" he said.']),
        ("R. Lux spoke. J. R. Ruiz too.", ["R. Lux spoke. ", "J. R. Ruiz too."]),
        ("Am 12. Oktober trafen wir uns. Gut.", ["Am 12. Oktober trafen wir uns. ", "Gut."]),
        ("It is 3.5 metres. See far.example now.", ["It is 3.5 metres. ", "See far.example now."]),
        ("The board, e.g. the chair. End.", ["The board, e.g. the chair. ", "End."]),
        ("Мы встретились. Воздух!", ["Мы встретились. ", "Воздух!"]),
        ("我们开会了。我们要空气！好吗？", ["我们开会了。", "我们要空气！", "好吗？"]),
        ("会議をした。「空気を!」と言った。", ["会議をした。", "「空気を!」と言った。"]),
        ("हम मिले। हवा दो॥ ठीक", ["हम मिले। ", "हवा दो॥ ", "ठीक"]),
        ("التقينا. هل توافقون؟ نعم.", ["التقينا. ", "هل توافقون؟ ", "نعم."]),
        ("ہم ملے۔ ہوا دو۔", ["ہم ملے۔ ", "ہوا دو۔"]),
        ("Մենք հանդիպեցինք։ Օդ։", ["Մենք հանդիպեցինք։ ", "Օդ։"]),
        ("ተገናኘን። አየር።", ["ተገናኘን። ", "አየር።"]),
        ("တွေ့ဆုံသည်။ လေ။", ["တွေ့ဆုံသည်။ ", "လေ။"]),
        ("យើងជួប។ ខ្យល់។", ["យើងជួប។ ", "ខ្យល់។"]),
        ("no end", ["no end"]),
        ("", []),
    ],
)
def test_sentences_end_where_their_script_ends_them(text: str, expected: list[str]) -> None:
    assert list(sentences(text)) == expected


def test_headings_and_code_are_left_out_and_entities_decoded() -> None:
    html = (
        "<h2>Five demands</h2><p><strong>Air</strong></p><p>We <em>met</em>.</p>"
        "<pre><code>x.</code></pre><p>Air &amp; light.</p>"
    )

    assert suggested_summary(html) == "We met. Air & light."


def test_as_many_sentences_are_taken_as_fit() -> None:
    html = "<p>" + "Ten chars. " * 60 + "</p>"

    summary = suggested_summary(html, limit=100)

    assert summary == ("Ten chars. " * 9).strip()


@pytest.mark.parametrize("text", ["word " * 300, "工" * 900, "x" * 900])
def test_one_sentence_that_is_too_long_is_cut_and_says_so(text: str) -> None:
    summary = suggested_summary(f"<p>{text}</p>")

    assert summary.endswith("…")
    assert 400 < visible_length(summary) <= 500
    assert " …" not in summary


@given(st.text(), st.integers(min_value=10, max_value=500))
def test_a_summary_never_exceeds_its_limit(text: str, limit: int) -> None:
    assert visible_length(suggested_summary(text, limit)) <= limit
    assert "".join(sentences(text)) == text
