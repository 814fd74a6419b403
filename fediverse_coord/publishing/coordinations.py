"""A coordination, as its file in `actors/` describes it.  INTERFACE: Configuration.

Turns the parsed TOML into one frozen value and refuses what it does not understand by
name: a misspelt key would otherwise be a setting that silently does nothing. Finding and
reading the files, and checking that the pictures are there, belongs to `config`; which
revision has already been applied is remembered by `storage`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from fediverse_coord.publishing.details import Kind
from fediverse_coord.publishing.settings_reader import (
    EMAIL,
    KIND,
    USERNAME,
    Table,
    country,
    host_name,
    language,
    picture_file,
    web_id,
)

TYPES = ("Organization", "Person", "Group", "Service", "Application")
FORMS = ("article", "note")
HOLDS = ("all", "strangers", "none")
DEFAULT_KINDS = tuple(one.value for one in Kind)

MAX_NAME, MAX_SUMMARY, MAX_FIELD, MAX_ALT = 128, 2_000, 2_000, 1_500
MAX_FIELDS, MAX_ALIASES, MAX_APPROVALS = 50, 256, 10


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of the coordination: `file` is relative to the TOML file, `alt` describes it."""

    file: str
    alt: str


@dataclass(frozen=True, slots=True)
class Field:
    """A line of the profile. A `value` that is an https address is shown as a link."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Texts:
    """What the coordination says of itself in one language; `summary` is plain paragraphs."""

    name: str
    summary: str


@dataclass(frozen=True, slots=True)
class Policies:
    """What needs a second look before it happens."""

    hold: str = "all"  # which responses wait for a moderator: all, strangers, none
    kinds: tuple[str, ...] = DEFAULT_KINDS  # kinds of text that may be published; first: default
    approvals: int = 0  # further coordinators who must agree before a release
    approve_followers: bool = False  # whether a person answers each Follow
    protected_countries: tuple[str, ...] = ()  # where being named may be dangerous; ISO 3166-1


@dataclass(frozen=True, slots=True)
class Coordination:
    """One local actor. `texts` has an entry for every one of `languages`; the first is default."""

    username: str
    languages: tuple[str, ...]
    texts: Mapping[str, Texts]
    contact: str
    revision: int
    type: str = "Organization"
    icon: Picture | None = None
    image: Picture | None = None
    fields: tuple[Field, ...] = ()
    aliases: tuple[str, ...] = ()
    attribution_domains: tuple[str, ...] = ()
    default_form: str = "article"
    form_is_written: bool = False  # else coordinators are asked once
    policies: Policies = field(default_factory=Policies)
    example: bool = False
    editions: Mapping[str, str] = field(default_factory=dict)  # language: username
    edition_of: str | None = None  # the username of the coordination whose language this speaks

    @property
    def language(self) -> str:
        """The default language."""
        return self.languages[0]

    @property
    def name(self) -> str:
        """In the default language: the one name that the actor document carries."""
        return self.texts[self.language].name

    @property
    def summary(self) -> str:
        """In the default language."""
        return self.texts[self.language].summary

    def texts_in(self, language: str) -> Texts:
        """The texts in that language, else in its base language, else in the default one."""
        base = language.partition("-")[0]
        return self.texts.get(language) or self.texts.get(base) or self.texts[self.language]


def coordination_from(data: Mapping[str, object], *, file_name: str) -> Coordination:
    """The coordination that one TOML file describes.

    Raises ConfigError, naming the file, the key and what to write instead.
    """
    top = Table(data, file_name)
    languages = top.texts("languages", language, required=True)
    form_is_written = top.has("default_form")
    found = Coordination(
        username=top.text("username", pattern=USERNAME),
        languages=languages,
        texts=MappingProxyType(_texts(top, languages)),
        contact=top.text("contact", pattern=EMAIL),
        revision=top.number("revision", minimum=1, maximum=2**31),
        type=top.choice("type", TYPES),
        icon=_picture(top.table("icon")),
        image=_picture(top.table("image")),
        fields=_fields(top),
        aliases=top.texts("aliases", web_id, limit=MAX_ALIASES),
        attribution_domains=top.texts("attribution_domains", host_name, limit=MAX_ALIASES),
        default_form=top.choice("default_form", FORMS),
        form_is_written=form_is_written,
        policies=_policies(top.table("policies")),
        example=top.flag("example"),
        editions=MappingProxyType(_editions(top, languages)),
    )
    top.finish()
    return found


def _editions(top: Table, languages: tuple[str, ...]) -> dict[str, str]:
    table = top.table("editions")
    if table is None:
        return {}
    found = {one: table.text(one, pattern=USERNAME) for one in languages if table.has(one)}
    table.finish("is not among the languages: add it there, or take the edition out")
    return found


def editions_of(one: Coordination) -> list[Coordination]:
    """The actors of its languages, each with the coordination's pictures, fields and policies."""
    return [
        replace(
            one,
            username=username,
            languages=(language,),
            texts=MappingProxyType({language: one.texts[language]}),
            aliases=(),
            editions=MappingProxyType({}),
            edition_of=one.username,
        )
        for language, username in one.editions.items()
    ]


def _texts(top: Table, languages: tuple[str, ...]) -> dict[str, Texts]:
    found = {languages[0]: _text(top)}
    others = top.table("texts")
    for one in languages[1:]:
        inner = others.table(one) if others else None
        if inner is None:
            raise top.fault(
                f"texts.{one}",
                f"is missing: add [texts.{one}] with name and summary, "
                f'or take "{one}" out of languages',
            )
        found[one] = _text(inner)
        inner.finish()
    if others:
        others.finish(
            f"is not among the further languages: add it to languages after {languages[0]}"
        )
    return found


def _text(table: Table) -> Texts:
    return Texts(table.text("name", limit=MAX_NAME), table.text("summary", limit=MAX_SUMMARY))


def _picture(table: Table | None) -> Picture | None:
    if table is None:
        return None
    found = Picture(table.parsed("file", picture_file), table.text("alt", limit=MAX_ALT))
    table.finish()
    return found


def _fields(top: Table) -> tuple[Field, ...]:
    found = []
    for one in top.tables("fields", limit=MAX_FIELDS):
        found.append(Field(one.text("name", limit=MAX_FIELD), one.text("value", limit=MAX_FIELD)))
        one.finish()
    return tuple(found)


def _policies(table: Table | None) -> Policies:
    if table is None:
        return Policies()
    found = Policies(
        hold=table.choice("hold", HOLDS),
        kinds=table.texts("kinds", KIND) or DEFAULT_KINDS,
        approvals=table.number("approvals", minimum=0, maximum=MAX_APPROVALS, default=0),
        approve_followers=table.flag("approve_followers"),
        protected_countries=table.texts("protected_countries", country),
    )
    table.finish()
    return found
