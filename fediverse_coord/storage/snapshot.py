"""A copy of a database that is in use, and what a copy must show before it is trusted.

SQLite's backup API inside a read transaction: writers go on meanwhile, and the copy is the
database of one moment. What becomes of the copy is the caller's; these functions block.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fediverse_coord.errors import ConfigError, StorageUnavailable
from fediverse_coord.storage.database import is_postgres, sqlite_path

PAGES_AT_ONCE = 2_000
PATIENCE_SECONDS = 30
BESIDE = ("-wal", "-shm", "-journal", ".lock")

QUICK_CHECK = "PRAGMA quick_check(1)"
FIRST_TABLE = "SELECT name FROM sqlite_master LIMIT 1"
ORIGIN = "SELECT origin FROM instance WHERE id = 1"
HOLD = "UPDATE instance SET sending = 'held' WHERE id = 1"
SEALED = "SELECT key_id, private_key FROM keys ORDER BY id"
FILES = "SELECT name FROM media_files UNION SELECT name FROM media_enclosed ORDER BY name"
NAMES = "SELECT name FROM actors WHERE role = 'coordination' AND retired_at IS NULL ORDER BY name"

Progress = Callable[[int, int], None]
"""Is told how many pages are copied, and of how many."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Whose database the copy is, which coordinations live in it, and their keys, sealed."""

    origin: str
    coordinations: tuple[str, ...]
    sealed_keys: tuple[tuple[str, bytes], ...] = field(repr=False)


def file_of(url: str) -> Path:
    """The file behind `[database] url`. Raises ConfigError where it is none."""
    if is_postgres(url):
        raise ConfigError(
            "PostgreSQL keeps no file that could be copied: back it up with pg_dump, and the key "
            "file and the actors' folder beside it"
        )
    return Path(sqlite_path(url))


def files_beside(file: Path) -> list[Path]:
    """What SQLite and we keep beside a database; a left-over one would change a restored copy."""
    return [file.with_name(file.name + suffix) for suffix in BESIDE]


def copy(source: Path, target: Path, progress: Progress) -> Snapshot:
    """Copies the database, also while others write to it, into a new file, 0600.

    Raises StorageUnavailable when it is not there, locked, broken or empty, or the disk full.
    """
    if not source.is_file():
        raise StorageUnavailable(f"there is no database at {source}")
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with _open(source, readonly=True) as original, _open(target) as made:
        original.execute("BEGIN")
        # The transaction sees one moment from its first reading on; the copy is that moment.
        original.execute(FIRST_TABLE).fetchall()
        original.backup(
            made,
            pages=PAGES_AT_ONCE,
            progress=lambda _, left, total: progress(total - left, total),
        )
        made.execute("PRAGMA journal_mode = DELETE").fetchall()
    return examine(target)


def examine(file: Path) -> Snapshot:
    """Reads a copy through. Raises StorageUnavailable where it is damaged or nobody's."""
    with _open(file, readonly=True) as copied:
        verdict = copied.execute(QUICK_CHECK).fetchone()[0]
        if verdict != "ok":
            raise StorageUnavailable(f"the database is damaged: {verdict}")
        row = copied.execute(ORIGIN).fetchone()
        names = tuple(name for (name,) in copied.execute(NAMES))
        keys = tuple((key_id, sealed) for key_id, sealed in copied.execute(SEALED))
    if row is None:
        raise StorageUnavailable("the database remembers no origin yet: start the server once")
    return Snapshot(row[0], names, keys)


def hold(file: Path) -> None:
    """From here on this copy's server receives and sends nothing, until `resume`."""
    with _open(file) as copied:
        copied.execute(HOLD)


def media_in(file: Path) -> list[str]:
    """The names of all files of media that the copy tells of, in order."""
    with _open(file, readonly=True) as copied:
        return [str(name) for (name,) in copied.execute(FILES)]


@contextmanager
def _open(file: Path, *, readonly: bool = False) -> Iterator[sqlite3.Connection]:
    mode = "ro" if readonly else "rw"
    try:
        connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=PATIENCE_SECONDS,
            isolation_level=None,
        )
        try:
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StorageUnavailable(f"the database cannot be copied: {error}") from None
