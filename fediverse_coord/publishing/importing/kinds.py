"""What a text does, from its title: a call, a letter, a protest.

The word that decides is the first one of the title that is in the table; what a text is "of" or
"to" comes later. A declaration of solidarity is one of solidarity. Whoever imports sees the
guess before anything is written, and can change it afterwards.
"""

import re
from functools import cache

from fediverse_coord.publishing.importing.places import LEADING, leading_country

WORDS = {
    "solidarity": (
        "solidarity solidarität solidaritäts\\w* solidarit[ée]\\w* solidaridad solidariedade "
        "solidarietà solidariteit dayanışma\\w* солидарност\\w* солідарн\\w* solidarnoś\\w* "
        "solidaritat solidaritas تضامن"
    ),
    "protest": (
        "protest\\w* protesta protestation proteste protesto протест\\w* احتجاج condemn\\w* "
        "condamn\\w* condena\\w*"
    ),
    "greeting": (
        "greeting\\w* greet gruß grüße grußwort\\w* grußadresse salut salutations saludo\\w* "
        "saudaç\\w+ saluto saluti groet\\w* selam\\w* привет\\w* вітан\\w* pozdrowie\\w* "
        "merry weihnachts\\w* frohe felices v[oœ]eux تحية"
    ),
    "letter": (
        "letter\\w* brief lettre carta lettera mektup\\w* письмо лист list رسالة dear liebe "
        "lieber cher chers chère chères querid[oa]s? estimad[oa]s? to an à al dragi"
    ),
    "resolution": (
        "resolution\\w* resolución résolution resolução risoluzione resolutie karar\\w* "
        "резолюц\\w* rezoluc\\w* entschließung قرار"
    ),
    "proposal": "proposal\\w* vorschlag\\w* proposition propuesta proposta voorstel предложен\\w*",
    "call": (
        "call calls appeal\\w* aufruf\\w* appel appels llamamiento\\w* llamado apelo chamado "
        "appello oproep çağrı\\w* призыв\\w* заклик\\w* apel نداء manifesto manifest"
    ),
    "statement": "statement\\w* stellungnahme communiqué comunicado comunicato заявлен\\w* заява",
    "report": (
        "report\\w* bericht\\w* rapport informe relatório relato rapporto verslag отч[её]т\\w* "
        "звіт raport تقرير news update strike strikes striking streik\\w* grève\\w* huelga\\w*"
    ),
    "declaration": (
        "declaration\\w* erklärung\\w* déclaration declaración declaração dichiarazione "
        "verklaring bildiri\\w* декларац\\w* deklarac\\w* إعلان"
    ),
}
GENERIC = frozenset({"declaration", "statement", "letter"})
# "To the miners …" is a letter, "… to the miners …" is not.
ONLY_FIRST = frozenset({
    "to", "an", "à", "al", "dear", "liebe", "lieber", "cher", "chers", "chère", "chères", "list",
    "dragi", "лист",
})  # fmt: skip
NARROWER = ("solidarity", "protest", "greeting")
TOKENS = re.compile(r"[\w'’]+")
NEAR = 4  # words: "declaration of solidarity and protest"


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(rf"(?:{words.replace(' ', '|')})\Z"), kind) for kind, words in WORDS.items()
    )


@cache
def _kind_of_word(word: str) -> str | None:
    return next((kind for pattern, kind in _patterns() if pattern.match(word)), None)


def kind_in(title: str) -> str | None:
    """The kind that the title tells, or None. News from a country ("Chile: …") are a report."""
    is_news = leading_country(title) is not None
    head = LEADING.match(title)
    said = title[head.end(1) :] if is_news and head else title
    for place, word in enumerate(words := [one.lower() for one in TOKENS.findall(said)]):
        kind = _kind_of_word(word)
        if kind is None or (place and word in ONLY_FIRST):
            continue
        return kind if word in ONLY_FIRST else _narrowed(kind, words[place + 1 : place + 1 + NEAR])
    return "report" if is_news else None


def _narrowed(kind: str, following: list[str]) -> str:
    """A declaration or a letter of solidarity is solidarity; a proposal of a call stays one."""
    if kind not in GENERIC:
        return kind
    named = [one for one in map(_kind_of_word, following) if one in NARROWER]
    return named[0] if named else kind
