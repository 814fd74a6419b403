"""What pytest collects, and the engines that it runs on.

Everything but `judges/` is collected, which needs what only `make judges` installs.
"""

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import engines
import postgres_server
import pytest
import quick_disk
from object_store import ObjectStore, running_store

os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(quick_disk.folder()))
collect_ignore = [] if os.environ.get("COORD_JUDGES") == "1" else ["judges"]


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """One that all tests of a process share; each makes a bucket of its own."""
    with running_store() as store:
        yield store


EVERYWHERE = os.environ.get("COORD_TEST_EVERYWHERE") == "1"
# What stands on storage is tried on one engine each, a quarter of it on PostgreSQL, unless it says
# `both_engines`: a database of one's own costs PostgreSQL most of a second.
ON_ONE = ("tests/desk/", "tests/web/", "tests/remote/")
ONE_IN = 4


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if EVERYWHERE or len(engines.names()) < 2:
        return
    chosen, left = [], []
    for item in items:
        (chosen if _is_chosen(item) else left).append(item)
    items[:] = chosen
    if left:
        config.hook.pytest_deselected(items=left)


def _is_chosen(item: pytest.Item) -> bool:
    engine = getattr(item, "callspec", None) and item.callspec.params.get("engine")  # type: ignore[attr-defined]
    if engine is None or not item.nodeid.startswith(ON_ONE):
        return True
    if item.get_closest_marker("both_engines") is not None:
        return True
    name = item.nodeid.replace(engine, "")
    on_postgres = zlib.crc32(name.encode()) % ONE_IN == 0
    return engine == (engines.POSTGRESQL if on_postgres else engines.SQLITE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed"):
        for name, told in report.user_properties:
            terminalreporter.write_line(f"{name}: {told}")
    terminalreporter.write_line(engines.told())  # at the end: `-q` prints no header


@pytest.fixture(scope="session")
def database_server() -> Iterator[postgres_server.Server]:
    """A PostgreSQL of our own."""
    programs = postgres_server.programs()
    assert programs is not None
    with postgres_server.running(programs) as server:
        yield server


@pytest.fixture(scope="session")
def known_engines() -> dict[str, engines.Engine]:
    """Those that were used already, with the databases that they copy."""
    return {}


@pytest.fixture(scope="session", params=engines.names())
def engine(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    known_engines: dict[str, engines.Engine],
) -> engines.Engine:
    """Each engine in its turn, and in turn again where a process takes over another's tests."""
    name: str = request.param
    if name not in known_engines:
        server = request.getfixturevalue("database_server") if name != "sqlite" else None
        known_engines[name] = engines.Engine(name, tmp_path_factory.mktemp("engine"), server)
    return known_engines[name]


@pytest.fixture
def place(engine: engines.Engine, tmp_path: Path) -> Iterator[engines.Place]:
    """Where the test's database is; the test runs once for each engine."""
    made = engines.Place(engine, tmp_path)
    yield made
    made.end()
