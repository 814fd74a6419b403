"""A declaration with the pictures that its texts and its hero name, held against the rules.

Each has to be one of the same coordination's, and to be told in words in every language in which
it is shown: in the text by the text itself, as hero by the picture's alt texts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from fediverse_coord.desk.desk import Desk
from fediverse_coord.errors import FieldFault
from fediverse_coord.publishing.declarations import Declaration, InvalidDraft, Version
from fediverse_coord.publishing.illustrations import MAX_ALT, Image, Kind, Shown
from fediverse_coord.publishing.markdown import pictures_in
from fediverse_coord.storage import media

MOST = 30  # in one text


async def illustrated(desk: Desk, one: Declaration, hero: str | None) -> Declaration:
    """With its pictures. Raises InvalidDraft naming each that is missing or not told in words."""
    named = {version.language: pictures_in(version.source) for version in one.versions}
    keys = [key for pictures in named.values() for key, _ in pictures]
    found = await media.images(desk.db, [*keys, *([hero] if hero else [])])
    ours = {key: image for key, image in found.items() if image.actor_name == one.actor_name}
    faults = [fault for version in one.versions for fault in _faults(one, version, named, ours)]
    faults += _hero_faults(one, hero, ours)
    if faults:
        raise InvalidDraft("; ".join(f"{fault.field} {fault.reason}" for fault in faults),
                           faults=faults)  # fmt: skip
    versions = tuple(
        replace(version, pictures=_shown(named[version.language], ours)) for version in one.versions
    )
    return replace(one, hero=ours[hero] if hero else None, versions=versions)


def _shown(named: Sequence[tuple[str, str]], ours: Mapping[str, Image]) -> tuple[Shown, ...]:
    return tuple(Shown(ours[key], alt) for key, alt in named)


def _faults(
    one: Declaration,
    version: Version,
    named: Mapping[str, Sequence[tuple[str, str]]],
    ours: Mapping[str, Image],
) -> Iterator[FieldFault]:
    name = _field(one, version.language, "content")
    pictures = named[version.language]
    if len(pictures) > MOST:
        yield FieldFault(name, f"shows {len(pictures)} pictures; at most {MOST} fit into a text")
    for key, alt in dict(reversed(pictures)).items():
        if key not in ours:
            yield FieldFault(name, _unknown(one, key))
        elif not alt:
            shown = f"![what it shows](media:{key})"
            yield FieldFault(name, f"has a picture without alt text: write {shown}")
        elif len(alt) > MAX_ALT:
            yield FieldFault(name, f"has an alt text of more than {MAX_ALT:,} characters")


def _hero_faults(
    one: Declaration, hero: str | None, ours: Mapping[str, Image]
) -> Iterator[FieldFault]:
    if hero is None:
        return
    if hero not in ours:
        yield FieldFault("hero", _unknown(one, hero))
        return
    if ours[hero].kind is not Kind.PICTURE:
        yield FieldFault("hero", "has to be a picture: put recordings and documents into the text")
        return
    for version in one.versions:
        if not ours[hero].alt_in(version.language):
            language = version.language
            yield FieldFault(
                _field(one, language, "hero"),
                f"has no alt text in '{language}': say there what the picture shows",
            )


def _unknown(one: Declaration, key: str) -> str:
    return f"names '{key[:40]}', which is no picture of {one.actor_name}: take the file in first"


def _field(one: Declaration, language: str, name: str) -> str:
    return name if language == one.language else f"versions.{language}.{name}"
