"""From rows to what pages show: the site, coordinations, languages, lists of declarations.

Everything is decided before it becomes a view: only what is public is handed in. A text is
shown in the language asked for where it has such a version, else in its original one. What
a single declaration shows is in `reading_declarations`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from fediverse_coord import __version__
from fediverse_coord.desk.desk import is_coordination
from fediverse_coord.desk.profiles import texts_in
from fediverse_coord.protocol.sanitize import plain_text
from fediverse_coord.protocol.uris import host_in
from fediverse_coord.publishing.declarations import Declaration, State, Version
from fediverse_coord.storage import actors, declaration_lists, declarations
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.declarations import Work
from fediverse_coord.web.discovery import source_of
from fediverse_coord.web.faces import Faces
from fediverse_coord.web.shown_files import Picture
from fediverse_coord.web.views import (
    Author,
    CoordinationCard,
    EditionLink,
    Entry,
    LanguageLink,
    Listing,
    ProfileField,
    Site,
)
from fediverse_coord.web.wishes import language_of as language_of

MOST_PINNED = 5
EXCERPT = 400


def site_of(faces: Faces) -> Site:
    return Site(faces.uris.host, faces.uris.origin, source_of(faces), __version__)


async def living(faces: Faces) -> list[LocalActor]:
    """The coordinations that speak from here, in the order in which they came."""
    known = await actors.all_actors(faces.db)
    return [one for one in known if is_coordination(one) and not one.retired]


async def whole_of(faces: Faces, actor: LocalActor) -> LocalActor:
    """The coordination whose language an edition speaks; any other actor is itself."""
    of = actor.profile.get("edition_of")
    found = await actors.by_name(faces.db, of) if of else None
    return found or actor


def edition_links(faces: Faces, actor: LocalActor) -> tuple[EditionLink, ...]:
    """The handles of the actors that speak one language of the coordination each."""
    return tuple(
        EditionLink(
            language_of(one.language), faces.uris.handle(one.name), faces.uris.profile(one.name)
        )
        for one in faces.keyring.editions(actor.name)
    )


def profile_language(actor: LocalActor, wished: str | None) -> str:
    """One of the coordination's languages: the one wished for, or its first."""
    spoken: list[str] = actor.profile["languages"]
    return wished if wished in spoken else spoken[0]


def summary_of(actor: LocalActor, language: str) -> str:
    """Plain paragraphs."""
    return texts_in(actor.profile, language)["summary"]


def author_of(faces: Faces, actor: LocalActor, language: str) -> Author:
    """The coordination as it is named in that language."""
    return Author(
        name=texts_in(actor.profile, language)["name"],
        handle=faces.uris.handle(actor.name),
        profile_url=faces.uris.profile(actor.name),
        actor_id=actor.actor_id,
        contact=actor.profile["contact"],
        home_url=profile_in(faces, actor, language),
        icon=picture_of(actor.profile["icon"]),
    )


def picture_of(stored: Mapping[str, Any] | None) -> Picture | None:
    if stored is None:
        return None
    size = stored["width"], stored["height"]
    return Picture(stored["url"], stored["alt"], *size, stored["media_type"])


def field_of(stored: Mapping[str, str]) -> ProfileField:
    """A value that is an https address is a link, shown without what all addresses share."""
    name, value = stored["name"], stored["value"]
    if value.startswith("https://") and host_in(value) is not None:
        return ProfileField(name, value.removeprefix("https://").rstrip("/"), value)
    return ProfileField(name, value)


def card_of(faces: Faces, actor: LocalActor, language: str) -> CoordinationCard:
    author = author_of(faces, actor, language)
    return CoordinationCard(author=author, summary=summary_of(actor, language))


def profile_links(faces: Faces, actor: LocalActor, shown: str) -> tuple[LanguageLink, ...]:
    """The profile in its other languages."""
    return tuple(
        LanguageLink(language_of(one), profile_in(faces, actor, one))
        for one in actor.profile["languages"]
        if one != shown
    )


def profile_in(faces: Faces, actor: LocalActor, language: str) -> str:
    """The address of the profile in that language, where the coordination speaks it."""
    page, spoken = faces.uris.profile(actor.name), actor.profile["languages"]
    return f"{page}?lang={language}" if language in spoken[1:] else page


# --- declarations in lists ------------------------------------------------------------


def version_shown(one: Declaration, wished: str | None) -> Version:
    """The version in the language wished for, else the original."""
    return (one.version(wished) if wished else None) or one.original


def page_of(faces: Faces, one: Declaration, language: str, by: str = "") -> str:
    """The address of a version: the original has the short one, as has the edition named."""
    if by:
        return faces.uris.page(by, one.slug)
    page = faces.uris.page(one.actor_name, one.slug)
    return page if language == one.language else f"{page}?lang={language}"


def paper_of(faces: Faces, one: Declaration, language: str) -> str:
    """The address of a version on paper; the language is always named."""
    return f"{faces.uris.page(one.actor_name, one.slug)}.pdf?lang={language}"


def description_of(work: Work, version: Version) -> str:
    """Plain text that says what the declaration says: its summary, or its first words."""
    if work.declaration.state is State.WITHDRAWN and not work.keeps_text:
        return work.reason or ""
    return version.summary or plain_text(version.html)[:EXCERPT]


def entry_of(
    faces: Faces,
    work: Work,
    wished: str,
    *,
    pinned: bool = False,
    by: str = "",
    by_document: bool = False,
) -> Entry:
    one = work.declaration.released
    version = version_shown(one, wished)
    return Entry(
        url=page_of(faces, one, version.language, by if has_edition(work, by) else ""),
        title=version.title,
        excerpt=description_of(work, version),
        kind=one.kind,
        language=language_of(version.language),
        published=one.published_at or work.created_at,
        dated=one.dated if by_document else None,
        pinned=pinned,
        withdrawn=one.state is State.WITHDRAWN,
    )


def has_edition(work: Work, name: str) -> bool:
    """Whether the actor of that name has published a version of it."""
    return any(one.actor_name == name for one in work.editions)


async def pinned_works(faces: Faces, actor: LocalActor) -> list[Work]:
    """What stands first on a profile."""
    keys = await declaration_lists.pinned_keys(faces.db, actor.row, MOST_PINNED)
    found = [await declarations.by_key(faces.db, key) for key in keys]
    return [one for one in found if one is not None]


def listing_of(
    faces: Faces,
    works: Iterable[Work],
    wished: str,
    *,
    pinned: Iterable[Work] = (),
    newer_url: str | None = None,
    older_url: str | None = None,
    by: str = "",
    by_document: bool = False,
) -> Listing:
    """What is pinned, then the rest; nothing twice. `by` is the edition on whose page it stands.

    `by_document`: sorted by the days of the documents, which are shown then.
    """
    first = {one.row: one for one in pinned}
    entries = [entry_of(faces, one, wished, pinned=True, by=by) for one in first.values()]
    entries += [
        entry_of(faces, one, wished, by=by, by_document=by_document)
        for one in works
        if one.row not in first
    ]
    return Listing(tuple(entries), newer_url, older_url)
