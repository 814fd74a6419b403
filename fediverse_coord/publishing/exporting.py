"""A declaration as files that outlive this program: Markdown with front matter.

docs/export-format.md. The fields have the names and the shape that `publish` reads, and stand
beside those that only an export tells (`EXPORTED`). What is in a row and nobody may see without
asking for it, a sealed name, is taken out here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import yaml

from fediverse_coord.protocol.times import as2_datetime
from fediverse_coord.publishing.corrections import Correction
from fediverse_coord.publishing.declarations import Declaration, Version
from fediverse_coord.publishing.details import Display, Signatory, initials

FORMAT = 1
EXPORTED = (
    "key", "work_state", "published", "updated", "withdrawn_because", "corrections", "hero_alts",
)  # fmt: skip
"""Front matter that `publish` does not know."""


def told(one: Declaration, day: date, *, confidential: bool) -> Declaration:
    """Without what is sealed; with it, sealed as it is, where that was asked for."""
    signatories = tuple(
        who if confidential and who.sealed else _told(who, day) for who in one.signatories
    )
    return replace(one, signatories=signatories)


def _told(who: Signatory, day: date) -> Signatory:
    """Initials stay; of somebody hidden the country alone, as an office may tell who it is."""
    if who.sealed is not None and who.name:
        return replace(who, sealed=None)
    match Display.HIDDEN if who.sealed is not None else who.display_on(day):
        case Display.FULL:
            return who
        case Display.INITIALS:
            return replace(who, name=initials(who.name))
        case Display.HIDDEN:
            return Signatory("", country=who.country, display=Display.HIDDEN, cleared=who.cleared)


def markdown(fields: Mapping[str, object], source: str) -> str:
    """The file: what was written stands below the second `---`, letter for letter."""
    filled = {name: value for name, value in fields.items() if value not in (None, "", [], {})}
    front = yaml.dump(filled, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=100)
    return f"---\n{front}---\n{source}"


class _Plain(yaml.SafeDumper):
    """Without anchors: `publishing/frontmatter` reads none."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def original_fields(
    one: Declaration, corrections: Sequence[Correction], reason: str | None
) -> dict[str, object]:
    """All that the declaration is besides its text; `one` is what `told` made of it."""
    return {
        "original": True,
        **version_fields(one.original),
        "kind": one.kind,
        "form": str(one.form),
        "slug": one.slug,
        "tags": list(one.tags),
        "visibility": str(one.visibility),
        "in_reply_to": one.in_reply_to,
        **one.details_as_fields(),
        "hero": one.hero.key if one.hero else None,
        "hero_alts": dict(one.hero.alts) if one.hero else None,
        "key": one.key,
        "work_state": str(one.state),
        "published": moment(one.published_at),
        "updated": moment(one.updated_at),
        "withdrawn_because": reason,
        "corrections": [correction_fields(each) for each in corrections],
    }


def version_fields(version: Version) -> dict[str, object]:
    return {
        "language": version.language,
        "title": version.title,
        "summary": version.summary,
        "translator": version.translator,
        "state": str(version.state),
    }


def correction_fields(one: Correction) -> dict[str, object]:
    words = {
        language: {"what": each.what, **({"why": each.why} if each.why else {})}
        for language, each in one.told.items()
    }
    return {"at": moment(one.at), "told": words}


def moment(value: datetime | None) -> str | None:
    """As AS2 writes it; nothing where it never was."""
    return as2_datetime(value) if value is not None else None
