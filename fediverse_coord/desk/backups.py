"""A whole server in one encrypted file, made while it serves.  docs/backup-format.md.

Inside `sealed_file` is a tar archive: what was made when, the settings, the database of one
moment, the key file, the coordinations' files and the media. Who loses the keys loses the
followers, so a copy whose keys would not open is never made. Coming back is `restores`.
"""

import io
import json
import os
import secrets
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from fediverse_coord import __version__
from fediverse_coord.config import Config
from fediverse_coord.desk import key_file, stores
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.desk.sealed_file import COST, Chance, SealedWriter
from fediverse_coord.errors import ConfigError, Refusal, StorageUnavailable
from fediverse_coord.protocol.times import as2_datetime
from fediverse_coord.storage import audit, instance, snapshot
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.snapshot import Snapshot

MANIFEST, CONFIG, DATABASE, KEY_FILE = "manifest.json", "config.toml", "database.sqlite", "key"
ACTORS, MEDIA = "actors", "media"
FORMAT = 1

Tell = Callable[[str], None]
"""Hears how far it is, a line at a time."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written."""

    file: Path
    bytes: int
    origin: str
    coordinations: tuple[str, ...]


def back_up(
    config: Config,
    config_file: Path,
    person: Person,
    target: Path,
    passphrase: str,
    now: datetime,
    tell: Tell,
    *,
    force: bool = False,
    cost: tuple[int, int, int] = COST,
) -> Backup:
    """Writes the file, 0600, at once or not at all. Blocks.

    Raises Refusal (it is there already, the passphrase is too short), ConfigError (a key file
    that does not belong to the database) and StorageUnavailable (database or disk).
    """
    require(person, Duty.ADMINISTER, None)
    _check(config, target, passphrase, force=force)
    database = snapshot.file_of(config.database_url)
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=_folder_of(database)) as folder:
            tell(f"copying the database {database}")
            copied = Path(folder) / DATABASE
            known = snapshot.copy(database, copied, _pages(tell))
            _check_keys(config, known)
            with _replacing(target, force=force) as file:
                sealed = SealedWriter(file, passphrase, _chance(), cost=cost)
                _archive(sealed, config, config_file, copied, known, now, tell)
                sealed.finish()
    except OSError as error:
        raise StorageUnavailable(f"nothing was written: {reason_of(error)}") from None
    return Backup(target, target.stat().st_size, known.origin, known.coordinations)


async def resume(desk: Desk, person: Person) -> bool:
    """Lets a restored server send again; False where it already did."""
    require(person, Duty.ADMINISTER, None)
    now = desk.clock()

    async def write(tx: Transaction) -> bool:
        found = await instance.find(tx)
        if found is None or found.sending:
            return False
        await instance.set_sending(tx, on=True)
        await audit.record(tx, person.row, "resume", found.origin, now)
        return True

    resumed = await desk.db.write(write)
    desk.wake()
    return resumed


def _check(config: Config, target: Path, passphrase: str, *, force: bool) -> None:
    if len(passphrase) < key_file.SHORTEST_PASSPHRASE:
        raise Refusal(f"the passphrase needs at least {key_file.SHORTEST_PASSPHRASE} characters")
    if target.exists() and not force:
        raise Refusal(f"{target} is there already: choose another name, or --force")
    if not target.parent.is_dir() or target.is_dir():
        raise Refusal(f"{target} cannot be written: name a file in a folder that exists")
    for folder in folders_of(config).values():
        if target.resolve().is_relative_to(folder.resolve()):
            raise Refusal(f"{folder} is part of the backup: put the file somewhere else")


def folders_of(config: Config) -> dict[str, Path]:
    """The folders that belong to a server, by their name in the archive."""
    return {
        ACTORS: config.path(config.server.actors),
        MEDIA: config.path(config.media.directory),
    }


def _folder_of(database: Path) -> Path:
    if not database.is_file():
        raise StorageUnavailable(f"there is no database at {database}: start the server once")
    return database.parent


def _check_keys(config: Config, known: Snapshot) -> None:
    """A backup whose keys do not open is none. Raises ConfigError."""
    path = config.path(config.server.key_file)
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"the key file {path} cannot be read: put it back") from None
    seal = key_file.opened(config, text)
    for key_id, sealed in known.sealed_keys:
        seal.open(sealed, key_id)


def reason_of(error: OSError) -> str:
    """What the system says, and of which file."""
    return f"{error.strerror or error} ({error.filename})" if error.filename else str(error)


def _chance() -> Chance:
    return Chance(secrets.token_bytes(16), secrets.token_bytes(8))


def _pages(tell: Tell) -> snapshot.Progress:
    def pages(done: int, total: int) -> None:
        tell(f"  {done} of {total} pages")

    return pages


@contextmanager
def _replacing(target: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A file beside the target, moved there when all of it is on the disk."""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _move(Path(name), target, force=force)
        sync_folder(target.parent)
    finally:
        Path(name).unlink(missing_ok=True)


def _move(source: Path, target: Path, *, force: bool) -> None:
    if force:
        source.replace(target)
        return
    try:
        os.link(source, target)  # unlike a rename, never onto what appeared meanwhile
    except FileExistsError:
        raise Refusal(f"{target} is there already: choose another name, or --force") from None
    except OSError:
        source.replace(target)  # a disk without hard links


def sync_folder(folder: Path) -> None:
    """The names in the folder are on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _archive(
    sealed: SealedWriter,
    config: Config,
    config_file: Path,
    database: Path,
    known: Snapshot,
    now: datetime,
    tell: Tell,
) -> None:
    with tarfile.open(fileobj=cast(BinaryIO, sealed), mode="w|", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, MANIFEST, io.BytesIO(_manifest(known, now)), now)
        if not config.is_development:
            _add_file(tar, CONFIG, config_file, now)
        _add_file(tar, DATABASE, database, now)
        _add_file(tar, KEY_FILE, config.path(config.server.key_file), now)
        for name, folder in folders_of(config).items():
            files = sorted(_files_in(folder))
            tell(f"adding {name}: {len(files)} files")
            for one in files:
                _add_file(tar, f"{name}/{one.relative_to(folder).as_posix()}", one, now)
        _add_elsewhere(tar, config, database, now, tell)


def _add_elsewhere(
    tar: tarfile.TarFile, config: Config, database: Path, now: datetime, tell: Tell
) -> None:
    """Files of media that the database tells of and the folder of media lacks."""
    places, folder = stores.shelves(config), folders_of(config)[MEDIA]
    lacking = [one for one in snapshot.media_in(database) if not (folder / one).is_file()]
    if not lacking:
        return
    tell(f"adding {MEDIA} from {places.places[0]}: {len(lacking)} files")
    for name in lacking:
        content = places.read(name)
        if content is None:
            tell(f"  {name} is nowhere: `fediverse-coord media check` names what is missing")
        else:
            _add(tar, f"{MEDIA}/{name}", io.BytesIO(content), now)


def _manifest(known: Snapshot, now: datetime) -> bytes:
    return json.dumps(
        {
            "format": FORMAT,
            "software": f"fediverse-coord {__version__}",
            "made": as2_datetime(now),
            "origin": known.origin,
            "coordinations": known.coordinations,
        },
        indent=1,
    ).encode()


def _files_in(folder: Path) -> Iterator[Path]:
    """Every file below, but what is still being written (its name begins with a full stop)."""
    found = folder.rglob("*") if folder.is_dir() else iter(())
    return (one for one in found if one.is_file() and not one.name.startswith("."))


def _add_file(tar: tarfile.TarFile, name: str, path: Path, now: datetime) -> None:
    with path.open("rb") as file:
        _add(tar, name, file, now)


def _add(tar: tarfile.TarFile, name: str, file: BinaryIO, now: datetime) -> None:
    """One member: name, length and content. Owners and modes stay behind."""
    member = tarfile.TarInfo(name)
    member.size = file.seek(0, os.SEEK_END)
    member.mtime, member.mode = int(now.timestamp()), 0o600
    file.seek(0)
    tar.addfile(member, file)
