"""Views become pages: Jinja2, escaped throughout, nothing undefined, compiled once.

One stylesheet and one script, served under names that carry their hashes, and the words of the
pages themselves in `words/*.toml`, a file a language. A page speaks the language asked for where
there is such a file, else English; what a coordination or a stranger wrote keeps its own `lang` and
direction inside. Which view belongs to which path is for `pages`.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import TypeAlias

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from fediverse_coord.protocol.times import as2_datetime
from fediverse_coord.web.views import DeclarationView, Language, View

Day: TypeAlias = date
FALLBACK = "en"
PACKAGE = "fediverse_coord.web"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """`path` begins with a slash and changes with every byte of `body`."""

    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Words:
    """What pages say in one language."""

    tag: str
    direction: str
    date: str
    months: tuple[str, ...]
    phrases: Mapping[str, str]
    kinds: Mapping[str, str]
    errors: Mapping[str, str]

    def say(self, key: str, **values: object) -> Markup:
        """A phrase, with escaped values in its places. Raises KeyError for one not written."""
        return escape(self.phrases[key]).format(**values)

    def day(self, moment: datetime) -> Markup:
        """A `<time>` that people read as a day, and machines to the second."""
        told = as2_datetime(moment)
        return Markup('<time datetime="{}">{}</time>').format(told, self._written(moment))

    def date_of(self, day: Day) -> Markup:
        """A `<time>` of a day without an hour."""
        told = day.isoformat()
        return Markup('<time datetime="{}">{}</time>').format(told, self._written(day))

    def _written(self, day: Day) -> str:
        return self.date.format(day=day.day, month=self.months[day.month - 1], year=day.year)

    def kind(self, kind: str) -> str:
        """The name of a kind of text; one that only a coordination knows, as it writes it."""
        return self.kinds.get(kind) or kind.replace("-", " ").capitalize()

    def error(self, status: int) -> str:
        """What an HTTP status means to a reader."""
        return self.errors.get(str(status)) or self.errors["other"]


def render(name: str, view: View) -> bytes:
    """The page `templates/{name}.html` for a view, as UTF-8."""
    wish = view.page_language if isinstance(view, DeclarationView) else view.language
    page = environment().get_template(f"{name}.html")
    return page.render(view=view, ui=words_for(wish.tag), stylesheet=stylesheet().path).encode()


def has_words(tag: str) -> bool:
    """Whether our own words are written in that language."""
    return tag.partition("-")[0].lower() in languages()


def words_for(tag: str) -> Words:
    """The words of that language, of its base language, or of English."""
    base = tag.partition("-")[0].lower()
    return _words(base if base in languages() else FALLBACK)


@cache
def stylesheet() -> StaticFile:
    """The one stylesheet of all pages."""
    return _static("style", "css")


@cache
def place_script() -> StaticFile:
    """The only script: on the page of a text that there is in several languages."""
    return _static("place", "js")


def _static(name: str, form: str) -> StaticFile:
    body = files(PACKAGE).joinpath("static", f"{name}.{form}").read_bytes()
    return StaticFile(f"/static/{name}.{hashlib.sha256(body).hexdigest()[:12]}.{form}", body)


def paragraphs(text: str) -> Markup:
    """Plain text whose paragraphs are parted by empty lines."""
    parts = (" ".join(part.split()) for part in text.replace("\r\n", "\n").split("\n\n"))
    return Markup("\n").join(Markup("<p>{}</p>").format(part) for part in parts if part)


def shortened(text: str, limit: int = 300) -> str:
    """As much of the text as fits, ending with a whole word."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[:limit].rpartition(" ")[0] + "…"


def isolated(text: str, language: Language | None = None) -> Markup:
    """A name that must not turn the direction of the words around it, or words of a language."""
    if language is None:
        return Markup("<bdi>{}</bdi>").format(text)
    whole = Markup('<bdi lang="{}" dir="{}">{}</bdi>')
    return whole.format(language.tag, language.direction, text)


def grouped(number: int) -> str:
    """Digits in threes from 10,000 on, parted by a narrow space, as every language reads them."""
    return str(number) if number < 10_000 else f"{number:,}".replace(",", "\u202f")


@cache
def environment() -> Environment:
    """All templates, those of the console too."""
    environment = Environment(
        loader=PackageLoader(PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        paragraphs=paragraphs,
        shortened=shortened,
        isolated=isolated,
        grouped=grouped,
        moment=as2_datetime,
    )
    return environment


@cache
def languages() -> frozenset[str]:
    """Those that our own words are written in."""
    folder = files(PACKAGE).joinpath("words")
    return frozenset(one.name.removesuffix(".toml") for one in folder.iterdir())


@cache
def _words(tag: str) -> Words:
    text = files(PACKAGE).joinpath("words", f"{tag}.toml").read_text("utf-8")
    data = tomllib.loads(text)
    return Words(
        tag=tag,
        direction=data["direction"],
        date=data["date"],
        months=tuple(data["months"]),
        phrases=data["phrases"],
        kinds=data["kinds"],
        errors=data["errors"],
    )
