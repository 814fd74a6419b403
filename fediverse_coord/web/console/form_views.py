"""From what was typed to the form that shows it: controls, their faults, what is still missing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from fediverse_coord.errors import FieldFault
from fediverse_coord.publishing import languages
from fediverse_coord.publishing.bystanders import Bystanders
from fediverse_coord.publishing.declarations import (
    Declaration,
    Form,
    Kind,
    State,
    VersionState,
)
from fediverse_coord.publishing.fields import country_codes
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.web.console import fields
from fediverse_coord.web.console.editor_views import SourceForm, VersionForm
from fediverse_coord.web.console.reading import missing_of
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.views import (
    Choice,
    Control,
    Difference,
    FaultLine,
)
from fediverse_coord.web.console.visits import label_of
from fediverse_coord.web.reading import language_of
from fediverse_coord.web.templating import Words
from fediverse_coord.web.views import Language

KNOWN_LANGUAGES = (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "ga",
    "gl", "he", "hi", "hr", "hu", "hy", "id", "it", "ja", "ka", "kk", "ko", "ku", "lt", "lv", "mk",
    "ms", "nl", "no", "pa", "pl", "ps", "pt", "pt-BR", "ro", "ru", "sk", "sl", "so", "sq", "sr",
    "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "vi", "yo", "zh-Hans", "zh-Hant",
)  # fmt: skip
BLANK_COUNTRIES = 1
CROWDED = 8  # languages and signatories together: each takes room, and so do lists to choose from
MANY = 60
MOST_FAULTS = 20

Place: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Shown:
    """Why the form is shown again, and what is to be said about it."""

    faults: Sequence[FieldFault] = ()
    notice: str | None = None
    fault: str | None = None
    differences: Mapping[str, Difference] = field(default_factory=dict)
    named: tuple[Bystanders, ...] = ()
    sure: str = ""  # what a tick says that they were asked
    asks: str = "text"  # of whose words: `picture` beside the pictures, `picture_saved` on top
    opened: str = ""
    status: int = 200


PLAIN = Shown()


@dataclass(frozen=True, slots=True)
class Filled:
    """What was typed, with what is wrong in it, as it is being shown."""

    typed: Typed
    ui: Words
    before: Declaration | None = None
    faults: Sequence[FieldFault] = ()
    differences: Mapping[str, Difference] = field(default_factory=dict)
    opened: str = ""

    @property
    def original(self) -> str:
        return fields.spoken(self.typed)[0]

    def control(self, name: str) -> Control:
        return Control(name, self.typed.get(name), self.reasons(name), self.differences.get(name))

    def reasons(self, name: str) -> tuple[str, ...]:
        return tuple(one.reason for one in self.faults if self.target(one) == name)

    def target(self, fault: FieldFault) -> str:
        return fields.control_of(fault.field, self.original)

    def is_out(self, language: str) -> bool:
        version = self.before.version(language) if self.before else None
        return version is not None and version.is_out


def versions(form: Filled) -> tuple[VersionForm, ...]:
    return tuple(_version(form, one) for one in fields.spoken(form.typed))


def _version(form: Filled, language: str) -> VersionForm:
    is_original = language == form.original
    names = ("title", "summary", "content", "translator")
    title, summary, content, translator = (form.control(f"{one}.{language}") for one in names)
    known = form.before.version(language) if form.before else None
    tells = form.before is not None and form.before.state is State.PUBLISHED
    marked = any(form.reasons(f"{one}.{language}") for one in (*names, "state", "what"))
    return VersionForm(
        language=language_of(language),
        is_original=is_original,
        is_outdated=bool(form.before and known and form.before.is_outdated(known)),
        is_open=is_original or marked or language == form.opened or known is None,
        can_go=not is_original and not form.is_out(language),
        is_out=form.is_out(language),
        title=title,
        summary=summary,
        content=content,
        translator=translator,
        states=() if form.is_out(language) else _states(form, language),
        confirmed=form.typed.has(f"confirmed.{language}"),
        what=form.control(f"what.{language}") if tells and form.is_out(language) else None,
        why=form.control(f"why.{language}") if tells and form.is_out(language) else None,
    )


def _states(form: Filled, language: str) -> tuple[Choice, ...]:
    chosen = form.typed.get(f"state.{language}", VersionState.DRAFT)
    return tuple(
        Choice(one, form.ui.phrases[f"version_{one}"], one == chosen)
        for one in (VersionState.DRAFT, VersionState.REVIEWED)
    )


def sources(form: Filled) -> tuple[SourceForm, ...]:
    rows = list(form.typed.rows("sources")) or [Typed()]
    return tuple(
        SourceForm(
            number,
            form.control(f"sources.{number}.name"),
            form.control(f"sources.{number}.url"),
        )
        for number, _ in enumerate(rows)
    )


def countries(form: Filled) -> tuple[Control, ...]:
    """One field each, and an empty one; faults stand at the first."""
    given = [one for one in form.typed.all("countries") if one.strip()]
    reasons, other = form.reasons("countries"), form.differences.get("countries")
    return tuple(
        Control("countries", value, () if place else reasons, None if place else other)
        for place, value in enumerate([*given, *[""] * BLANK_COUNTRIES])
    )


def kinds(actor: LocalActor, form: Filled) -> tuple[Choice, ...]:
    known = actor.profile["policies"]["kinds"] or [one.value for one in Kind]
    chosen = form.typed.get("kind")
    offered = known if not chosen or chosen in known else [*known, chosen]  # never dropped unasked
    return tuple(Choice(one, form.ui.kind(one), one == chosen) for one in offered)


def forms(form: Filled) -> tuple[Choice, ...]:
    """Nothing to choose once it is published: other servers cannot follow that."""
    if form.before is not None and form.before.published_at is not None:
        return ()
    chosen = form.typed.get("form")
    return tuple(Choice(one, form.ui.phrases[f"form_{one}"], one == chosen) for one in Form)


def fault_lines(form: Filled, place: Place) -> tuple[tuple[FaultLine, ...], int]:
    """Each once, with the name of its field in words; and how many more there are.

    `place` says where in the form a control is, or what stands for it.
    """
    targets = ((form.target(one), one.reason) for one in form.faults)
    lines = dict.fromkeys(
        FaultLine(place(target), label(form.ui, target), reason) for target, reason in targets
    )
    return tuple(lines)[:MOST_FAULTS], max(len(lines) - MOST_FAULTS, 0)


CALLED = {"shown": "name"}  # of a sealed name, what readers see


def label(ui: Words, control: str) -> str:
    """What a control is called: `Signatories 2, Office`, `Text (Deutsch)`."""
    head, _, rest = control.partition(".")
    if head in fields.ROWS:
        number, _, inner = rest.partition(".")
        what = ui.phrases.get(f"field_{CALLED.get(inner, inner)}", inner)
        return f"{ui.phrases[f'field_{head}']} {int(number) + 1}, {what}"
    return label_of(ui.phrases, control)


def missing(actor: LocalActor, form: Filled) -> tuple[Language, ...]:
    return missing_of(actor, fields.spoken(form.typed))


def known_languages(form: Filled) -> tuple[Language, ...]:
    """Languages to choose from, while there is room for a list of them."""
    there = fields.spoken(form.typed)
    if _rows(form) > MANY:
        return ()
    return tuple(language_of(one) for one in KNOWN_LANGUAGES if one not in there)


def country_names(form: Filled) -> tuple[str, ...]:
    """What countries may be called; a crowded form has no room for a list to choose from."""
    if _rows(form) > CROWDED:
        return ()
    return tuple(name for _, name in languages.country_names(country_codes(), form.ui.tag))


def _rows(form: Filled) -> int:
    return len(fields.spoken(form.typed)) + len(list(form.typed.rows("signatories")))
