"""The language of a text, from its letters and its commonest words; without any network.

A script that one language alone writes decides at once. Else what counts are the small words that
every text is full of: so many of a language's are in the text, so likely is it that language.
Where two are near each other, nothing is said, and the caller takes what else is known.
"""

import re
from collections import Counter
from functools import cache

WORDS = {
    "en": "the of and to in is that for with on are was as at by from this have has we they it be "
    "been their our which will not or all an who you your were its these against must",
    "de": "der die das und in den von zu mit ist für auf des im dem nicht ein eine auch sich wir "
    "sie werden wird bei aus an als oder dass haben hat sind einer gegen unsere zur zum durch am",
    "fr": "le la les de des et en du un une est pour dans qui que au aux par sur avec ce nous "
    "vous ont sont pas leur leurs ne se cette plus il elle à été où contre notre",
    "es": "el la los las de del y en que un una es para por con se su sus al lo como más no nos "
    "son este esta ha han o a contra pero sobre desde muy todos nuestra",
    "pt": "o a os as de do da dos das e em que um uma é para por com se não no na nos nas ao "
    "mais são sua seu pelo pela foi contra também está nossa",
    "it": "il lo la i gli le di del della dei delle e in che un una è per con non si al alla sono "
    "da dal nel nella più anche come contro noi questo questa degli ha hanno",
    "nl": "de het een en van in is dat op te voor met zijn niet aan er om ook als door naar bij "
    "wij hun maar worden wordt deze tegen uit hebben heeft onze tot",
    "ca": "el la els les de del i en que un una és per amb no al als dels són més com aquest "
    "aquesta ha han contra però sobre nostra tots seva seu",
    "tr": "ve bir bu için ile de da olarak olan karşı gibi daha çok en her ne var biz tüm sonra "
    "kadar işçi işçiler değil",
    "pl": "i w na z do nie się jest to że o dla od po przez przy jak są ich tym oraz który "
    "które przeciw nas my lub za ze może",
    "cs": "a v na se je že s z do o k pro jako za by od po jsou jsme při aby byl ale proti jejich "
    "nebo který které jak",
    "sr-Latn": "i u na je se da su za od sa koji koje kao ne iz do po o bi smo protiv svi ili "
    "ali nije naš rudari rudara rada",
    "id": "dan yang di untuk dengan dari pada ini itu tidak kami akan oleh dalam adalah para "
    "mereka kita telah bisa juga",
    "ru": "и в на не что с по для от за к из как это мы они их его у о все был была было или "
    "против при так но",
    "uk": "і в на не що з та для від за до як це ми вони їх його у про все був була було або "
    "проти при так але які",
    "bg": "и в на не че с за от до по как това ние те са се да ще е или но при против си които",
    "ar": "في من على إلى أن التي الذي عن مع هذا هذه كل كما بين ضد بعد لا ما أو",
    "fa": "در از به که این را با است برای آن ها می شود بر تا یک هم خود علیه",
    "ur": "کے میں کی ہے اور سے کا کو نے پر یہ ہیں کہ اس بھی خلاف",
    "hi": "के में की है और से का को ने पर यह हैं कि इस भी लिए",
    "bn": "এবং এই করে থেকে জন্য হয় না ও কে যে",
}
SCRIPTS = (
    (re.compile(r"[\u3040-\u30ff]"), "ja"),
    (re.compile(r"[\uac00-\ud7af]"), "ko"),
    (re.compile(r"[\u4e00-\u9fff]"), "zh"),
    (re.compile(r"[\u0370-\u03ff]"), "el"),
    (re.compile(r"[\u0590-\u05ff]"), "he"),
    (re.compile(r"[\u0e00-\u0e7f]"), "th"),
    (re.compile(r"[\u0b80-\u0bff]"), "ta"),
    (re.compile(r"[\u0530-\u058f]"), "hy"),
    (re.compile(r"[\u10a0-\u10ff]"), "ka"),
    (re.compile(r"[\u0980-\u09ff]"), "bn"),
    (re.compile(r"[\u0900-\u097f]"), "hi"),
)
OTHER_SCRIPT = re.compile("|".join(known.pattern for known, _ in SCRIPTS))
LETTERS = {  # that one of the languages writes and those near it do not
    "es": "ñ¿¡", "pt": "ãõ", "de": "ßäü", "tr": "ğışİ", "pl": "łąęśżź", "uk": "їєґ", "ru": "ыэё",
    "cs": "řěů", "fr": "œêèç", "it": "ìò", "sr-Latn": "đ", "ur": "ٹڈڑے", "fa": "پچگژ", "ca": "·",
}  # fmt: skip
TOKENS = re.compile(r"[^\W\d_]+")
LOOKED_AT = 1200  # characters
ENOUGH = 1.15  # so many times the second


@cache
def _languages_of() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for language, words in WORDS.items():
        for word in set(words.split()):
            found.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in found.items()}


def language_of(text: str) -> str | None:
    """A tag, or None where too little speaks for one language. A title alone may be enough."""
    shown = text[:LOOKED_AT]
    by_script = _by_script(shown)
    if by_script is not None:
        return by_script
    scores = _scores(shown)
    best = scores.most_common(2)
    if not best or best[0][1] < 1:
        return None
    if len(best) > 1 and best[0][1] < ENOUGH * best[1][1]:
        return None
    return best[0][0]


def _by_script(text: str) -> str | None:
    """A third of the letters is enough: names and numbers are often written in Latin ones."""
    if not OTHER_SCRIPT.search(text):
        return None
    letters = sum(map(str.isalpha, text))
    return next((tag for known, tag in SCRIPTS if len(known.findall(text)) * 3 > letters > 0), None)


def _scores(text: str) -> Counter[str]:
    """A word of few languages says more than one of many; letters of one language count too."""
    lowered = text.lower()
    scores: Counter[str] = Counter()
    known = _languages_of()
    said = Counter(word for word in TOKENS.findall(lowered) if word in known)
    for word, times in said.items():
        for one in known[word]:
            scores[one] += times / len(known[word])  # type: ignore[assignment]
    if lowered.isascii():
        return scores
    for language, letters in LETTERS.items():
        marked = sum(map(lowered.count, letters))
        if marked:
            scores[language] += min(marked, 20) * 0.4  # type: ignore[assignment]
    return scores
