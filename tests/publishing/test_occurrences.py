"""A name is found in every way in which its bearer would be known, and nothing else is."""

import pytest

from fediverse_coord.publishing.occurrences import occurrences_of


@pytest.mark.parametrize(
    ("text", "name", "made"),
    [
        ("For ROSA  Maria-Lux, by hand.", "Rosa María Lux", "For [x], by hand."),
        ("Rosa\u00a0María\nLux’s word", "Rosa María Lux", "[x]’s word"),
        ("Rosamaria Lux, Annelux", "Ann", "Rosamaria Lux, Annelux"),
        ("Von Groß und Gross.", "Groß", "Von [x] und [x]."),
        ("Подписал Иван Петров.", "ИВАН ПЕТРОВ", "Подписал [x]."),
        ("李小龙说：不。", "李小龙", "[x]说：不。"),
        ("ومحمد علي معنا", "محمد علي", "و[x] معنا"),
        ("आना रुइज़ हमारे साथ", "आना रुइज़", "[x] हमारे साथ"),
        ("ΑΝΝΑ ΠΑΠΠΑ γράφει", "Άννα Παππά", "[x] γράφει"),
        ("Ro\u00adsa Lu\u200bx, hier", "Rosa Lux\u200f", "[x], hier"),
        ("Ro**sa** Lux ging", "Rosa Lux", "[x] ging"),
        ("R&#111;sa&nbsp;Lux &amp; Ana", "Rosa Lux", "[x] &amp; Ana"),
        ("in /Rosa%20Lux.pdf", "Rosa Lux", "in /[x].pdf"),
        ("in /Jos%C3%A9-Lux", "José Lux", "in /[x]"),
        ("/%D0%98%D0%B2%D0%B0%D0%BD_%D0%9F%D0%BE%D0%BF%2F", "Иван Поп", "/[x]%2F"),
        ("J. R. Lux und JR Lux", "J.R. Lux", "[x] und [x]"),
        ("Łukasz-Wołosz, lukasz-wolosz", "Łukasz Wołosz", "[x], [x]"),
        ("SOREN BO, Soeren Boe", "Søren Bø", "[x], [x]"),
        ("Joerg Mueller, Jorg Muller", "Jörg Müller", "[x], [x]"),
        ("ASLI YILDIZ ve İlker", "Aslı Yıldız", "[x] ve İlker"),
        ("محمـــد علي", "محمد علي", "[x]"),
        ("محمد كريمي", "محمد کریمی", "[x]"),
        ("علیرضا، علی رضا", "علی\u200cرضا", "[x]، [x]"),
        ("علی\u200cرضا", "علیرضا", "[x]"),
        ("王\u3000芳说，王芳", "王芳", "[x]说，[x]"),
        ("김철수가 김철순에게", "김철수", "[x]가 김철순에게"),
        ("100% Ana, %zz Ana &c; Ana", "Ana", "100% [x], %zz [x] &c; [x]"),
    ],
)
def test_a_name_is_found_however_it_is_written_and_nothing_else_is(
    text: str, name: str, made: str
) -> None:
    assert occurrences_of(name).replaced(text, "[x]") == made
    assert occurrences_of(name).are_in(text) is (made != text)


@pytest.mark.parametrize("text", ["**Rosa** Lux", "#RosaLux", "rosa_lux", "rosa-lux", "R*os*a Lux"])
def test_marks_between_its_words_and_letters_do_not_hide_a_name(text: str) -> None:
    assert occurrences_of("Rosa Lux").are_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "[Rosa](https://x.example/a(b)c) Lux",
        "[Ro](https://x.example)sa Lux",
        "[Rosa][1] Lux",
        "Rosa<br>Lux",
    ],
)
def test_what_stands_between_its_words_is_not_read_with_them(text: str) -> None:
    found = occurrences_of("Rosa Lux")
    assert not found.are_in(text)
    assert found.are_read_in(text)
    assert found.cleared(f"Says {text}.", "[x]") == "[x]"
    assert found.cleared("Says [Rosa](https://x.example) and Lux.", "[x]").startswith("Says ")


def test_what_is_no_name_of_theirs_is_left_as_it_is() -> None:
    for text in ("Rosa Luxemburg", "Rosa met Lux", "Rose Lux", "Lux Rosa"):
        assert not occurrences_of("Rosa Lux").are_in(text)


def test_a_name_without_letters_is_no_name() -> None:
    with pytest.raises(ValueError, match="letters"):
        occurrences_of("-")
