"""An export comes back into an empty coordination of the same origin.  docs/export-format.md.

Everything is read and checked before the first row is written, and all rows are one transaction:
it is there whole or not at all. Documents are proved anew with this server's key at the moment
they were proved at first: with the same key these are the same bytes. Nothing is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from fediverse_coord.desk import confidential
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.export_folders import CREATE, OBJECT, RECORD
from fediverse_coord.desk.export_reading import Place, json_of, picture_in, work_in
from fediverse_coord.desk.exports import MANIFEST
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import Conflict, Refusal
from fediverse_coord.protocol.documents import Document, id_of
from fediverse_coord.protocol.signatures.integrity import prove
from fediverse_coord.protocol.times import EPOCH, parse_as2_datetime
from fediverse_coord.protocol.wire import dumps
from fediverse_coord.publishing.declarations import State
from fediverse_coord.publishing.exporting import FORMAT
from fediverse_coord.storage import actors, audit, exports, media, returned
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.returned import Back, EditionBack


@dataclass(slots=True)
class Returned:
    """What came back; `unscheduled` waited for an hour and are drafts now."""

    actor_name: str
    works: int = 0
    unscheduled: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


async def bring_back(desk: Desk, person: Person, folder: Path, actor_name: str) -> Returned:
    """Raises Refusal (the folder is not such an export), NotFound, Conflict, ConfigError."""
    require(person, Duty.ADMINISTER, actor_name)
    actor = await coordination(desk, actor_name)
    _check(desk, folder, actor)
    await _require_empty(desk, actor)
    made, backs = Returned(actor.name), list[Back]()
    places = sorted(
        (Place(one.parent, json_of(one)) for one in _records(folder / actor.name)), key=_order
    )
    for place in places:
        backs.append(await _back(desk, actor, place))
        for name in _names(backs[-1]):
            picture_in(place, name)
        if place.record["state"] == State.SCHEDULED:
            made.unscheduled.append(place.record["slug"])
    for place, back in zip(places, backs, strict=True):
        made.missing += _put_files(desk, place, back)
    await _write(desk, person, actor, backs)
    made.works = len(backs)
    return made


def _records(below: Path) -> list[Path]:
    return sorted(below.glob(f"[0-9]*/*/{RECORD}"))


def _order(place: Place) -> tuple[str, str]:
    """As they were made."""
    return str(place.record.get("created")), str(place.record.get("key"))


def _check(desk: Desk, folder: Path, actor: LocalActor) -> None:
    if not (folder / MANIFEST).is_file():
        raise Refusal(f"{folder} is no export: there is no {MANIFEST} in it")
    manifest = json_of(folder / MANIFEST)
    if manifest.get("format") != FORMAT:
        raise Refusal(f"{folder} has a format that this version does not read; it reads {FORMAT}")
    if manifest.get("origin") != desk.uris.origin:
        raise Refusal(
            f"{folder} is of {str(manifest.get('origin'))[:200]}, and this is {desk.uris.origin}: "
            f"bring the texts in as pages with `import markdown {folder / actor.name}`"
        )
    if not (folder / actor.name).is_dir():
        raise Refusal(f"{folder} has nothing of '{actor.name}' in it")


async def _require_empty(desk: Desk, actor: LocalActor) -> None:
    if await exports.count(desk.db, actor.row):
        raise Conflict(f"'{actor.name}' has declarations here: an export comes back to none alone")


async def _back(desk: Desk, actor: LocalActor, place: Place) -> Back:
    work = work_in(place, actor.name, desk.uris.media(""))
    one = work.declaration
    confidential.names_of(desk, one)
    object_id = desk.uris.object(actor.name, one.key)
    create_id = desk.uris.create(actor.name, one.key)
    found = place.document(OBJECT)
    return Back(
        work,
        tuple(str(slug) for slug in place.record["slugs"]),
        tuple((one["path"], one["language"]) for one in place.record["old_paths"]),
        object_id,
        create_id,
        type=_type(found),
        object=_proved(desk, actor, place, found, object_id),
        create=_proved(desk, actor, place, place.document(CREATE), create_id, object_id),
        versions=dict(_versions(desk, actor, place, object_id)),
        editions=[one for one in [await _edition(desk, place, o) for o in _told(place)] if one],
    )


def _told(place: Place) -> Sequence[dict[str, Any]]:
    editions: list[dict[str, Any]] = place.record["editions"]
    return editions


def _type(document: Document | None) -> str:
    """What it is, or of a Tombstone what it was."""
    known = document or {}
    return str(known.get("formerType") or known.get("type") or "")


def _versions(
    desk: Desk, actor: LocalActor, place: Place, object_id: str
) -> list[tuple[str, bytes]]:
    languages = [str(one["language"]) for one in place.record["versions"]]
    proved = []
    for language in languages:
        document = place.document(f"{place.record['slug']}.{language}.json")
        content = _proved(desk, actor, place, document, f"{object_id}/versions/{language}")
        proved += [(language, content)] if content is not None else []
    return proved


def _proved(
    desk: Desk,
    actor: LocalActor,
    place: Place,
    document: Document | None,
    wanted: str,
    *more: str,
) -> bytes | None:
    """With this server's proof; what has another id or author is not ours to prove."""
    if document is None:
        return None
    by = id_of(document.get("attributedTo") or document.get("actor") or actor.actor_id)
    inner = document.get("object")
    if document.get("id") not in {wanted, *more} or by != actor.actor_id:
        raise Refusal(f"{place.folder}: has a document that is not of '{actor.name}'")
    if isinstance(inner, dict):
        if inner.get("id") not in more or id_of(inner.get("attributedTo")) != by:
            raise Refusal(f"{place.folder}: has an activity about what is not of '{actor.name}'")
        document = {**document, "object": _again(desk, actor, inner)}
    return dumps(_again(desk, actor, document))


def _again(desk: Desk, actor: LocalActor, document: Document) -> Document:
    if "proof" not in document:
        return document
    return prove(document, desk.publisher.keyring.proof(actor.name), _created(document))


def _created(document: Document) -> datetime:
    proof = document.get("proof")
    return parse_as2_datetime(proof.get("created") if isinstance(proof, dict) else None) or EPOCH


async def _edition(desk: Desk, place: Place, told: dict[str, Any]) -> EditionBack | None:
    """Nothing where the language has no actor here."""
    language, published = str(told["language"]), parse_as2_datetime(told["published"])
    actor = await actors.by_name(desk.db, str(told["actor"]))
    document = place.document(f"edition.{language}.json")
    if actor is None or document is None or published is None:
        return None
    object_id = str(told["id"])
    if not object_id.startswith(f"{desk.uris.actor(actor.name)}/objects/"):
        raise Refusal(f"{place.folder}: has an edition that is not of '{actor.name}'")
    content = _proved(desk, actor, place, document, object_id)
    return EditionBack(
        language, actor, content or b"", _type(document), object_id, published
    )  # fmt: skip


def _put_files(desk: Desk, place: Place, back: Back) -> list[str]:
    """Files onto the shelf, once all of them are what they say; those that the export lacks."""
    names = _names(back)
    missing = [name for name in names if picture_in(place, name) is None]
    for name in names:
        content = picture_in(place, name)  # one in memory
        if content is not None:
            desk.shelf.put(name, content)
    return missing


def _names(back: Back) -> list[str]:
    return [name for image in back.images for name in media.names_of(image)]


async def _write(desk: Desk, person: Person, actor: LocalActor, backs: Sequence[Back]) -> None:
    now = desk.clock()

    async def write(tx: Transaction) -> None:
        await tx.alone(f"imports {actor.row}")
        if await exports.count(tx, actor.row):
            raise Conflict(f"'{actor.name}' was written to at this moment; nothing came in")
        for back in backs:
            await returned.put(tx, actor.row, back, now)
        await audit.record(tx, person.row, "import", f"actor:{actor.name}", now)

    await desk.db.write(write)
