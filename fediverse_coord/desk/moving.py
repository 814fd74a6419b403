"""A server's database from SQLite to PostgreSQL, and which of the two serves afterwards.

docs/scaling.md. Nobody may serve one identity twice: the source is read while nobody else has it
open, and marked when the copy was found whole. An interrupted move leaves an empty target, or a
whole copy, which running it again finishes. How rows are copied and compared is `storage/carrying`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

from fediverse_coord.config import Config
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import ConfigError, Refusal, StorageUnavailable
from fediverse_coord.protocol.sealing import Seal
from fediverse_coord.storage import audit, carrying, catalogue, followers, instance, migrate
from fediverse_coord.storage.carrying import Contents, Source, Tell
from fediverse_coord.storage.database import (
    Database,
    Transaction,
    is_postgres,
    open_database,
    sqlite_path,
)

NOT_EMPTY = "name an empty one (createdb -O USER NAME makes it), or drop it where nobody needs it"


@dataclass(frozen=True, slots=True)
class Moved:
    """What was carried over: rows by table, and the new `[database] url`, without a password."""

    origin: str
    source: Path
    url: str
    tables: dict[str, int] = field(default_factory=dict)


async def carry_over(
    config: Config, person: Person, seal: Seal, target_url: str, now: datetime, tell: Tell
) -> Moved:
    """Copies the SQLite database into the empty PostgreSQL one, compares, and marks the source.

    Raises Refusal (the source is in use, the target is not empty, a copy is not whole), ConfigError
    and StorageUnavailable. In each case the source serves as before.
    """
    require(person, Duty.ADMINISTER, None)
    file = _source_file(config, target_url)
    origin = await _origin(config)
    target = await _opened(target_url)
    try:
        with carrying.alone(file) as source:
            tell(f"reading {file}, which nobody may use meanwhile")
            contents = await _carried(source, target, origin, seal, now, tell)
            source.mark(_place(target_url))
    finally:
        await target.close()
    rows = {name: one.rows for name, one in contents.items()}
    return Moved(origin, file, without_password(target_url), rows)


async def take_back(config: Config, person: Person, now: datetime) -> bool:
    """Lets a database serve again that was carried over; False where it was not."""
    require(person, Duty.ADMINISTER, None)
    if not _is_file(config):
        return False
    db = await open_database(config.database_url)

    async def write(tx: Transaction) -> bool:
        taken = await instance.take_back(tx)
        if taken:
            await audit.record(tx, person.row, "take back", config.server.origin, now)
        return taken

    try:
        return not await migrate.pending(db) and await db.write(write)
    finally:
        await db.close()


def _is_file(config: Config) -> bool:
    url = config.database_url
    return not is_postgres(url) and Path(sqlite_path(url)).is_file()


def without_password(url: str) -> str:
    """The URL as it can be shown."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}{at}{host}"))


def _place(url: str) -> str:
    """The target for people, in the source's mark."""
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query).get("host", ["this machine"])[0]
    return f"the PostgreSQL database {parts.path.lstrip('/') or 'of its user'} at {host}"


def _source_file(config: Config, target_url: str) -> Path:
    if is_postgres(config.database_url):
        raise Refusal("[database] url names PostgreSQL already: only SQLite can be carried over")
    if not is_postgres(target_url):
        raise Refusal("--to takes what begins with postgresql://, as config.example.toml shows it")
    file = Path(sqlite_path(config.database_url))
    if not _is_file(config):
        raise Refusal(f"there is no database at {file}: nothing is to be carried over")
    return file


async def _origin(config: Config) -> str:
    """Whose the source is. Raises Refusal where it is of an older version or carried over."""
    db = await open_database(config.database_url, readers=1)
    try:
        if await migrate.pending(db):
            raise Refusal("the database is of an older version: run `fediverse-coord migrate`")
        found = await instance.find(db)
    finally:
        await db.close()
    if found is None:
        raise Refusal(
            "the database is empty: start on PostgreSQL at once, there is nothing to move"
        )
    if found.moved_to is not None:
        raise Refusal(f"this database was carried over already, to {found.moved_to}")
    return found.origin


async def _opened(url: str) -> Database:
    try:
        return await open_database(url, readers=1, writers=1)
    except (ConfigError, StorageUnavailable) as fault:
        reason = str(fault).removeprefix("[database] url: ")
        raise Refusal(f"--to cannot be used, nothing was changed: {reason}") from None


async def _carried(
    source: Source, target: Database, origin: str, seal: Seal, now: datetime, tell: Tell
) -> dict[str, Contents]:
    """What stands in both now. One transaction: a copy that is not whole is none."""
    if await carrying.tables_in(target):
        return await _found_whole(source, target, origin, tell)

    async def work(tx: Transaction) -> dict[str, Contents]:
        await migrate.begin(tx, now)
        contents = await carrying.copy(source, tx, tell)
        if faults := await carrying.differences(source, contents, tx, tell):
            raise Refusal(f"nothing was carried over, the copy differs: {'; '.join(faults)}")
        for key_id, sealed in await carrying.sealed_keys(tx):
            seal.open(sealed, key_id)
        miscounts = [*await followers.recount(tx), *await catalogue.recount(tx)]
        if miscounts:
            tell(
                f"{len(miscounts)} counts of followers or texts are wrong, here as there: "
                "please report it"
            )
        return contents

    return await target.write(work)


async def _found_whole(
    source: Source, target: Database, origin: str, tell: Tell
) -> dict[str, Contents]:
    """A copy that was made, and whose source was not marked any more. Raises Refusal."""
    theirs = None
    if {"instance", "schema_migrations"} <= set(await carrying.tables_in(target)):
        theirs = await instance.find(target) if not await migrate.pending(target) else None
    if theirs is None or theirs.origin != origin:
        raise Refusal(f"the database that --to names is not empty: {NOT_EMPTY}")
    tell("the database holds a copy already: comparing it")
    contents = carrying.contents_of(source)
    if await carrying.differences(source, contents, target, tell):
        raise Refusal(
            f"the database that --to names holds another state of {origin}: if nobody serves it, "
            f"{NOT_EMPTY}"
        )
    return contents
