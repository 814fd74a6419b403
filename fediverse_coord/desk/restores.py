"""A server comes back from its backup: into an empty place, and checked whole before that.

The file is read twice. The first time nothing is written: every chunk is opened, every name
looked at. The second time it is unpacked beside its place and moved there in the end. The
restored server receives but sends nothing until `resume`, since the old machine may still run.
"""

import json
import os
import shutil
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from pydantic import ValidationError

from fediverse_coord.config import Config
from fediverse_coord.desk import key_file
from fediverse_coord.desk.backups import (
    ACTORS,
    CONFIG,
    DATABASE,
    FORMAT,
    KEY_FILE,
    MANIFEST,
    MEDIA,
    Tell,
    folders_of,
    reason_of,
    sync_folder,
)
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.desk.sealed_file import DAMAGED, SealedReader
from fediverse_coord.errors import Refusal, StorageUnavailable
from fediverse_coord.storage import snapshot

SINGLE = frozenset({MANIFEST, CONFIG, DATABASE, KEY_FILE})
NEEDED = frozenset({MANIFEST, DATABASE, KEY_FILE})
SMALL_BYTES = 1_000_000
ROOM_BESIDE = 50_000_000
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, and where."""

    origin: str
    coordinations: tuple[str, ...]
    made: str
    folder: Path


@dataclass(slots=True)
class _Contents:
    """What the first reading found: names, bytes in all, and the two small texts."""

    names: set[str] = field(default_factory=set)
    size: int = 0
    texts: dict[str, bytes] = field(default_factory=dict)


def restore(file: Path, config_file: Path, person: Person, passphrase: str, tell: Tell) -> Restored:
    """Brings everything back around `config_file`, where nothing of it may exist. Blocks.

    Raises Refusal: the place is not empty, the passphrase is wrong, the file is damaged; or
    StorageUnavailable: no room, the disk. In every case nothing was changed.
    """
    require(person, Duty.ADMINISTER, None)
    place = config_file.absolute().parent
    try:
        contents = _survey(file, passphrase, tell)
        config = _config_in(contents, place)
        targets = _targets(config, config_file.absolute())
        _check_vacant(targets, snapshot.file_of(config.database_url))
        _check_room(place, contents.size)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=place) as folder:
            staging = Path(folder)
            tell(f"unpacking {len(contents.names)} files")
            _unpack(file, passphrase, staging)
            known = _examined(staging, config)
            _move_all(staging, targets)
    except OSError as error:
        raise StorageUnavailable(f"nothing was restored: {reason_of(error)}") from None
    made = str(_manifest_in(contents).get("made", ""))
    return Restored(known.origin, known.coordinations, made, place)


@contextmanager
def _members(
    file: Path, passphrase: str
) -> Iterator[Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]]:
    """The archive's members in order; at the end the rest of the file is read and checked too."""
    with file.open("rb") as stream:
        sealed = SealedReader(stream, passphrase)
        try:
            with tarfile.open(fileobj=cast(BinaryIO, sealed), mode="r|") as tar:
                yield ((tar, member) for member in tar)
        except tarfile.TarError:
            raise Refusal(DAMAGED) from None
        while sealed.read(PIECE):
            pass


def _survey(file: Path, passphrase: str, tell: Tell) -> _Contents:
    contents = _Contents()
    with _members(file, passphrase) as members:
        for tar, member in members:
            if not contents.names:  # the passphrase opens it
                tell(f"reading {file} through")
            _check_member(member, contents)
            contents.names.add(member.name)
            contents.size += member.size
            if member.name in {MANIFEST, CONFIG} and member.size <= SMALL_BYTES:
                contents.texts[member.name] = _content(tar, member).read()
    if not contents.names >= NEEDED or _manifest_in(contents).get("format") != FORMAT:
        raise Refusal("this backup was written by another version of fediverse-coord: use that one")
    return contents


def _check_member(member: tarfile.TarInfo, contents: _Contents) -> None:
    path = PurePosixPath(member.name)
    top, inner = path.parts[:1], path.parts[1:]
    below = top in {(ACTORS,), (MEDIA,)} and bool(inner) and ".." not in inner
    if not member.isreg() or not (member.name in SINGLE or below) or member.name in contents.names:
        raise Refusal(f"the backup holds what does not belong there: {member.name!r}")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> BinaryIO:
    found = tar.extractfile(member)
    if found is None:
        raise Refusal(DAMAGED)
    return cast(BinaryIO, found)


def _manifest_in(contents: _Contents) -> dict[str, Any]:
    try:
        manifest = json.loads(contents.texts.get(MANIFEST, b""))
    except ValueError:
        manifest = None
    return manifest if isinstance(manifest, dict) else {}


def _config_in(contents: _Contents, place: Path) -> Config:
    """The settings as they will stand in `place`."""
    text = contents.texts.get(CONFIG)
    if text is None:
        return Config(folder=place, is_development=True)
    try:
        return Config.model_validate({**tomllib.loads(text.decode()), "folder": place})
    except (ValidationError, ValueError):
        raise Refusal("the backup's config.toml is not one that this version reads") from None


def _targets(config: Config, config_file: Path) -> dict[str, Path]:
    """Where each part goes; the settings come last, so that nothing starts half-way."""
    return {
        DATABASE: snapshot.file_of(config.database_url),
        KEY_FILE: config.path(config.server.key_file),
        **folders_of(config),
        CONFIG: config_file,
    }


def _check_vacant(targets: dict[str, Path], database: Path) -> None:
    for path in [*targets.values(), *snapshot.files_beside(database)]:
        if path.is_dir() and not any(path.iterdir()):
            continue
        if path.exists() or path.is_symlink():
            raise Refusal(
                f"{path} is there already: a backup comes back into an empty place only; "
                "name one with --config FOLDER/config.toml"
            )


def _check_room(place: Path, needed: int) -> None:
    there = next(one for one in (place, *place.parents) if one.exists())
    free = shutil.disk_usage(there).free
    if free < needed + ROOM_BESIDE:
        raise Refusal(f"{there} has room for {free} bytes, and {needed} are needed")


def _unpack(file: Path, passphrase: str, staging: Path) -> None:
    with _members(file, passphrase) as members:
        for tar, member in members:
            target = staging / member.name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as made:
                shutil.copyfileobj(_content(tar, member), made)
                made.flush()
                os.fsync(made.fileno())


def _examined(staging: Path, config: Config) -> snapshot.Snapshot:
    """The database is whole, its keys open, and it sends nothing from here on."""
    known = snapshot.examine(staging / DATABASE)
    seal = key_file.opened(config, (staging / KEY_FILE).read_text(encoding="ascii"))
    for key_id, sealed in known.sealed_keys:
        seal.open(sealed, key_id)
    snapshot.hold(staging / DATABASE)
    return known


def _move_all(staging: Path, targets: dict[str, Path]) -> None:
    moved: list[Path] = []
    try:
        for name, target in targets.items():
            if not (staging / name).exists():
                continue
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if target.is_dir():
                target.rmdir()
            moved.append(target)
            shutil.move(staging / name, target)
            sync_folder(target.parent)
    except BaseException:
        for one in moved:
            shutil.rmtree(one, ignore_errors=True) if one.is_dir() else one.unlink(missing_ok=True)
        raise
