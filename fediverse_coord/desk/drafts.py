"""Drafts: found, made, and saved anew.  INTERFACE: the coordinators' API.

What is saved starts from the revision the person saw: where somebody else was faster it is refused
as stale, and nobody's text is lost. What an edit changes is decided in `edits` and `wholes`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fediverse_coord.desk import (
    agreement,
    composing,
    confidential,
    illustrating,
    inserting,
    page_addresses,
)
from fediverse_coord.desk.composing import People
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import MAY, Duty, Person, require
from fediverse_coord.errors import ConfigError, FieldFault, NotFound, Refusal, Stale
from fediverse_coord.outgoing.publish import Reached, Release, write_release, write_revision
from fediverse_coord.publishing.bystanders import (
    Bystanders,
    agrees,
    bystanders,
    mark_of,
    newly_named,
)
from fediverse_coord.publishing.declarations import (
    Declaration,
    Draft,
    InvalidDraft,
    State,
    Version,
    Visibility,
)
from fediverse_coord.storage import (
    amendments,
    audit,
    corrections,
    declaration_lists,
    declarations,
    named,
)
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.declarations import Work


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved, and what the person should know about it; `named` are others it may name."""

    work: Work
    warnings: tuple[str, ...] = ()
    amendment: str | None = None  # key of the edit that waits for others; the work is as it was
    named: tuple[Bystanders, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """All of it, in sentences."""
        return (*self.warnings, *(one.told for one in self.named))

    @property
    def waits(self) -> bool:
        return self.amendment is not None


class Unsure(Refusal):
    """The edit goes out and may name people. Who made sure sends it again with `mark`."""

    def __init__(self, named: tuple[Bystanders, ...]) -> None:
        super().__init__("make sure with whom the text names, or take the names out")
        self.named, self.mark = named, mark_of(named)


LOOK = "look at names"  # in the audit
OPEN = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})
GOES_OUT = frozenset({State.PUBLISHED, State.SCHEDULED})


async def find(desk: Desk, person: Person, key: str, duty: Duty = Duty.LOOK) -> Work:
    """The declaration. Raises NotFound, or NotAllowed where the person may not."""
    work = await declarations.by_key(desk.db, key)
    if work is None:
        raise NotFound(f"there is no declaration '{key}'; `list` shows those that are")
    require_for(person, work, duty)
    return work


def require_for(person: Person, work: Work, duty: Duty) -> None:
    """Answers are the moderators' too; those to their mailbox are theirs alone, even to read."""
    is_answer = work.declaration.in_reply_to is not None
    closed = work.declaration.visibility not in OPEN
    moderators = is_answer and (closed or person.role in MAY[Duty.MODERATE])
    require(person, Duty.MODERATE if moderators else duty, work.actor_name)


async def page(
    desk: Desk,
    person: Person,
    actor_name: str,
    *,
    state: str = "",
    kind: str = "",
    language: str = "",
    words: str = "",
    before: int = 2**62,
    limit: int = 50,
) -> list[Work]:
    """What the person may look at, newest first, below the cursor row."""
    require(person, Duty.LOOK, actor_name)
    actor = await coordination(desk, actor_name)
    return await declaration_lists.page(
        desk.db,
        actor.row,
        state=state,
        kind=kind,
        language=language,
        words=words,
        before=before,
        limit=limit,
        mailbox=person.role in MAY[Duty.MODERATE],
    )


async def create(
    desk: Desk,
    person: Person,
    actor_name: str,
    fields: Mapping[str, object],
    *,
    translations: Sequence[Mapping[str, object]] = (),
    publish: bool = False,
) -> Saved:
    """A new draft, or at once a published declaration, with all its languages or not at all.

    Raises InvalidDraft, NotAllowed.
    """
    require(person, Duty.PUBLISH if publish else Duty.DRAFT, actor_name)
    actor = await coordination(desk, actor_name)
    draft, others = composing.checked_work(actor, fields, translations)
    people = await composing.people_in(desk, draft.source, *(one.source for one in others))
    return await make(desk, person, actor, draft, people, others=others, publish=publish)


async def check(
    desk: Desk,
    actor_name: str,
    fields: Mapping[str, object],
    translations: Sequence[Mapping[str, object]] = (),
) -> None:
    """Whether they would make a draft. Raises InvalidDraft, Refusal where passages are unknown."""
    actor = await coordination(desk, actor_name)
    draft, others = composing.checked_work(actor, fields, translations)
    await inserting.all_filled(desk, actor, (draft, *others))


async def make(
    desk: Desk,
    person: Person,
    actor: LocalActor,
    draft: Draft,
    people: People,
    *,
    others: Sequence[Draft] = (),
    publish: bool,
) -> Saved:
    now, key = desk.clock(), desk.new_key()
    draft, *others = await inserting.all_filled(desk, actor, (draft, *others))
    draft = confidential.protected(desk, key, draft)
    slug = await page_addresses.free_slug(desk.db, actor, draft, key)
    declaration, made = composing.composed(desk, actor, (draft, *others), people, key, slug)
    declaration = await illustrating.illustrated(desk, declaration, draft.hero)
    confidential.not_in_texts(desk, declaration, *others)
    confidential.not_beside_texts(desk, declaration, ())
    if publish:
        declaration = declaration.readied()
        confidential.require_cleared(declaration, actor)
        inserting.require_spoken(declaration.releasing())
    work = _new_work(actor, declaration, now)
    reached = people.reached(made.mentions)
    release = desk.publisher.released(work, reached, now) if publish else None

    async def write(tx: Transaction) -> Work:
        free = await page_addresses.free_slug(tx, actor, draft, key)
        if free != slug:
            raise Stale("another declaration took the same address at this moment; send it again")
        row = await declarations.insert(tx, actor.row, declaration, person.row, now)
        await named.put(tx, row, people.rows(made.mentions))
        await audit.record(tx, person.row, "create", f"declaration:{key}", now)
        if release is None:
            return replace(work, row=row)
        ready = replace(release, work=replace(release.work, row=row))
        await write_release(tx, ready, person.row, now)
        await audit.record(tx, person.row, "publish", f"declaration:{key}", now)
        return ready.work

    saved = await desk.db.write(write)
    desk.wake()
    told = warnings_of(people, release, saved.declaration)
    return Saved(saved, told, named=bystanders(actor.profile, declaration))


def _new_work(actor: LocalActor, declaration: Declaration, now: datetime) -> Work:
    return Work(
        row=0,
        actor=actor.row,
        actor_name=actor.name,
        declaration=declaration,
        created_at=now,
        saved_at=now,
        scheduled_at=None,
        pinned_at=None,
        reason=None,
        keeps_text=False,
        corrected_at=None,
        url_revision=0,
    )


def warnings_of(
    people: People | None, release: Release | None, saved: Declaration | None = None
) -> tuple[str, ...]:
    told = [
        f"{handle} could not be found and stays plain text"
        for handle in (people.missing if people else ())
    ]
    if release is not None and release.left_out:
        languages = ", ".join(release.left_out)
        told.append(f"too long to deliver in every language; served on its own id: {languages}")
    return (*told, *(inserting.warnings(saved) if saved else ()))


async def save(
    desk: Desk,
    person: Person,
    before: Work,
    after: Work,
    people: People,
    mentions: tuple[str, ...],
    *,
    revision: int | None,
    sure: str | None = None,
) -> Saved:
    """Writes an edit, and where the declaration is published what tells others of it.

    Whom it may name is told afterwards, or where `sure` is given asked before: see `Unsure`.
    """
    unchanged(before, revision)
    told = after.corrections[len(before.corrections) :]
    confidential.not_beside_texts(desk, after.declaration, told, before.corrections)
    agreed = None
    actor = await coordination(desk, before.actor_name)
    named = bystanders(actor.profile, after.declaration, before.declaration.released, told)
    if after.declaration.state is State.PUBLISHED and _goes_out(before, after):
        confidential.require_cleared(after.declaration, actor)
        inserting.require_spoken(after.declaration)
        _require_sure(actor, before, after, sure)
        agreed = await agreement.of(desk, person, before, after, mentions)
        if agreed is not None and agreed.missing:
            await _tell_of_looks(desk, person, before, after)
            return Saved(before, (agreed.told,), agreed.key, named)
    elif after.declaration.state is State.SCHEDULED:
        _require_sure(actor, before, after, sure)
    fulfilled = agreed.row if agreed else None
    await _tell_of_looks(desk, person, before, after)
    saved = await _write(desk, person, before, after, people, mentions, fulfilled)
    return replace(saved, named=named)


async def _tell_of_looks(desk: Desk, person: Person, before: Work, after: Work) -> None:
    """Whoever lets a sealed name be shown in full reads it from then on, and that is a look."""
    was, now = before.declaration.signatories, after.declaration.signatories
    if was == now or not any(who.sealed for who in was):
        return
    try:
        names = set(confidential.names_of(desk, before.declaration).values())
    except ConfigError:  # nor can the edit have opened one
        return
    if any(who.sealed is None and who.name in names for who in now):
        await record_look(desk, person, before)


async def record_look(desk: Desk, person: Person, work: Work) -> None:
    """Writes down that the person sees sealed names of it, before anything is shown."""
    now, subject = desk.clock(), f"declaration:{work.declaration.key}"
    await desk.db.write(lambda tx: audit.record(tx, person.row, LOOK, subject, now))


def _require_sure(actor: LocalActor, before: Work, after: Work, sure: str | None) -> None:
    if sure is None:
        return
    told = after.corrections[len(before.corrections) :]
    asked = newly_named(actor.profile, before.declaration, after.declaration, told)
    if not agrees(sure, asked):
        raise Unsure(asked)


async def _write(
    desk: Desk,
    person: Person,
    before: Work,
    after: Work,
    people: People,
    mentions: tuple[str, ...],
    fulfilled: int | None,
) -> Saved:
    """The edit, and with it the amendment that is `fulfilled` by it."""
    now, told = desk.clock(), after.corrections[len(before.corrections) :]
    published = after.declaration.state is State.PUBLISHED and _goes_out(before, after)
    reached = people.reached(mentions)
    sent = published and before.imported_at is None
    release = desk.publisher.revised(after, reached, now) if sent else None

    async def write(tx: Transaction) -> Work:
        await guard(tx, before)
        await _free_for(tx, after)
        if release is None:
            await declarations.save(tx, after, person.row, now)
        else:
            await write_revision(tx, release, person.row, now)
        for one in told:
            await corrections.insert(tx, before.row, one)
        await named.put(tx, before.row, people.rows(mentions))
        if fulfilled is not None:
            await amendments.drop(tx, fulfilled)
        subject = f"declaration:{before.declaration.key}"
        await audit.record(tx, person.row, "update", subject, now)
        return release.work if release else after

    saved = await desk.db.write(write)
    desk.wake()
    return Saved(saved, warnings_of(people, release, saved.declaration))


def _goes_out(before: Work, after: Work) -> bool:
    """Whether an edit changes what readers see: a version that is still a draft does not."""
    same = replace(after.declaration.released, revision=before.declaration.revision)
    return same != before.declaration.released or after != replace(
        before, declaration=after.declaration
    )


def unchanged(work: Work, revision: int | None) -> None:
    """Raises Stale where the person saw another revision."""
    if revision is not None and revision != work.declaration.revision:
        raise Stale("somebody changed this meanwhile: read it again, then repeat your change")


async def guard(tx: Transaction, seen: Work) -> None:
    """Inside the transaction: nobody was faster, nor will be. Raises Stale."""
    await declarations.hold(tx, seen.row)
    now = await declarations.by_row(tx, seen.row)
    if now is None or now.declaration != seen.declaration:
        raise Stale("somebody changed this meanwhile: read it again, then repeat your change")


async def _free_for(tx: Reader, after: Work) -> None:
    slug = after.declaration.slug
    if not await declarations.slug_is_free(tx, after.actor, slug, after.row):
        reason = f"'{slug}' is the address of another declaration; choose another"
        raise InvalidDraft(f"slug {reason}", faults=[FieldFault("slug", reason)])


async def reached_by(reader: Reader, work: Work) -> tuple[Reached, ...]:
    """Whom the saved text names, from rows."""
    rows = await named.of(reader, work.row)
    return tuple(Reached(row["handle"], row["actor_id"], row["inbox_url"]) for row in rows)


def language_version(one: Declaration, language: str) -> Version:
    """Raises NotFound naming the languages there are."""
    found = one.version(language)
    if found is None:
        known = ", ".join(version.language for version in one.versions)
        raise NotFound(f"there is no version in '{language}'; there are: {known}")
    return found
