"""What stands on paper, read back by a library that is not ours."""

import io
from dataclasses import replace

import pypdfium2
import pytest
from pypdf import PdfReader
from sample_papers import (
    NOON,
    PAGE,
    TEXTS,
    TITLES,
    bare,
    draft_in,
    icon,
    pages_of,
    paper_in,
    text_of,
    words_of,
)

from fediverse_coord.press.paper import pdf_of
from fediverse_coord.press.paper_proof import attached_text
from fediverse_coord.protocol.sanitize import article_html


@pytest.mark.parametrize("language", TEXTS)
def test_title_and_text_can_be_read_back_in_every_script(language: str) -> None:
    pdf = pdf_of(paper_in(language))
    if language == "ar":
        read = words_of(pages_of(pdf)[0])
        assert words_of(TITLES["ar"]) | words_of(TEXTS["ar"]) <= read
    else:
        assert bare(TITLES[language]) in text_of(pdf)
        assert bare(TEXTS[language]) in text_of(pdf)


def test_a_paper_carries_all_that_belongs_to_a_letter() -> None:
    text = text_of(pdf_of(paper_in("en")))
    told = (
        "The Pits", "@pits@coord.example", "press@pits.example", "Protest", "14 October 2026",
        "To", "The Board", "Signed by", "R. M. L., delegate", "The Quays",
        "https://quays.example/a", PAGE, "1 / 1",
    )  # fmt: skip
    assert [one for one in told if bare(one) not in text] == []


@pytest.mark.parametrize("language", ["en", "ar", "zh"])
def test_language_title_author_and_structure_are_told_to_readers(language: str) -> None:
    reader = PdfReader(io.BytesIO(pdf_of(paper_in(language))))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == (TITLES[language], "The Pits")
    assert reader.metadata.creation_date == NOON
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_a_paper_is_a4() -> None:
    box = PdfReader(io.BytesIO(pdf_of(paper_in("en")))).pages[0].mediabox
    assert (round(box.width / 72 * 25.4), round(box.height / 72 * 25.4)) == (210, 297)


def test_pages_are_numbered_among_all() -> None:
    pages = pages_of(pdf_of(paper_in("en", "<p>Nobody goes down alone.</p>" * 300)))
    assert len(pages) > 3
    for number, page in enumerate(pages, start=1):
        assert f"{number} / {len(pages)}" in page


def test_the_same_values_make_the_same_bytes() -> None:
    assert pdf_of(paper_in("ar")) == pdf_of(paper_in("ar"))


def test_every_font_comes_with_the_file() -> None:
    for language in TEXTS:
        reader = PdfReader(io.BytesIO(pdf_of(paper_in(language))))
        fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]
        inner = [font["/DescendantFonts"][0].get_object() for font in fonts]
        descriptors = [one["/FontDescriptor"].get_object() for one in inner]
        assert descriptors
        assert all({"/FontFile2", "/FontFile3"} & set(one) for one in descriptors)


def test_han_characters_are_drawn_as_the_language_draws_them() -> None:
    drawn = {
        pdf_of(paper_in("zh", "<p>骨直</p>")),
        pdf_of(replace(paper_in("zh", "<p>骨直</p>"), language="zh-TW")),
    }
    names = [_fonts(pdf) for pdf in drawn]
    assert names[0] != names[1]


def _fonts(pdf: bytes) -> set[str]:
    page = PdfReader(io.BytesIO(pdf)).pages[0]
    fonts = page["/Resources"]["/Font"].values()
    return {font.get_object()["/BaseFont"].partition("+")[2] for font in fonts}


def test_the_signed_text_is_attached_byte_for_byte() -> None:
    signed = '{"content": "Ä \\u0000 ]#$"}'.encode()
    assert attached_text(pdf_of(replace(paper_in("en"), signed=signed))) == signed


def test_a_draft_says_so_on_every_page_and_has_nothing_attached() -> None:
    pdf = pdf_of(replace(draft_in("en"), html="<p>Nobody goes down alone.</p>" * 100))
    assert all("DRAFT" in page for page in pages_of(pdf))
    assert attached_text(pdf) is None
    assert pypdfium2.PdfDocument(pdf).count_attachments() == 0


def test_a_paper_without_a_picture_or_anything_but_a_text_is_made() -> None:
    bareness = replace(
        paper_in("en"), title=None, kind=None, date=None, addressees=(), signatories=(), sources=()
    )
    head = replace(bareness.letterhead, icon=None)
    assert bare(TEXTS["en"]) in text_of(pdf_of(replace(bareness, letterhead=head)))
    assert icon()


def test_markup_of_a_text_is_set() -> None:
    html = article_html(
        "<h2>Demands</h2><ol start=3><li>Air<li>Wages</ol><ul><li>first<ul><li>second</ul></ul>"
        "<blockquote>Quoted</blockquote><pre>code  here</pre><table><tr><th>Shaft<th>Days</tr>"
        "<tr><td rowspan=2>North<td>12</tr><tr><td>13</tr></table><dl><dt>Term<dd>Said</dl>"
        '<p>One<br>two <a href="https://far.example/x">link</a> H<sub>2</sub>O <ruby>北<rt>k</ruby>'
    )
    pdf = pdf_of(paper_in("en", html))
    text = text_of(pdf)
    told = ("Demands", "3.Air", "4.Wages", "•first", "Quoted", "code", "ShaftDays", "Term", "link")
    assert [one for one in told if one not in text] == []
    links = [
        mark.get_object()["/A"]["/URI"] for mark in PdfReader(io.BytesIO(pdf)).pages[0]["/Annots"]
    ]
    assert "https://far.example/x" in links
