"""What a text does not say itself is read off it: language, kind, countries, day."""

from collections.abc import Collection
from dataclasses import replace

from fediverse_coord.publishing.importing.entries import Imported
from fediverse_coord.publishing.importing.kinds import kind_in
from fediverse_coord.publishing.importing.places import countries_in
from fediverse_coord.publishing.importing.tongues import language_of


def completed(entry: Imported, default_language: str, kinds: Collection[str]) -> Imported:
    """The text with everything filled in; what the source says itself stays.

    A kind that the coordination does not know is left out.
    """
    title = entry.title or ""
    kind = entry.kind or kind_in(title)
    text = title if entry.is_title_only else f"{title}\n{entry.content}"
    return replace(
        entry,
        language=entry.language or language_of(text) or default_language,
        kind=kind if kind in kinds else None,
        countries=entry.countries or countries_in(title),
        day=entry.day or (entry.moment.date() if entry.moment else None),
    )
