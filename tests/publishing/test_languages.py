"""Tags, directions, names.  RFC 5646 section 2.1."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fediverse_coord.errors import Refusal
from fediverse_coord.publishing.languages import (
    direction,
    is_tag,
    native_name,
    tag,
    written_date,
)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("EN", "en"),
        ("pt-br", "pt-BR"),
        ("pt_BR", "pt-BR"),
        (" zh-hant-tw ", "zh-Hant-TW"),
        ("ES-419", "es-419"),
        ("sl-ROZAJ-biske", "sl-rozaj-biske"),
        ("de-CH-1996", "de-CH-1996"),
        ("zh-YUE-hk", "zh-yue-HK"),
        ("en-A-MYEXT", "en-a-myext"),
        ("en-x-US", "en-x-us"),
        ("tlh", "tlh"),
        ("kmr", "kmr"),
        ("rmy-latn-RS", "rmy-Latn-RS"),
        ("aaa", "aaa"),
        ("sr-latn-yu", "sr-Latn-YU"),
        ("iw", "iw"),
    ],
)
def test_a_tag_has_one_spelling(written: str, canonical: str) -> None:
    assert tag(written) == canonical
    assert tag(canonical) == canonical


@pytest.mark.parametrize(
    "wrong",
    ["", "e", "english", "en--us", "en-", "-en", "123", "en-u", "x", "en us",
     "ёж", "a" * 40, None, 5],
)  # fmt: skip
def test_what_is_no_tag_is_refused_with_examples(wrong: object) -> None:
    with pytest.raises(Refusal, match="'pt-BR'") as refused:
        tag(wrong)
    assert [fault.field for fault in refused.value.faults] == ["language"]
    assert not is_tag(wrong)


@pytest.mark.parametrize(
    "unknown", ["xx", "qq", "xx-Latn", "qqq-Zzzz", "en-Zzzz", "en-Xxxx", "en-ZZ", "en-XQ", "zh-qqq"]
)
def test_what_no_list_knows_is_refused_by_its_tag(unknown: str) -> None:
    told = f"'{unknown}' is the tag of no language that we know; write one such as 'en'"
    with pytest.raises(Refusal, match=told) as refused:
        tag(unknown)
    [fault] = refused.value.faults
    assert (fault.field, fault.reason) == ("language", refused.value.reason)


@given(st.text())
def test_any_text_is_a_tag_or_not(text: str) -> None:
    assert not is_tag(text) or tag(tag(text)) == tag(text)


@pytest.mark.parametrize(
    ("language", "runs"),
    [
        ("ar", "rtl"), ("fa-IR", "rtl"), ("he", "rtl"), ("ur", "rtl"), ("ckb", "rtl"),
        ("ug-Latn", "ltr"), ("az-Arab", "rtl"), ("ku", "ltr"), ("en", "ltr"), ("zh-Hant", "ltr"),
    ],
)  # fmt: skip
def test_writing_runs_as_its_script_does(language: str, runs: str) -> None:
    assert direction(language) == runs


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("es", "español"),
        ("ru", "русский"),
        ("ar", "العربية"),
        ("hi", "हिन्दी"),
        ("tlh", "tlh"),
        ("xx-XX", "xx-XX"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_language_names_itself_and_an_unknown_one_is_its_tag(language: str, name: str) -> None:
    assert native_name(language) == name


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "12 October 2026"),
        ("en-US", "12 October 2026"),
        ("de", "12. Oktober 2026"),
        ("es", "12 de octubre de 2026"),
        ("tlh", "2026-10-12"),
    ],
)
def test_a_day_is_written_in_one_form_a_language(language: str, written: str) -> None:
    assert written_date(date(2026, 10, 12), language) == written


def test_a_variant_that_no_list_knows_has_the_name_of_its_language() -> None:
    assert native_name("de-1996") == native_name("de") == "Deutsch"
