"""Reading an export again: files become a work, or a sentence that says which file is wrong.

A folder may have been through many hands. Nothing outside it is read, HTML must be such as this
program makes, pictures must be what their names say, and documents must be of the ids that the
declaration has here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from fediverse_coord.desk.darkroom import ENDINGS
from fediverse_coord.desk.export_folders import MEDIA, RECORD
from fediverse_coord.errors import Refusal
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.sanitize import article_html, note_html
from fediverse_coord.protocol.times import parse_as2_datetime
from fediverse_coord.protocol.wire import loads
from fediverse_coord.publishing.corrections import Correction, Told
from fediverse_coord.publishing.declarations import (
    Declaration,
    Form,
    State,
    Version,
    VersionState,
    Visibility,
)
from fediverse_coord.publishing.fields import DETAIL_FIELDS, Fields, details
from fediverse_coord.publishing.frontmatter import FENCED
from fediverse_coord.publishing.hours import zone_of
from fediverse_coord.publishing.illustrations import Enclosed, File, Image, Shown, is_key
from fediverse_coord.publishing.languages import is_tag
from fediverse_coord.publishing.passages import from_rows
from fediverse_coord.publishing.slugs import is_slug
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.shelf import FILE, PICTURE, name_for

MOST_BYTES = 30_000_000  # of one file
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
MOST_MEDIA_BYTES = 200_000_000  # of an hour of sound it is a third
SIGNATURES = {
    "jpg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n",
    "mp3": b"\xff\xfb",
    "pdf": b"%PDF-1.4\n",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A declaration's folder and what its record says."""

    folder: Path
    record: dict[str, Any]

    def faulty(self, reason: str) -> Refusal:
        return Refusal(f"{self.folder / RECORD}: {reason}")

    def document(self, name: str) -> Document | None:
        """Raises Refusal for what is no JSON object."""
        path = self.folder / name
        if not path.exists():
            return None
        try:
            found = loads(content_of(path))
        except Exception as error:
            raise Refusal(f"{path}: is no readable JSON: {error}"[:300]) from None
        if not isinstance(found, dict):
            raise Refusal(f"{path}: is no JSON object")
        return found


def content_of(path: Path, most: int = MOST_BYTES) -> bytes:
    """Raises Refusal for links, for what is too long and what cannot be read."""
    try:
        if path.is_symlink() or not path.is_file():
            raise Refusal(f"{path}: is no file")
        if path.stat().st_size > most:
            raise Refusal(f"{path}: has more than {most:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise Refusal(f"{path}: cannot be read: {error.strerror}") from None


def json_of(path: Path) -> dict[str, Any]:
    """Raises Refusal."""
    found = _json(path)
    if not isinstance(found, dict):
        raise Refusal(f"{path}: is no JSON object")
    return found


def list_of(path: Path) -> list[Any]:
    """Nothing where there is no such file. Raises Refusal."""
    found = _json(path) if path.exists() else []
    if not isinstance(found, list):
        raise Refusal(f"{path}: is no JSON array")
    return found


def _json(path: Path) -> Any:
    try:
        return json.loads(content_of(path))
    except (ValueError, RecursionError):
        raise Refusal(f"{path}: is no readable JSON") from None


def lines_of(path: Path) -> list[dict[str, Any]]:
    """JSON lines; none where there is no such file. Raises Refusal."""
    if not path.exists():
        return []
    try:
        found = [json.loads(line) for line in content_of(path).splitlines()]
    except (ValueError, RecursionError):
        raise Refusal(f"{path}: holds a line that is no readable JSON") from None
    if not all(isinstance(one, dict) for one in found):
        raise Refusal(f"{path}: holds a line that is no JSON object")
    return found


def work_in(place: Place, actor_name: str, media: str, now: datetime) -> Work:
    """The work; `media` is the address below which our pictures lie. Raises Refusal.

    A schedule stands while its hour is ahead; what has missed it is a draft.
    """
    try:
        return _work(place, _declaration(place, actor_name, media), now)
    except UNREADABLE as error:
        raise place.faulty(f"is not what an export writes: {error!r}"[:300]) from None


def waits(place: Place, now: datetime) -> bool:
    """Whether it goes out by itself at an hour that is still ahead."""
    at = moment_in(place.record.get("scheduled"))
    return place.record.get("state") == State.SCHEDULED and at is not None and at > now


def _work(place: Place, one: Declaration, now: datetime) -> Work:
    record = place.record
    created = moment_in(record["created"])
    if created is None:
        raise place.faulty("says no moment at which it was made")
    is_waiting = waits(place, now)
    if one.state is State.SCHEDULED and not is_waiting:
        one = replace(one, state=State.DRAFT)
    return Work(
        row=0,
        actor=0,
        actor_name=one.actor_name,
        declaration=one,
        created_at=created,
        saved_at=moment_in(record.get("saved")) or created,
        scheduled_at=moment_in(record["scheduled"]) if is_waiting else None,
        schedule_zone=_zone(record.get("schedule_zone")) if is_waiting else None,
        pinned_at=moment_in(record["pinned"]),
        reason=record["reason"],
        keeps_text=bool(record["keeps_text"]),
        corrected_at=moment_in(record["corrected"]),
        url_revision=int(record["url_revision"]),
        corrections=tuple(_correction(each) for each in record["corrections"]),
        imported_at=moment_in(record["imported"]),
    )


def _zone(name: str | None) -> str | None:
    """Raises Refusal for what is no zone."""
    return name if name is None else zone_of(name).key


def _declaration(place: Place, actor_name: str, media: str) -> Declaration:
    record, images = place.record, _images(place, actor_name)
    shared = Fields(record["details"])
    known = details(shared)
    if shared.faults or not is_key(record["key"]) or not is_slug(record["slug"]):
        raise place.faulty("has a key, an address or details that nothing here can have")
    hero = record["hero"]
    return Declaration(
        key=record["key"],
        actor_name=actor_name,
        form=Form(record["form"]),
        state=State(record["state"]),
        language=record["language"],
        slug=record["slug"],
        versions=tuple(_version(place, one, images, media) for one in record["versions"]),
        revision=int(record["revision"]),
        kind=record["kind"],
        tags=tuple(record["tags"]),
        visibility=Visibility(record["visibility"]),
        in_reply_to=record["in_reply_to"],
        published_at=moment_in(record["published"]),
        updated_at=moment_in(record["updated"]),
        hero=images[hero] if hero else None,
        **{name: getattr(known, name) for name in DETAIL_FIELDS},
    )


def _version(
    place: Place, one: Mapping[str, Any], images: Mapping[str, Image], media: str
) -> Version:
    if not is_tag(one["language"]):  # it is part of a file's name
        raise place.faulty("has a language that is no tag such as 'en' or 'pt-BR'")
    form, html = Form(place.record["form"]), str(one["html"])
    clean = article_html(html, media) if form is Form.ARTICLE else note_html(html)
    if clean != html:
        raise place.faulty(f"has HTML in '{one['language']}' that is never made here")
    return Version(
        language=one["language"],
        title=one["title"],
        summary=one["summary"],
        source=_source(place, one["language"]),
        html=html,
        translator=one["translator"],
        state=VersionState(one["state"]),
        changed_in=int(one["changed_in"]),
        pictures=tuple(Shown(images[each["key"]], each["alt"]) for each in one["pictures"]),
        inserted=from_rows(one.get("inserted", ())),
    )


def _source(place: Place, language: str) -> str:
    """What stands below the front matter, letter for letter."""
    path = place.folder / f"{place.record['slug']}.{language}.md"
    text = content_of(path).decode("utf-8", "replace")
    fenced = FENCED.match(text)
    if fenced is None:
        raise Refusal(f"{path}: has no front matter")
    return text[fenced.end() :]


def _images(place: Place, actor_name: str) -> dict[str, Image]:
    return {one["key"]: _image(place, actor_name, one) for one in place.record["media"]}


def _image(place: Place, actor_name: str, one: Mapping[str, Any]) -> Image:
    if not is_key(one["key"]):
        raise place.faulty("has a picture with a key that none can have")
    sizes = {size: File(**one["files"][size]) for size in ("page", "small", "card")}
    for file in sizes.values():
        if not PICTURE.match(file.name):
            raise place.faulty("has a picture with a name that none can have")
    alts = tuple(sorted(one["alts"].items()))
    return Image(one["key"], actor_name, **sizes, alts=alts, enclosed=_enclosed(place, one))


def _enclosed(place: Place, one: Mapping[str, Any]) -> Enclosed | None:
    if "enclosed" not in one:
        return None
    found = Enclosed(**one["enclosed"])
    ending = ENDINGS.get(found.media_type)
    counts = (found.bytes, found.seconds, found.pages)
    whole = all(isinstance(count, int) and count >= 0 for count in counts)
    if not FILE.match(found.name) or found.name[65:] != ending or not whole:
        raise place.faulty("has a recording or a document that none can be")
    return found


def picture_in(place: Place, name: str) -> bytes | None:
    """The file of that name; nothing where the export lacks it. Raises Refusal."""
    path = place.folder / MEDIA / name
    if not path.exists():
        return None
    content, form = content_of(path, MOST_MEDIA_BYTES), name.rpartition(".")[2]
    if name_for(content, form) != name or not content.startswith(SIGNATURES[form]):
        raise Refusal(f"{path}: is not the file that its name says; export again")
    return content


def _correction(one: Mapping[str, Any]) -> Correction:
    at = moment_in(one["at"])
    if at is None:
        raise ValueError("a correction without its moment")
    told = {language: Told(**words) for language, words in one["told"].items()}
    return Correction(at, told)


def moment_in(value: object) -> datetime | None:
    """As `exactly` wrote it; nothing where it never was."""
    return parse_as2_datetime(value)
