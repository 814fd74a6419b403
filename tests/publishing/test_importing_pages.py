"""Saved pages by their mappings: text and HTML of the same page give the same texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fediverse_coord.desk.import_sources import layout_named
from fediverse_coord.errors import Refusal
from fediverse_coord.publishing.details import Kind
from fediverse_coord.publishing.importing.entries import Imported
from fediverse_coord.publishing.importing.layouts import layout_from
from fediverse_coord.publishing.importing.pages import old_path_of, texts_in, whole_text
from fediverse_coord.publishing.importing.reading import completed
from fediverse_coord.publishing.importing.versions import proposals

FRONT = layout_named("joomla-front-page")
LIST = layout_named("article-list")

FRONT_TEXT = """Home


Select language

Peru: The smelters of La Oroya stop the ovens

For three days no copper has left the town. The crews want masks that fit and a doctor.

Read more: Peru: The smelters...

Letter to the drillers of Kiruna

Dear drillers, we have read what the company offers you.
It is less than it offered us.

Read more: Letter to the...

More Articles ...

  1. Declaration of protest: To the Government of Ghana
  2. Call for a day of struggle on 14.11.20
  3. Greetings to the porters"""

FRONT_HTML = """<!DOCTYPE html><html><head><title>x</title>
<script>var a = "<p>no</p>";</script></head>
<body><nav><ul><li><a href="/">Home</a></li></ul></nav><p>Select language</p>
<div class="item"><h2>
<a href="/news/12-smelters">Peru: The smelters of La Oroya stop the ovens</a></h2>
<dl><dt>Details</dt><dd>Published: 3 May 2021</dd></dl>
<p>For three days no copper has left the town. The crews want masks that fit and a doctor.</p>
<p class="readmore"><a href="/news/12-smelters">Read more: Peru: The
smelters...</a></p></div>
<div class="item"><h2><a href="/news/11-letter">Letter to the drillers of Kiruna</a></h2>
<p>Dear drillers, we have read what the company offers you.<br>It is less than it offered us.</p>
<p><a href="/news/11-letter">Read more: Letter to the...</a></p></div>
<h3>More Articles ...</h3><ol><li><a href="/news/10">Declaration of protest: To the Government of
Ghana</a></li><li><a href="/news/9">Call for a day of struggle on 14.11.20</a></li>
<li><a href="/news/8">Greetings to the porters</a></li></ol>
<p>Powered by Joomla!</p></body></html>"""

FRONT_TITLES = [
    "Peru: The smelters of La Oroya stop the ovens",
    "Letter to the drillers of Kiruna",
    "Declaration of protest: To the Government of Ghana",
    "Call for a day of struggle on 14.11.20",
    "Greetings to the porters",
]

LIST_TEXT = """Harbour voice

The cranes stand still for the night crews


On 4 and 5 March 2024 nobody loaded in Durban, Santos and Genoa. The 1,200 people of the night crews
of South Africa, Brazil and Italy want the same 35 hours, said Nomsa Dlamini. [...]

Les grues s’arrêtent pour les équipes de nuit


Les 4 et 5 mars 2024, personne n’a chargé à Durban, Santos et Gênes. Les 1 200 personnes des équipes
d’Afrique du Sud, du Brésil et d’Italie veulent les mêmes 35 heures, dit Nomsa Dlamini. [...]

Las grúas se paran por los turnos de noche


Los días 4 y 5 de marzo de 2024 nadie cargó en Durban, Santos y Génova. Las 1.200 personas de los
turnos de Sudáfrica, Brasil e Italia quieren las mismas 35 horas, dijo Nomsa Dlamini. [...]

7-8-9 June, 2024
A meeting of the dockers is being prepared


Whoever wants to come writes to us until May. There is room for ninety people, and soup.

The hall is heated since we repaired the stove last winter.
"""


def titles(found: list[Imported]) -> list[str | None]:
    return [one.title for one in found]


@pytest.mark.parametrize("page", [FRONT_TEXT, FRONT_HTML], ids=["text", "HTML"])
def test_every_title_of_a_front_page_comes_in_with_its_beginning(page: str) -> None:
    found = texts_in(page, FRONT, "page")

    assert titles(found) == FRONT_TITLES
    assert [one.is_title_only for one in found] == [False, False, True, True, True]
    assert found[0].content.startswith("For three days no copper")
    assert "Read more" not in found[0].content
    assert found[1].content == (
        "Dear drillers, we have read what the company offers you.\\\nIt is less than it offered us."
    )


def test_html_tells_days_and_old_paths_besides() -> None:
    found = texts_in(FRONT_HTML, FRONT, "page")

    assert str(found[0].day) == "2021-05-03"
    assert [one.old_path for one in found] == [
        "/news/12-smelters",
        "/news/11-letter",
        "/news/10",
        "/news/9",
        "/news/8",
    ]
    assert found[0].more_url is None  # a saved page asks nobody


def test_links_are_followed_only_from_an_address() -> None:
    found = texts_in(FRONT_HTML, FRONT, "page", "https://old.example/")
    assert found[0].more_url == "https://old.example/news/12-smelters"


def test_kinds_and_countries_are_read_off_the_titles() -> None:
    found = [completed(one, "en", tuple(Kind)) for one in texts_in(FRONT_TEXT, FRONT, "page")]

    told = [(one.kind, one.countries, str(one.day) if one.day else None) for one in found]
    assert told == [
        ("report", ("PE",), None),
        ("letter", (), None),
        ("protest", ("GH",), None),
        ("call", (), "2020-11-14"),
        ("greeting", (), None),
    ]


def test_one_letter_alone_is_a_page_too() -> None:
    page = "Home\n\nSelect language\n\nTo the women of the wash house\n\n" + "We heard you. " * 30
    (found,) = texts_in(page, FRONT, "page")
    assert (found.title, found.is_beginning) == ("To the women of the wash house", False)


def test_titles_of_a_list_are_what_is_set_off() -> None:
    found = texts_in(LIST_TEXT, LIST, "page")

    assert titles(found) == [
        "The cranes stand still for the night crews",
        "Les grues s’arrêtent pour les équipes de nuit",
        "Las grúas se paran por los turnos de noche",
        "A meeting of the dockers is being prepared",
    ]
    assert str(found[3].day) == "2024-06-07"
    assert found[3].content.endswith("last winter.")
    assert found[0].content.endswith("Nomsa Dlamini. …") or found[0].content.endswith("Dlamini.…")


def test_one_text_in_three_languages_is_proposed_as_one_work() -> None:
    found = [completed(one, "en", tuple(Kind)) for one in texts_in(LIST_TEXT, LIST, "page")]
    works = list(proposals(found))

    assert [[one.language for one in work.members] for work in works] == [
        ["en", "fr", "es"],
        ["en"],
    ]
    assert 0.5 < works[0].confidence < 1


def test_other_texts_of_the_same_neighbours_are_not() -> None:
    page = LIST_TEXT.replace("4 et 5 mars 2024", "11 et 12 juin 2019").replace("1 200", "70")
    page = page.replace("Durban, Santos et Gênes", "Lyon").replace("35", "40")
    page = page.replace(
        "Les 70 personnes des équipes\nd’Afrique du Sud, du Brésil et d’Italie", "Elles"
    )
    found = [completed(one, "en", tuple(Kind)) for one in texts_in(page, LIST, "page")]
    assert ["fr"] in [[one.language for one in work.members] for work in proposals(found)]


def test_the_same_text_has_the_same_identity_however_it_is_spaced() -> None:
    again = FRONT_TEXT.replace("\n\n", "\n\n\n").replace("  1.", "1.")
    first, second = (texts_in(page, FRONT, "page") for page in (FRONT_TEXT, again))
    assert [one.identity for one in first] == [one.identity for one in second]


def test_a_whole_text_is_found_by_its_opening() -> None:
    page = """<body><nav><a href="/">Home</a></nav><h1>Letter</h1>
    <p>Dear drillers, we have read what the company offers you.</p>
    <p>So we say no.</p><p><a href="/next">Next</a></p></body>"""
    found = whole_text(page, "Dear drillers, we have read what the company offers you.")
    assert found == ("Dear drillers, we have read what the company offers you.\n\nSo we say no.")
    assert whole_text(page, "Something else altogether, which is not there.") is None


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("[page]\nbegin = ['x']", "page.begin"),
        ("[article]\ntitle = 'last'", "article.title"),
        ("[titles]\nbegins = 'More'", "titles.begins"),
        ("colour = 'red'", "colour"),
        ("[page", "mapping m"),
    ],
)
def test_a_faulty_mapping_is_refused_by_its_key(source: str, fault: str) -> None:
    with pytest.raises(Refusal, match=fault):
        layout_from(source, "m")


@given(st.text(max_size=400))
def test_no_text_makes_a_reader_fail(page: str) -> None:
    for layout in (FRONT, LIST):
        for wrapped in (page, f"<html><body>{page}</body></html>"):
            assert all(one.title or one.content for one in texts_in(wrapped, layout, "page"))


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("https://old.example/en/12-letter", "/en/12-letter"),
        ("/index.php?id=5&x=1", "/index.php?id=5&x=1"),
        ("/caf%C3%A9", "/café"),
        ("javascript:alert(1)", None),
        ("mailto:a@b.example", None),
        ("/", None),
        ("http://[", None),
    ],
)
def test_old_paths_are_those_of_web_pages(href: str, path: str | None) -> None:
    assert old_path_of(href) == path


def test_languages_of_one_text_are_one_work_however_many() -> None:
    languages = [f"{one}{two}" for one in "abcdef" for two in "klmnop"]
    texts = [
        Imported(identity=name + one, place="", title="x", content="y", language=one, group=name)
        for name in "abc"
        for one in languages
    ]
    assert [len(one.members) for one in proposals(texts)] == [36, 36, 36]
