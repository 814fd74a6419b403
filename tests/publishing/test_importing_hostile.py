"""Pages and feeds made to keep whoever reads them busy: a reader that falls for one hangs."""

import io

import nh3
import pytest

from fediverse_coord.errors import Refusal
from fediverse_coord.protocol.sanitize import too_dense
from fediverse_coord.publishing.importing.blocks import blocks_of, tamed
from fediverse_coord.publishing.importing.days import day_in
from fediverse_coord.publishing.importing.encodings import decoded
from fediverse_coord.publishing.importing.feeds import page_of
from fediverse_coord.publishing.importing.markup import markdown_from
from fediverse_coord.publishing.importing.posts import posts_in

MANY = 200_000
RSS = "<rss version='2.0'><channel><item><title>x</title><description>{0}</description></item>"
ENDLESS = ("<!--", "<!", "<![", "<?", "</", "<a ", "<a b='", "<textarea></", "<!-- > ", "<! <?")


@pytest.mark.parametrize("piece", ENDLESS)
def test_a_page_of_beginnings_without_an_end_is_read_to_its_end(piece: str) -> None:
    page = f"<html><body><p>Before.</p>{piece * MANY}"
    assert blocks_of(page)[0].text == "Before."


def test_comments_go_and_lines_keep_their_numbers() -> None:
    page = (
        "<p>One</p>\n<!-- <p>not\nthis</p> -->\n<p title='a<b'>Two</p>\n<!doctype\nhtml>\n<p>Three"
    )
    found = [(one.text, one.line) for one in blocks_of(page)]
    assert found == [("One", 1), ("Two", 4), ("Three", 7)]


def test_what_ends_far_away_is_text() -> None:
    assert tamed("a < b") == "a &lt; b"
    assert tamed(f"<i>x</i> < {'y' * 70_000}>").startswith("<i>x</i> &lt; ")


def test_a_text_too_deep_to_be_parsed_keeps_its_words() -> None:
    assert markdown_from(f"{'<div>' * MANY}We &amp; you") == "We & you"


def test_marks_around_nothing_do_not_pile_up() -> None:
    assert markdown_from(f"<p>a{'<b> </b>' * 20_000}b</p>") == "a b"


@pytest.mark.parametrize("line", ["1," * MANY, "1" + " " * MANY, "1 of " * MANY, "1-" * MANY])
def test_a_line_that_is_nearly_a_day_is_none(line: str) -> None:
    assert day_in(line) is None


def test_a_cut_text_is_found_by_its_end_alone() -> None:
    for text, is_cut in ((f"[...]{' ' * MANY}x", False), (f"x […]{' ' * MANY}", True)):
        (found, *_) = page_of(f"{RSS.format(text)}</channel></rss>".encode(), "feed").found
        assert getattr(found, "is_beginning", None) is is_cut


@pytest.mark.parametrize("text", ["[" * MANY, '{"orderedItems": [' + "[" * MANY])
def test_json_too_deep_to_be_read_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="no readable JSON"):
        list(posts_in(io.StringIO(text), "outbox"))


def test_one_value_without_an_end_is_not_read_into_memory() -> None:
    text = io.StringIO('{"orderedItems": ["' + "x" * 40_000_000)
    with pytest.raises(Refusal, match="has no end"):
        list(posts_in(text, "outbox"))
    assert text.tell() < 30_000_000


@pytest.mark.parametrize("before", ["", "<!-- x -->", "<?php?>"])
def test_a_doctype_ends_the_reading_wherever_it_stands(before: str) -> None:
    declared = f"{before}<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
    with pytest.raises(Refusal, match="DOCTYPE"):
        page_of(f"{declared}{RSS.format('&x;')}</channel></rss>".encode(), "feed")


def test_what_only_speaks_of_a_doctype_is_read() -> None:
    text = RSS.format("<![CDATA[<p>Write <code>&lt;!DOCTYPE html></code> first.</p>]]>")
    (found,) = page_of(f"{text}</channel></rss>".encode(), "feed").found
    assert "DOCTYPE" in getattr(found, "content", "")


@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "zlib", "rot13", "hex"])
def test_a_charset_that_is_none_is_not_believed(charset: str) -> None:
    assert decoded(b"caf\xe9 ferm\xe9", charset) == "café fermé"


@pytest.mark.parametrize("piece", ["&", "&amp;", "x&nbsp;", "x\xa0", "&#38;", "&a"])
def test_what_looks_to_the_end_at_each_of_its_signs_is_not_parsed(piece: str) -> None:
    parsed = list[int]()

    def counted(html: str, **_: object) -> str:
        parsed.append((html.count("&") + html.count("\xa0")) * len(html))
        return html

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nh3, "clean", counted)
        made = markdown_from(f"<p>{piece * MANY}</p>")
    assert sum(parsed) < 2_000_000_000
    assert len(made) >= MANY


def test_a_long_text_with_many_spaces_that_do_not_break_keeps_its_paragraphs() -> None:
    paragraph = (
        "<p>Ils disent&nbsp;: «\xa0<b>Non</b>\xa0» &amp; "
        '<a href="https://a.example/?a=1&amp;b=2">partent</a>.</p>'
    )
    one = markdown_from(paragraph)
    assert one == "Ils disent\xa0: «\xa0**Non**\xa0» & [partent](https://a.example/?a=1&b=2)."
    assert too_dense(paragraph * 5_000)
    assert markdown_from(paragraph * 5_000) == "\n\n".join([one] * 5_000)
