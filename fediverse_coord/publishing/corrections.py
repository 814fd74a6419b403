"""Corrections of what is published: when, what and why, in the work's languages.

A correction that changes what a text says is told to its readers; a typing error is mended
quietly. `correction_from` reads a person's words: one text for all, or one a language.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.errors import Refusal
from fediverse_coord.publishing import languages
from fediverse_coord.publishing.fields import MAX_TEXT, Fields

FIELDS = ("what", "why")


@dataclass(frozen=True, slots=True)
class Told:
    """In one language: what was changed, and why."""

    what: str
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    at: datetime
    told: Mapping[str, Told]

    def in_language(self, language: str, original: str) -> Told | None:
        """In that language, else in the original's, else in whichever there is."""
        spoken = self.spoken_for(language, original)
        return self.told[spoken] if spoken else None

    def spoken_for(self, language: str, original: str) -> str | None:
        """The language in which it is told to readers of that one."""
        return next((one for one in (language, original, *self.told) if one in self.told), None)


def correction_from(
    value: object, original: str, spoken: Collection[str], at: datetime
) -> Correction | None:
    """`{"what": …, "why": …}`, or such a mapping for each language; nothing where none is given.

    Raises Refusal with a FieldFault for each faulty field.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise _refused(Fields({}), "must have the fields: what, why")
    given = {original: value} if "what" in value or "why" in value else value
    told: dict[str, Told] = {}
    faults = Fields({}, "correction.")
    for language, words in given.items():
        inner = Fields(words if isinstance(words, Mapping) else {}, f"correction.{language}.")
        told[str(language)] = _told(inner, str(language), spoken)
        faults.faults += inner.faults
    if faults.faults:
        raise _refused(faults, "")
    if not told:
        raise _refused(Fields({}), "must say what was corrected")
    return Correction(at, told)


def _told(fields: Fields, language: str, spoken: Collection[str]) -> Told:
    fields.only(FIELDS)
    if not languages.is_tag(language) or language not in spoken:
        fields.fault(
            "what", f"is in no language of this declaration; there are: {', '.join(spoken)}"
        )
    what = fields.text("what", MAX_TEXT)
    if what is None:
        fields.fault("what", "is needed: one sentence that says what was changed")
    return Told(what or "", fields.text("why", MAX_TEXT))


def _refused(fields: Fields, reason: str) -> Refusal:
    if not fields.faults:
        fields.fault("correction", reason)
    first = fields.faults[0]
    return Refusal(f"{first.field} {first.reason}", faults=fields.faults)
