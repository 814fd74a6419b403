"""The passages that a text names, found and put into it when it is saved.  ADR 0022.

A text holds the words that it was saved with. What is not out yet takes the present ones whenever
it is saved; what is published keeps those it went out with, until somebody takes up the present
ones by an edit that says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace

from fediverse_coord.desk.composing import in_version
from fediverse_coord.desk.desk import Desk
from fediverse_coord.errors import FieldFault
from fediverse_coord.protocol.text import MAX_CONTENT
from fediverse_coord.publishing.declarations import (
    Declaration,
    Draft,
    InvalidDraft,
    State,
    Version,
    Visibility,
)
from fediverse_coord.publishing.markdown import passages_in
from fediverse_coord.publishing.passages import (
    MOST_IN_A_TEXT,
    Inserted,
    Origin,
    foreign,
    spoken,
)
from fediverse_coord.storage import declarations, passages
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.passages import Passage

SEEN = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})


async def filled(
    desk: Desk,
    actor: LocalActor,
    draft: Draft,
    before: Version | None = None,
    *,
    take_up: bool = False,
) -> Draft:
    """The draft with the passages it names; those that `before` went out with as they went out.

    Raises InvalidDraft naming each passage that there is not.
    """
    found = await inserted(desk, actor, draft.source, draft.language)
    held = {one.slug: one for one in before.inserted} if before and before.is_out else {}
    if not take_up:
        found = tuple(held.get(one.slug, one) for one in found)
    return replace(draft, inserted=found)


async def all_filled(
    desk: Desk,
    actor: LocalActor,
    drafts: Sequence[Draft],
    before: Declaration | None = None,
    *,
    take_up: bool = False,
) -> list[Draft]:
    """The original and its translations. Raises InvalidDraft naming the faults of all of them."""
    made, faults, original = list[Draft](), list[FieldFault](), drafts[0]
    for one in drafts:
        place = nullcontext() if one is original else in_version(one.language)
        was = None if before is None else before.version(one.language)
        if one is original and before is not None:
            was = before.original
        try:
            with place:
                made.append(await filled(desk, actor, one, was, take_up=take_up))
        except InvalidDraft as error:
            faults += error.faults
    if faults:
        raise InvalidDraft("; ".join(f"{one.field} {one.reason}" for one in faults), faults=faults)
    return made


async def inserted(
    desk: Desk, actor: LocalActor, source: str, language: str
) -> tuple[Inserted, ...]:
    """The passages of a text, in their present words. Raises InvalidDraft."""
    named = passages_in(source)
    if not named:
        return ()
    slugs = tuple(dict.fromkeys(named))
    known = await passages.named(desk.db, actor.row, slugs)
    faults = [FieldFault("content", _unknown(slug)) for slug in slugs if slug not in known]
    if len(named) > MOST_IN_A_TEXT:
        reason = f"names {len(named)} passages; at most {MOST_IN_A_TEXT} fit into a text"
        faults = [FieldFault("content", reason)]
    if faults:
        raise InvalidDraft("; ".join(f"{one.field} {one.reason}" for one in faults), faults=faults)
    made = {slug: await _in_words(desk, known[slug], language) for slug in slugs}
    _fit(source, [made[slug] for slug in named])
    return tuple(made.values())


def _unknown(slug: str) -> str:
    return (
        f"names the passage '{slug[:80]}', which is not there: look at the list of passages, "
        "or put a backslash before the line to keep it as it is"
    )


def _fit(source: str, made: Sequence[Inserted]) -> None:
    if len(source) + sum(len(one.text) for one in made) > MAX_CONTENT:
        reason = f"must not be longer than {MAX_CONTENT:,} characters with its passages; divide it"
        raise InvalidDraft(f"content {reason}", faults=[FieldFault("content", reason)])


async def _in_words(desk: Desk, one: Passage, wished: str) -> Inserted:
    language = spoken(one.texts, wished)
    name, url = await told_origin(desk, one.origin, wished)
    return Inserted(one.slug, language, one.texts[language], name, url)


async def told_origin(desk: Desk, origin: Origin, wished: str) -> tuple[str | None, str | None]:
    """Name and address of where it comes from; of a declaration only while anybody may read it."""
    if origin.declaration is None:
        return origin.name, origin.url
    work = await declarations.by_key(desk.db, origin.declaration)
    one = work.declaration.released if work else None
    if one is None or one.state is not State.PUBLISHED or one.visibility not in SEEN:
        return None, None
    version = one.version(wished) or one.original
    page = desk.uris.page(one.actor_name, one.slug)
    url = page if version is one.original else f"{page}?lang={version.language}"
    return version.title or url, url


# --- before it goes out, and what is to be known of it --------------------------------------


def require_spoken(one: Declaration) -> None:
    """Before a release: raises InvalidDraft where a passage is in another language than its text.

    Looks at the versions that are out; of what is about to go out the caller hands in `releasing`.
    """
    faults = [
        FieldFault(_field(one, version.language), _foreign(each, version.language))
        for version in one.released.versions
        for each in foreign(version.inserted, version.language)
    ]
    if faults:
        raise InvalidDraft("; ".join(f"{one.field} {one.reason}" for one in faults), faults=faults)


def require_fitting(inserted: Iterable[Inserted], language: str) -> None:
    """The same for a single text."""
    for one in foreign(inserted, language):
        reason = _foreign(one, language)
        raise InvalidDraft(f"content {reason}", faults=[FieldFault("content", reason)])


def _field(one: Declaration, language: str) -> str:
    return "content" if language == one.language else f"versions.{language}.content"


def _foreign(one: Inserted, language: str) -> str:
    return (
        f"holds the passage '{one.slug}', which has no words in '{language}' yet: "
        "add them to the passage, then save this text again"
    )


def warnings(one: Declaration) -> tuple[str, ...]:
    """Of passages that stand in another language than their text, while it is not out."""
    return tuple(
        f"the passage '{each.slug}' has no words in '{version.language}' and stands there in "
        f"'{each.language}': the text cannot go out in '{version.language}' before it has"
        for version in one.versions
        for each in foreign(version.inserted, version.language)
    )


async def older(desk: Desk, actor: LocalActor, versions: Iterable[Version]) -> dict[str, list[str]]:
    """By language: the passages that a version holds in other words than they have now."""
    versions = [one for one in versions if one.inserted]
    slugs = {each.slug for one in versions for each in one.inserted}
    known = await passages.named(desk.db, actor.row, slugs) if slugs else {}
    found = {
        one.language: [each.slug for each in one.inserted if is_older(each, known, one.language)]
        for one in versions
    }
    return {language: slugs for language, slugs in found.items() if slugs}


def is_older(held: Inserted, known: Mapping[str, Passage], language: str) -> bool:
    """Whether the passage says something else in that language now."""
    now = known.get(held.slug)
    if now is None:
        return False
    said = spoken(now.texts, language)
    return not held.says_as(Inserted(held.slug, said, now.texts[said]))
