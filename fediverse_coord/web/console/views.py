"""What each page of the console shows, as values; the templates put them on paper.

Everything is ready to be shown, and escaped there. A control's name is also the end of its id, so
that a fault leads to its field.
"""

from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup

from fediverse_coord.web.views import Language, Site


@dataclass(frozen=True, slots=True)
class Who:
    """Whoever is logged in, and the token of their forms."""

    name: str = field(repr=False)
    role: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class House:
    """The coordination that a page is about."""

    name: str
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page has. `done` says what has just been done, `fault` what was refused."""

    site: Site
    language: Language
    noindex: bool = True
    who: Who | None = None
    house: House | None = None
    done: str = ""
    fault: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedView(Page):
    """Nothing can be done here, and why: a phrase of the words."""

    why: str
    again_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LostView(Page):
    """What was typed, kept for another try: (name, value), and (name, label, value) to be read.

    Without `action` there is nowhere to send it any more.
    """

    why: str
    action: str | None
    short: tuple[tuple[str, str], ...] = field(repr=False)
    long: tuple[tuple[str, str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterView(Page):
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionLine:
    handle: str
    opened: datetime | None
    ends: datetime
    is_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsView(Page):
    sessions: tuple[SessionLine, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView(Page):
    """The coordinations that one speaks for."""

    houses: tuple[House, ...]
    spellings_url: str | None = None


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A declaration in a list; `languages` with those still missing of the coordination's."""

    url: str
    title: str
    language: Language
    kind: str | None
    at: datetime
    languages: tuple[str, ...]
    missing: tuple[Language, ...]
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """The declarations in one state; `state` is a phrase of the words."""

    state: str
    works: tuple[WorkLine, ...]
    more_url: str | None = None


@dataclass(frozen=True, slots=True)
class EditLine:
    """An edit that waits for another coordinator, in a list."""

    url: str
    title: str
    language: Language
    at: datetime
    is_outdated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewView(Page):
    """A coordination's desk. What is None is not this person's."""

    shelves: tuple[Shelf, ...]
    edits: tuple[EditLine, ...]
    more_edits_url: str | None
    held: int
    write_url: str | None
    responses_url: str
    mailbox_url: str | None
    passages_url: str
    introductions_url: str | None
    spellings_url: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """What somebody else saved meanwhile where this person typed something else."""

    shown: Markup


@dataclass(frozen=True, slots=True)
class Control:
    """A field: what stands in it, why not, and what another saved there."""

    name: str
    value: str = field(repr=False)
    faults: tuple[str, ...] = ()
    difference: Difference | None = None


@dataclass(frozen=True, slots=True)
class FaultLine:
    """A fault at the top of a form, with the id of the field it leads to."""

    target: str
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    language: Language
    title: str
    state: str
    is_original: bool
    is_outdated: bool
    ticked: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class SignatoryAtFault:
    """Whom a refusal is about: the number on the list, what is seen of the name, and the form."""

    number: int
    name: str = field(repr=False)
    url: str


@dataclass(frozen=True, slots=True)
class NamedLine:
    """People whom the text in a language may name, and whether somebody has to read it."""

    language: Language
    names: tuple[str, ...] = field(repr=False)
    is_unread: bool


@dataclass(frozen=True, slots=True)
class ServerLine:
    """A server that does not have a text: what it answered, and how often it was asked."""

    server: str
    state: str
    status: int | None
    fault: str | None
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkView(Page):
    """A declaration and what this person may do with it. What is not theirs is False or None."""

    title: str
    text_language: Language
    state: str
    kind: str | None
    url: str
    revision: int
    public_url: str | None
    versions: tuple[VersionLine, ...]
    missing: tuple[Language, ...]
    scheduled: str | None
    zone: str
    zones: tuple[str, ...]
    reason: str | None
    sealed: int
    pinned: bool
    can_edit: bool
    can_publish: bool
    asks_approval: bool
    can_follow: bool
    can_schedule: bool
    can_unschedule: bool
    can_pin: bool
    can_withdraw: bool
    can_redact: bool
    can_delete: bool
    can_resend: bool
    servers: int | None
    reached: int
    failing: tuple[ServerLine, ...]
    more_failing: bool
    edits: tuple[EditLine, ...]
    named: tuple[NamedLine, ...]
    at_fault: tuple[SignatoryAtFault, ...] = ()
    typed_reason: str = ""
    typed_name: str = field(default="", repr=False)
    typed_at: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit would change in one field; the language of its text, where it has one."""

    label: str
    difference: Difference
    language: Language | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditView(Page):
    """An edit that waits: what it would change, and what this person may do about it."""

    title: str
    text_language: Language
    url: str
    work_url: str
    proposed: datetime
    missing: int
    is_outdated: bool
    has_agreed: bool
    changes: tuple[Change, ...]
    other_names: tuple[int, ...]  # of signatories, from 1
    names: int  # sealed ones, as they would be
    can_look: bool
    can_approve: bool
    can_reject: bool
    edit_url: str | None
    named: tuple[NamedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesView(Page):
    """Sealed names, this once: (place among the signatories, name)."""

    title: str
    back_url: str
    names: tuple[tuple[int, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one kind of reader sees: a phrase of the words, and plain text."""

    reader: str
    text: str
    language: Language
    paper_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewView(Page):
    title: str
    back_url: str
    edit_url: str | None
    named: tuple[NamedLine, ...]
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """The text of ours that a response answers."""

    url: str
    title: str
    language: Language


@dataclass(frozen=True, slots=True)
class ResponseLine:
    """A response as plain text; `who` is a proven handle, else the server alone.

    One that is long is cut in a list, and decided about where it can be read whole.
    """

    key: str
    url: str
    name: str
    who: str
    at: datetime
    text: str
    language: Language | None
    state: str
    visibility: str
    about: Answered | None
    is_long: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsesView(Page):
    state: str
    tabs: tuple[Choice, ...]
    responses: tuple[ResponseLine, ...]
    more_url: str | None
    may_decide: bool
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView(Page):
    response: ResponseLine
    may_decide: bool
    action: str
    back_url: str
    content: Control
    languages: tuple[Choice, ...]
    visibilities: tuple[Choice, ...]
    notice: str | None = None
    faults: tuple[FaultLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView(Page):
    """Note or Article, with a picture of both."""

    action: str
    back_url: str


View = Page
