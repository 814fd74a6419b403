"""Export: everything a coordination has written, as files that need no program of ours.

docs/export-format.md. A folder beside the one asked for is filled and then takes its name, so
that nothing half-done is ever found there. Read while the server serves; each declaration is of
one moment. What never leaves: correspondence, logins, addresses of readers, keys; and sealed
names and followers unless they are asked for.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from fediverse_coord.desk import confidential, export_beside
from fediverse_coord.desk.desk import Desk, is_coordination
from fediverse_coord.desk.export_folders import MEDIA, Folder, as_json, copied, folder_of, write
from fediverse_coord.desk.export_sheets import Whose, write_sheets
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.desk.profiles import pictures_in
from fediverse_coord.errors import NotFound, Refusal, StorageUnavailable
from fediverse_coord.publishing.exporting import FORMAT
from fediverse_coord.storage import actors, audit, declarations, exports, spellings
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Reader, Transaction

MANIFEST = "export.json"
ACTOR = "actor.json"
SPELLINGS = "spellings.json"

Progress = Callable[[int, int], None]
"""Hears how many declarations are written, and of how many."""


@dataclass(slots=True)
class Exported:
    """What was written; `left_out` is correspondence, `missing` pictures without a file.

    `with_names` and `with_followers` say what was asked for besides.
    """

    folder: Path
    with_names: bool = False
    with_followers: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    left_out: int = 0
    missing: list[str] = field(default_factory=list)

    @property
    def works(self) -> int:
        return sum(self.counts.values())


def nobody_looks(_written: int, _all: int) -> None:
    """For whoever needs no progress."""


async def export(
    desk: Desk,
    person: Person,
    target: Path,
    names: Sequence[str] = (),
    *,
    with_confidential: bool = False,
    with_followers: bool = False,
    progress: Progress = nobody_looks,
) -> Exported:
    """Writes the folder, all of it or nothing; without names, of every coordination.

    Raises Refusal (the folder holds something), NotFound, ConfigError (the key file does not
    open the sealed names that were asked for) and StorageUnavailable (database or disk).
    """
    require(person, Duty.ADMINISTER, None)
    chosen = await _chosen(desk, names)
    _check(target)
    made = Exported(target, with_confidential, with_followers)
    try:
        with _becoming(target) as folder:
            await _write_all(desk, chosen, folder, made, progress)
            await _remember(desk, person, chosen, made)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageUnavailable(f"nothing was written to {target}: {reason}") from None
    return made


async def _chosen(desk: Desk, names: Sequence[str]) -> list[LocalActor]:
    known = {one.name: one for one in await actors.all_actors(desk.db) if is_coordination(one)}
    wanted = [name.removeprefix("@").lower() for name in names] or sorted(known)
    for name in wanted:
        if name not in known:
            here = ", ".join(sorted(known)) or "none"
            raise NotFound(f"there is no coordination '{name}'; here are: {here}")
    return [known[name] for name in dict.fromkeys(wanted)]


def _check(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise Refusal(f"{target} is no folder: name one that is empty or not there yet")
    if target.is_dir() and any(target.iterdir()):
        raise Refusal(f"{target} is not empty: name a folder that is empty or not there yet")
    if not target.absolute().parent.is_dir():
        raise Refusal(f"{target} cannot be made: name a folder inside one that exists")


@contextmanager
def _becoming(target: Path) -> Iterator[Path]:
    """A folder beside it, for its owner alone, that takes its name in the end."""
    whole = target.absolute()
    beside = Path(tempfile.mkdtemp(prefix=f".{whole.name}.", dir=whole.parent))  # mode 0700
    try:
        yield beside
        beside.replace(whole)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


async def _write_all(
    desk: Desk,
    chosen: Sequence[LocalActor],
    folder: Path,
    made: Exported,
    progress: Progress,
) -> None:
    rows = {one.name: await exports.rows(desk.db, one.row) for one in chosen}
    whole, day = sum(map(len, rows.values())), desk.clock().date()
    for actor in chosen:
        (folder / actor.name).mkdir()
        (folder / actor.name / ACTOR).write_bytes(actor.document)
        await export_beside.write(desk, actor, folder / actor.name)
        shown = pictures_in(actor.profile)
        made.missing += copied(desk.shelf, shown, folder / actor.name / MEDIA)
        made.counts[actor.name] = 0
        made.left_out += await exports.count(desk.db, actor.row) - len(rows[actor.name])
        for row in rows[actor.name]:
            one = await _folder(desk, row, day, made.with_names)
            made.missing += write(one, folder, desk.shelf)
            made.counts[actor.name] += 1
            progress(made.works, whole)
        sheets = whose(desk, actor)
        await write_sheets(desk.db, sheets, folder / actor.name, people=made.with_followers)
    (folder / SPELLINGS).write_bytes(as_json(await spellings.rows(desk.db)))
    (folder / MANIFEST).write_bytes(as_json(_manifest(desk, made)))


def whose(desk: Desk, actor: LocalActor) -> Whose:
    """The sheets of a coordination and of its languages' actors."""
    rows = {actor.name: actor.row} | {one.name: one.row for one in desk.editions(actor.name)}
    return Whose(desk.uris.origin, rows, actor.name, lambda: desk.seal)


async def _folder(desk: Desk, row: int, day: date, with_names: bool) -> Folder:
    async def look(reader: Reader) -> Folder:
        is_sealed = confidential.telling(desk)
        return await folder_of(reader, desk.uris, row, day, is_sealed, confidential=with_names)

    if with_names:
        await _names_open(desk, row)
    return await desk.db.read(look)


async def _names_open(desk: Desk, row: int) -> None:
    """Sealed names that nobody could ever open are no export of them. Raises ConfigError."""
    work = await declarations.by_row(desk.db, row)
    if work is not None:
        confidential.names_of(desk, work.declaration)


def _manifest(desk: Desk, made: Exported) -> dict[str, object]:
    return {
        "format": FORMAT,
        "origin": desk.uris.origin,
        "confidential": "sealed" if made.with_names else "left out",
        "followers": "sealed" if made.with_followers else "left out",
        "actors": {name: {"declarations": number} for name, number in made.counts.items()},
        "left_out": made.left_out,
        "missing_pictures": sorted(set(made.missing)),
    }


async def _remember(
    desk: Desk, person: Person, chosen: Sequence[LocalActor], made: Exported
) -> None:
    more = {"names": made.with_names, "followers": made.with_followers}
    asked = " and ".join(name for name, is_asked in more.items() if is_asked)
    verb, now = f"export with {asked}" if asked else "export", desk.clock()

    async def write(tx: Transaction) -> None:
        for actor in chosen:
            await audit.record(tx, person.row, verb, f"actor:{actor.name}", now)

    await desk.db.write(write)
