"""Edits: of some fields, of one translation; and what every edit has in common.

INTERFACE: the coordinators' API. The original and each translation are strings of their own: an
edit of one leaves the others as they are.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from fediverse_coord.desk import (
    amendments,
    composing,
    confidential,
    correcting,
    drafts,
    illustrating,
    inserting,
)
from fediverse_coord.desk.composing import People
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.drafts import GOES_OUT, Saved, find, require_for
from fediverse_coord.desk.people import Duty, Person
from fediverse_coord.errors import FieldFault
from fediverse_coord.publishing.corrections import Correction
from fediverse_coord.publishing.declarations import (
    Declaration,
    Draft,
    Form,
    InvalidDraft,
    State,
    Verb,
    Version,
    next_state,
)
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.declarations import Work

Versions = Callable[[Draft, People], Iterable[Version]]


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit that the person may make: of what, and what readers are told of it."""

    work: Work
    actor: LocalActor
    state: State  # afterwards
    told: Correction | None
    quiet: bool
    revision: int | None  # that the person saw
    sure: str | None = None  # as `drafts.save` has it

    @property
    def before(self) -> Declaration:
        return self.work.declaration


async def begun(
    desk: Desk, person: Person, key: str, *, revision: int | None, quiet: bool, correction: object
) -> Edit:
    """`correction` says what was changed and why, and is shown with the text; `quiet` edits
    (typing errors) tell readers nothing. Raises NotFound, NotAllowed, Stale, Conflict, Refusal.
    """
    work = await find(desk, person, key, Duty.DRAFT)
    drafts.unchanged(work, revision)
    if work.declaration.state in GOES_OUT:
        require_for(person, work, Duty.PUBLISH)
    told = correcting.read(work, correction, desk.clock(), quiet=quiet)
    state = next_state(work.declaration.state, Verb.CORRECT if told else Verb.UPDATE)
    actor = await coordination(desk, work.actor_name)
    return Edit(work, actor, state, told, quiet, revision)


async def ended(
    desk: Desk,
    person: Person,
    one: Edit,
    draft: Draft,
    sources: Iterable[str],
    others: Versions,
) -> Saved:
    """Saves the original as `draft` has it, beside the translations that `others` makes.

    `sources` are the translations' texts. Raises InvalidDraft, Stale, Conflict.
    """
    _same_nature(one.work, draft)
    draft, people = await composing.people_of(desk, one.work, draft, *sources)
    made = composing.rendered(desk, one.actor, draft.form, draft.source, people, draft.inserted)
    original = composing.continued(one.before, draft, made.html)
    after = replace(
        composing.with_details(one.before, draft, made.hashtags),
        form=draft.form,
        state=one.state,
        language=draft.language,
        slug=draft.slug or one.before.slug,
        visibility=draft.visibility,
        versions=(original, *others(draft, people)),
        revision=one.before.revision + 1,
    )
    after = await illustrating.illustrated(desk, after, draft.hero)
    changed = _told(one, _marked(one, replace(one.work, declaration=after), desk.clock()))
    return await drafts.save(
        desk,
        person,
        one.work,
        changed,
        people,
        made.mentions,
        revision=one.revision,
        sure=one.sure,
    )


async def edit(
    desk: Desk,
    person: Person,
    key: str,
    fields: Mapping[str, object],
    *,
    revision: int | None = None,
    quiet: bool = False,
    correction: object = None,
    take_up: bool = False,
) -> Saved:
    """Changes the given fields; what is published is told by an Update.

    `take_up` gives a published text the passages it names in their present words. Raises Stale,
    Conflict, InvalidDraft, Refusal.
    """
    one = await begun(desk, person, key, revision=revision, quiet=quiet, correction=correction)
    before = one.before
    fields = await amendments.with_names(desk, person, one.work, fields)
    draft = composing.checked(one.actor, {**composing.fields_of(before), **fields})
    _own_language(one.work, draft)
    draft = await inserting.filled(desk, one.actor, draft, before.original, take_up=take_up)
    draft = confidential.protected(desk, before.key, draft, before)
    confidential.not_in_versions(desk, replace(before, signatories=draft.signatories))

    def others(draft: Draft, people: People) -> Iterable[Version]:
        return composing.reformed(desk, one.actor, before, draft.form, people)

    return await ended(desk, person, one, draft, [v.source for v in before.versions[1:]], others)


def _same_nature(work: Work, draft: Draft) -> None:
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


def _marked(one: Edit, work: Work, now: datetime) -> Work:
    """Marks what Mastodon would not see by itself: it compares name, summary and url."""
    before, after = one.before, work.declaration
    if before.published_at is None:
        return work
    if before.hero != after.hero:  # the card shows it
        return replace(work, url_revision=work.url_revision + 1)
    seen = [(v.title, v.summary) for v in before.released.versions]
    now_seen = [(v.title, v.summary) for v in after.released.versions]
    if seen != now_seen or before.slug != after.slug:
        return replace(work, url_revision=work.url_revision + 1)
    if one.quiet or after.form is Form.NOTE:
        return work
    return replace(work, corrected_at=now)


def _told(one: Edit, work: Work) -> Work:
    """With the correction that readers are told of."""
    if one.told is None:
        return work
    return replace(work, corrected_at=one.told.at, corrections=(*work.corrections, one.told))


async def put_version(
    desk: Desk,
    person: Person,
    key: str,
    language: str,
    fields: Mapping[str, object],
    *,
    revision: int | None = None,
    take_up: bool = False,
) -> Saved:
    """Adds or replaces a translation; the original's strings stay untouched. As `edit`."""
    work = await find(desk, person, key, Duty.DRAFT)
    if language == work.declaration.language:
        return await edit(desk, person, key, fields, revision=revision, take_up=take_up)
    if work.declaration.state in GOES_OUT:
        require_for(person, work, Duty.PUBLISH)
    state = next_state(work.declaration.state, Verb.UPDATE)
    actor = await coordination(desk, work.actor_name)
    form = work.declaration.form.value
    draft = composing.checked(actor, {**fields, "language": language, "form": form})
    was = work.declaration.version(draft.language)
    draft = await inserting.filled(desk, actor, draft, was, take_up=take_up)
    confidential.not_in_texts(desk, work.declaration, draft)
    sources = [one.source for one in work.declaration.versions]
    people = await composing.people_around(desk, work, *sources, draft.source)
    made = composing.rendered(desk, actor, draft.form, draft.source, people, draft.inserted)
    version = composing.translated(work.declaration, draft, made.html)
    after = work.declaration.with_version(version)
    after = replace(after, state=state, revision=after.revision + 1)
    hero = after.hero.key if after.hero else None
    after = await illustrating.illustrated(desk, after, hero)
    original = composing.rendered(desk, actor, draft.form, after.original.source, people)
    changed = replace(work, declaration=after)
    return await drafts.save(
        desk, person, work, changed, people, original.mentions, revision=revision
    )
