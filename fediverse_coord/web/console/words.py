"""What the console says, in the reader's language: `words/*.toml`, a file a language.

The words of the public pages are there as well. Reasons for a refusal come from the desk in
English; those that coordinators meet are written here in each language, with `{}` for what
changes. One that is not is shown as it came, marked as English.
"""

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from fediverse_coord.web.templating import FALLBACK, Words, words_for

PACKAGE = "fediverse_coord.web.console"
SIGNATORY = re.compile(r"\bsignatories\.([0-9]{1,4})\b")


@dataclass(frozen=True, slots=True)
class Reasons:
    """Reasons for refusals in one language: each English form, and what it is there."""

    forms: tuple[tuple[re.Pattern[str], str], ...]

    def say(self, reason: str) -> str | None:
        for form, told in self.forms:
            if found := form.fullmatch(reason):
                return told.format(*map(_counted, found.groups()))
        return None


def _counted(text: str) -> str:
    """Places among the signatories as people count them."""
    return SIGNATORY.sub(lambda found: str(int(found[1]) + 1), text)


def signatories_in(reason: str) -> tuple[int, ...]:
    """The places among the signatories that a reason names, from 0."""
    return tuple(int(one) for one in SIGNATORY.findall(reason))


@cache
def console_words(tag: str) -> Words:
    """Those of the public pages and of the console."""
    words = words_for(tag)
    return replace(words, phrases={**words.phrases, **_file(words.tag)["phrases"]})


def reason_in(tag: str, reason: str) -> Markup:
    """A reason in that language; else in English, and marked so."""
    words = words_for(tag)
    told = _reasons(words.tag).say(reason)
    if told is not None or words.tag == FALLBACK:
        return Markup("<bdi>{}</bdi>").format(told or reason)
    return Markup('<bdi lang="en" dir="ltr">{}</bdi>').format(reason)


@cache
def _reasons(tag: str) -> Reasons:
    written = _file(tag).get("reasons", {})
    return Reasons(tuple((_form(english), told) for english, told in written.items()))


def _form(english: str) -> re.Pattern[str]:
    parts = (re.escape(part) for part in english.split("{}"))
    return re.compile("(.*?)".join(parts), re.DOTALL)


def _file(tag: str) -> dict[str, dict[str, str]]:
    text = files(PACKAGE).joinpath("words", f"{tag}.toml").read_text("utf-8")
    found: dict[str, dict[str, str]] = tomllib.loads(text)
    return found
