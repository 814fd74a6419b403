"""A row in every table of a SQLite file, whatever tables there are: nothing may be left behind.

Values follow what each column declares: its kind, what it refers to, what a CHECK permits. No
column stays empty, and texts and bytes are of the awkward sort.
"""

import re
import sqlite3
from pathlib import Path

CHECKED = re.compile(r"(\w+)\s+(?:TEXT|BIGINT)[^,()]*CHECK\s*\(\s*\1 IN\s*\(\s*'(\w+)'")
AWKWARD_TEXT = "ä’𝄞\n\t'\"\\ :name {tables} $1 \u200f"
AWKWARD_BYTES = bytes(range(256))
FAR_OFF = 253_402_300_799_999  # the last millisecond of the year 9999


def tables_of(connection: sqlite3.Connection) -> dict[str, str]:
    """Each table's name and how it was made."""
    made = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
        " AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search_index%'"
    )
    return dict(made.fetchall())


def counts(file: Path) -> dict[str, int]:
    """How many rows each table has."""
    connection = sqlite3.connect(file)
    try:
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in tables_of(connection)
        }
    finally:
        connection.close()


def fill(file: Path) -> None:
    """Gives every table that has none a row, and one more to each that can take it."""
    connection = sqlite3.connect(file)
    try:
        made = tables_of(connection)
        for _ in range(3):  # a table may come before one that it refers to
            for name, sql in made.items():
                if connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] == 0:
                    _add(connection, name, sql)
        connection.commit()
    finally:
        connection.close()


def _add(connection: sqlite3.Connection, name: str, sql: str) -> None:
    refers = {row[3]: row[2] for row in connection.execute(f"PRAGMA foreign_key_list({name})")}
    chosen = dict(CHECKED.findall(sql))
    row: dict[str, object] = {}
    for _, column, kind, *_ in connection.execute(f"PRAGMA table_info({name})").fetchall():
        if column in refers:
            found = connection.execute(f"SELECT min(id) FROM {refers[column]}").fetchone()
            row[column] = found[0]
            if found[0] is None:
                return
        elif kind == "TEXT":
            row[column] = chosen.get(column, AWKWARD_TEXT)
        elif kind == "BLOB":
            row[column] = AWKWARD_BYTES
        else:  # a moment has to be one that a calendar knows
            row[column] = FAR_OFF if column.endswith("_at") else 9_000_000_000_000_000_001
    names, values = ", ".join(row), ", ".join(f":{one}" for one in row)
    connection.execute(f"INSERT INTO {name} ({names}) VALUES ({values})", row)
