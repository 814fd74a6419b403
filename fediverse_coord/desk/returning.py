"""An export comes back into an empty coordination of the same origin.  docs/export-format.md.

Everything is read and checked before the first row is written, and read again while it is
written, so that no more than one declaration is in memory. All rows are one transaction: it is
there whole or not at all. Nothing is sent, and where followers come along nothing is until
`resume`, since the first server may still run.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from fediverse_coord.desk import confidential, export_beside, returning_works
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.export_beside import Beside
from fediverse_coord.desk.export_checks import fault_of_response
from fediverse_coord.desk.export_folders import RECORD
from fediverse_coord.desk.export_reading import (
    UNREADABLE,
    Place,
    content_of,
    json_of,
    picture_in,
    waits,
)
from fediverse_coord.desk.export_sheets import Found, Whose, has_people, read_sheets
from fediverse_coord.desk.exports import MANIFEST, SPELLINGS, whose
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.desk.reproving import Prover
from fediverse_coord.desk.returning_works import Told, Works
from fediverse_coord.errors import Conflict, Refusal
from fediverse_coord.publishing.declarations import State
from fediverse_coord.publishing.exporting import FORMAT
from fediverse_coord.storage import actors, audit, exports, instance, media, returned, spellings
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.returned import Back

RESPONSES, BOOSTS, STAMPS = "responses", "boosts", "stamps"


@dataclass(slots=True)
class Returned:
    """What came back. `unscheduled` waited for an hour that has passed, and are drafts now."""

    actor_name: str
    works: int = 0
    lines: int = 0
    unscheduled: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    held: bool = False  # followers came along: nothing is sent until `resume`


@dataclass(frozen=True, slots=True)
class _Coming:
    """An export that was checked: what is read again while it is written."""

    folder: Path
    actor: LocalActor
    whose: Whose
    works: Works
    places: list[Path]
    told: list[Told]
    beside: Beside
    now: datetime


async def bring_back(desk: Desk, person: Person, folder: Path, actor_name: str) -> Returned:
    """Raises Refusal (the folder is not such an export), NotFound, Conflict, ConfigError."""
    require(person, Duty.ADMINISTER, actor_name)
    actor = await coordination(desk, actor_name)
    _check(desk, folder, actor)
    await _require_empty(desk, actor)
    by_name = {name: await actors.by_name(desk.db, name) for name in whose(desk, actor).rows}
    known = {name: one for name, one in by_name.items() if one is not None}
    rows = {name: one.row for name, one in known.items()}
    sheets, now = replace(whose(desk, actor), rows=rows), desk.clock()
    works = Works(desk.uris, desk.publisher.keyring, actor, known, now)
    made = Returned(actor.name, held=has_people(folder / actor.name))
    below = folder / actor.name
    beside = export_beside.read_from(below)
    coming = _Coming(folder, actor, sheets, works, _in_order(below), [], beside, now)
    _read_all(desk, coming, made)
    for place in coming.places:
        made.missing += _put_files(desk, works.place_of(place))
    await _write(desk, person, coming, made)
    return made


def _in_order(below: Path) -> list[Path]:
    """The folders of declarations, as they were made."""
    found = [(_made(json_of(one)), one.parent) for one in below.glob(f"[0-9]*/*/{RECORD}")]
    return [place for _, place in sorted(found)]


def _made(record: dict[str, object]) -> tuple[str, str]:
    return str(record.get("created")), str(record.get("key"))


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


def _read_all(desk: Desk, coming: _Coming, made: Returned) -> None:
    """Looks at everything once, and keeps nothing but what went out when."""
    works = replace(coming.works, only_looks=True)
    for path in coming.places:
        place = works.place_of(path)
        back = works.back(place)
        confidential.names_of(desk, back.work.declaration)
        for name in _names(back):
            picture_in(place, name)
        coming.told.extend(works.told(place))
        if place.record["state"] == State.SCHEDULED and not waits(place, coming.now):
            made.unscheduled.append(place.record["slug"])
    for found in read_sheets(coming.whose, coming.folder / coming.actor.name):
        _checked(desk, coming, found)
        if found.sheet.name == BOOSTS:
            coming.told.append(returning_works.boosted(found))
    _spelled(coming.folder)
    coming.told.sort(key=lambda one: (one.at, one.id))


def _checked(desk: Desk, coming: _Coming, found: Found) -> Found:
    """Raises Refusal for what could not have come in here."""
    name, line = found.name, found.line
    try:
        if found.sheet.name == RESPONSES:
            ours = f"{desk.uris.actor(name)}/objects/"
            if fault := fault_of_response(line, ours):
                raise found.faulty(fault)
        if found.sheet.name in (BOOSTS, STAMPS):
            prover = Prover(desk.publisher.keyring, coming.works.actors[name], found.place)
            line["document"] = returning_works.proved_line(desk.uris, prover, found)
    except UNREADABLE as error:
        raise found.faulty(f"is not what an export writes: {error!r}") from None
    return found


def _spelled(folder: Path) -> list[tuple[str, str]]:
    """Names with what they mean. Raises Refusal."""
    path = folder / SPELLINGS
    if not path.exists():
        return []
    try:
        return [(str(one["name"]), str(one["meaning"])) for one in json.loads(content_of(path))]
    except UNREADABLE:
        raise Refusal(f"{path}: is not what an export writes") from None


def _put_files(desk: Desk, place: Place) -> list[str]:
    """Pictures onto the shelf; those that the export lacks."""
    missing = []
    for name in returning_works.picture_names(place):
        content = picture_in(place, name)
        if content is None:
            missing.append(name)
        else:
            desk.shelf.put(name, content)
    return missing


def _names(back: Back) -> list[str]:
    return [name for image in back.images for name in media.names_of(image)]


# --- rows ---------------------------------------------------------------------------------------


async def _write(desk: Desk, person: Person, coming: _Coming, made: Returned) -> None:
    actor, now = coming.actor, desk.clock()

    async def write(tx: Transaction) -> int:
        await tx.alone(f"imports {actor.row}")
        if await exports.count(tx, actor.row):
            raise Conflict(f"'{actor.name}' was written to at this moment; nothing came in")
        await export_beside.put(tx, actor, coming.beside)
        for path in coming.places:
            await returned.put(tx, actor.row, coming.works.back(coming.works.place_of(path)))
        for one in coming.told:
            await _tell(tx, coming, one)
        lines = await _write_sheets(desk, tx, coming)
        for name, meaning in _spelled(coming.folder):
            await spellings.put(tx, name, meaning)
        if made.held:
            await instance.set_sending(tx, on=False)
        await audit.record(tx, person.row, "import", f"actor:{actor.name}", now)
        return lines

    made.lines = await desk.db.write(write)
    made.works = len(coming.places)


async def _tell(tx: Transaction, coming: _Coming, one: Told) -> None:
    """A Create or a boost, in the order in which they went out."""
    row = coming.whose.rows[one.actor_name]
    if one.boost is not None:
        await one.boost.sheet.put(tx, row, one.boost.line)
    else:
        document, is_told = coming.works.create(one)
        await returned.put_create(tx, row, one.id, document, one.at, is_told=is_told)


async def _write_sheets(desk: Desk, tx: Transaction, coming: _Coming) -> int:
    lines = 0
    for found in read_sheets(coming.whose, coming.folder / coming.actor.name):
        if found.sheet.name == BOOSTS:
            continue
        checked = _checked(desk, coming, found)
        try:
            await found.sheet.put(tx, coming.whose.rows[checked.name], checked.line)
        except UNREADABLE as error:
            raise found.faulty(f"is not what an export writes: {error!r}") from None
        lines += 1
    return lines
