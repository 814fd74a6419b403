"""Whom a declaration may name without having asked: where it is looked for, and who is left out."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fediverse_coord.publishing.bystanders import Bystanders, bystanders, mark_of
from fediverse_coord.publishing.corrections import Correction, Told
from fediverse_coord.publishing.declarations import (
    Declaration,
    Form,
    Signatory,
    Source,
    State,
    Version,
    VersionState,
)
from fediverse_coord.publishing.illustrations import File, Image, Shown

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PROFILE: dict[str, Any] = {
    "policies": {"protected_countries": ["TR"]},
    "texts": {"en": {"name": "Dockers' Own Coordination"}},
}
FILE = File("a.jpg", "image/jpeg", 4, 4)
ENGLISH = Version(language="en", source="", html="<p>They hold Ahmet Yılmaz.</p>")
GERMAN = Version(language="de", source="", html="<p>Dort sitzt Ayşe Demir.</p>")
ARABIC = Version(language="ar", source="", html="<p>كتب أحمد من كركوك.</p>")
TEXT = Declaration(
    key="k", actor_name="dockers", form=Form.ARTICLE, state=State.DRAFT, language="en",
    slug="k", versions=(ENGLISH,), revision=1, countries=("TR",),
)  # fmt: skip


def told(one: Declaration, out: Declaration | None = None) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.language, each.names) for each in bystanders(PROFILE, one, out)]


def test_names_are_told_by_language() -> None:
    both = replace(TEXT, versions=(ENGLISH, GERMAN))
    assert told(both) == [("en", ("Ahmet Yılmaz",)), ("de", ("Ayşe Demir",))]


@pytest.mark.parametrize(
    "version",
    [
        replace(ENGLISH, html="", title="For Ahmet Yılmaz"),
        replace(ENGLISH, html="", summary="They hold Ahmet Yılmaz."),
        replace(ENGLISH, html="<p>They hold <b>Ahmet</b>\nYılmaz &amp; more.</p>"),
        replace(
            ENGLISH,
            html="",
            pictures=(Shown(Image("k", "dockers", FILE, FILE, FILE), "Here is Ahmet Yılmaz"),),
        ),
    ],
)
def test_all_that_readers_meet_is_looked_at(version: Version) -> None:
    assert told(replace(TEXT, versions=(version,))) == [("en", ("Ahmet Yılmaz",))]


def test_the_words_of_the_picture_above_it_too() -> None:
    alts = (("en", "Here is Rosa Lux"),)
    hero = Image("k", "dockers", FILE, FILE, FILE, alts)
    assert told(replace(TEXT, hero=hero)) == [("en", ("Ahmet Yılmaz", "Rosa Lux"))]


def test_other_words_for_the_picture_above_what_is_out_are_new() -> None:
    hero = Image("k", "dockers", FILE, FILE, FILE, (("en", "A gate"),))
    out = replace(TEXT, hero=hero)
    named = replace(hero, alts=(("en", "Here is Rosa Lux"),))
    assert told(replace(out, hero=named), out) == [("en", ("Rosa Lux",))]


@pytest.mark.parametrize(
    ("change", "concerns"),
    [
        ({"countries": ()}, False),
        ({"countries": ("DE",)}, False),
        ({"countries": (), "signatories": (Signatory("Ben Ito", country="TR"),)}, True),
        ({"countries": (), "versions": (replace(ENGLISH, title="From Türkiye"),)}, True),
        ({"countries": (), "versions": (replace(ENGLISH, title="From Turkey"),)}, True),
        ({"countries": (), "versions": (replace(ENGLISH, title="From Turku"),)}, False),
        ({"countries": (), "versions": (ENGLISH, replace(ARABIC, title="بتركيا"))}, True),
        ({"countries": (), "versions": (replace(ENGLISH, title="We, TR and XTurkey"),)}, False),
    ],
)
def test_only_what_concerns_a_country_on_the_list_is_looked_at(
    change: dict[str, Any], concerns: bool
) -> None:
    assert bool(told(replace(TEXT, **change))) is concerns


def test_without_a_list_nothing_is_looked_at() -> None:
    profile = {**PROFILE, "policies": {}}
    assert bystanders(profile, TEXT) == ()


@pytest.mark.parametrize(
    "known",
    [
        {"organisations": ("Ahmet Yılmaz Ltd",)},
        {"addressees": ("Ahmet Yılmaz",)},
        {"sources": (Source("Ahmet Yılmaz"),)},
        {"topics": ("Ahmet Yılmaz",)},
        {"signatories": (Signatory("Ben Ito", organisation="Ahmet Yılmaz"),)},
        {"signatories": (Signatory("Ahmet Yılmaz", country="TR", cleared=True),)},
        {"signatories": (Signatory("Ahmet Yılmaz", country="DE"),)},
    ],
)
def test_its_own_fields_and_who_signs_without_danger_are_left_out(known: dict[str, Any]) -> None:
    assert told(replace(TEXT, **known)) == []


def test_who_signs_and_is_not_cleared_is_told() -> None:
    who = Signatory("Ahmet Yılmaz", country="TR")
    assert told(replace(TEXT, signatories=(who,))) == [("en", ("Ahmet Yılmaz",))]


def test_the_coordinations_own_name_is_left_out() -> None:
    version = replace(ENGLISH, html="<p>So say Dockers' Own Coordination.</p>")
    assert told(replace(TEXT, versions=(version,))) == []


def test_what_is_out_already_is_not_asked_again() -> None:
    out = replace(TEXT, versions=(replace(ENGLISH, state=VersionState.PUBLISHED),))
    more = replace(GERMAN, html="<p>Dort sitzt Ayşe Demir neben Ahmet Yılmaz.</p>")
    both = replace(out, versions=(*out.versions, more))
    assert told(both, both.released) == [("de", ("Ayşe Demir",))]


def test_a_script_without_capitals_is_told_once_until_it_is_out() -> None:
    one = replace(TEXT, versions=(ARABIC,))
    [found] = bystanders(PROFILE, one)
    assert (found.language, found.names, found.is_unread) == ("ar", (), True)
    assert bystanders(PROFILE, one, one) == ()


def edited(before: str, after: str, language: str = "en") -> tuple[Bystanders, ...]:
    """What is asked of an edit of these words."""
    version = replace(ENGLISH, language=language, html=f"<p>{before}</p>")
    out = replace(TEXT, language=language, versions=(version,))
    changed = replace(version, html=f"<p>{after}</p>")
    return bystanders(PROFILE, replace(out, versions=(changed,)), out)


PERSIAN = "ما با کارگران هستیم. آنها در زندان هستند."
HAN = "我们都在这里。" * 20


@pytest.mark.parametrize(
    ("before", "after", "is_unread"),
    [
        (PERSIAN, f"{PERSIAN} محمد کریمی نیز.", True),
        (PERSIAN, PERSIAN.replace("کارگران", "محمد"), True),
        ("我们都在这里。", "我们都在这里。马骁也在。", True),
        ("We stay.", "We stay with محمد کریمی.", True),
        (PERSIAN, PERSIAN.replace(".", "!"), False),
        (PERSIAN, PERSIAN.partition(".")[0], False),
        (PERSIAN, f"{PERSIAN} 1 2 3", False),
        (PERSIAN, f"{PERSIAN} by us all", False),
        ("We stay.", "We stay on the 1º of May.", False),
    ],
)
def test_an_edit_that_adds_words_nobody_can_look_at_is_told_as_such(
    before: str, after: str, is_unread: bool
) -> None:
    assert [one.is_unread for one in edited(before, after)] == ([True] if is_unread else [])


def test_words_that_were_read_say_nothing_of_other_words() -> None:
    marks = [mark_of(edited(PERSIAN, f"{PERSIAN} {name}.")) for name in ("محمد", "کریمی", "محمد")]
    assert marks[0] == marks[2] != marks[1]


def test_names_among_words_that_nobody_can_look_at_are_told_with_them() -> None:
    [new] = edited("We stay.", f"{HAN} Murat Kaya")
    version = replace(ENGLISH, html=f"<p>{HAN} Murat Kaya</p>")
    [first] = bystanders(PROFILE, replace(TEXT, versions=(version,)))
    for found in (new, first):
        assert (found.names, found.is_unread) == (("Murat Kaya",), True)
        assert "Murat Kaya" in found.told
        assert "cannot be looked for" in found.told


def test_an_edit_that_takes_the_country_off_is_looked_at_all_the_same() -> None:
    more = replace(ENGLISH, html="<p>They hold Murat Kaya.</p>")
    assert told(replace(TEXT, countries=(), versions=(more,)), TEXT) == [("en", ("Murat Kaya",))]
    draft = replace(TEXT, versions=())  # of which nothing is out
    assert told(replace(TEXT, countries=(), versions=(more,)), draft) == []


def test_what_readers_are_told_of_a_correction_is_looked_at() -> None:
    words = Correction(NOON, {"en": Told("Murat Kaya told us.", "He is Rosa Lux.")})
    [found] = bystanders(PROFILE, TEXT, TEXT, [words])
    assert found.names == ("Murat Kaya", "Rosa Lux")


def test_a_translator_is_a_person_and_asked_about_once() -> None:
    by = replace(GERMAN, html="<p>Dort.</p>", translator="murat k.")
    out = replace(TEXT, versions=(ENGLISH, replace(by, translator=None)))
    one = replace(TEXT, versions=(ENGLISH, by))
    assert told(one, out) == [("de", ("murat k.",))]
    assert told(one, one) == []
    assert told(replace(one, signatories=(Signatory("Murat K.", country="DE"),)), out) == []


@pytest.mark.parametrize("field", ["addressees", "organisations", "topics"])
def test_a_person_in_a_field_for_others_is_asked_about_in_an_edit(field: str) -> None:
    def filled(entry: str) -> Declaration:
        values: dict[str, Any] = {field: (entry,)}
        return replace(TEXT, **values)

    assert told(filled("Murat Kaya"), TEXT) == [("en", ("Murat Kaya",))]
    assert told(filled("Murat Kaya"), filled("Murat Kaya")) == []
    for entry in ("Acme Mines Ltd", "the works council", "Ministry of Labour", "Safety at work"):
        assert told(filled(entry), TEXT) == []


@pytest.mark.parametrize(
    "known",
    [
        {"organisations": ("Murat Kaya",)},
        {"sources": (Source("Murat Kaya"),)},
        {"signatories": (Signatory("Ben Ito", country="DE", office="Murat Kaya"),)},
    ],
)
def test_a_field_that_is_filled_with_a_name_does_not_silence_the_text(
    known: dict[str, Any],
) -> None:
    more = replace(ENGLISH, html="<p>They hold Murat Kaya.</p>")
    assert told(replace(TEXT, versions=(more,), **known), TEXT) == [("en", ("Murat Kaya",))]


def test_the_names_are_no_part_of_what_is_logged_of_it() -> None:
    assert "Yılmaz" not in repr(bystanders(PROFILE, TEXT))
