"""From what a person filled in to a draft, or to the faulty fields.  INTERFACE: API."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fediverse_coord.publishing.declarations import (
    FIELDS,
    Declaration,
    Display,
    Draft,
    Form,
    InvalidDraft,
    Kind,
    Signatory,
    Source,
    State,
    Version,
    Visibility,
    validated,
)
from fediverse_coord.publishing.fields import country_codes

ARTICLE = {
    "title": "On the air in the northern shafts",
    "summary": "Five demands after the inspection of 12 October.",
    "content": "The delegates inspected the shafts. They ask for five things.",
}


def draft_of(**data: object) -> Draft:
    return validated(data, default_language="en")


def faults_of(**data: object) -> dict[str, str]:
    with pytest.raises(InvalidDraft) as refused:
        draft_of(**data)
    return {fault.field: fault.reason for fault in refused.value.faults}


def test_a_text_with_a_title_is_an_article_and_one_without_is_a_note() -> None:
    assert draft_of(**ARTICLE).form is Form.ARTICLE
    assert draft_of(content="The shift met.").form is Form.NOTE


def test_a_coordination_may_publish_titled_texts_as_notes() -> None:
    draft = validated(
        {"title": "Air", "content": "x"}, default_language="es", default_form=Form.NOTE
    )

    assert (draft.form, draft.language, draft.visibility) == (Form.NOTE, "es", Visibility.PUBLIC)


def test_every_field_of_the_interface_is_read() -> None:
    draft = draft_of(
        **ARTICLE,
        language="pt-br",
        kind="call",
        form="article",
        slug="northern-air",
        tags=["#Mines", "Solidarity", "mines"],
        original=True,
        translator="Group of Mieres",
        visibility="unlisted",
        in_reply_to="https://far.example/notes/1",
        dated="2026-10-12",
        addressees=["The board"],
        countries=["es", "NO"],
        organisations="ICG Miners",
        sources=[{"name": "Report", "url": "https://far.example/report"}, "The assembly"],
        signatories=[
            {"name": "Ana Ruiz", "office": "delegate", "organisation": "ICG", "country": "es",
             "display": "initials", "from": "2026-12-01"},
            "Ben Okafor",
        ],
        topics=["gas", "air"],
    )  # fmt: skip

    assert draft == Draft(
        form=Form.ARTICLE,
        language="pt-BR",
        source=ARTICLE["content"],
        title=ARTICLE["title"],
        summary=ARTICLE["summary"],
        kind=Kind.CALL,
        slug="northern-air",
        tags=("Mines", "Solidarity"),
        original=True,
        translator="Group of Mieres",
        visibility=Visibility.UNLISTED,
        in_reply_to="https://far.example/notes/1",
        dated=date(2026, 10, 12),
        addressees=("The board",),
        countries=("ES", "NO"),
        organisations=("ICG Miners",),
        sources=(Source("Report", "https://far.example/report"), Source("The assembly")),
        signatories=(
            Signatory("Ana Ruiz", "delegate", "ICG", "ES", Display.INITIALS, date(2026, 12, 1)),
            Signatory("Ben Okafor"),
        ),
        topics=("gas", "air"),
    )
    assert draft_of(**ARTICLE, **draft.details_as_fields()).signatories == draft.signatories


@pytest.mark.parametrize(
    ("field", "value", "fault", "reason"),
    [
        ("title", "Air <now>", "title", "without '<'"),
        ("title", "x" * 151, "title", "150"),
        ("title", 5, "title", "must be text"),
        ("summary", "x" * 501, "summary", "500"),
        ("summary", "  ", "summary", "is needed for an article"),
        ("content", "", "content", "is needed"),
        ("content", ["x"], "content", "is needed"),
        ("content", "é" * 100_001, "content", "200,000 bytes"),
        ("content", "<script>alert(1)</script>", "content", "HTML is not shown"),
        ("content", "<iframe src=x></iframe>\n\n<!-- a -->", "content", "HTML is not shown"),
        ("content", "<b> </b><svg onload=x></svg>\u200b", "content", "HTML is not shown"),
        ("language", "english", "language", "'pt-BR'"),
        ("language", "qq", "language", "'pt-BR'"),
        ("kind", "shout", "kind", "must be one of: declaration, call"),
        ("form", "poem", "form", "must be one of: note, article"),
        ("visibility", "secret", "visibility", "public, unlisted"),
        ("slug", "Northern Air", "slug", "a-z"),
        ("slug", "tags", "slug", "choose another"),
        ("tags", ["two words"], "tags", "one word"),
        ("tags", ["2026"], "tags", "one word"),
        ("tags", [f"t{n}" for n in range(31)], "tags", "more than 30"),
        ("tags", {"a": 1}, "tags", "must be a list"),
        ("original", "perhaps", "original", "true or false"),
        ("in_reply_to", "javascript:alert(1)", "in_reply_to", "https://"),
        ("dated", "12.10.2026", "dated", "2026-05-01"),
        ("dated", "2026-13-01", "dated", "is a day that there is not: 2026-13-01"),
        ("dated", "2026-02-30", "dated", "is a day that there is not: 2026-02-30"),
        ("dated", "2026-W01-1", "dated", "must be a date such as 2026-05-01"),
        ("dated", "9999-12-31", "dated", "must not be later than 2199-12-31"),
        ("countries", ["Spain"], "countries.0", "ISO 3166-1"),
        ("countries", ["ES", "EU"], "countries.1", "ISO 3166-1"),
        ("addressees", [{"name": "x"}], "addressees.0", "must be text"),
        ("topics", ["x" * 301], "topics.0", "300"),
        ("sources", [{"name": "x", "url": "ftp://x"}], "sources.0.url", "https://"),
        ("sources", [{}], "sources.0.name", "is needed"),
        ("sources", [5], "sources.0", "must have the fields"),
        ("signatories", [{"office": "x"}], "signatories.0.name", "is needed"),
        ("signatories", [{"name": "x", "display": "half"}], "signatories.0.display", "initials"),
        ("signatories", [{"name": "x", "mail": "y"}], "signatories.0.mail", "is not a field"),
        ("signatories", ["x"] * 1001, "signatories", "1000"),
        ("titel", "x", "titel", "known are"),
    ],
)
def test_a_faulty_field_is_named_with_what_to_do(
    field: str, value: object, fault: str, reason: str
) -> None:
    faults = faults_of(**{**ARTICLE, field: value})

    assert list(faults) == [fault]
    assert reason in faults[fault]


def test_all_faults_come_in_one_answer() -> None:
    assert set(faults_of(title="<", kind="x", dated="x")) == {"title", "kind", "dated", "content"}


def test_an_article_without_a_title_is_told_that_it_is_a_note() -> None:
    faults = faults_of(form="article", content="x", summary="y")

    assert "is a note" in faults["title"]


def test_a_missing_summary_comes_with_whole_opening_sentences() -> None:
    with pytest.raises(InvalidDraft) as refused:
        draft_of(title="Air", content="# Air\n\nWe **met**. We ask for air.\n\nMore.")

    assert refused.value.suggested_summary == "We met. We ask for air. More."
    assert "We met." in refused.value.faults[0].reason


def test_the_summary_auto_takes_the_suggestion() -> None:
    draft = draft_of(title="Air", content="We met. We ask for air.", summary="auto")

    assert draft.summary == "We met. We ask for air."


def test_only_what_is_seen_counts_against_the_summary() -> None:
    assert draft_of(**{**ARTICLE, "summary": "e\u0301" * 500}).summary


def test_a_title_is_freed_of_invisible_characters() -> None:
    assert draft_of(**{**ARTICLE, "title": "Air\u202e\n in\u200b shafts"}).title == "Air in shafts"


def test_kinds_are_those_of_the_coordination() -> None:
    data = {"content": "x", "kind": "open-letter"}

    assert validated(data, default_language="en", kinds=["open-letter"]).kind == "open-letter"
    assert "kind" in faults_of(**data)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(FIELDS) | st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=12),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["name", "url", "from", "x"]), inner, max_size=3)
            ),
            max_leaves=6,
        ),
        max_size=6,
    )
)
def test_any_input_makes_a_draft_or_names_its_faults(data: dict[str, object]) -> None:
    try:
        made: Draft | InvalidDraft = validated(data, default_language="en")
    except InvalidDraft as refusal:
        made = refusal
    assert isinstance(made, Draft) or made.faults


# --- details and versions ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("display", "shown"),
    [(Display.FULL, "Rosa María Lux"), (Display.INITIALS, "R. M. L."), (Display.HIDDEN, None)],
)
def test_a_signatory_is_shown_as_asked(display: Display, shown: str | None) -> None:
    assert Signatory("Rosa María Lux", display=display).shown_name == shown


def test_countries_are_those_of_iso_3166() -> None:
    assert {"ES", "NO", "ZA", "TW", "PS"} <= country_codes()
    assert len(country_codes()) in range(245, 256)


def version(language: str, source: str = "x") -> Version:
    return Version(language=language, source=source, html=f"<p>{source}</p>")


def test_a_version_is_added_at_the_end_or_replaced_in_its_place() -> None:
    declaration = Declaration(
        key="abcdefghijklmnop",
        actor_name="icg",
        form=Form.NOTE,
        state=State.DRAFT,
        language="en",
        slug="air",
        versions=(version("en"), version("es")),
        revision=1,
    )

    changed = declaration.with_version(version("es", "y")).with_version(version("fr"))

    assert [(one.language, one.source) for one in changed.versions] == [
        ("en", "x"), ("es", "y"), ("fr", "x"),
    ]  # fmt: skip
    assert changed.original == version("en")
    assert changed.version("fr") == version("fr")
    assert changed.version("de") is None


def test_texts_do_not_print_themselves() -> None:
    assert "secret" not in repr(draft_of(content="secret")) + repr(version("en", "secret"))


def test_somebody_hidden_needs_no_name_and_everybody_else_does() -> None:
    given = {"content": "We stop.", "signatories": [{"country": "BR", "display": "hidden"}]}
    (who,) = validated(given, default_language="en").signatories
    assert (who.shown_name, who.country) == (None, "BR")
    for how in (
        {"display": "full"},
        {"display": "initials"},
        {"display": "hidden", "from": "2027-05-01"},
    ):
        given["signatories"] = [{"country": "BR", **how}]
        with pytest.raises(InvalidDraft, match=r"signatories\.0\.name"):
            validated(given, default_language="en")
