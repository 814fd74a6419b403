"""From SQLite to PostgreSQL: every row of every table, and the proof that none is another.

The source is held alone while it is read, so nobody changes it meanwhile and nobody is found to be
serving it. On the target all of it is one transaction: tables, rows, sequences and the comparison;
a copy that stops anywhere leaves an empty database. Which tables there are is asked of the source,
so that a new one is never forgotten. When to do so, and what is marked afterwards, is the desk's.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

from fediverse_coord.errors import Refusal, StorageUnavailable
from fediverse_coord.storage.database import Reader, Transaction

ROWS_AT_ONCE: Final = 1_000
TOLD_EVERY: Final = 50_000
KNOCK_SECONDS: Final = 0.5
OWN: Final = "schema_migrations"  # each database has its own

Tell = Callable[[str], None]
"""Hears how far it is, a line at a time."""

# The index over the words of `search` is each engine's own, and follows its table.
TABLES = """
SELECT name FROM sqlite_master
 WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search_index%'
"""
THERE = "SELECT name FROM {tables} AS known ORDER BY name"
FIRST_KEY = "SELECT key_id, private_key FROM keys ORDER BY id"
MARK = "UPDATE instance SET moved_to = :place WHERE id = 1"

IDENTITIES = """
SELECT table_name AS name, column_name AS number FROM information_schema.columns
 WHERE table_schema = current_schema() AND is_identity = 'YES'
"""
CONTINUE = """
SELECT setval(pg_get_serial_sequence('{table}', '{number}'),
              COALESCE(max({number}), 1), max({number}) IS NOT NULL) FROM {table}
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the source has it: columns in its order, those of its primary key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def read(self) -> str:
        return f"SELECT {', '.join(self.columns)} FROM {self.name}"  # noqa: S608

    @property
    def insert(self) -> str:
        values = ", ".join(f":{one}" for one in self.columns)
        names = ", ".join(self.columns)
        return f"INSERT INTO {self.name} ({names}) VALUES ({values})"  # noqa: S608

    @property
    def first_page(self) -> str:
        return f"{self.read} ORDER BY {', '.join(self.key)} LIMIT :limit"

    @property
    def next_page(self) -> str:
        after = ", ".join(f":{one}" for one in self.key)
        key = ", ".join(self.key)
        return f"{self.read} WHERE ({key}) > ({after}) ORDER BY {key} LIMIT :limit"


@dataclass(frozen=True, slots=True)
class Contents:
    """How many rows a table has, and a sum over them that does not depend on their order."""

    rows: int = 0
    checksum: int = 0

    def with_rows(self, rows: Sequence[Sequence[object]]) -> "Contents":
        total = self.checksum + sum(_checksum(row) for row in rows)
        return Contents(self.rows + len(rows), total % (1 << 256))


def _checksum(row: Sequence[object]) -> int:
    told = repr(tuple(row)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(told).digest())


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A SQLite database that nobody else has open, and that stays so."""

    connection: sqlite3.Connection

    def tables(self) -> list[Table]:
        """All of them, each after those that it refers to."""
        names = {name for (name,) in self.connection.execute(TABLES)} - {OWN}
        order = TopologicalSorter({name: self._referred_to(name) & names for name in names})
        return [self._table(name) for name in order.static_order()]

    def chunks(self, table: Table) -> Iterator[list[tuple[object, ...]]]:
        cursor = self.connection.execute(table.read)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield rows

    def mark(self, place: str) -> None:
        """From here on this file is served no more."""
        self.connection.execute(MARK, {"place": place})
        self.connection.execute("COMMIT")

    def _table(self, name: str) -> Table:
        found = self.connection.execute(f"PRAGMA table_info({name})").fetchall()
        keyed = sorted((row[5], row[1]) for row in found if row[5])
        return Table(name, tuple(row[1] for row in found), tuple(one for _, one in keyed))

    def _referred_to(self, name: str) -> set[str]:
        found = self.connection.execute(f"PRAGMA foreign_key_list({name})")
        return {row[2] for row in found} - {name}


@contextmanager
def alone(file: Path) -> Iterator[Source]:
    """The database, ours alone. Raises Refusal where a process has it open, StorageUnavailable."""
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=KNOCK_SECONDS,
        isolation_level=None,
    )
    try:
        # In WAL every open connection holds a shared lock on the file; this asks for the other.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        yield Source(connection)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise Refusal(
                f"{file} is in use: stop `serve`, `work` and every other command first, "
                "then run this again"
            ) from None
        raise StorageUnavailable(f"{file} cannot be read: {error}") from None
    finally:
        connection.close()


async def tables_in(reader: Reader) -> list[str]:
    """The names of the tables that a database has, of either engine."""
    return [str(row["name"]) for row in await reader.fetch_all(THERE)]


async def copy(source: Source, tx: Transaction, tell: Tell) -> dict[str, Contents]:
    """Every row into the target's empty tables; what was read, by table."""
    copied = {}
    for table in source.tables():
        contents = Contents()
        for rows in source.chunks(table):
            _check(table, rows)
            named = [dict(zip(table.columns, row, strict=True)) for row in rows]
            await tx.execute_many(table.insert, named)
            contents = contents.with_rows(rows)
            if contents.rows % TOLD_EVERY == 0:
                tell(f"  {table.name}: {contents.rows:,} rows")
        tell(f"copied {table.name}: {contents.rows:,} rows")
        copied[table.name] = contents
    await _continue_numbers(tx)
    return copied


def contents_of(source: Source) -> dict[str, Contents]:
    """What stands in the source, by table."""
    found = {}
    for table in source.tables():
        contents = Contents()
        for rows in source.chunks(table):
            contents = contents.with_rows(rows)
        found[table.name] = contents
    return found


async def differences(
    source: Source, expected: dict[str, Contents], reader: Reader, tell: Tell
) -> list[str]:
    """Reads the target through; what is not as in the source, in words."""
    faults = []
    for table in source.tables():
        found, wanted = await _read(table, reader), expected[table.name]
        tell(f"compared {table.name}: {found.rows:,} of {wanted.rows:,} rows")
        if found.rows != wanted.rows:
            faults.append(f"{table.name} has {found.rows} rows instead of {wanted.rows}")
        elif found != wanted:
            faults.append(f"{table.name} has other contents")
    return faults


async def sealed_keys(reader: Reader) -> list[tuple[str, bytes]]:
    """(key id, sealed private key) of every key."""
    return [(row["key_id"], row["private_key"]) for row in await reader.fetch_all(FIRST_KEY)]


async def _read(table: Table, reader: Reader) -> Contents:
    contents = Contents()
    rows = await reader.fetch_all(table.first_page, limit=ROWS_AT_ONCE)
    while rows:
        contents = contents.with_rows([tuple(row[one] for one in table.columns) for row in rows])
        after = {one: rows[-1][one] for one in table.key}
        rows = await reader.fetch_all(table.next_page, **after, limit=ROWS_AT_ONCE)
    return contents


async def _continue_numbers(tx: Transaction) -> None:
    """The next row number is one more than the highest that was copied."""
    for row in await tx.fetch_all(IDENTITIES):
        statement = CONTINUE.replace("{table}", row["name"]).replace("{number}", row["number"])
        await tx.fetch_all(statement)


def _check(table: Table, rows: Sequence[Sequence[object]]) -> None:
    """PostgreSQL's text has every character but one. Raises Refusal."""
    for row in rows:
        for column, value in zip(table.columns, row, strict=True):
            if isinstance(value, str) and "\0" in value:
                raise Refusal(
                    f"{table.name}.{column} holds a NUL character in the row {row[0]!r}, which "
                    "PostgreSQL does not take: remove it from the SQLite file and run this again"
                )
