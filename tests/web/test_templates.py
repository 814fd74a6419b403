"""Pages for people: well formed, without script, escaped, small, and in the right direction."""

import re
import tomllib
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise

import pytest
from sample_pages import (
    ABOUT,
    AR,
    DECLARATION,
    DOCKERS,
    ENTRY,
    FAULT,
    ICON,
    INTERACT,
    PAGES,
    PROFILE,
    REPLY,
    SITE,
    TAGGED,
    Page,
    page,
)

from fediverse_coord.web.templating import grouped, render, shortened, stylesheet, words_for
from fediverse_coord.web.views import Language, Listing, ProfileField, Tag, View

LANDMARKS = {"main", "footer"}
WORDS = sorted(one.name for one in files("fediverse_coord.web").joinpath("words").iterdir())
HOSTILE = "\"><script>alert('x')</script><img src=x onerror=alert(1)>{{ 7*7 }} \u202e&amp;"


@pytest.fixture(params=PAGES)
def any_page(request: pytest.FixtureRequest) -> Page:
    return page(*PAGES[request.param])


def test_every_page_is_well_formed_and_has_one_heading(any_page: Page) -> None:
    assert any_page.faults == []
    assert len(any_page.all("h1")) == 1
    assert len(any_page.all("title")) == 1
    assert {tag for tag, _ in any_page.elements} >= LANDMARKS


def test_headings_skip_no_level(any_page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in any_page.elements if re.fullmatch(r"h[1-6]", tag)]

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_page_says_its_language_and_where_the_text_begins(any_page: Page) -> None:
    (html,) = any_page.all("html")
    ids = [attributes["id"] for _, attributes in any_page.elements if "id" in attributes]

    assert html["lang"] in {"en", "ar"}
    assert html["dir"] == ("rtl" if html["lang"] == "ar" else "ltr")
    assert any_page.all("a")[0] == {"class": "skip", "href": "#text"}
    assert len(ids) == len(set(ids))
    assert "text" in ids


def test_every_page_does_without_script_and_inline_style(any_page: Page) -> None:
    names = {name for _, attributes in any_page.elements for name in attributes}

    assert not {"script", "style", "iframe", "object"} & {tag for tag, _ in any_page.elements}
    assert not {name for name in names if name == "style" or name.startswith("on")}
    assert any_page.links("stylesheet") == [stylesheet().path]


def test_every_field_has_a_label_and_every_image_a_description_and_a_size(any_page: Page) -> None:
    labelled = {attributes["for"] for attributes in any_page.all("label")}
    fields = [a for a in any_page.all("input") if a["type"] != "hidden"]

    assert {attributes["id"] for attributes in fields} == labelled
    assert all({"alt", "width", "height"} <= set(one) for one in any_page.all("img"))


def test_every_page_links_to_the_source_code(any_page: Page) -> None:
    assert SITE.source_url in {attributes["href"] for attributes in any_page.all("a")}


@pytest.mark.parametrize("name, view", PAGES.values(), ids=PAGES)
def test_every_page_is_small(name: str, view: View) -> None:
    assert len(render(name, view)) < 20_000


def test_a_profile_can_be_found_followed_and_verified() -> None:
    profile = page("profile", PROFILE)
    (form,) = profile.all("form")
    (hidden,) = [a for a in profile.all("input") if a["type"] == "hidden"]

    assert DOCKERS.actor_id in profile.links("alternate")
    assert profile.links("me") == [DOCKERS.profile_url]
    assert profile.meta("og:type") == "profile"
    assert profile.meta("og:image:alt") == ICON.alt
    assert (form["action"], form["method"]) == ("/interact", "post")
    assert (hidden["name"], hidden["value"]) == ("uri", DOCKERS.actor_id)
    assert DOCKERS.handle in profile.text
    assert "12\u202f873" in profile.text
    assert {"?newer", "?older"} <= {a["href"] for a in profile.all("a")}
    assert any("me" in (a.get("rel") or "").split() for a in profile.all("a"))


def test_a_contact_that_is_also_a_field_is_shown_once() -> None:
    fields = (ProfileField("Post", DOCKERS.contact),)
    profile = page("profile", replace(PROFILE, fields=fields))

    assert profile.all("a").count({"href": f"mailto:{DOCKERS.contact}"}) == 1


def test_a_declaration_makes_a_card_with_its_author() -> None:
    declaration = page("declaration", DECLARATION)

    assert DECLARATION.object_id in declaration.links("alternate")
    assert declaration.links("canonical") == [DECLARATION.url]
    assert declaration.meta("og:title") == DECLARATION.title
    assert declaration.meta("og:description") == DECLARATION.summary
    assert declaration.meta("og:locale") == "en"
    assert [declaration.meta(f"og:image:{one}") for one in ("width", "height")] == ["512", "512"]
    assert declaration.meta("article:published_time") == "2026-11-14T12:05:00Z"
    assert declaration.meta("fediverse:creator") == DOCKERS.handle
    assert declaration.meta("robots") is None


def test_a_declaration_shows_its_text_responses_counts_and_contact() -> None:
    declaration = page("declaration", DECLARATION)

    assert "The cranes have stood still since Monday." in declaration.text
    assert "We are with you." in declaration.text
    assert "@rosa@far.example" in declaration.text
    assert "14 November 2026" in declaration.text
    assert "1204" in declaration.text
    assert {"href": "mailto:post@dockers.example"} in declaration.all("a")
    assert {"datetime": "2026-11-14T12:05:00Z"} in declaration.all("time")


def test_an_untitled_declaration_is_named_by_its_day() -> None:
    untitled = page("declaration", replace(DECLARATION, title=None))

    assert untitled.meta("og:title") == "Statement of 14 November 2026"


def test_a_withdrawn_declaration_says_so_and_stays_out_of_search() -> None:
    withdrawn = page(
        "declaration", replace(DECLARATION, withdrawn_reason="Wrong day.", noindex=True)
    )

    assert withdrawn.meta("robots") == "noindex"
    assert withdrawn.meta("og:title") == f"Withdrawn: {DECLARATION.title}"
    assert withdrawn.meta("og:description") == "Wrong day."
    assert "Dockers’ Coordination has withdrawn this text." in withdrawn.text
    assert withdrawn.all("form") == []


def test_a_text_keeps_its_language_and_direction_inside_a_page_in_another() -> None:
    mixed = page("declaration", replace(DECLARATION, language=AR))
    (heading,) = mixed.all("h1")

    assert (mixed.all("html")[0]["lang"], mixed.all("html")[0]["dir"]) == ("en", "ltr")
    assert heading == {"lang": "ar", "dir": "rtl"}
    assert {"class": "prose", "lang": "ar", "dir": "rtl"} in mixed.all("div")
    assert mixed.meta("og:locale") == "ar"


def test_a_page_in_a_language_without_words_is_english() -> None:
    swahili = page("about", replace(ABOUT, language=Language("sw", "ltr", "Kiswahili")))

    assert swahili.all("html") == [{"lang": "en", "dir": "ltr"}]


@pytest.mark.parametrize(
    "name, view",
    [
        (
            "profile",
            replace(
                PROFILE,
                author=replace(DOCKERS, name=HOSTILE, contact=HOSTILE, handle=HOSTILE),
                summary=HOSTILE,
                fields=(ProfileField(HOSTILE, HOSTILE, HOSTILE),),
                listing=Listing((replace(ENTRY, title=HOSTILE, excerpt=HOSTILE, kind=HOSTILE),)),
            ),
        ),
        (
            "declaration",
            replace(
                DECLARATION,
                title=HOSTILE,
                summary=HOSTILE,
                withdrawn_reason=HOSTILE,
                tags=(Tag(HOSTILE, HOSTILE),),
                responses=(replace(REPLY, name=HOSTILE, handle=HOSTILE, url=HOSTILE),),
            ),
        ),
        ("tag", replace(TAGGED, tag=HOSTILE)),
        (
            "interact",
            replace(INTERACT, uri=HOSTILE, handle=HOSTILE, fault=HOSTILE, subject=HOSTILE),
        ),
        ("error", replace(FAULT, detail=HOSTILE)),
    ],
)
def test_hostile_words_stay_words(name: str, view: View) -> None:
    hostile = page(name, view)

    assert hostile.faults == []
    assert "script" not in {tag for tag, _ in hostile.elements}
    assert not [one for _, one in hostile.elements if "onerror" in one or one.get("src") == "x"]
    assert "<script>alert" in hostile.text


@pytest.mark.parametrize("name", WORDS)
def test_every_language_has_words_for_everything_english_has(name: str) -> None:
    folder = files("fediverse_coord.web").joinpath("words")
    english, other = (
        tomllib.loads(folder.joinpath(n).read_text("utf-8")) for n in ("en.toml", name)
    )

    assert len(other["months"]) == 12
    assert other["direction"] in {"ltr", "rtl"}
    for table in ("phrases", "kinds", "errors"):
        assert other[table].keys() == english[table].keys()
    for key, phrase in other["phrases"].items():
        places = re.findall(r"{\w+}", english["phrases"][key])
        assert sorted(re.findall(r"{\w+}", phrase)) == sorted(places), key


def test_a_kind_that_only_a_coordination_knows_is_shown_as_written() -> None:
    assert words_for("de-AT").kind("letter") == "Brief"
    assert words_for("de").kind("open-letter") == "Open letter"


def test_the_stylesheet_fetches_nothing_and_is_named_by_its_bytes() -> None:
    assert re.fullmatch(r"/static/style\.[0-9a-f]{12}\.css", stylesheet().path)
    assert b"url(" not in stylesheet().body
    assert b"@import" not in stylesheet().body


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    "front, back",
    [
        ("ink", "paper"),
        ("ink", "panel"),
        ("soft", "paper"),
        ("soft", "panel"),
        ("act", "paper"),
        ("act", "panel"),
        ("act-ink", "act"),
    ],
)
def test_text_stands_out_from_its_ground(scheme: int, front: str, back: str) -> None:
    one, other = (luminance(colour(name, scheme)) for name in (front, back))

    assert (max(one, other) + 0.05) / (min(one, other) + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


def colour(name: str, scheme: int) -> str:
    found = re.findall(rf"--{name}: #([0-9a-f]+);", stylesheet().body.decode())
    return found[scheme] if len(found[scheme]) == 6 else "".join(c * 2 for c in found[scheme])


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_texts_are_cut_between_words_and_numbers_grouped() -> None:
    assert shortened("one two  three", 9) == "one two…"
    assert shortened("one\ntwo", 9) == "one two"
    assert (grouped(9999), grouped(1234567)) == ("9999", "1\u202f234\u202f567")
