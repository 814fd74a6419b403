"""What an export holds of a coordination besides its declarations: passages and introductions.

docs/export-format.md. One JSON file each, beside the folders of the years; nothing where there is
none. They come back before the declarations, which hold the passages.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.export_folders import as_json, exactly
from fediverse_coord.desk.export_reading import list_of
from fediverse_coord.errors import Conflict, FieldFault, Refusal
from fediverse_coord.protocol.times import parse_as2_datetime
from fediverse_coord.publishing import introductions as pages
from fediverse_coord.publishing.introductions import Place
from fediverse_coord.publishing.passages import read, slug_faults
from fediverse_coord.storage import introductions, passages
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.introductions import Introduction
from fediverse_coord.storage.passages import Passage

PASSAGES, INTRODUCTIONS = "passages.json", "introductions.json"
PORTION = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Beside:
    """What the files say; rows are numbered by whoever writes them."""

    passages: tuple[Passage, ...] = ()
    introductions: tuple[Introduction, ...] = ()


async def write(desk: Desk, actor: LocalActor, folder: Path) -> None:
    """Raises OSError."""
    for name, told in (
        (PASSAGES, await _passages(desk.db, actor)),
        (INTRODUCTIONS, await _introductions(desk.db, actor)),
    ):
        if told:
            (folder / name).write_bytes(as_json(told))


async def _passages(reader: Reader, actor: LocalActor) -> Sequence[Mapping[str, object]]:
    told, after = list[dict[str, object]](), 0
    while page := await passages.page(reader, actor.row, after=after, limit=PORTION):
        told += [_passage(one) for one in page]
        after = page[-1].row
    return sorted(told, key=lambda one: str(one["id"]))


def _passage(one: Passage) -> dict[str, object]:
    return {
        "id": one.slug,
        "texts": dict(one.texts),
        "source": one.origin.as_fields(),
        "revision": one.revision,
        "created": exactly(one.created_at),
        "updated": exactly(one.updated_at),
    }


async def _introductions(reader: Reader, actor: LocalActor) -> Sequence[Mapping[str, object]]:
    told, after = list[dict[str, object]](), 0
    while page := await introductions.page(reader, actor.row, after=after, limit=PORTION):
        told += [_introduction(one) for one in page]
        after = page[-1].row
    return told


def _introduction(one: Introduction) -> dict[str, object]:
    return {
        "subject": str(one.place.subject),
        "name": one.place.name,
        "texts": dict(one.texts),
        "revision": one.revision,
        "updated": exactly(one.updated_at),
    }


# --- and back -----------------------------------------------------------------------------


def read_from(folder: Path) -> Beside:
    """Raises Refusal naming the file and the entry."""
    return Beside(
        tuple(_entries(folder / PASSAGES, _passage_from)),
        tuple(_entries(folder / INTRODUCTIONS, _introduction_from)),
    )


def _entries(path: Path, made: Callable[[Any], T]) -> Iterator[T]:
    for number, one in enumerate(list_of(path), start=1):
        try:
            yield made(one)
        except Refusal as refusal:
            raise Refusal(f"{path}, entry {number}: {refusal.reason}") from None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"{path}, entry {number}: is not what an export writes: {error!r}"
            raise Refusal(reason[:300]) from None


def _passage_from(one: Mapping[str, Any]) -> Passage:
    wording, faults = read({"texts": one["texts"], "source": one["source"]})
    _check([*slug_faults(one["id"]), *faults])
    return Passage(
        0,
        one["id"],
        wording.texts,
        wording.origin,
        int(one["revision"]),
        _moment(one["created"]),
        _moment(one["updated"]),
    )


def _introduction_from(one: Mapping[str, Any]) -> Introduction:
    place, faults = pages.place(one["subject"], one["name"])
    texts, more = pages.read({"texts": one["texts"]})
    _check([*faults, *more])
    return Introduction(0, _placed(place), texts, int(one["revision"]), _moment(one["updated"]))


def _placed(place: Place | None) -> Place:
    if place is None:
        raise ValueError("no page is about that")
    return place


def _check(faults: Sequence[FieldFault]) -> None:
    if faults:
        raise Refusal("; ".join(f"{one.field} {one.reason}" for one in faults))


def _moment(text: str) -> datetime:
    found = parse_as2_datetime(text)
    if found is None:
        raise ValueError(f"{text!r} is no moment")
    return found


async def put(tx: Transaction, actor: LocalActor, beside: Beside) -> None:
    """Raises Conflict where the coordination has passages or introductions already."""
    await passages.hold(tx, actor.row)
    await introductions.hold(tx, actor.row)
    if (beside.passages and await passages.page(tx, actor.row, limit=1)) or (
        beside.introductions and await introductions.page(tx, actor.row, limit=1)
    ):
        raise Conflict(
            f"'{actor.name}' has passages or introductions here: an export comes back to none alone"
        )
    for passage in beside.passages:
        await passages.put(tx, actor.row, passage, passage.updated_at)
    for one in beside.introductions:
        await introductions.put(tx, actor.row, one.place, one.texts, one.revision, one.updated_at)
