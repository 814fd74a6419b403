"""One declaration in an export: which files it has, and what is in them.  docs/export-format.md.

Everything is read at one moment, and nothing is written here but into the folder that is named.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path

from fediverse_coord.errors import Conflict
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.publishing.exporting import (
    correction_fields,
    markdown,
    original_fields,
    told,
    version_fields,
)
from fediverse_coord.publishing.illustrations import File, Image
from fediverse_coord.publishing.passages import as_rows
from fediverse_coord.storage import declarations, exports, media, objects, outbox
from fediverse_coord.storage.database import Reader
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.shelf import Store

RECORD, OBJECT, CREATE, MEDIA = "declaration.json", "object.json", "create.json", "media"
REVISIONS = "revisions.jsonl"

Keeps = Callable[[Declaration, str | None], bool]
"""Whether a text says a name that only the editors of this declaration know."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A declaration's folder, ready to be written; `pictures` are names on the shelf."""

    place: Path
    files: dict[str, bytes] = field(repr=False)
    pictures: tuple[str, ...] = ()


async def folder_of(
    reader: Reader, uris: Uris, row: int, day: date, is_sealed: Keeps, *, confidential: bool
) -> Folder:
    """Raises Conflict where the declaration went at this moment.

    Earlier words and addresses for which `is_sealed` are left out, whatever else is asked for.
    """
    work = await declarations.by_row(reader, row)
    if work is None:
        raise Conflict("a declaration was deleted at this moment: export again")
    one = told(work.declaration, day, confidential=confidential)
    files = await _documents(reader, uris, work)
    record = _record(work, one) | await _beside(reader, uris, work)
    record["slugs"] = [
        slug for slug in await exports.slugs(reader, row) if not is_sealed(work.declaration, slug)
    ]
    files[RECORD] = as_json(record)
    earlier = await exports.revisions(reader, row)
    if told_of := [line for line in earlier if not _says(line, work.declaration, is_sealed)]:
        files[REVISIONS] = as_lines(told_of)
    files |= {name: text.encode() for name, text in _texts(work, one).items()}
    year = str((one.published_at or work.created_at).year)
    names = dict.fromkeys(name for image in _images(one) for name in media.names_of(image))
    return Folder(Path(work.actor_name, year, one.slug), files, tuple(names))


def _says(line: exports.Line, one: Declaration, is_sealed: Keeps) -> bool:
    return any(is_sealed(one, line.get(name)) for name in ("title", "summary", "source"))


async def _beside(reader: Reader, uris: Uris, work: Work) -> dict[str, object]:
    """What other tables know of it."""
    one = work.declaration
    return {
        "old_paths": await exports.old_paths(reader, work.row),
        "imported_from": await exports.entries(reader, work.row),
        "mentions": await exports.mentions(reader, work.row),
        "object": await exports.facts(reader, uris.object(one.actor_name, one.key)),
        "media": [
            {**_picture(image), "created": await exports.taken_in(reader, image.key)}
            for image in _images(one)
        ],
        "editions": [
            {"language": each.language, "actor": each.actor_name, "id": each.object_id,
             "published": exactly(each.published_at),
             "object": await exports.facts(reader, each.object_id)}
            for each in work.editions
        ],
    }  # fmt: skip


def write(folder: Folder, below: Path, shelf: Store) -> list[str]:
    """Writes it; the names of pictures whose files are missing. Raises OSError."""
    place = below / folder.place
    place.mkdir(parents=True)
    for name, content in folder.files.items():
        (place / name).write_bytes(content)
    return copied(shelf, folder.pictures, place / MEDIA)


def copied(shelf: Store, names: Sequence[str], folder: Path) -> list[str]:
    """Copies the files there; the names of those that are missing. Raises OSError."""
    if names:
        folder.mkdir()
    return [name for name in names if not _copied(shelf, name, folder)]


def _copied(shelf: Store, name: str, folder: Path) -> bool:
    content = shelf.read(name)
    if content is None:
        return False
    (folder / name).write_bytes(content)
    return True


def as_json(value: object) -> bytes:
    """For people too: indented, and letters as they are."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


async def _documents(reader: Reader, uris: Uris, work: Work) -> dict[str, bytes]:
    """What is served with proofs, as the rows have it."""
    found = await objects.by_declaration(reader, work.row)
    created = await outbox.by_id(reader, uris.create(work.actor_name, work.declaration.key))
    documents = {
        OBJECT: found.document if found else None,
        CREATE: created.document if created else None,
    }
    for version in work.declaration.versions:
        signed = await declarations.version_document(reader, work.row, version.language)
        documents[f"{work.declaration.slug}.{version.language}.json"] = signed
    for each in work.editions:
        edition = await objects.by_row(reader, each.row)
        documents[f"edition.{each.language}.json"] = edition.document if edition else None
        spoken = await outbox.by_id(reader, f"{each.object_id}/activity")
        documents[f"create.{each.language}.json"] = spoken.document if spoken else None
    return {name: bytes(content) for name, content in documents.items() if content is not None}


def _texts(work: Work, one: Declaration) -> dict[str, str]:
    if not one.versions:  # deleted: the words are gone
        return {}
    fields = {version.language: version_fields(version) for version in one.versions}
    fields[one.original.language] = original_fields(one, work.corrections, work.reason)
    return {
        f"{one.slug}.{version.language}.md": markdown(fields[version.language], version.source)
        for version in one.versions
    }


def _images(one: Declaration) -> list[Image]:
    shown = [each.image for version in one.versions for each in version.pictures]
    return list(
        {image.key: image for image in [*([one.hero] if one.hero else []), *shown]}.values()
    )


def as_lines(values: Iterable[object]) -> bytes:
    """A line for each."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in values).encode()


# --- what only rows know, for whoever brings the export in again ------------------------------


def _record(work: Work, one: Declaration) -> dict[str, object]:
    return {
        "key": one.key,
        "slug": one.slug,
        "state": str(one.state),
        "form": str(one.form),
        "kind": one.kind,
        "language": one.language,
        "visibility": str(one.visibility),
        "in_reply_to": one.in_reply_to,
        "tags": list(one.tags),
        "details": one.details_as_fields(),
        "revision": one.revision,
        "url_revision": work.url_revision,
        "reason": work.reason,
        "keeps_text": work.keeps_text,
        **_moments(work, one),
        "schedule_zone": work.schedule_zone,
        "corrections": [
            {**correction_fields(each), "at": exactly(each.at)} for each in work.corrections
        ],
        "versions": [_version(one, place) for place in range(len(one.versions))],
        "hero": one.hero.key if one.hero else None,
    }


def _moments(work: Work, one: Declaration) -> dict[str, str | None]:
    return {
        "created": exactly(work.created_at),
        "saved": exactly(work.saved_at),
        "published": exactly(one.published_at),
        "updated": exactly(one.updated_at),
        "corrected": exactly(work.corrected_at),
        "scheduled": exactly(work.scheduled_at),
        "pinned": exactly(work.pinned_at),
        "imported": exactly(work.imported_at),
    }


def exactly(value: datetime | None) -> str | None:
    """To the millisecond, as rows have it."""
    return value.isoformat(timespec="milliseconds") if value is not None else None


def _version(one: Declaration, place: int) -> dict[str, object]:
    version = one.versions[place]
    return {
        **version_fields(version),
        "changed_in": version.changed_in,
        "html": version.html,
        "pictures": [{"key": each.image.key, "alt": each.alt} for each in version.pictures],
        "inserted": as_rows(version.inserted),
    }


def _picture(image: Image) -> dict[str, object]:
    sizes = {"page": image.page, "small": image.small, "card": image.card}
    files = {size: _file(file) for size, file in sizes.items()}
    enclosed = {"enclosed": asdict(image.enclosed)} if image.enclosed else {}
    return {"key": image.key, "alts": dict(image.alts), "files": files, **enclosed}


def _file(file: File) -> dict[str, object]:
    size = {"width": file.width, "height": file.height}
    return {"name": file.name, "media_type": file.media_type, **size}
