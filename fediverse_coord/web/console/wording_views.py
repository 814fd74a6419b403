"""What the pages of passages, introductions and spellings show, as values."""

from dataclasses import dataclass, field

from fediverse_coord.web.console.views import Choice, Control, FaultLine, Page
from fediverse_coord.web.tongues import Language, Spoken


@dataclass(frozen=True, slots=True)
class TextForm:
    """The words in one language."""

    language: Language
    text: Control
    can_go: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingForm:
    """Words in all their languages, on one page."""

    action: str
    revision: str
    rows: int
    texts: tuple[TextForm, ...]
    missing: tuple[Language, ...]
    known_languages: tuple[Language, ...]
    faults: tuple[FaultLine, ...] = ()
    general: tuple[str, ...] = ()
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class PassageLine:
    """A passage in a list, with its first words."""

    url: str
    slug: str
    excerpt: Spoken
    languages: tuple[str, ...]
    uses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassagesView(Page):
    passages: tuple[PassageLine, ...]
    new_url: str | None
    more_url: str | None
    back_url: str


@dataclass(frozen=True, slots=True)
class UseLine:
    """A version that holds a passage; `is_older` where in other words than it has now."""

    url: str
    title: str
    language: Language
    state: str
    is_older: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageView(Page):
    """The form of a passage, and where it is used. A new one has no `slug` yet."""

    slug: str
    named: Control
    form: WordingForm
    source_name: Control
    source_url: Control
    source_declaration: Control
    uses: tuple[UseLine, ...] = ()
    more_url: str | None = None
    back_url: str = ""


@dataclass(frozen=True, slots=True)
class AboutLine:
    """A topic, country or organisation, and whether it is introduced."""

    url: str
    label: str
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AboutLines:
    """Those of one subject, which is a phrase of the words."""

    subject: str
    introduced: tuple[AboutLine, ...]
    others: tuple[AboutLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroductionsView(Page):
    subjects: tuple[AboutLines, ...]
    choices: tuple[Choice, ...]
    named: Control
    action: str
    back_url: str
    more_url: str | None
    faults: tuple[FaultLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroductionView(Page):
    subject: str
    title: str
    form: WordingForm
    page_url: str
    back_url: str
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SpellingsView(Page):
    """Names that mean the same, together."""

    groups: tuple[tuple[str, ...], ...]
    more_url: str | None
    names: Control
    action: str
    faults: tuple[FaultLine, ...] = field(default=())
