"""Ways over to the same paragraph in another language."""

import re
from pathlib import Path

import pytest
from running_site import running_site
from sample_pages import AR, EN, Page

from fediverse_coord.desk import edits
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.web.places import MOST, with_places
from fediverse_coord.web.responses import PAGE_POLICY
from fediverse_coord.web.templating import place_script
from fediverse_coord.web.views import LanguageLink

LINKS = (
    LanguageLink(EN, "https://coord.example/@pits/shafts"),
    LanguageLink(AR, 'https://coord.example/@pits/shafts?lang=ar&x="'),
)
TEXT = (
    "<p>One<br>line &amp; <b>more</b></p>\n<h2>Two</h2><ul>\n<li><p>a</p></li></ul><hr><p>End</p>"
)


def test_every_paragraph_has_its_place_and_nothing_else_is_changed() -> None:
    made = str(with_places(TEXT, LINKS, "Other languages"))
    assert re.findall(r'<(\w+) id="(p\d)"', made) == [
        ("p", "p1"), ("h2", "p2"), ("ul", "p3"), ("p", "p4"),
    ]  # fmt: skip
    without = re.sub(r'<details class="way">.*?</details>| id="p\d+"', "", made)
    assert without == TEXT


def test_a_way_over_leads_to_the_same_place_in_each_language() -> None:
    page = Page(f"<main>{with_places(TEXT, LINKS, 'Other <languages>')}</main>")
    assert [one["href"] for one in page.all("a")][:2] == [
        "https://coord.example/@pits/shafts#p2",
        'https://coord.example/@pits/shafts?lang=ar&x="#p2',
    ]
    assert [one["lang"] for one in page.all("a")][:2] == ["en", "ar"]
    assert page.all("summary")[0]["aria-label"] == "Other <languages>"


@pytest.mark.parametrize("blocks", [1, 2, 3, 12, 13, 100, 1000])
def test_a_long_text_has_no_more_ways_than_a_short_one(blocks: int) -> None:
    made = str(with_places("<p>x</p>" * blocks, LINKS, "x"))
    assert made.count("<details") <= MOST
    assert made.count(' id="p') == blocks
    assert not made.endswith("</details>")


def test_a_text_in_one_language_stays_as_it_is() -> None:
    assert str(with_places(TEXT, (), "x")) == TEXT


@pytest.mark.parametrize("html", ["", "plain", "<p>open", "</p>", "<p>a</p>tail", "<hr><br>"])
def test_whatever_it_reads_is_kept(html: str) -> None:
    made = str(with_places(html, LINKS, "x"))
    assert re.sub(r'<details class="way">.*?</details>| id="p\d+"', "", made) == html


async def test_our_own_words_are_the_reader_s_where_we_have_none_in_the_text_s(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path, "pits") as site:
        work = await site.publish("Bread", slug="bread", content="One.\n\nTwo.\n\nThree.\n\nFour.")
        ukrainian = {
            "title": "Хліб",
            "summary": "Ще.",
            "content": "Один.\n\nДва.\n\nТри.\n\nЧотири.",
        }
        key = work.declaration.key
        await edits.put_version(site.services.desk, OPERATOR, key, "uk", ukrainian)
        for wish, tag in (("de,en;q=0.5", "de"), ("ar", "ar"), ("uk", "en"), ("", "en")):
            answer = await site.get("/@pits/bread?lang=uk", Accept_Language=wish)
            page = Page(answer.text)
            assert page.all("html")[0]["lang"] == tag
            assert page.all("h1")[0]["lang"] == "uk"
            assert answer.headers["vary"] == "Accept, Accept-Language"
            assert f"{site.origin}/@pits/bread#p3" in {a.get("href") for a in page.all("a")}
        english = await site.get("/@pits/bread", Accept_Language="de")
        assert Page(english.text).all("html")[0]["lang"] == "en"
        assert english.headers["vary"] == "Accept"


async def test_only_a_text_in_several_languages_has_the_script_and_no_other_can_run(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path, "pits") as site:
        work = await site.publish("Bread", slug="bread", content="One.\n\nTwo.")
        alone = await site.get("/@pits/bread")
        assert not Page(alone.text).all("script")
        assert alone.headers["content-security-policy"] == PAGE_POLICY

        german = {"title": "Brot", "summary": "Kurz.", "content": "Eins.\n\nZwei."}
        key = work.declaration.key
        await edits.put_version(site.services.desk, OPERATOR, key, "de", german)
        url = f"{site.origin}{place_script().path}"
        for path in ("/@pits/bread", "/@pits/bread?lang=de"):
            answer = await site.get(path)
            assert Page(answer.text).all("script") == [{"src": url, "defer": None}]
            policy = answer.headers["content-security-policy"]
            assert policy == f"{PAGE_POLICY}; script-src {url}"
        await site.withdraw(work, "A reason.")
        assert not Page((await site.get("/@pits/bread")).text).all("script")
