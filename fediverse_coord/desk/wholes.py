"""A declaration as one form hands it in: all its languages and everything around them, at once.

INTERFACE: console. What was not changed keeps its mark, so that a translation still says whether
the original was changed since; `confirmed` says of one that it still holds. All of it is written
in one transaction, from the revision that the person saw, or nothing is.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from fediverse_coord.desk import composing, confidential, inserting
from fediverse_coord.desk.composing import People, in_version, words
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.drafts import Saved
from fediverse_coord.desk.edits import begun, ended
from fediverse_coord.desk.people import Person
from fediverse_coord.publishing.declarations import (
    Declaration,
    Draft,
    Version,
    VersionState,
)
from fediverse_coord.storage.actors import LocalActor


async def save(
    desk: Desk,
    person: Person,
    key: str,
    fields: Mapping[str, object],
    translations: Sequence[Mapping[str, object]],
    *,
    confirmed: Collection[str] = (),
    revision: int | None = None,
    quiet: bool = False,
    correction: object = None,
    take_up: bool = False,
    sure: str | None = None,
) -> Saved:
    """Changes original and translations; one that is not among them goes, unless it is out.

    `take_up` gives what is published the passages it names in their present words. Where `sure`
    is given, whom an edit of what goes out may name is asked about. Raises Unsure, Stale, Conflict,
    InvalidDraft and Refusal with the faulty fields of every language.
    """
    one = await begun(desk, person, key, revision=revision, quiet=quiet, correction=correction)
    before, actor = one.before, one.actor
    given = {**composing.fields_of(before), **fields}
    checked, rest = composing.checked_work(actor, given, translations)
    draft, *translated = await inserting.all_filled(
        desk, actor, (checked, *rest), before, take_up=take_up
    )
    staying = _staying(before, translated)
    draft = _protected(desk, before, draft, translated, staying)

    def others(_: Draft, people: People) -> Iterable[Version]:
        yield from (_version(desk, actor, before, it, people, confirmed) for it in translated)
        yield from staying

    one = replace(one, sure=sure)
    return await ended(desk, person, one, draft, [it.source for it in translated], others)


def _protected(
    desk: Desk,
    before: Declaration,
    draft: Draft,
    others: Sequence[Draft],
    staying: tuple[Version, ...],
) -> Draft:
    """With its names sealed, none of which any language says."""
    draft = confidential.protected(desk, before.key, draft, before)
    guarded = replace(before, signatories=draft.signatories)
    for one in others:
        with in_version(one.language):
            confidential.not_in_texts(desk, guarded, one)
    kept = replace(guarded, versions=(before.original, *staying))
    confidential.not_in_versions(desk, kept)
    return draft


def _version(
    desk: Desk,
    actor: LocalActor,
    before: Declaration,
    draft: Draft,
    people: People,
    confirmed: Collection[str],
) -> Version:
    was = before.version(draft.language)
    html = composing.rendered(desk, actor, draft.form, draft.source, people, draft.inserted).html
    with in_version(draft.language):
        made = composing.translated(before, draft, html)
    if was is None or draft.language in confirmed or words(was) != words(made):
        return made
    html = was.html if draft.form is before.form else made.html
    return replace(made, html=html, changed_in=was.changed_in)


def _staying(before: Declaration, others: Sequence[Draft]) -> tuple[Version, ...]:
    """What is out and was not handed in again: taking words back is another matter."""
    named = {one.language for one in others}
    return tuple(
        one
        for one in before.versions[1:]
        if one.state is VersionState.PUBLISHED and one.language not in named
    )
