"""Numbered `.sql` files bring a database to the shape this version knows, never back.

HOUSE.md, "Two engines, several processes". `migrations/NNNN_name.sql` are applied in order, each
in one transaction together with its line in `schema_migrations`, so that a stop in between is
harmless and two processes starting together do it once. What a file says belongs to the file.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from fediverse_coord.errors import ConfigError
from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Database, Reader, Transaction
from fediverse_coord.storage.statements import statements_in

MIGRATIONS: Final = Path(__file__).parent / "migrations"
FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")

REMEMBERS = "SELECT name FROM {tables} AS known WHERE name = 'schema_migrations'"

PREPARE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number      BIGINT PRIMARY KEY,
    name        TEXT NOT NULL,
    checksum    TEXT NOT NULL,
    applied_at  BIGINT NOT NULL
)
"""

APPLIED = "SELECT number, name, checksum FROM schema_migrations ORDER BY number"

RECORD = """
INSERT INTO schema_migrations (number, name, checksum, applied_at)
VALUES (:number, :name, :checksum, :now)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: `0001_beginning.sql` is number 1, name `0001_beginning`."""

    number: int
    name: str
    script: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.script.encode()).hexdigest()


async def migrate(
    db: Database, *, folder: Path = MIGRATIONS, now: datetime | None = None
) -> list[str]:
    """Applies what is missing; the names of what was applied, in order.

    `now` is the moment written down, the machine's when none is given. Raises `ConfigError` when
    the database is newer than this version or a file was changed after it had been applied.
    """
    moment = milliseconds(now or datetime.now(UTC))
    known = migrations_in(folder)
    return [one.name for one in known if await _apply(db, one, known, moment)]


async def begin(tx: Transaction, now: datetime) -> None:
    """Every migration, as part of the caller's transaction: for a database without any table."""
    for one in migrations_in(MIGRATIONS):
        await _run(tx, one, milliseconds(now))


async def pending(db: Database, *, folder: Path = MIGRATIONS) -> list[str]:
    """The names of what `migrate` would apply. Writes nothing; raises like `migrate`."""
    return [one.name for one in await _missing(db, migrations_in(folder))]


def migrations_in(folder: Path) -> list[Migration]:
    """The folder's files in order. Raises `ConfigError` when names or numbers are amiss."""
    found = [_read(file) for file in sorted(folder.glob("*.sql"))]
    if [one.number for one in found] != list(range(1, len(found) + 1)):
        raise ConfigError(f"{folder}: the numbers have a gap or a double; install this again")
    return found


def _read(file: Path) -> Migration:
    match = FILE_NAME.fullmatch(file.name)
    if match is None:
        raise ConfigError(f"{file}: a migration is named like 0001_beginning.sql")
    return Migration(int(match[1]), file.stem, file.read_text(encoding="utf-8"))


async def _apply(db: Database, one: Migration, known: list[Migration], moment: int) -> bool:
    async def work(tx: Transaction) -> bool:
        # Looked up inside: another process may have been faster.
        await tx.alone("migrations")
        if one not in await _missing(tx, known):
            return False
        await _run(tx, one, moment)
        return True

    return await db.write(work)


async def _run(tx: Transaction, one: Migration, moment: int) -> None:
    await tx.execute(PREPARE)
    for statement in statements_in(one.script):
        await tx.execute(statement)
    await tx.execute(RECORD, number=one.number, name=one.name, checksum=one.checksum, now=moment)


async def _missing(reader: Reader, known: list[Migration]) -> list[Migration]:
    if await reader.fetch_one(REMEMBERS) is None:
        return known
    applied = {row["number"]: row for row in await reader.fetch_all(APPLIED)}
    by_number = {one.number: one for one in known}
    for number, row in applied.items():
        _check(by_number.get(number), row["name"], row["checksum"])
    return [one for one in known if one.number not in applied]


def _check(ours: Migration | None, name: str, checksum: str) -> None:
    if ours is None:
        raise ConfigError(
            f"the database was written by a newer version (it has {name}, unknown here): "
            "upgrade fediverse-coord, or restore a backup made before"
        )
    if (ours.name, ours.checksum) != (name, checksum):
        raise ConfigError(
            f"migration {name} differs from the one this database was made with: "
            "install the released version again; applied migrations are never edited"
        )
