"""The engines that the tests run on, and where a test's database is.

A test that asks for `place` runs once for each engine: SQLite always, PostgreSQL where its
programs are (`postgres_server`). COORD_TEST_ENGINES names those that must be there, as CI does.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import postgres_server
import pytest

from fediverse_coord.storage.database import Database, open_database
from fediverse_coord.storage.migrate import migrate

SQLITE, POSTGRESQL = "sqlite", "postgresql"
WANTED = os.environ.get("COORD_TEST_ENGINES", "").split()


def names() -> list[str]:
    """Those to test. Raises `UsageError` where one that is asked for is not to be had."""
    there = [SQLITE, POSTGRESQL] if postgres_server.programs() else [SQLITE]
    if not set(WANTED) <= set(there):
        raise pytest.UsageError(f"COORD_TEST_ENGINES={' '.join(WANTED)}, but here: {there}")
    return WANTED or there


def told() -> str:
    """One line of the report."""
    programs = postgres_server.programs()
    if programs is None:
        return "engines: sqlite alone; for postgresql too, install PostgreSQL (apt: postgresql)"
    told = postgres_server.version(programs)
    return "engines: " + ", ".join(told if one == POSTGRESQL else one for one in names())


Fill = Callable[[Database], Awaitable[object]]


@dataclass(slots=True)
class Engine:
    """One of them, for the whole run. `folder` is for what is made once."""

    name: str
    folder: Path
    server: postgres_server.Server | None = None
    _templates: dict[str, str] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def new(self, folder: Path, template: str = "") -> str:
        """The URL of a new database, empty or as `founded` made it."""
        if self.server is None:
            if template:
                shutil.copy(self._templates[template], folder / "coord.db")
            return f"sqlite:///{folder}/coord.db"
        return self.server.create(f"t{next(self._numbers)}", template or "template0")

    def found(self, template: str, fill: Fill) -> str:
        """Makes a database once, to be copied; its name."""
        if template not in self._templates:
            file = self.folder / f"{template}.db"
            url = self.server.create(template) if self.server else f"sqlite:///{file}"
            postgres_server.asyncio_in_thread(_filled(url, fill))
            self._templates[template] = str(file)
        return template

    def drop(self, url: str) -> None:
        if self.server is not None:
            self.server.drop(url.partition("?")[0].rpartition("/")[2])


async def _filled(url: str, fill: Fill) -> None:
    db = await open_database(url)
    try:
        await fill(db)
    finally:
        await db.close()
    await asyncio.sleep(0)


@dataclass(slots=True)
class Place:
    """A test's own database, not there until its URL is asked for."""

    engine: Engine
    folder: Path
    _url: str = ""

    @property
    def is_postgres(self) -> bool:
        return self.engine.name == POSTGRESQL

    @property
    def url(self) -> str:
        """Always of the same database, at first an empty one."""
        self._url = self._url or self.engine.new(self.folder)
        return self._url

    def migrated(self) -> "Place":
        """It begins with all tables and no row."""
        return self.as_founded("migrated", migrate)

    def as_founded(self, template: str, fill: Fill) -> "Place":
        """It begins as what `fill` made once for all tests."""
        self._url = self.engine.new(self.folder, self.engine.found(template, fill))
        return self

    def settle(self, folder: Path) -> None:
        """Puts the URL into the folder's `config.toml`."""
        file = folder / "config.toml"
        text = re.sub(r'(?m)^url = "sqlite:.*"$', f'url = "{self.url}"', file.read_text())
        file.write_text(text)

    def end(self) -> None:
        if self._url:
            self.engine.drop(self._url)
