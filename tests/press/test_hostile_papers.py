"""Texts that try to be more than texts, or too much of them: paper is made all the same."""

import io
from dataclasses import replace

import pytest
from pypdf import PdfReader
from sample_papers import bare, pages_of, paper_in, text_of

from fediverse_coord.press.paper import pdf_of
from fediverse_coord.press.paper_markup import BREAK, blocks_of, breakable
from fediverse_coord.press.paper_view import Origin
from fediverse_coord.protocol.sanitize import article_html

MARKUP = (
    '#eval("1+1") #read("data.json") #import "@preview/a:1.0.0": * ] [ } { $x^2$ \\ \\u{41} */ // '
    "= no-heading - no-list `raw` _em_ *strong* <label> @cite ~ -- ... \"q\" 'a' https://x.example/#a"
)


def test_what_typst_would_evaluate_stands_on_paper_as_it_was_written() -> None:
    html = article_html(f"<p>{MARKUP.replace('<', '&lt;')}</p>")
    assert bare(MARKUP) in text_of(pdf_of(paper_in("en", html)))


def test_no_field_is_evaluated() -> None:
    view = replace(
        paper_in("en"),
        title=f"T {MARKUP}",
        heading=f"T {MARKUP}",
        addressees=(f"A {MARKUP}",),
        signatories=(f"S {MARKUP}",),
        sources=(Origin(f"O {MARKUP}", "https://x.example/)]#eval(1)"),),
        notices=(f"N {MARKUP}",),
        translator=f"R {MARKUP}",
        date=f"D {MARKUP}",
        kind=f"K {MARKUP}",
        topics=(MARKUP,),
    )
    text = text_of(pdf_of(view))
    for letter in "TASONRDK":
        assert bare(f"{letter} {MARKUP}") in text


HOSTILE = {
    "a word without end": "<p>" + "x" * 100_000 + "</p>",
    "a word without end in a heading": "<h2>" + "y" * 5_000 + "</h2>",
    "a hundred thousand letters": "<p>" + "Workers of all mines. " * 4_600 + "</p>",
    "paragraphs without end": "<p>a</p>" * 12_000,
    "items without end": "<ul>" + "<li>a</li>" * 8_000 + "</ul>",
    "quotes in quotes": "<blockquote>" * 90 + "deep" + "</blockquote>" * 90,
    "lists in lists": "<ul><li>" * 60 + "deep" + "</li></ul>" * 60,
    "tables in tables": "<table><tr><td>" * 40 + "deep" + "</td></tr></table>" * 40,
    "marks in marks": "<p>" + "<b><i><u>" * 30 + "deep" + "</u></i></b>" * 30,
    "a table too wide": "<table><tr>" + "<td>cell</td>" * 90 + "</tr></table>",
    "a table too long": "<table>" + "<tr><td>a</td><td>b</td></tr>" * 3_000 + "</table>",
    "cells that cover each other": '<table><tr><td rowspan="3" colspan="4">a</td><td rowspan="9">b'
    '</td></tr><tr><td colspan="99">c</td></tr><tr><td>d</td></tr></table>',
    "narrow cells that cover each other": '<table><tr><td rowspan="3" colspan="2">a</td><td '
    'rowspan="9">b</td></tr><tr><td colspan="3">c</td></tr><tr><td>d</td></tr></table>',
    "heads of tables that reach down": '<table><tr><th rowspan="4">a</th><th>b</th></tr><tr><td>c'
    "</td></tr></table>",
    "nothing in anything": "<ul><li></li></ul><table><tr></tr></table><h2></h2><p> </p><pre></pre>"
    "<blockquote></blockquote><ol></ol><p><b></b></p>",
    "no text": "",
    "signs that no font has": "<p>\U000e0001\ufdd0\ue000\U0001f9ff\U00012000 end</p>",
    "turned directions": "<p>\u202e\u2066\u2067abc\u202d def</p>",
    "accents upon accents": "<p>a" + "\u0301" * 3_000 + "</p>",
    "headings out of order": "<h6>a</h6><h2>b</h2><h5>c</h5>",
    "an odd list": '<ol start="-5"><li value="9999">a</li></ol><ol start="999999"><li>b</ol>',
    "addresses": '<p><a href="https://x.example/%22)%5D#$">a</a><a href="http://y.example">b</a></p>',
    "languages": '<p lang="xx-Abcd" dir="rtl">a <span lang="q" dir="ltr">b</span></p>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_paper_is_made_of_anything(name: str) -> None:
    pdf = pdf_of(paper_in("en", article_html(HOSTILE[name])))
    assert "Signed by" in " ".join(pages_of(pdf))


def test_nothing_stands_beyond_the_edge_of_the_page() -> None:
    pdf = pdf_of(paper_in("en", "<p>" + "x" * 3_000 + "</p>"))
    text = text_of(pdf)
    assert text.count("x") >= 3_000
    places: list[float] = []
    page = PdfReader(io.BytesIO(pdf)).pages[0]
    page.extract_text(visitor_text=lambda text, cm, tm, font, size: places.append(tm[4]))
    assert max(places) < 210 / 25.4 * 72


def test_a_long_word_may_be_broken_and_a_letter_with_its_accents_may_not() -> None:
    assert BREAK not in breakable("Donaudampfschifffahrtsgesellschaft")
    assert breakable("x" * 50).replace(BREAK, "") == "x" * 50
    accented = breakable("e\u0301" * 60)
    assert BREAK in accented
    assert f"{BREAK}\u0301" not in accented


def test_no_level_of_headings_is_left_out() -> None:
    blocks = blocks_of("<h5>a</h5><h2>b</h2><h6>c</h6><h3>d</h3><h2>e</h2>")
    assert [one["n"] for one in blocks] == [2, 2, 3, 3, 2]


def test_spaces_are_those_that_a_browser_shows() -> None:
    (block,) = blocks_of("<p>\n  One <b> two</b>\n three<br>\n four </p>")
    assert block["c"] == [
        "One ", {"k": "strong", "c": ["two"]}, " three", {"k": "br"}, "four ",
    ]  # fmt: skip
