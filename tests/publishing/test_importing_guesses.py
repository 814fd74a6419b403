"""What is read off a text: its day, its countries, its kind and its language."""

import pytest

from fediverse_coord.publishing.importing.days import day_in, is_day
from fediverse_coord.publishing.importing.kinds import kind_in
from fediverse_coord.publishing.importing.places import countries_in, leading_country
from fediverse_coord.publishing.importing.tongues import language_of


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("24-25 February 2023", "2023-02-24"),
        ("9-10-11 December, 2022", "2022-12-09"),
        ("March 8, 2021", "2021-03-08"),
        ("the 13th of May, 2021", "2021-05-13"),
        ("13. Mai 2021", "2021-05-13"),
        ("1er mai 2020", "2020-05-01"),
        ("29 et 30 octobre 2022", "2022-10-29"),
        ("12 de enero de 2023", "2023-01-12"),
        ("3 de março de 2019", "2019-03-03"),
        ("24 февраля 2023", "2023-02-24"),
        ("5 Mayıs 2018", "2018-05-05"),
        ("14.11.20", "2020-11-14"),
        ("2023年2月24日", "2023-02-24"),
        ("2023-02-24", "2023-02-24"),
        ("on 26 February in Brussels", None),
        ("31 February 2023", None),
        ("99.99.20", None),
        ("a 2021 that is no day", None),
    ],
)
def test_days_are_read_as_people_write_them(written: str, day: str | None) -> None:
    found = day_in(written)
    assert (str(found) if found else None) == day


def test_a_line_is_a_day_only_where_there_is_little_else() -> None:
    assert is_day("Paris, 24-25 February 2023")
    assert not is_day("On 24 February 2023 it will be one year since the harbour was closed")


@pytest.mark.parametrize(
    ("title", "countries"),
    [
        ("Chile: the crews stop", ("CL",)),
        ("Chili : les équipes s’arrêtent", ("CL",)),
        ("Südafrika: Die Belegschaft steht", ("ZA",)),
        ("Турция: письмо горнякам", ("TR",)),
        ("Letter to the crews in Soma/Turkey", ("TR",)),
        ("Ukraine: to the workers in Belarus", ("UA", "BY")),
        ("To the people of South Africa and the United States", ("ZA", "US")),
        ("Day of struggle: all out", ()),
        ("turkey for dinner", ()),
    ],
)
def test_countries_are_known_in_many_languages(title: str, countries: tuple[str, ...]) -> None:
    assert countries_in(title) == countries


def test_only_a_country_before_a_colon_leads() -> None:
    assert leading_country("Perú: paro en la fundición") == "PE"
    assert leading_country("Letter: to Peru") is None


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Call for the day of the harbour", "call"),
        ("Aufruf zum Tag des Hafens", "call"),
        ("Llamamiento a los turnos", "call"),
        ("Appel aux équipes", "call"),
        ("Declaration of solidarity with the crews", "solidarity"),
        ("Declaration of solidarity and protest with Ana", "solidarity"),
        ("Solidaritätserklärung an die Werft", "solidarity"),
        ("Declaration of protest: To the Government", "protest"),
        ("Protesterklärung gegen die Schließung", "protest"),
        ("Letter to the crews", "letter"),
        ("Ghana: To the protesting crews", "letter"),
        ("Ghana: Dear crews", "letter"),
        ("Proposal of a call for May", "proposal"),
        ("Greetings from the docks", "greeting"),
        ("Grußadresse der Werft", "greeting"),
        ("Resolution of the conference", "resolution"),
        ("Résolution de la conférence", "resolution"),
        ("Bericht aus Kiruna", "report"),
        ("Ghana: a lot is going on", "report"),
        ("Déclaration du comité", "declaration"),
        ("The cranes stand still", None),
    ],
)
def test_kinds_are_read_off_titles(title: str, kind: str | None) -> None:
    assert kind_in(title) == kind


SAID = {
    "en": "We have read what the company offers you, and it is less than it offered us last year.",
    "de": "Wir haben gelesen, was die Firma euch bietet, und es ist weniger als im letzten Jahr.",
    "fr": "Nous avons lu ce que la compagnie vous offre, et c’est moins que l’année dernière.",
    "es": "Hemos leído lo que la empresa les ofrece, y es menos de lo que nos dio el año pasado.",
    "pt": "Lemos o que a empresa lhes oferece, e não é mais do que nos ofereceu no ano passado.",
    "it": "Abbiamo letto quello che la ditta vi offre, ed è meno di quello che ci ha dato.",
    "nl": "Wij hebben gelezen wat het bedrijf jullie biedt, en het is minder dan vorig jaar.",
    "tr": "Şirketin size ne verdiğini okuduk ve bu geçen yıl bize verdiğinden daha az.",
    "pl": "Przeczytaliśmy, co firma wam daje, i jest to mniej niż to, co dała nam w zeszłym roku.",
    "ru": "Мы прочитали, что вам даёт компания, и это меньше, чем она дала нам в прошлом году.",
    "uk": "Ми прочитали, що вам дає компанія, і це менше, ніж вона дала нам торік, але ми разом.",
    "ar": "قرأنا ما تعرضه الشركة عليكم وهو أقل من الذي عرضته علينا في العام الماضي",
    "fa": "ما خواندیم که شرکت به شما چه می‌دهد و این از آنچه پارسال به ما داد کمتر است",
    "hi": "हमने पढ़ा कि कंपनी आपको क्या दे रही है और यह पिछले साल से कम है",
    "zh": "我们读了公司给你们的条件，比去年给我们的还要少。",
    "ja": "会社があなたたちに出した条件を読みました。去年より少ないです。",
    "ko": "회사가 여러분에게 제안한 것을 읽었습니다. 작년보다 적습니다.",
    "el": "Διαβάσαμε τι σας δίνει η εταιρεία, και είναι λιγότερο από πέρυσι.",
}


@pytest.mark.parametrize("language", SAID)
def test_a_sentence_is_enough_to_tell_its_language(language: str) -> None:
    assert language_of(SAID[language]) == language


def test_nothing_is_said_of_what_is_in_no_language() -> None:
    assert language_of("12345 !!!") is None
    assert language_of("Valparo Kiruna Tarkwa Genk") is None
