"""Texts of a work that come together: an edit of several languages, checked before the first.

Every text is held against the rules before any of them is saved, so that a faulty translation
leaves the others as they were.
"""

from collections.abc import Mapping, Sequence

from fediverse_coord.desk import composing, drafts, edits, inserting
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.drafts import Saved
from fediverse_coord.desk.people import Duty, Person
from fediverse_coord.errors import Refusal
from fediverse_coord.publishing import languages
from fediverse_coord.publishing.bystanders import bystanders
from fediverse_coord.publishing.declarations import InvalidDraft, Verb, next_state
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.declarations import Work


async def language_of(desk: Desk, person: Person, key: str) -> str:
    """The original's language. Raises NotFound, NotAllowed."""
    return (await drafts.find(desk, person, key)).declaration.language


async def edit(
    desk: Desk,
    person: Person,
    key: str,
    texts: Sequence[Mapping[str, object]],
    *,
    quiet: bool = False,
    correction: object = None,
    take_up: bool = False,
) -> Saved:
    """Saves each text as its language's version; without a language it is the original's.

    Raises InvalidDraft, Conflict, Stale, NotFound, NotAllowed.
    """
    work = await drafts.find(desk, person, key, Duty.DRAFT)
    next_state(work.declaration.state, Verb.UPDATE)
    actor = await coordination(desk, work.actor_name)
    by_language = {_language(work, one): one for one in texts}
    if not by_language:
        raise Refusal("there is no text to save")
    if correction is not None and work.declaration.language not in by_language:
        raise Refusal("a correction is told with the original: hand in its text as well")
    await _check_all(desk, actor, work, by_language)
    saved, warnings = Saved(work), dict[str, None]()
    for language, fields in by_language.items():
        saved = await _save(
            desk, person, work, language, fields,
            quiet=quiet, correction=correction, take_up=take_up,
        )  # fmt: skip
        warnings.update(dict.fromkeys(saved.warnings))
    told = saved.work.corrections[len(work.corrections) :]
    named = bystanders(actor.profile, saved.work.declaration, work.declaration.released, told)
    return Saved(saved.work, tuple(warnings), saved.amendment, named)


async def check(
    desk: Desk, person: Person, key: str, texts: Sequence[Mapping[str, object]]
) -> None:
    """Whether `edit` would take them. Raises InvalidDraft, NotFound, NotAllowed."""
    work = await drafts.find(desk, person, key, Duty.DRAFT)
    actor = await coordination(desk, work.actor_name)
    await _check_all(desk, actor, work, {_language(work, one): one for one in texts})


def _language(work: Work, fields: Mapping[str, object]) -> str:
    """As a tag; what is none is refused with all else that is wrong with its text."""
    given = fields.get("language")
    if given is None:
        return work.declaration.language
    return languages.tag(given) if languages.is_tag(given) else str(given)


async def _check_all(
    desk: Desk, actor: LocalActor, work: Work, by_language: Mapping[str, Mapping[str, object]]
) -> None:
    """Raises InvalidDraft naming the faulty fields of every language."""
    refused: InvalidDraft | None = None
    for language, fields in by_language.items():
        try:
            await _check(desk, actor, work, language, fields)
        except InvalidDraft as error:
            if refused is not None:
                error.faults = (*refused.faults, *error.faults)
            refused = error
    if refused is not None:
        raise refused


async def _check(
    desk: Desk, actor: LocalActor, work: Work, language: str, fields: Mapping[str, object]
) -> None:
    """Raises InvalidDraft."""
    one = work.declaration
    if language == one.language:
        draft = composing.checked(actor, {**composing.fields_of(one), **fields})
        await inserting.inserted(desk, actor, draft.source, language)
        return
    draft = composing.checked_translation(actor, one.form, {**fields, "language": language})
    with composing.in_version(language):
        await inserting.inserted(desk, actor, draft.source, language)


async def _save(
    desk: Desk,
    person: Person,
    work: Work,
    language: str,
    fields: Mapping[str, object],
    *,
    quiet: bool,
    correction: object,
    take_up: bool,
) -> Saved:
    key = work.declaration.key
    if language == work.declaration.language:
        return await edits.edit(
            desk, person, key, fields, quiet=quiet, correction=correction, take_up=take_up
        )
    return await edits.put_version(desk, person, key, language, fields, take_up=take_up)
