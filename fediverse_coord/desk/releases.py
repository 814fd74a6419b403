"""The life of a declaration: published, scheduled, withdrawn, deleted, pinned.

The table of states is `publishing/states`; what it does not allow is a Conflict that names
what is possible. Everything that must federate is written with the change.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from fediverse_coord.desk import composing, confidential, imported, inserting, pins, stores
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.drafts import (
    Saved,
    find,
    guard,
    reached_by,
    save,
    warnings_of,
)
from fediverse_coord.desk.people import Duty, Person
from fediverse_coord.errors import Conflict, FieldFault, Refusal, Stale
from fediverse_coord.outgoing.publish import (
    write_deletion,
    write_release,
    write_revision,
)
from fediverse_coord.publishing.bystanders import bystanders
from fediverse_coord.publishing.declarations import (
    Declaration,
    State,
    Verb,
    VersionState,
    next_state,
)
from fediverse_coord.storage import audit, declarations, media
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work

MAX_REASON = 500
FARTHEST = timedelta(days=366)


def _subject(work: Work) -> str:
    return f"declaration:{work.declaration.key}"


def _stated(work: Work, state: State) -> Work:
    one = work.declaration
    return replace(work, declaration=replace(one, state=state, revision=one.revision + 1))


def check_revision(work: Work, revision: int | None) -> None:
    """Raises Stale where the person saw another revision."""
    if revision is not None and revision != work.declaration.revision:
        raise Stale("somebody changed this meanwhile: read it again, then repeat your change")


async def publish(
    desk: Desk,
    person: Person,
    key: str,
    *,
    languages: Collection[str] | None = None,
    revision: int | None = None,
) -> Saved:
    """Releases a draft, or hands it to a second coordinator where the policy asks for one.

    `languages` names the versions that go out with the original, None all of them. Of what is
    published already, the named versions follow it by an Update.
    """
    seen = await find(desk, person, key, Duty.PUBLISH)
    check_revision(seen, revision)
    _spoken(seen.declaration, languages)
    if imported.is_imported(seen) and not languages:
        return await imported.publish(desk, person, seen)
    if seen.declaration.state is State.PUBLISHED and languages:
        return await _follow(desk, person, seen, languages)
    work = replace(seen, declaration=seen.declaration.readied(languages))
    actor = await coordination(desk, work.actor_name)
    confidential.require_cleared(work.declaration, actor)
    inserting.require_spoken(work.declaration.releasing())
    approvals = actor.profile["policies"]["approvals"]
    named = bystanders(actor.profile, work.declaration.releasing().released)
    if work.declaration.state is State.AWAITING_APPROVAL or (approvals and person.row is not None):
        saved = await _approve(desk, person, seen, work, approvals)
    else:
        next_state(work.declaration.state, Verb.PUBLISH)
        saved = await _release(desk, person, seen, work)
    return replace(saved, named=named)


def _spoken(one: Declaration, languages: Collection[str] | None) -> None:
    """Raises Refusal for a language of which there is no version."""
    known = [version.language for version in one.versions]
    unknown = [language for language in languages or () if language not in known]
    if unknown:
        reason = f"there is no version in {', '.join(unknown)}; there are: {', '.join(known)}"
        raise Refusal(reason, faults=[FieldFault("languages", reason)])


async def _follow(desk: Desk, person: Person, seen: Work, languages: Collection[str]) -> Saved:
    """Further versions of what is published. Raises Conflict where they are out already."""
    one = seen.declaration
    versions = [
        replace(version, state=VersionState.PUBLISHED) if version.language in languages else version
        for version in one.versions
    ]
    after = replace(one, versions=tuple(versions), revision=one.revision + 1)
    if after.versions == one.versions:
        raise Conflict("these versions are published already")
    sources = [version.source for version in versions]
    people = await composing.people_around(desk, seen, *sources)
    actor = await coordination(desk, seen.actor_name)
    original = composing.rendered(desk, actor, one.form, one.original.source, people)
    changed = replace(seen, declaration=after)
    return await save(desk, person, seen, changed, people, original.mentions, revision=None)


async def _release(desk: Desk, person: Person, seen: Work, work: Work) -> Saved:
    now = desk.clock()
    ready = replace(_stated(work, State.PUBLISHED), scheduled_at=None, schedule_zone=None)
    release = desk.publisher.released(ready, await reached_by(desk.db, work), now)

    async def write(tx: Transaction) -> Work:
        await guard(tx, seen)
        await write_release(tx, release, person.row, now)
        await audit.record(tx, person.row, "publish", _subject(work), now)
        return release.work

    saved = await desk.db.write(write)
    desk.wake()
    return Saved(saved, warnings_of(None, release))


async def _approve(desk: Desk, person: Person, seen: Work, work: Work, approvals: int) -> Saved:
    """The first coordinator submits; the release needs `approvals` others."""
    if work.declaration.state is not State.AWAITING_APPROVAL:
        state = next_state(work.declaration.state, Verb.SUBMIT)
        return await _save(desk, person, seen, _stated(work, state), "submit")
    agreed = await audit.people(desk.db, "submit", _subject(work))
    if person.row is not None and person.row in agreed:
        raise Conflict("another coordinator must approve this; you have done so already")
    if person.row is None or len(agreed) >= approvals:
        return await _release(desk, person, seen, seen)
    return await _save(desk, person, seen, seen, "submit")


async def _save(desk: Desk, person: Person, before: Work, after: Work, verb: str) -> Saved:
    now = desk.clock()

    async def write(tx: Transaction) -> Work:
        await guard(tx, before)
        await declarations.save(tx, after, person.row, now)
        await audit.record(tx, person.row, verb, _subject(before), now)
        return after

    return Saved(await desk.db.write(write))


async def schedule(
    desk: Desk,
    person: Person,
    key: str,
    at: datetime,
    *,
    zone: str | None = None,
    languages: Collection[str] | None = None,
    revision: int | None = None,
) -> Saved:
    """Releases it by itself at that moment, which must lie within a year from now.

    `zone` is the IANA name of the time zone the hour was given in. It is kept, so that the hour
    is shown as it was meant. `languages` are as for `publish`.
    """
    work = await find(desk, person, key, Duty.PUBLISH)
    check_revision(work, revision)
    _spoken(work.declaration, languages)
    state, now = next_state(work.declaration.state, Verb.SCHEDULE), desk.clock()
    actor = await coordination(desk, work.actor_name)
    if actor.profile["policies"]["approvals"] and person.row is not None:
        raise Conflict(
            "another coordinator must approve this first: publish it, and it goes out when they do"
        )
    confidential.require_cleared(work.declaration, actor)
    if not now < at <= now + FARTHEST:
        reason = "must lie in the future, and within a year"
        raise Refusal(f"at {reason}", faults=[FieldFault("at", reason)])
    ready = replace(work, declaration=work.declaration.readied(languages))
    inserting.require_spoken(ready.declaration.releasing())
    after = replace(_stated(ready, state), scheduled_at=at, schedule_zone=zone)
    saved = await _save(desk, person, work, after, "schedule")
    return replace(saved, named=bystanders(actor.profile, ready.declaration.releasing().released))


async def unschedule(desk: Desk, person: Person, key: str) -> Saved:
    """Makes a scheduled declaration a draft again."""
    work = await find(desk, person, key, Duty.PUBLISH)
    state = next_state(work.declaration.state, Verb.UNSCHEDULE)
    return await _save(
        desk,
        person,
        work,
        replace(_stated(work, state), scheduled_at=None, schedule_zone=None),
        "unschedule",
    )


async def withdraw(
    desk: Desk,
    person: Person,
    key: str,
    reason: str,
    *,
    keep_text: bool = False,
    revision: int | None = None,
) -> Saved:
    """A notice in the place of the text, told by an Update to everyone the text went to."""
    work = await find(desk, person, key, Duty.PUBLISH)
    check_revision(work, revision)
    state, now = next_state(work.declaration.state, Verb.WITHDRAW), desk.clock()
    words = reason.strip()
    if not 0 < len(words) <= MAX_REASON:
        fault = f"is needed, in at most {MAX_REASON} characters: readers see it"
        raise Refusal(f"reason {fault}", faults=[FieldFault("reason", fault)])
    confidential.not_in_reason(desk, work.declaration, words)
    after = replace(
        _stated(work, state),
        reason=words,
        keeps_text=keep_text,
        url_revision=work.url_revision + 1,
        pinned_at=None,
    )
    people = await reached_by(desk.db, work)
    release = None if work.imported_at else desk.publisher.revised(after, people, now)

    async def write(tx: Transaction) -> Work:
        await guard(tx, work)
        if release is None:
            await declarations.save(tx, after, person.row, now)
        else:
            await write_revision(tx, release, person.row, now)
        if work.pinned_at is not None:
            await pins.tell(tx, desk, work, now, on=False)
        await audit.record(tx, person.row, "withdraw", _subject(work), now)
        return release.work if release else after

    saved = await desk.db.write(write)
    desk.wake()
    return Saved(saved)


async def delete(desk: Desk, person: Person, key: str, *, revision: int | None = None) -> None:
    """Final: a Tombstone stands in its place. A draft simply goes."""
    work = await find(desk, person, key, Duty.PUBLISH)
    check_revision(work, revision)
    next_state(work.declaration.state, Verb.DELETE)
    now, form = desk.clock(), work.declaration.form.value.capitalize()
    deletion = desk.publisher.deleted(work, form, await reached_by(desk.db, work), now)

    async def write(tx: Transaction) -> list[str]:
        await guard(tx, work)
        await write_deletion(tx, deletion, person.row, now)
        await audit.record(tx, person.row, "delete", _subject(work), now)
        return await media.drop_unused(tx, media.keys_of(work.declaration))

    await stores.take_away(desk.shelf, await desk.db.write(write))
    desk.wake()
