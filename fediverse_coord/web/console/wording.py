"""Forms of words in all their languages: read, shown again, compared with what others saved.

Controls are named as the desk names faults: `texts.de`. Buttons say what they do by their value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fediverse_coord.errors import FieldFault
from fediverse_coord.publishing import languages
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.web.console.form_views import KNOWN_LANGUAGES
from fediverse_coord.web.console.reading import missing_of
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.views import Control, Difference, FaultLine
from fediverse_coord.web.console.visits import Visit
from fediverse_coord.web.console.wording_views import TextForm, WordingForm
from fediverse_coord.web.console.words import console_words
from fediverse_coord.web.reading import language_of

NO_TAG = "the language must be a tag such as 'en', 'pt-BR' or 'zh-Hant'"
MOST = 100


@dataclass(frozen=True, slots=True)
class Filled:
    """What was typed, and why the form is shown again."""

    typed: Typed
    faults: Sequence[FieldFault] = ()
    differences: Mapping[str, Difference] = field(default_factory=dict)
    notice: str | None = None
    fault: str | None = None
    status: int = 200

    def control(self, name: str, value: str | None = None) -> Control:
        typed = self.typed.get(name) if value is None else value
        reasons = tuple(one.reason for one in self.faults if one.field == name)
        return Control(name, typed, reasons, self.differences.get(name))


def typed_of(texts: Mapping[str, str], revision: int, more: Mapping[str, str]) -> Typed:
    """The form as it would be filled in."""
    pairs = [("revision", str(revision)), *more.items()]
    for language, text in texts.items():
        pairs += [("languages", language), (f"texts.{language}", text)]
    return Typed(tuple(pairs))


def spoken(typed: Typed, actor: LocalActor) -> list[str]:
    """The languages of the form; where it has none, the coordination's first."""
    known = [one for one in dict.fromkeys(typed.all("languages")) if languages.is_tag(one)][:MOST]
    first: str = actor.profile["languages"][0]
    return [one for one in known if not typed.has(f"remove.{one}")] or [first]


def texts_of(typed: Typed, actor: LocalActor) -> dict[str, str]:
    return {one: typed.get(f"texts.{one}") for one in spoken(typed, actor)}


def revision_of(typed: Typed) -> int | None:
    """None for what is new; what nothing has where it cannot be read."""
    text = typed.get("revision")
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


def with_language(typed: Typed, which: str) -> Filled:
    wished = which or typed.get("add")
    if not languages.is_tag(wished):
        return Filled(typed, [FieldFault("add", NO_TAG)], status=422)
    tag = languages.tag(wished)
    known = typed.without("add", f"remove.{tag}")
    return Filled(known.and_also([("languages", tag)]), notice="added")


def form_of(
    visit: Visit,
    actor: LocalActor,
    action: str,
    filled: Filled,
    labels: Mapping[str, str],
    rows: int,
) -> WordingForm:
    """`labels` are phrases for the controls besides the texts."""
    there = spoken(filled.typed, actor)
    return WordingForm(
        action=action,
        revision=filled.typed.get("revision"),
        rows=rows,
        texts=tuple(
            TextForm(language_of(one), filled.control(f"texts.{one}"), len(there) > 1)
            for one in there
        ),
        missing=missing_of(actor, there),
        known_languages=tuple(language_of(one) for one in KNOWN_LANGUAGES if one not in there),
        faults=fault_lines(visit, filled.faults, labels, there),
        general=tuple(one.reason for one in filled.faults if one.field == "add"),
        notice=filled.notice,
    )


def fault_lines(
    visit: Visit, faults: Sequence[FieldFault], labels: Mapping[str, str], there: Sequence[str]
) -> tuple[FaultLine, ...]:
    """Each once, with the name of its field in words, leading to a field that is there."""
    phrases = console_words(visit.language.tag).phrases
    lines = []
    for one in faults:
        head, _, language = one.field.partition(".")
        label = phrases[labels.get(one.field, "field_texts")]
        if head == "texts":
            label = f"{label} ({languages.native_name(language)})" if language else label
        target = f"texts.{there[0]}" if one.field == "texts" and there else one.field
        lines.append(FaultLine(target, label, one.reason))
    return tuple(dict.fromkeys(lines))
