"""Drafts: made, edited, answered with; and edits of what is already published.

INTERFACE: the coordinators' API. An edit starts from the revision the person saw: where
somebody else was faster it is refused as stale, and nobody's text is lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fediverse_coord.desk import agreement, composing, confidential, correcting, illustrating
from fediverse_coord.desk.composing import People
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import MAY, Duty, Person, require
from fediverse_coord.errors import FieldFault, NotFound, Stale
from fediverse_coord.outgoing.publish import Reached, Release, write_release, write_revision
from fediverse_coord.publishing.declarations import (
    Declaration,
    Draft,
    Form,
    InvalidDraft,
    State,
    Verb,
    Version,
    Visibility,
    next_state,
)
from fediverse_coord.storage import (
    audit,
    corrections,
    declaration_lists,
    declarations,
)
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.declarations import Work


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved, and what the person should know about it."""

    work: Work
    warnings: tuple[str, ...] = ()
    waits: bool = False  # an edit that others have to send too; the work is as it was


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
    draft = confidential.protected(desk, key, draft)
    slug = await composing.free_slug(desk.db, actor, draft, key)
    declaration, made = composing.composed(desk, actor, (draft, *others), people, key, slug)
    declaration = await illustrating.illustrated(desk, declaration, draft.hero)
    confidential.not_in_texts(desk, declaration, *others)
    if publish:
        declaration = declaration.readied()
        confidential.require_cleared(declaration, protected_countries(actor))
    work = _new_work(actor, declaration, now)
    reached = people.reached(made.mentions)
    release = desk.publisher.released(work, reached, now) if publish else None

    async def write(tx: Transaction) -> Work:
        free = await composing.free_slug(tx, actor, draft, key)
        if free != slug:
            raise Stale("another declaration took the same address at this moment; send it again")
        row = await declarations.insert(tx, actor.row, declaration, person.row, now)
        await declarations.put_mentions(tx, row, people.rows(made.mentions))
        await audit.record(tx, person.row, "create", f"declaration:{key}", now)
        if release is None:
            return replace(work, row=row)
        ready = replace(release, work=replace(release.work, row=row))
        await write_release(tx, ready, person.row, now)
        await audit.record(tx, person.row, "publish", f"declaration:{key}", now)
        return ready.work

    saved = await desk.db.write(write)
    desk.wake()
    return Saved(saved, warnings_of(people, release))


def protected_countries(actor: LocalActor) -> tuple[str, ...]:
    """Where being named may be dangerous, as the coordination's file lists them."""
    return tuple(actor.profile["policies"].get("protected_countries", ()))


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


def warnings_of(people: People | None, release: Release | None) -> tuple[str, ...]:
    told = [
        f"{handle} could not be found and stays plain text"
        for handle in (people.missing if people else ())
    ]
    if release is not None and release.left_out:
        languages = ", ".join(release.left_out)
        told.append(f"too long to deliver in every language; served on its own id: {languages}")
    return tuple(told)


async def edit(
    desk: Desk,
    person: Person,
    key: str,
    fields: Mapping[str, object],
    *,
    revision: int | None = None,
    quiet: bool = False,
    correction: object = None,
) -> Saved:
    """Changes the given fields; what is published is told by an Update.

    `correction` says what was changed and why, and is shown with the text; `quiet` edits (typing
    errors) tell readers nothing. Raises Stale, Conflict, InvalidDraft, Refusal.
    """
    work = await find(desk, person, key, Duty.DRAFT)
    if work.declaration.state in GOES_OUT:
        require_for(person, work, Duty.PUBLISH)
    told = correcting.read(work, correction, desk.clock(), quiet=quiet)
    state = next_state(work.declaration.state, Verb.CORRECT if told else Verb.UPDATE)
    actor = await coordination(desk, work.actor_name)
    before = work.declaration
    draft = composing.checked(actor, {**composing.fields_of(before), **fields})
    same_nature(work, draft)
    _own_language(work, draft)
    draft = confidential.protected(desk, before.key, draft, before)
    confidential.not_in_versions(desk, replace(before, signatories=draft.signatories))
    others = [one.source for one in before.versions[1:]]
    draft, people = await composing.people_of(desk, work, draft, *others)
    made = composing.rendered(desk, actor, draft.form, draft.source, people)
    original = composing.continued(before, draft, made.html)
    after = replace(
        composing.with_details(before, draft, made.hashtags),
        form=draft.form,
        state=state,
        language=draft.language,
        slug=draft.slug or before.slug,
        visibility=draft.visibility,
        versions=(original, *composing.reformed(desk, actor, before, draft.form, people)),
        revision=before.revision + 1,
    )
    after = await illustrating.illustrated(desk, after, draft.hero)
    changed = marked(replace(work, declaration=after), before, desk.clock(), quiet=quiet)
    if told:
        changed = replace(changed, corrected_at=told.at, corrections=(*work.corrections, told))
    return await save(desk, person, work, changed, people, made.mentions, revision=revision)


def same_nature(work: Work, draft: Draft) -> None:
    """What other servers cannot follow is fixed at the first release."""
    before = work.declaration
    if before.published_at is None:
        return
    faults = [
        FieldFault(name, "is fixed once the declaration is published")
        for name, old, new in (
            ("form", before.form, draft.form),
            ("language", before.language, draft.language),
            ("visibility", before.visibility, draft.visibility),
        )
        if old != new
    ]
    if faults:
        raise InvalidDraft(f"{faults[0].field} {faults[0].reason}", faults=faults)


def _own_language(work: Work, draft: Draft) -> None:
    """Raises InvalidDraft where a translation has that language."""
    if any(one.language == draft.language for one in work.declaration.versions[1:]):
        reason = "is that of a translation; a work has one version a language"
        raise InvalidDraft(f"language {reason}", faults=[FieldFault("language", reason)])


def marked(work: Work, before: Declaration, now: datetime, *, quiet: bool) -> Work:
    """Marks what Mastodon would not see by itself: it compares name, summary and url."""
    after = work.declaration
    if before.published_at is None:
        return work
    if before.hero != after.hero:  # the card shows it
        return replace(work, url_revision=work.url_revision + 1)
    seen = [(one.title, one.summary) for one in before.released.versions]
    now_seen = [(one.title, one.summary) for one in after.released.versions]
    if seen != now_seen or before.slug != after.slug:
        return replace(work, url_revision=work.url_revision + 1)
    if quiet or after.form is Form.NOTE:
        return work
    return replace(work, corrected_at=now)


async def put_version(
    desk: Desk,
    person: Person,
    key: str,
    language: str,
    fields: Mapping[str, object],
    *,
    revision: int | None = None,
) -> Saved:
    """Adds or replaces a translation; the original's strings stay untouched."""
    work = await find(desk, person, key, Duty.DRAFT)
    if language == work.declaration.language:
        return await edit(desk, person, key, fields, revision=revision)
    if work.declaration.state in GOES_OUT:
        require_for(person, work, Duty.PUBLISH)
    state = next_state(work.declaration.state, Verb.UPDATE)
    actor = await coordination(desk, work.actor_name)
    form = work.declaration.form.value
    draft = composing.checked(actor, {**fields, "language": language, "form": form})
    confidential.not_in_texts(desk, work.declaration, draft)
    sources = [one.source for one in work.declaration.versions]
    people = await composing.people_around(desk, work, *sources, draft.source)
    made = composing.rendered(desk, actor, draft.form, draft.source, people)
    version = composing.translated(work.declaration, draft, made.html)
    after = work.declaration.with_version(version)
    after = replace(after, state=state, revision=after.revision + 1)
    hero = after.hero.key if after.hero else None
    after = await illustrating.illustrated(desk, after, hero)
    original = composing.rendered(desk, actor, draft.form, after.original.source, people)
    changed = replace(work, declaration=after)
    return await save(desk, person, work, changed, people, original.mentions, revision=revision)


async def save(
    desk: Desk,
    person: Person,
    before: Work,
    after: Work,
    people: People,
    mentions: tuple[str, ...],
    *,
    revision: int | None,
) -> Saved:
    """Writes an edit, and where the declaration is published what tells others of it."""
    unchanged(before, revision)
    now = desk.clock()
    published = after.declaration.state is State.PUBLISHED and _goes_out(before, after)
    if published:
        actor = await coordination(desk, before.actor_name)
        confidential.require_cleared(after.declaration, protected_countries(actor))
    missing = await agreement.awaited(desk, person, before, after) if published else 0
    if missing:
        return Saved(before, (agreement.told(missing),), waits=True)
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
        for told in after.corrections[len(before.corrections) :]:
            await corrections.insert(tx, before.row, told)
        await declarations.put_mentions(tx, before.row, people.rows(mentions))
        subject = f"declaration:{before.declaration.key}"
        await audit.record(tx, person.row, "update", subject, now)
        return release.work if release else after

    saved = await desk.db.write(write)
    desk.wake()
    return Saved(saved, warnings_of(people, release))


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
    rows = await declarations.mentions(reader, work.row)
    return tuple(Reached(row["handle"], row["actor_id"], row["inbox_url"]) for row in rows)


def language_version(one: Declaration, language: str) -> Version:
    """Raises NotFound naming the languages there are."""
    found = one.version(language)
    if found is None:
        known = ", ".join(version.language for version in one.versions)
        raise NotFound(f"there is no version in '{language}'; there are: {known}")
    return found
