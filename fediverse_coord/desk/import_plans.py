"""The plan of an import: every text read, completed, and put beside its versions.  ADR 0018.

It is written to a file while it is made, a line for each work, so that a person sees what would
be done before anything is, and decades of texts need no memory. What is here already is counted
and passed over before anything more is asked for it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

from fediverse_coord.desk import import_sources
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.import_sources import Source
from fediverse_coord.errors import Refusal
from fediverse_coord.protocol.times import as2_datetime, parse_as2_datetime
from fediverse_coord.publishing.declarations import Kind
from fediverse_coord.publishing.importing import pages
from fediverse_coord.publishing.importing.entries import (
    Faulty,
    Found,
    Imported,
    Picture,
    identity_of,
    sound,
)
from fediverse_coord.publishing.importing.reading import completed
from fediverse_coord.publishing.importing.versions import Finder, Proposal
from fediverse_coord.storage import imports
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Reader

AT_ONCE = 50
FIELDS = tuple(one.name for one in fields(Imported))
MOST_FAULTS = 1000  # told one by one; the others are counted

Progress = Callable[[int], None]


@dataclass(slots=True)
class Plan:
    """What would be done. `file` has a line for each work, in the order of the source.

    `known` texts came in before; `twice` counts those that the source itself repeats.
    """

    actor_name: str
    file: Path
    works: int = 0
    texts: int = 0
    groups: int = 0
    known: int = 0
    twice: int = 0
    undated: int = 0
    title_only: int = 0
    faulty: int = 0
    faults: list[Faulty] = field(default_factory=list)

    def blame(self, one: Faulty) -> None:
        self.faulty += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(one)

    def proposals(self) -> Iterator[Proposal]:
        """Read back from the file."""
        with self.file.open(encoding="utf-8") as lines:
            yield from (proposal_from(json.loads(line)) for line in lines)


@dataclass(slots=True)
class _Planning:
    """What is needed while the plan is made."""

    desk: Desk
    actor: LocalActor
    source: Source
    undated_at: datetime
    plan: Plan
    out: IO[str]
    finder: Finder = field(default_factory=Finder)
    seen: set[str] = field(default_factory=set)


async def plan_of(
    desk: Desk,
    actor_name: str,
    source: Source,
    *,
    undated: date | None = None,
    progress: Progress = lambda _: None,
) -> Plan:
    """Reads the source, and writes nothing but the plan. Raises Refusal, NotFound.

    `undated` is the day of texts that say none; else it is that of the file, or today.
    """
    actor = await coordination(desk, actor_name)
    plan = Plan(actor.name, source.folder / "plan.jsonl")
    with plan.file.open("w", encoding="utf-8") as out:
        work = _Planning(desk, actor, source, _undated(desk, source, undated), plan, out)
        read: list[Found] = []
        async for one in import_sources.found_in(source, desk.clock()):
            read.append(_public(sound(one), desk.clock()))
            if len(read) >= AT_ONCE:
                await _take_all(work, read)
                progress(plan.texts + plan.known + plan.twice)
                read = []
        await _take_all(work, read)
        for proposal in work.finder.rest():
            _put(work, proposal)
    return plan


def _undated(desk: Desk, source: Source, given: date | None) -> datetime:
    """The end of that day, so that what follows in a list is a little older."""
    path = Path(source.place)
    if given is not None:
        return datetime.combine(given, time(12), UTC)
    if not source.is_remote and path.exists():
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
    return desk.clock().replace(microsecond=0)


def _public(one: Found, now: datetime) -> Found:
    """What is dated in the future is not public yet, wherever it was found."""
    if isinstance(one, Faulty) or one.moment is None or one.moment <= now:
        return one
    told = as2_datetime(one.moment)
    return Faulty(one.place, f"is of a day to come ({told}): change its day, or import it then")


async def _take_all(work: _Planning, read: Sequence[Found]) -> None:
    known = await _known(work, [one for one in read if not isinstance(one, Faulty)])
    for one in read:
        if isinstance(one, Faulty):
            work.plan.blame(one)
        elif one.identity in work.seen:
            work.plan.twice += 1
        elif one.identity in known:
            work.plan.known += 1
        else:
            work.seen.add(one.identity)
            await _take(work, one)


async def _take(work: _Planning, one: Imported) -> None:
    work.plan.texts += 1
    entry = await _whole(work, one)
    kinds = work.actor.profile["policies"]["kinds"] or tuple(Kind)
    entry = completed(entry, work.actor.profile["languages"][0], kinds)
    for proposal in work.finder.take(_placed(work, entry)):
        _put(work, proposal)


async def _known(work: _Planning, read: Sequence[Imported]) -> set[str]:
    """A mere title is known also where its text came in from elsewhere."""
    actor = work.actor.row

    async def look(reader: Reader) -> set[str]:
        return {
            one.identity
            for one in read
            if await imports.is_known(reader, actor, one.identity)
            or (one.is_title_only and await imports.is_known_title(reader, actor, title_hash(one)))
        }

    return await work.desk.db.read(look)


def title_hash(one: Imported) -> str:
    return identity_of(one.title or one.identity)


async def _whole(work: _Planning, one: Imported) -> Imported:
    """With the whole text, where the source leads to it; else as it is, and that is told."""
    if one.more_url is None or not work.source.is_remote:
        return one
    try:
        page, _ = await import_sources.fetched(work.source, one.more_url)
    except Refusal as refusal:
        work.plan.blame(Faulty(one.place, f"has no more than its beginning: {refusal.reason}"))
        return one
    beginning = (one.title or "") if one.is_title_only else one.content
    content = pages.whole_text(page, beginning)
    if one.is_title_only and content:
        content = content.partition("\n\n")[2]
    if not content or (not one.is_title_only and len(content) <= len(one.content)):
        return one
    return replace(one, content=content, is_title_only=False, is_beginning=False)


def _placed(work: _Planning, one: Imported) -> Imported:
    """With a moment: a text without any day stands behind those before it in the list."""
    work.plan.title_only += one.is_title_only
    if one.moment is not None:
        return one
    if one.day is not None:
        moment = datetime.combine(one.day, time(), UTC)
        work.undated_at = min(work.undated_at, moment)
        return replace(one, moment=moment)
    work.plan.undated += 1
    return replace(one, moment=work.undated_at - timedelta(seconds=work.plan.undated))


def _put(work: _Planning, proposal: Proposal) -> None:
    work.plan.works += 1
    work.plan.groups += len(proposal.members) > 1
    value = {"confidence": proposal.confidence, "members": [_row(one) for one in proposal.members]}
    work.out.write(json.dumps(value, ensure_ascii=False) + "\n")


def _row(one: Imported) -> dict[str, object]:
    value: dict[str, object] = {name: getattr(one, name) for name in FIELDS}
    value["pictures"] = [{"name": each.name, "alt": each.alt} for each in one.pictures]
    value["moment"] = as2_datetime(one.moment) if one.moment else None
    value["day"] = one.day.isoformat() if one.day else None
    return value


def proposal_from(value: Any) -> Proposal:
    """One line of a plan."""
    return Proposal(tuple(_entry(one) for one in value["members"]), value["confidence"])


def _entry(value: dict[str, Any]) -> Imported:
    changed = {
        "moment": parse_as2_datetime(value["moment"]),
        "day": date.fromisoformat(value["day"]) if value["day"] else None,
        "pictures": tuple(Picture(**one) for one in value["pictures"]),
        "countries": tuple(value["countries"]),
        "tags": tuple(value["tags"]),
        "fields": tuple((name, given) for name, given in value["fields"]),
    }
    return Imported(**{**value, **changed})
