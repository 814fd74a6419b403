"""Passages in a text: which lines are references, what stands in their place, which language."""

import pytest

from fediverse_coord.publishing.markdown import passages_in, render
from fediverse_coord.publishing.passages import Inserted, fits, read, spoken

DEMANDS = Inserted(
    "demands-2024",
    "en",
    "We want **eight hours**.\n\nNo @rosa@far.example, no #strike here.",
    "Programme of 2024",
    "https://paper.example/2024?a=1&b=2",
)


def rendered(text: str, *inserted: Inserted, form: str = "article") -> str:
    return render(
        text,
        form=form,  # type: ignore[arg-type]
        resolve_mention=lambda _: None,
        tag_url=lambda tag: f"https://here.example/tags/{tag}",
        inserted=inserted,
    ).html


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{{passage: demands-2024}}", ["demands-2024"]),
        ("Before\n{{passage: a}}\nafter", ["a"]),
        ("{{ Passage :  a  }}  \n\n{{passage:b}}\n\n{{passage: a}}", ["a", "b", "a"]),
        ("   {{passage: a}}", ["a"]),
        ("> {{passage: a}}", ["a"]),
        ("- {{passage: a}}", ["a"]),
        ("{{passage: a}}\n===", ["a"]),
        ("{{passage: No Such Thing!}}", ["No Such Thing!"]),
        ("{{passage:}}", [""]),
        ("We say {{passage: a}} here", []),
        ("\\{{passage: a}}", []),
        ("`{{passage: a}}`", []),
        ("    {{passage: a}}", []),
        ("```\n{{passage: a}}\n```", []),
        ("{{passage: a}} and more", []),
        ("{passage: a}", []),
        ("{{pictures: a}}", []),
    ],
)
def test_a_line_of_its_own_names_a_passage(text: str, named: list[str]) -> None:
    assert list(passages_in(text)) == named


def test_the_passage_stands_in_its_place_with_a_link_to_its_source() -> None:
    html = rendered("First.\n{{passage: demands-2024}}\nLast.", DEMANDS)
    assert html.index("First.") < html.index("<strong>eight hours</strong>") < html.index("Last.")
    link = '<p>— <a href="https://paper.example/2024?a=1&amp;b=2"'
    assert link in html
    assert "Programme of 2024</a></p>" in html
    assert "{{" not in html


def test_in_a_passage_handles_and_hashtags_name_nobody() -> None:
    made = render(
        "{{passage: demands-2024}}",
        form="note",
        resolve_mention=lambda handle: pytest.fail(f"{handle} was asked for"),
        tag_url=lambda tag: pytest.fail(f"{tag} was asked for"),
        inserted=[DEMANDS],
    )
    assert (made.mentions, made.hashtags) == ((), ())
    assert "@rosa@far.example" in made.html
    assert "#strike" in made.html


@pytest.mark.parametrize("form", ["article", "note"])
def test_what_a_passage_opens_ends_with_it(form: str) -> None:
    open_ended = Inserted("a", "en", "```\n<script>alert(1)</script>\n[x]: https://bad.example/")
    html = rendered("{{passage: a}}\n\n*After* [x]", open_ended, form=form)
    assert "<script" not in html
    assert "<em>After</em> [x]" in html


def test_a_backslash_keeps_the_line_as_it_is() -> None:
    assert rendered("\\{{passage: a}}") == "<p>{{passage: a}}</p>"


def test_a_name_of_a_source_is_text() -> None:
    html = rendered("{{passage: a}}", Inserted("a", "en", "Words", "<b>A & B</b>"))
    assert html == "<p>Words</p>\n<p>— &lt;b&gt;A &amp; B&lt;/b&gt;</p>"


@pytest.mark.parametrize(
    ("language", "wished", "does"),
    [
        ("pt", "pt-BR", True),
        ("pt-BR", "pt", True),
        ("pt-BR", "pt-PT", False),
        ("zh", "zh-Hant", True),
        ("en", "eng", False),
        ("de", "en", False),
    ],
)
def test_a_language_fits_its_own_variants(language: str, wished: str, does: bool) -> None:
    assert fits(language, wished) is does


def test_the_nearest_language_is_spoken_and_else_the_first() -> None:
    texts = {"en": "a", "pt": "b", "pt-PT": "c"}
    assert [spoken(texts, one) for one in ("pt-PT", "pt-BR", "uk")] == ["pt-PT", "pt", "en"]


def test_every_fault_of_a_wording_is_named_at_once() -> None:
    _, faults = read(
        {
            "texts": {"en": "x" * 20_001, "english": "y", "de": 3, "fr": " "},
            "source": {"url": "ftp://x", "page": 1},
            "text": "z",
        }
    )
    named = {one.field for one in faults}
    assert named == {"texts.en", "texts.english", "texts.de", "source.url", "source.page", "text"}
    assert read({"texts": {"en": " "}})[1][0].field == "texts"
    assert read({})[1][0].field == "texts"
    both = {"texts": {"en": "a"}, "source": {"name": "x", "declaration": "y"}}
    assert read(both)[1][0].field == "source.declaration"
