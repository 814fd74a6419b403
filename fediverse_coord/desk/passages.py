"""Passages: listed, read, written in all their languages, deleted while no text holds them.

INTERFACE: passages, ADR 0022. Writing one changes no text: what texts hold is `inserting`'s, and
`uses` says which hold other words than the passage has now.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fediverse_coord.desk import inserting
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.drafts import OPEN, require_for
from fediverse_coord.desk.lookups import key_of
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import Conflict, FieldFault, NotAllowed, NotFound, Refusal, Stale
from fediverse_coord.publishing.markdown import passages_in, pictures_in
from fediverse_coord.publishing.passages import Origin, Wording, read, slug_faults
from fediverse_coord.storage import audit, declarations, passages
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.passages import Passage

MOST = 200
CHANGED = "somebody changed this passage meanwhile: read it again, then repeat your change"


@dataclass(frozen=True, slots=True)
class Use:
    """A version that holds the passage; `is_older` where it has other words now."""

    work: Work
    language: str
    is_older: bool


async def page(
    desk: Desk, person: Person, actor_name: str, *, after: int = 0, limit: int = 50
) -> tuple[list[Passage], int | None]:
    """By their ids, behind the cursor; and the cursor of what follows. Raises NotFound."""
    require(person, Duty.LOOK, actor_name)
    actor = await coordination(desk, actor_name)
    most = min(max(limit, 1), MOST)
    found = await passages.page(desk.db, actor.row, after=after, limit=most + 1)
    return found[:most], found[most - 1].row if len(found) > most else None


async def find(
    desk: Desk, person: Person, actor_name: str, slug: str, duty: Duty = Duty.LOOK
) -> Passage:
    """Raises NotFound, NotAllowed."""
    require(person, duty, actor_name)
    return await _found(desk, await coordination(desk, actor_name), slug)


async def _found(desk: Desk, actor: LocalActor, slug: str) -> Passage:
    found = await passages.by_slug(desk.db, actor.row, slug)
    if found is None:
        raise NotFound(f"there is no passage '{slug[:80]}'; `passages list` shows those that are")
    return found


async def put(
    desk: Desk,
    person: Person,
    actor_name: str,
    slug: str,
    fields: Mapping[str, object],
    *,
    revision: int | None = None,
) -> Passage:
    """A new passage, or its words from now on: `texts` by language, the first standing for those
    that are missing, and `source` (`name` with `url`, or `declaration`).

    Raises Refusal naming every faulty field, Stale, NotFound, NotAllowed.
    """
    require(person, Duty.DRAFT, actor_name)
    actor = await coordination(desk, actor_name)
    wording = await _checked(desk, person, actor, slug, fields)
    now = desk.clock()

    async def work(tx: Transaction) -> None:
        await passages.hold(tx, actor.row)
        known = await passages.by_slug(tx, actor.row, slug)
        if revision is not None and (known is None or known.revision != revision):
            raise Stale(CHANGED)
        one = known or Passage(0, slug, {}, Origin(), 0, now, now)
        if (dict(one.texts), one.origin) == (dict(wording.texts), wording.origin):
            return
        changed = replace(
            one, texts=wording.texts, origin=wording.origin, revision=one.revision + 1
        )
        await passages.put(tx, actor.row, changed, now)
        subject = f"passage:{actor.name}/{slug}"
        await audit.record(tx, person.row, "update" if known else "create", subject, now)

    await desk.db.write(work)
    return await _found(desk, actor, slug)


async def _checked(
    desk: Desk, person: Person, actor: LocalActor, slug: str, fields: Mapping[str, object]
) -> Wording:
    wording, faults = read(fields)
    faults = [*slug_faults(slug), *faults, *_within(wording)]
    origin = wording.origin
    if origin.declaration:
        key = await _key(desk, person, actor, origin.declaration)
        wording = replace(wording, origin=replace(origin, declaration=key))
        if key is None:
            reason = f"is no declaration of {actor.name}: name it by its id, its page or its key"
            faults.append(FieldFault("source.declaration", reason))
    if faults:
        told = "; ".join(f"{one.field} {one.reason}" for one in faults)
        raise Refusal(told, faults=faults)
    return wording


def _within(wording: Wording) -> list[FieldFault]:
    """What only texts can hold."""
    faults = []
    for language, text in wording.texts.items():
        if pictures_in(text):
            reason = "shows a picture: put pictures into the texts that hold the passage"
            faults.append(FieldFault(f"texts.{language}", reason))
        if passages_in(text):
            reason = "names a passage: a passage cannot hold another"
            faults.append(FieldFault(f"texts.{language}", reason))
    return faults


async def _key(desk: Desk, person: Person, actor: LocalActor, named: str) -> str | None:
    """The declaration's key, where it is one that the person may look at."""
    try:
        work = await declarations.by_key(desk.db, await key_of(desk, named))
        if work is None or work.actor != actor.row:
            return None
        require_for(person, work, Duty.LOOK)
    except (NotFound, NotAllowed):
        return None
    return work.declaration.key


async def delete(
    desk: Desk, person: Person, actor_name: str, slug: str, *, revision: int | None = None
) -> None:
    """Raises Conflict while a text holds it, Stale, NotFound, NotAllowed."""
    require(person, Duty.DRAFT, actor_name)
    actor = await coordination(desk, actor_name)
    now = desk.clock()

    async def work(tx: Transaction) -> None:
        await passages.hold(tx, actor.row)
        known = await passages.by_slug(tx, actor.row, slug)
        if known is None:
            raise NotFound(f"there is no passage '{slug[:80]}'")
        if revision is not None and known.revision != revision:
            raise Stale(CHANGED)
        if not await passages.drop(tx, known.row):
            raise Conflict(
                f"{known.uses} texts hold the passage '{slug}': take it out of them first, "
                "`passages uses` names them"
            )
        subject = f"passage:{actor.name}/{slug}"
        await audit.record(tx, person.row, "delete", subject, now)

    await desk.db.write(work)


async def uses(
    desk: Desk,
    person: Person,
    actor_name: str,
    slug: str,
    *,
    before: int | None = None,
    limit: int = 50,
) -> tuple[list[Use], int | None]:
    """Which versions hold it, the latest declarations first; and the cursor of what follows.

    Letters that only moderators may read are left out for others.
    """
    known = await find(desk, person, actor_name, slug)
    most = min(max(limit, 1), MOST)
    rows = await passages.uses(desk.db, known.row, before=before or 2**62, limit=most + 1)
    works = list(dict(rows))
    shown = [one for one in rows if one[0] in works[:most]]
    found = [await _use(desk, person, known, row, language) for row, language in shown]
    following = works[most - 1] if len(works) > most else None
    return [one for one in found if one is not None], following


async def _use(desk: Desk, person: Person, known: Passage, row: int, language: str) -> Use | None:
    work = await declarations.by_row(desk.db, row)
    version = work.declaration.version(language) if work else None
    held = [one for one in version.inserted if one.slug == known.slug] if version else []
    if work is None or not held or not _may_see(person, work):
        return None
    return Use(work, language, inserting.is_older(held[0], {known.slug: known}, language))


def _may_see(person: Person, work: Work) -> bool:
    if work.declaration.visibility in OPEN:
        return True
    try:
        require_for(person, work, Duty.LOOK)
    except NotAllowed:
        return False
    return True
