"""What the form of a declaration shows, as values: languages, people, sources, pictures."""

from dataclasses import dataclass

from fediverse_coord.web.console.views import (
    Choice,
    Control,
    Difference,
    FaultLine,
    NamedLine,
    Page,
)
from fediverse_coord.web.shown_files import Attachment
from fediverse_coord.web.views import Language


@dataclass(frozen=True, slots=True)
class VersionForm:
    """One language. Without `states` it is published and stays so."""

    language: Language
    is_original: bool
    is_outdated: bool
    is_open: bool
    can_go: bool
    is_out: bool
    title: Control
    summary: Control
    content: Control
    translator: Control
    states: tuple[Choice, ...]
    confirmed: bool
    what: Control | None
    why: Control | None


@dataclass(frozen=True, slots=True)
class SignatoryForm:
    """A signatory whose fields are shown. `has_focus` where somebody asked for just this one."""

    number: int
    name: Control
    office: Control
    organisation: Control
    country: Control
    since: Control
    displays: tuple[Choice, ...]
    cleared: bool
    sealed: str
    shown: str
    is_blank: bool
    has_focus: bool
    faults: tuple[str, ...] = ()
    is_opened: bool = True


@dataclass(frozen=True, slots=True)
class SignatoryLine:
    """A signatory in one line: who it is, what stands beside, and what is not as usual."""

    number: int
    name: str
    beside: tuple[str, ...]
    since: str
    display: str
    is_sealed: bool
    faults: tuple[str, ...] = ()
    is_opened: bool = False


@dataclass(frozen=True, slots=True)
class SignatoriesForm:
    """A page of the list, with those opened; `closed` is the hidden field for all that are not.

    `earlier` and `further` are where other pages begin, `first` this one.
    """

    closed: str
    rows: tuple[SignatoryLine | SignatoryForm, ...]
    count: int
    first: int
    earlier: int | None
    further: int | None
    pasted: Control
    displays: tuple[Choice, ...]
    cleared: bool
    difference: Difference | None

    @property
    def has_lines(self) -> bool:
        return not all(one.is_opened for one in self.rows)

    @property
    def has_opened(self) -> bool:
        return any(one.is_opened for one in self.rows)


@dataclass(frozen=True, slots=True)
class SourceForm:
    number: int
    name: Control
    url: Control


@dataclass(frozen=True, slots=True)
class PictureLine:
    """A picture that can be chosen, with its words for a line in the text, by language.

    Or that of something `enclosed`, which can only be put into the text.
    """

    key: str
    url: str
    width: int
    height: int
    alt: str
    is_hero: bool
    enclosed: Attachment | None
    lines: tuple[tuple[Language, str], ...]


@dataclass(frozen=True, slots=True)
class AltForm:
    language: Language
    alt: Control


@dataclass(frozen=True, slots=True)
class PicturesForm:
    """What can be shown, and the fields for one more; or for the words of the one `described`.

    `theirs` is what somebody else chose meanwhile: a key, or empty for none.
    """

    hero: Control
    is_without: bool
    theirs: str | None
    lines: tuple[PictureLine, ...]
    older: str | None
    shown_from: str
    file: Control
    alts: tuple[AltForm, ...]
    as_hero: bool
    described: PictureLine | None


@dataclass(frozen=True, slots=True)
class PassagesForm:
    """The lines that put passages into a text; those that have other words now than the text."""

    slugs: tuple[str, ...]
    url: str
    older: tuple[str, ...]
    take_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorView(Page):
    """The form of a declaration with all its languages."""

    action: str
    heading: str
    back_url: str
    revision: str
    notice: str | None
    faults: tuple[FaultLine, ...]
    more_faults: int
    versions: tuple[VersionForm, ...]
    missing: tuple[Language, ...]
    other_originals: tuple[tuple[Language, str], ...]
    is_published: bool
    goes_out: bool
    change: str
    kinds: tuple[Choice, ...]
    forms: tuple[Choice, ...]
    dated: Control
    slug: Control
    addressees: Control
    organisations: Control
    topics: Control
    tags: Control
    countries: tuple[Control, ...]
    signatories: SignatoriesForm
    sources: tuple[SourceForm, ...]
    country_names: tuple[str, ...]
    known_languages: tuple[Language, ...]
    kind: Control
    pictures: PicturesForm
    passages: PassagesForm
    named: tuple[NamedLine, ...]
    sure: str
    asks: str
    general: tuple[str, ...] = ()
