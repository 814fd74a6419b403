"""The files of media carried to another place, and whether all are there.  docs/scaling.md.

Every file that a row tells of is read where it lies, held against the hash that is its name, put
into the new place and read back from there. Nothing is taken away, so that it can be stopped,
and run again, while the server serves; what is there already is only looked at. Where new files
go is a setting that a person changes afterwards (`stores`). Pictures of coordinations stay: each
machine makes them from the coordinations' files (ADR 0028).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from fediverse_coord.config import Config
from fediverse_coord.desk import stores
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.desk.profiles import pictures_in
from fediverse_coord.errors import MediaUnavailable
from fediverse_coord.storage import actors, audit, media
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.shelf import KEPT, Store, is_whole

AT_ONCE: Final = 4  # files in memory
FAR: Final = timedelta(days=36_500)

Progress = Callable[[int, int], None]
"""Hears how many files were looked at, and of how many."""


@dataclass(slots=True)
class Carried:
    """What is in the new place now; `missing` and `broken` were nowhere as their names say."""

    place: str
    carried: int = 0
    there: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def looked_at(self) -> int:
        return self.carried + self.there + len(self.missing) + len(self.broken)


@dataclass(slots=True)
class Checked:
    """`strays` are files that no row tells of, by place; `fresh` of them are not a day old.

    `unmade` are pictures of coordinations that this machine has to make from their files.
    """

    files: int = 0
    missing: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    unmade: list[str] = field(default_factory=list)
    strays: dict[str, list[str]] = field(default_factory=dict)
    fresh: int = 0


async def move(
    desk: Desk, config: Config, person: Person, place: str, progress: Progress
) -> Carried:
    """Everything into that place. Raises NotAllowed, ConfigError, MediaUnavailable."""
    require(person, Duty.ADMINISTER, None)
    target = stores.store_at(config, place)
    made, seen, before = Carried(str(target)), set[str](), -1
    whole = await media.count_names(desk.db)
    while len(seen) > before:  # what was taken in meanwhile comes in the next round
        before = len(seen)
        async for names in _portions(desk):
            new = [name for name in names if name not in seen]
            seen.update(new)
            for some in _handfuls(new):
                await asyncio.gather(
                    *(asyncio.to_thread(_carried, desk.shelf, target, one, made) for one in some)
                )
                progress(made.looked_at, whole)
    now = desk.clock()

    async def write(tx: Transaction) -> None:
        await audit.record(tx, person.row, "carry", f"media:{target}", now)

    await desk.db.write(write)
    return made


def _carried(source: Store, target: Store, name: str, made: Carried) -> None:
    try:
        if _lies_whole(target, name):
            made.there += 1
            return
        content = source.read(name)
        if content is None:
            made.missing.append(name)
        elif not is_whole(name, content):
            made.broken.append(name)
        else:
            target.remove([name])  # what lies there under its name is something else
            target.put(name, content)
            if not _lies_whole(target, name):
                raise MediaUnavailable(f"{target} gives back {name} otherwise than it got it")
            made.carried += 1
            made.bytes += len(content)
    except OSError as error:
        raise MediaUnavailable(f"{name}: {error.strerror or error}") from None


def _lies_whole(place: Store, name: str) -> bool:
    content = place.read(name)
    return content is not None and is_whole(name, content)


async def check(
    desk: Desk, person: Person, progress: Progress, *, contents: bool = False
) -> Checked:
    """What is missing or too much; with `contents`, also what is not what its name says."""
    require(person, Duty.ADMINISTER, None)
    made, whole = Checked(), await media.count_names(desk.db)
    async for names in _portions(desk):
        for some in _handfuls(names):
            await asyncio.gather(
                *(asyncio.to_thread(_looked_at, desk.shelf, one, made, contents) for one in some)
            )
            made.files += len(some)
            progress(made.files, whole)
    made.unmade = await _unmade(desk)
    for place in desk.shelf.places:
        strays, fresh = await _strays(desk, place, desk.clock())
        if strays:
            made.strays[str(place)] = strays
        made.fresh += fresh
    return made


async def _unmade(desk: Desk) -> list[str]:
    every = [one for one in await actors.all_actors(desk.db) if not one.retired]
    names = dict.fromkeys(name for one in every for name in pictures_in(one.profile))
    return [name for name in names if await asyncio.to_thread(desk.shelf.size, name) is None]


def _looked_at(place: Store, name: str, made: Checked, contents: bool) -> None:
    try:
        if place.size(name) is None:
            made.missing.append(name)
        elif contents and not _lies_whole(place, name):
            made.broken.append(name)
    except OSError as error:
        raise MediaUnavailable(f"{name}: {error.strerror or error}") from None


async def _strays(desk: Desk, place: Store, now: datetime) -> tuple[list[str], int]:
    """Those that a round of clearing takes, and how many may still be on their way in."""
    every = [name async for name in _without_row(desk, place, now + FAR)]
    old = [name async for name in _without_row(desk, place, now - KEPT)]
    return old, len(set(every) - set(old))


async def _without_row(desk: Desk, place: Store, before: datetime) -> AsyncIterator[str]:
    after = ""
    while names := await asyncio.to_thread(place.old, before, after):
        for name in names:
            if not await media.has_file(desk.db, name):
                yield name
        after = names[-1]


async def _portions(desk: Desk) -> AsyncIterator[Sequence[str]]:
    after = ""
    while names := await media.names(desk.db, after):
        yield names
        after = names[-1]


def _handfuls(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))
