"""The tests of PostgreSQL alone are there where it is; a little world of rows for others."""

from collections.abc import AsyncIterator

import engines
import pytest
from engines import Place
from forgettable import NOON, Rows

from fediverse_coord.storage.database import open_database

collect_ignore = [] if engines.POSTGRESQL in engines.names() else ["test_postgres.py"]


@pytest.fixture
async def rows(place: Place) -> AsyncIterator[Rows]:
    db = await open_database(place.migrated().url)
    made = Rows(db, NOON)
    await made.world()
    yield made
    await db.close()
