"""Declarations of an export, a folder at a time: what is in one becomes rows, or a refusal.

What is in the files belongs to `export_reading`, whose documents they are to `reproving`. Nothing
is kept of a folder but what it sent out, and when.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from fediverse_coord.desk.export_checks import fault_of_person
from fediverse_coord.desk.export_folders import CREATE, OBJECT, RECORD, REVISIONS
from fediverse_coord.desk.export_reading import (
    UNREADABLE,
    Place,
    json_of,
    lines_of,
    moment_in,
    work_in,
)
from fediverse_coord.desk.export_sheets import Found
from fediverse_coord.desk.reproving import Prover
from fediverse_coord.errors import Refusal
from fediverse_coord.protocol.documents import Document, id_of
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.publishing.declarations import State
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.keyring import Keyring
from fediverse_coord.storage.returned import Back, EditionBack, ObjectBack
from fediverse_coord.storage.shelf import FILE, PICTURE

OPEN = ("public", "unlisted")


@dataclass(frozen=True, slots=True)
class Told:
    """What went out at a moment: the Create of the object with this id, or a boost."""

    at: datetime
    id: str
    actor_name: str
    folder: Path | None = None
    file: str = ""
    boost: Found | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Works:
    """Reads declarations of `actor`; `actors` are it and its languages' by name.

    With `only_looks` documents are checked and stay as they are: proving costs most of the time.
    """

    uris: Uris
    keyring: Keyring
    actor: LocalActor
    actors: Mapping[str, LocalActor]
    now: datetime
    only_looks: bool = False

    def place_of(self, folder: Path) -> Place:
        """Raises Refusal."""
        return Place(folder, json_of(folder / RECORD))

    def back(self, place: Place) -> Back:
        """All rows of it. Raises Refusal."""
        work = work_in(place, self.actor.name, self.uris.media(""), self.now)
        try:
            return Back(
                work,
                tuple(str(slug) for slug in place.record["slugs"]),
                tuple((one["path"], one["language"]) for one in place.record["old_paths"]),
                self._object(place),
                dict(self._versions(place)),
                [one for told in place.record["editions"] if (one := self._edition(place, told))],
                dict(_taken_in(place)),
                lines_of(place.folder / REVISIONS),
                place.record.get("imported_from", ()),
                _mentions(place),
            )
        except UNREADABLE as error:
            raise place.faulty(f"is not what an export writes: {error!r}"[:300]) from None

    def told(self, place: Place) -> Iterator[Told]:
        """Its Creates: of the work, and of each edition."""
        record = place.record
        at = moment_in(record["published"])
        if at is not None and (place.folder / CREATE).exists():
            object_id = self.uris.object(self.actor.name, record["key"])
            yield self._told(Told(at, object_id, self.actor.name, place.folder, CREATE))
        for one in record["editions"]:
            file, at = f"create.{one['language']}.json", moment_in(one["published"])
            if at and one["actor"] in self.actors and (place.folder / file).exists():
                yield self._told(Told(at, one["id"], one["actor"], place.folder, file))

    def _told(self, one: Told) -> Told:
        self.create(one)
        return one

    def create(self, told: Told) -> tuple[bytes, bool]:
        """The Create, and whether everybody may read it. Raises Refusal."""
        if told.folder is None:
            raise ValueError("a boost has no Create")
        place = self.place_of(told.folder)
        prover = self._prover(place, told.actor_name)
        document = place.document(told.file)
        proved = prover.bytes_of(document, f"{told.id}/activity", told.id) or b""
        return proved, place.record["visibility"] in OPEN

    def _prover(self, place: Place, name: str) -> Prover:
        return Prover(self.keyring, self.actors[name], str(place.folder), self.only_looks)

    def _object(self, place: Place) -> ObjectBack | None:
        object_id = self.uris.object(self.actor.name, place.record["key"])
        found = place.document(OBJECT)
        proved = self._prover(place, self.actor.name).bytes_of(found, object_id)
        if found is None or proved is None:
            return None
        facts = place.record.get("object") or _grave(place, self.now)
        return ObjectBack(object_id, _type(found), proved, facts)

    def _versions(self, place: Place) -> Iterator[tuple[str, bytes]]:
        prover = self._prover(place, self.actor.name)
        object_id = self.uris.object(self.actor.name, place.record["key"])
        for one in place.record["versions"]:
            language = str(one["language"])
            document = place.document(f"{place.record['slug']}.{language}.json")
            proved = prover.bytes_of(document, f"{object_id}/versions/{language}")
            if proved is not None:
                yield language, proved

    def _edition(self, place: Place, told: dict[str, Any]) -> EditionBack | None:
        """Nothing where the language has no actor here."""
        language, published = str(told["language"]), moment_in(told["published"])
        actor = self.actors.get(str(told["actor"]))
        document = place.document(f"edition.{language}.json")
        if actor is None or document is None or published is None:
            return None
        object_id = str(told["id"])
        if object_id != self.uris.object(actor.name, place.record["key"]):
            raise Refusal(f"{place.folder}: has an edition that is not of '{actor.name}'")
        proved = self._prover(place, actor.name).bytes_of(document, object_id) or b""
        back = ObjectBack(object_id, _type(document), proved, told.get("object"))
        return EditionBack(language, actor, back, published)


def _type(document: Document) -> str:
    """What it is, or of a Tombstone what it was."""
    return str(document.get("formerType") or document.get("type") or "")


def _grave(place: Place, now: datetime) -> dict[str, Any] | None:
    """Of an export that tells no moments of objects."""
    if place.record["state"] != State.DELETED:
        return None
    moment = now.isoformat(timespec="milliseconds")
    return {"created_at": place.record["published"], "deleted_at": moment, "likes": 0, "shares": 0}


def _taken_in(place: Place) -> Iterator[tuple[str, datetime]]:
    for one in place.record["media"]:
        moment = moment_in(one.get("created"))
        if moment is not None:
            yield one["key"], moment


def _mentions(place: Place) -> Sequence[dict[str, Any]]:
    mentions: list[dict[str, Any]] = place.record.get("mentions", [])
    for one in mentions:
        if fault := fault_of_person(one["who"]):
            raise place.faulty(fault)
    return mentions


def picture_names(place: Place) -> list[str]:
    """The files of its media. Raises Refusal for a name that none can have."""
    known = place.record["media"]
    names = {file["name"] for one in known for file in one["files"].values()}
    enclosed = {one["enclosed"]["name"] for one in known if "enclosed" in one}
    if not all(map(PICTURE.match, names)) or not all(map(FILE.match, enclosed)):
        raise place.faulty("has a picture or another file with a name that none can have")
    return sorted(names | enclosed)


# --- lines of sheets that hold documents --------------------------------------------------------


def boosted(found: Found) -> Told:
    """A boost among what went out. Raises Refusal."""
    at, activity_id = moment_in(found.line["created_at"]), str(found.line["activity_id"])
    if at is None:
        raise found.faulty("says no moment")
    return Told(at, activity_id, found.name, boost=found)


def proved_line(uris: Uris, prover: Prover, found: Found) -> Document:
    """The line's document with this server's proof. Raises Refusal."""
    line, document = found.line, found.line["document"]
    if "quoting_id" in line:
        return prover.proved(document, uris.stamp(found.name, line["key"]))
    activity_id = str(line["activity_id"])
    is_ours = activity_id.startswith(uris.activity(found.name, ""))
    if not is_ours or id_of(document.get("object")) != line["object_id"]:
        raise found.faulty("is no boost of this coordination")
    return prover.proved(document, activity_id)
