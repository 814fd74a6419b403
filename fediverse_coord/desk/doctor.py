"""How a server is, seen from inside: settings, key file, disk, database, queues, keys, files.

Each check says its state, what was found, what follows from it and what to do. What others
would see is `doctor_outside`'s, the store of media `doctor_media`'s.
"""

import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from fediverse_coord.config import LOOPBACK, Config
from fediverse_coord.desk.coordinations import Applied
from fediverse_coord.desk.desk import Desk
from fediverse_coord.errors import CoordError, StorageUnavailable
from fediverse_coord.protocol.keys import public_keys_in, public_pem
from fediverse_coord.protocol.sealing import is_protected
from fediverse_coord.protocol.wire import loads
from fediverse_coord.storage import actors, deliveries, inbox, instance, snapshot
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction, is_postgres

LITTLE_ROOM, NO_ROOM = 1_000_000_000, 100_000_000
OVERDUE = timedelta(minutes=5)


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report. Consequence and remedy are empty where all is well."""

    name: str
    state: State
    finding: str
    consequence: str = ""
    remedy: str = ""


def ok(name: str, finding: str) -> Check:
    return Check(name, State.OK, finding)


def warn(name: str, finding: str, consequence: str, remedy: str) -> Check:
    return Check(name, State.WARN, finding, consequence, remedy)


def fail(name: str, finding: str, consequence: str, remedy: str) -> Check:
    return Check(name, State.FAIL, finding, consequence, remedy)


def of_settings(config: Config) -> list[Check]:
    """What can be said without opening anything."""
    return [_settings(config), _key_file(config), _disk(config), _database(config)]


async def of_rows(desk: Desk, applied: Applied) -> list[Check]:
    """What the open database says. Raises StorageUnavailable."""
    return [
        await _writable(desk),
        await _sending(desk),
        await _queue(desk),
        await _parked(desk),
        await _keys(desk),
        _files(applied),
    ]


def not_started(error: CoordError) -> Check:
    """Opening it as `serve` does failed."""
    return fail("start", str(error), "the server does not start", "do what that sentence says")


def _settings(config: Config) -> Check:
    server = config.server
    if config.is_development:
        return ok("settings", f"no config.toml: for development, as {server.origin}")
    if server.host not in LOOPBACK and not config.is_local:
        return warn(
            "settings",
            f"it listens on {server.host}, which more than the proxy may reach",
            "passwords and tokens could travel unencrypted",
            'write server.host = "127.0.0.1", or close the port to the outside',
        )
    return ok("settings", f"{server.origin}, listening on {server.host}:{server.port}")


def _key_file(config: Config) -> Check:
    path = config.path(config.server.key_file)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        return fail(
            "key file",
            f"{path}: {error.strerror}",
            "no key opens: nothing can be signed and the followers are lost",
            "put back the key file from a backup",
        )
    if mode & 0o077:
        return fail(
            "key file",
            f"{path} can be read by others on this machine ({mode:04o})",
            "whoever has it and the database can speak in your name",
            f"chmod 600 {path}",
        )
    return ok("key file", f"{path}, readable by its owner only{_locked(path)}")


def _locked(path: Path) -> str:
    try:
        return ", protected with a passphrase" if is_protected(path.read_text("ascii")) else ""
    except (OSError, UnicodeDecodeError):
        return ""  # what is wrong with it is seen at the start


def _disk(config: Config) -> Check:
    if is_postgres(config.database_url):
        return ok("disk", "PostgreSQL looks after its own")
    folder = snapshot.file_of(config.database_url).parent
    if not folder.is_dir():
        return ok("disk", "nothing is kept yet")
    free = shutil.disk_usage(folder).free
    found = f"{free // 1_000_000} MB are free for {folder}"
    if free >= LITTLE_ROOM:
        return ok("disk", found)
    remedy = "make room, or move the server to a larger disk"
    if free >= NO_ROOM:
        return warn("disk", found, "when it is full, every answer is 503", remedy)
    return fail("disk", found, "soon every answer is 503 and nothing is taken in", remedy)


def _database(config: Config) -> Check:
    if is_postgres(config.database_url):
        return ok("database", "PostgreSQL, asked below")
    file = snapshot.file_of(config.database_url)
    if not file.exists():
        return warn(
            "database",
            f"there is none at {file}",
            "the next start makes a new one, whose new keys no follower knows",
            "start the server for the first time, or put the old one back",
        )
    try:
        known = snapshot.examine(file)
    except StorageUnavailable as error:
        return fail(
            "database",
            str(error),
            "every answer is 503",
            "stop the server and restore the last backup",
        )
    return ok("database", f"{file} is whole and belongs to {known.origin}")


async def _writable(desk: Desk) -> Check:
    async def rewrite(tx: Transaction) -> None:
        found = await instance.find(tx)
        await instance.set_sending(tx, on=found is not None and found.sending)

    try:
        await desk.db.write(rewrite)
    except StorageUnavailable as error:
        return fail(
            "writing",
            str(error),
            "nothing can be published or taken in",
            "see who holds the database and whether the disk is full or read-only",
        )
    return ok("writing", "the database can be written to")


async def _sending(desk: Desk) -> Check:
    found = await instance.find(desk.db)
    if found is not None and not found.sending:
        return warn(
            "sending",
            "held since the backup was restored",
            "it receives, and sends nothing",
            "when the old machine is off: fediverse-coord resume",
        )
    return ok("sending", "on")


async def _queue(desk: Desk) -> Check:
    depth, oldest = await deliveries.queue(desk.db)
    due, now = await deliveries.next_due(desk.db), desk.clock()
    found = f"{depth} deliveries wait" + (
        f", the oldest since {_ago(oldest, now)}" if oldest else ""
    )
    known = await instance.find(desk.db)
    if due is not None and now - due > OVERDUE and known is not None and known.sending:
        return fail(
            "queue",
            f"{found}; the next has been due for {_ago(due, now)}",
            "followers get nothing",
            "start `serve`, or `work` where `serve --no-work` runs; then look into the log",
        )
    return ok("queue", found)


def _ago(moment: datetime, now: datetime) -> str:
    minutes = max(0, int((now - moment).total_seconds() // 60))
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


async def _parked(desk: Desk) -> Check:
    rows = await inbox.parked(desk.db)
    if not rows:
        return ok("inbox", "everything that came in was handled")
    types = ", ".join(sorted({one.type for one in rows}))
    return warn(
        "inbox",
        f"{len(rows)} activities failed five times ({types}): {rows[-1].fault}",
        "they had no effect here",
        "look into the log for the reason, and report it if it is a fault of the program",
    )


async def _keys(desk: Desk) -> Check:
    """That they open was seen when the keyring was loaded."""
    everyone = [one for one in await actors.all_actors(desk.db) if not one.retired]
    differing = [one.name for one in everyone if not _matches(desk, one)]
    if differing:
        return fail(
            "keys",
            f"the actor document of {', '.join(differing)} shows other keys than those that sign",
            "other servers refuse what it sends",
            "fediverse-coord keys rotate --actor NAME makes them agree again",
        )
    return ok("keys", f"the keys of {len(everyone)} actors open and are the published ones")


def _matches(desk: Desk, actor: LocalActor) -> bool:
    published = {one.key_id: public_pem(one.key) for one in public_keys_in(loads(actor.document))}
    ours = desk.publisher.keyring.public(actor.name, actor.actor_id)
    return all(published.get(one.key_id) == public_pem(one.key) for one in ours)


def _files(applied: Applied) -> Check:
    if applied.warnings:
        return warn(
            "coordinations",
            "; ".join(applied.warnings),
            "what the files say is not what others see",
            "do what that sentence says, then restart",
        )
    return ok("coordinations", "every coordination has its file")


def worst(checks: Sequence[Check]) -> State:
    """The worst of the states."""
    order = list(State)
    return max((one.state for one in checks), key=order.index, default=State.OK)
