"""What the rest of the house sees of a database, whichever engine stands behind it.

HOUSE.md, "Two engines, several processes". A change is a coroutine function handed to
`Database.write`: it awaits only its transaction, never the world. The engines are `sqlite` and,
later, `postgres`; the tables belong to `migrations/` and to one module per table family.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from fediverse_coord.errors import ConfigError
from fediverse_coord.storage.statements import Dialect

T = TypeVar("T")

Value: TypeAlias = str | int | float | bytes | None
"""What a parameter can be. Moments are whole milliseconds since 1970 (`protocol/times`)."""

Listener: TypeAlias = Callable[[str, int], None]
"""Is told a changed key and its number (`changes`), in the event loop it registered from."""


class Row(Protocol):
    """A row read: its values by column name."""

    def __getitem__(self, column: str, /) -> Any: ...

    def keys(self) -> Iterable[str]: ...


class Reader(Protocol):
    """Something that answers queries. Raises `StorageUnavailable`."""

    async def fetch_all(self, sql: str, /, **params: Value) -> list[Row]: ...

    async def fetch_one(self, sql: str, /, **params: Value) -> Row | None:
        """The first row. In a transaction, also of `INSERT … RETURNING` and its kin."""
        ...

    async def fetch_value(self, sql: str, /, **params: Value) -> object:
        """The first column of the first row; None when there is no row."""
        ...


class Transaction(Reader, Protocol):
    """Sees its own writes; nothing of it is there until `Database.write` returns."""

    async def execute(self, sql: str, /, **params: Value) -> int:
        """How many rows were inserted, changed or deleted."""
        ...

    async def execute_many(self, sql: str, rows: Sequence[Mapping[str, object]], /) -> None: ...

    def announce(self, key: str, number: int) -> None:
        """Tells this process's listeners after the commit, before `write` returns."""
        ...


Work: TypeAlias = Callable[[Transaction], Awaitable[T]]


class Database(Reader, Protocol):
    """An open database. Its `fetch_…` see what is committed."""

    @property
    def dialect(self) -> Dialect: ...

    async def write(self, work: Work[T], /) -> T:
        """Runs `work` in a transaction and returns its result once that is durable.

        What `work` raises undoes `work` alone and is raised here. Raises `StorageUnavailable`
        when nothing could be written: locked, full, broken, closed. A caller cancelled before
        its transaction began leaves nothing; later, the transaction is finished all the same.
        """
        ...

    async def version(self) -> int:
        """Differs from the one before when anybody, also another process, may have committed."""
        ...

    def listen(self, listener: Listener, /) -> Callable[[], None]:
        """Hears of what this process announces. Returns what ends it."""
        ...

    async def close(self) -> None: ...


async def open_database(url: str, *, patience_seconds: float = 10, readers: int = 3) -> Database:
    """Opens `sqlite:///relative/path` or `sqlite:////absolute/path`, making it when it is new.

    `patience_seconds` is how long a write waits for its turn while others hold the database.
    Raises `ConfigError` for a URL or place that cannot be used, `StorageUnavailable` when it is
    locked or broken now.
    """
    from fediverse_coord.storage import sqlite  # the engine knows these protocols

    path = sqlite_path(url)
    return await sqlite.open_sqlite(path, patience_seconds=patience_seconds, readers=readers)


def sqlite_path(url: str) -> str:
    """The file that a `sqlite:///` URL names. Raises `ConfigError` for any other URL."""
    scheme, slashes, path = url.partition(":///")
    if scheme != "sqlite" or not slashes or not path or path.endswith("/") or "?" in path:
        # The URL itself is not shown: it may hold a password.
        raise ConfigError(
            f"[database] url: cannot use what begins with {scheme.partition(':')[0]!r}; "
            "write sqlite:///data/coord.db (relative) or sqlite:////var/lib/coord.db (absolute)"
        )
    return path
