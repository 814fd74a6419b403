"""What the rest of the house sees of a database, whichever engine stands behind it.

HOUSE.md, "Two engines, several processes". A change is a coroutine function handed to
`Database.write`: it awaits only its transaction, never the world. The engines are `sqlite` and
`postgres`; the tables belong to `migrations/` and to one module per table family.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeAlias, TypeVar

from fediverse_coord.counts import WriteCounts
from fediverse_coord.errors import ConfigError, CoordError
from fediverse_coord.storage.statements import Dialect

T = TypeVar("T")

Value: TypeAlias = str | int | float | bytes | None
"""What a parameter can be. Moments are whole milliseconds since 1970 (`protocol/times`)."""

Listener: TypeAlias = Callable[[str, int], None]
"""Is told a changed key and its number (`changes`), in the event loop it registered from."""

Clock: TypeAlias = Callable[[], datetime]


class Contradiction(CoordError):
    """A statement would break a constraint: unknown row referred to, value outside its set.

    Whoever catches it inside a piece of work must end the work: its transaction is lost.
    """


class Duplicate(Contradiction):
    """The row is there already: a unique constraint."""


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

    async def fetch_many(self, sql: str, rows: Sequence[Mapping[str, object]], /) -> list[Row]:
        """What the statement returns for each of the parameters, in one list, in their order.

        Whoever must know which row came of which lets the statement return what tells them apart.
        """
        ...

    async def alone(self, name: str, /) -> None:
        """Waits until no other transaction that asked for this name runs, and then is the one.

        For what must look before it writes, where no unique constraint decides. What others of
        the name did is visible from here on. Where there is one writer, it costs nothing.
        """
        ...

    def announce(self, key: str, number: int) -> None:
        """Tells this process's listeners after the commit, before `write` returns.

        On PostgreSQL the other processes' listeners hear of it too, a little later or never.
        """
        ...


Work: TypeAlias = Callable[[Transaction], Awaitable[T]]


class Database(Reader, Protocol):
    """An open database. Its `fetch_…` see what is committed."""

    @property
    def dialect(self) -> Dialect: ...

    @property
    def counts(self) -> WriteCounts:
        """What this process has written through it. Where there are no groups, each is of one."""
        ...

    async def write(self, work: Work[T], /) -> T:
        """Runs `work` in a transaction and returns its result once that is durable.

        What `work` raises undoes `work` alone and is raised here. Raises `StorageUnavailable`
        when nothing could be written: locked, full, broken, closed. A caller cancelled before
        its transaction began leaves nothing; later, the transaction is finished all the same.

        Where several write at once (PostgreSQL), `work` is run again from its beginning when it
        met another: so it changes nothing but what `tx` undoes, and starts from its arguments.
        """
        ...

    async def read(self, work: Callable[[Reader], Awaitable[T]], /) -> T:
        """Runs `work`, which awaits only its reader, and returns its result.

        Many questions then cost little more than one. On SQLite it runs in a thread of its own,
        and all of it sees the same state. Raises `StorageUnavailable`.
        """
        ...

    async def version(self) -> int:
        """Differs from the one before when anybody, also another process, may have committed."""
        ...

    def listen(self, listener: Listener, /) -> Callable[[], None]:
        """Hears of what this process announces, and others where they can. Returns what ends it."""
        ...

    def clock(self, machine: Clock, /) -> Clock:
        """The time that every process on this database goes by, as far as `machine` is ours.

        Leases are compared across machines, whose clocks differ: on PostgreSQL its own counts.
        """
        ...

    async def close(self) -> None: ...


async def open_database(
    url: str, *, patience_seconds: float = 10, readers: int = 3, writers: int = 8
) -> Database:
    """Opens what the URL names; a SQLite file is made when it is new.

    `sqlite:///relative/path`, `sqlite:////absolute/path`, `postgresql://user@host/database`.
    `patience_seconds` is how long a write waits for its turn while others hold the database;
    `readers` and `writers` are connections, of which SQLite has one that writes. Raises
    `ConfigError` for a URL or place that cannot be used, `StorageUnavailable` when it is
    locked, broken or not to be reached now.
    """
    if is_postgres(url):
        try:
            from fediverse_coord.storage.postgres import open_postgres  # it knows these protocols
        except ModuleNotFoundError:
            raise ConfigError(
                "[database] url: PostgreSQL needs one more library: "
                "pip install 'fediverse-coord[postgresql]'"
            ) from None
        return await open_postgres(
            url, patience_seconds=patience_seconds, readers=readers, writers=writers
        )
    from fediverse_coord.storage import sqlite

    path = sqlite_path(url)
    return await sqlite.open_sqlite(path, patience_seconds=patience_seconds, readers=readers)


def is_postgres(url: str) -> bool:
    """Whether the URL names a PostgreSQL database."""
    return url.startswith(("postgresql://", "postgres://"))


def sqlite_path(url: str) -> str:
    """The file that a `sqlite:///` URL names. Raises `ConfigError` for any other URL."""
    scheme, slashes, path = url.partition(":///")
    if scheme != "sqlite" or not slashes or not path or path.endswith("/") or "?" in path:
        # The URL itself is not shown: it may hold a password.
        raise ConfigError(
            f"[database] url: cannot use what begins with {scheme.partition(':')[0]!r}; "
            "write sqlite:///data/coord.db (relative), sqlite:////var/lib/coord.db (absolute) "
            "or postgresql://user@host/database"
        )
    return path
