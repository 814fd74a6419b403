"""What may be persons' names in a text; the texts were written for these tests."""

import pytest

from fediverse_coord.publishing.persons import has_no_case, names_in

MINES = "Northern Copper Mines Ltd"


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        ("en", "They took Ahmet Yılmaz, O. Petrenko.", ["Ahmet Yılmaz", "O. Petrenko"]),
        ("en", "Kofi Atta Mensah came, J.P. Okoro too.", ["Kofi Atta Mensah", "J. P. Okoro"]),
        ("en", "We ask Nur al-Hakim, Mary O'Brien.", ["Nur al-Hakim", "Mary O'Brien"]),
        ("en", "To Omar bin Said.\nTo Marine Le Gall.", ["Omar bin Said", "Marine Le Gall"]),
        ("de", "Seit Montag sitzt Ayşe Yılmaz in Haft.", ["Ayşe Yılmaz"]),
        ("fr", "Ils ont arrêté Jean-Luc d’Arras, d'Abidjan.", ["Jean-Luc d’Arras"]),
        ("es", "Detuvieron a Juan Pérez de la Cruz.", ["Juan Pérez de la Cruz"]),
        ("nl", "Gisteren werd Jan van der Berg aangehouden.", ["Jan van der Berg"]),
        ("tr", "Dün Barış Yıldız gözaltına alındı.", ["Barış Yıldız"]),
        ("uk", "Учора затримали О. Петренка та Івана Франчука.", ["О. Петренка", "Івана Франчука"]),
        ("ru", "Вчера взяли Ивана Петровича Сидорова.", ["Ивана Петровича Сидорова"]),
        ("el", "Χθες συνελήφθη ο Γιώργος Παπαδάκης.", ["Γιώργος Παπαδάκης"]),
        ("hy", "Երեկ ձերբակալվեց Արամ Հակոբյանը։", ["Արամ Հակոբյանը"]),
        ("ar", "كتب Ahmet Yılmaz رسالة.", ["Ahmet Yılmaz"]),
    ],
)  # fmt: skip
def test_names_are_found_in_scripts_with_capitals(
    language: str, text: str, names: list[str]
) -> None:
    assert names_in(text, language) == names


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        ("en", "Mr Mensah, Dr. Boateng, Comrade Rosa.", ["Mensah", "Boateng", "Rosa"]),
        ("de", "Das sagt Kollegin Braun.", ["Braun"]),
        ("fr", "La camarade Dupont est libre.", ["Dupont"]),
        ("ru", "Товарищ Бондаренко на свободе.", ["Бондаренко"]),
        ("en", "Rosa spoke. The minister. Workers listened.", []),
    ],
)  # fmt: skip
def test_after_a_title_one_word_is_a_name(language: str, text: str, names: list[str]) -> None:
    assert names_in(text, language) == names


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Dear Colleagues,\n\nThe Ministry of Labour is silent. In Kirkuk miners wait."),
        ("en", "The Copper Mines and the United Mine Workers write to the Labour Council."),
        ("en", "We stand with South Africa and Burkina Faso, in Sierra Leone, in May."),
        ("en", "FREE ROSA LUX\n\nFive Demands Make Pits Safe\n\nNext Steps\n\nThe next steps."),
        ("en", "They read Plan B. Then they left, on 1 May 2026, as the UN and NATO did."),
        ("en", "Hot Work it was called; the work is hot."),
        ("de", "Liebe Kolleginnen und Kollegen, viele. Viele Menschen! Zwei Millionen Euro. Mehr."),
        ("de", "Die Arbeiter der Kupferminen führen den Streik von Kolleginnen fort. Anfang Mai."),
        ("fr", "L'Union Nationale des Mineurs va au Tribunal de Paris. La Confédération."),
        ("es", "El Ministerio Público y la Compañía Minera callan. Queridas compañeras:"),
        ("uk", "Шановні колеги! Профспілка Шахтарів чекає."),
        ("en", ""),
    ],
)  # fmt: skip
def test_what_has_capitals_and_is_nobody_is_left_out(language: str, text: str) -> None:
    assert names_in(text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        ("en", "In Odesa Petro Kozak spoke.", ["Petro Kozak"]),
        ("en", "We saw that in London Olena Shevchuk spoke.", ["Olena Shevchuk"]),
        ("en", "In Odesa Port Iryna Melnyk spoke.", ["Port Iryna Melnyk"]),
        ("en", "In Sierra Leone Kofi Mensah spoke.", ["Kofi Mensah"]),
        ("en", "We trust in Petro Kozak.", ["Petro Kozak"]),
        ("en", "At the Azov Works Iryna Melnyk spoke.", ["Iryna Melnyk"]),
        ("en", "The Northern Pits Iryna Melnyk spoke.", ["Pits Iryna Melnyk"]),
        ("en", "Police Jail Union Leader Petro Kozak", ["Leader Petro Kozak"]),
        ("en", "There Ann Ben Cem Dan Eva Fox spoke.", ["Ann Ben Cem Dan Eva Fox"]),
        ("de", "Im Werk Petro Kozak und in Berlin Anna Holland.", ["Petro Kozak", "Anna Holland"]),
        ("fr", "En Ukraine Olena Melnyk a parlé.", ["Olena Melnyk"]),
    ],
)  # fmt: skip
def test_a_place_or_an_organisation_takes_no_name_with_it(
    language: str, text: str, names: list[str]
) -> None:
    assert names_in(text, language) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("We heard PETRO KOZAK speak.", ["PETRO KOZAK"]),
        ("PETRO KOZAK, Odesa", ["PETRO KOZAK"]),
        ("We heard Jean PICARD-ROUX and LI WEI.", ["Jean PICARD-ROUX", "LI WEI"]),
        ("The UN Women and Rosa Lux, EU Commissioner, of Plan XIV Sud.", ["Rosa Lux"]),
        ("PETRO KOZAK SPOKE.", []),
    ],
)
def test_capitals_throughout_are_a_name_where_the_sentence_is_not_shouted(
    text: str, names: list[str]
) -> None:
    assert names_in(text, "en") == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("We heard Jean Picard speak, and April Jones.", ["Jean Picard", "April Jones"]),
        ("We heard Comrade May and Ms Holland.", ["May", "Holland"]),
        ("In May we wrote to Poland, Burkina Faso and the Picard.", []),
    ],
)
def test_what_is_also_a_language_or_a_month_is_part_of_a_name(text: str, names: list[str]) -> None:
    assert names_in(text, "en") == names


def test_what_is_known_is_left_out_and_parts_of_it() -> None:
    text = "Owners of Northern Copper sold Northern Copper Mines Ltd to Ahmet Yılmaz."
    assert names_in(text, "en") == ["Northern Copper", "Ahmet Yılmaz"]
    assert names_in(text, "en", [MINES]) == ["Ahmet Yılmaz"]
    assert names_in(text, "en", [MINES.upper(), "Ahmet Yılmaz"]) == []


def test_each_is_told_once() -> None:
    assert names_in("Of Rosa Lux, to Rosa Lux, by Rosa Lux.", "en") == ["Rosa Lux"]


@pytest.mark.parametrize(
    ("text", "cannot"),
    [
        ("كتب أحمد من كركوك Ahmet", True),
        ("मज़दूर एकता", True),
        ("矿工的信", True),
        ("მეშახტეები", True),
        ("Γράμμα", False),
        ("Письмо шахтёров", False),
        ("2026!", False),
        ("", False),
    ],
)
def test_it_says_where_nothing_can_be_looked_for(text: str, cannot: bool) -> None:
    assert has_no_case(text) is cannot
