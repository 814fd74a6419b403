"""From rows to the page of one declaration: its text, its counts, and what came back.

Below it stand approved public responses and our own answers, oldest first, as `replies` lists
them. Followers-only and direct messages never reach this module: the statements of storage
leave them out, and what is shown is checked once more.
"""

from markupsafe import Markup

from fediverse_coord.errors import NotFound
from fediverse_coord.protocol.sanitize import plain_text, with_hosts
from fediverse_coord.protocol.uris import origin_of
from fediverse_coord.publishing.corrections import Correction
from fediverse_coord.publishing.declarations import (
    Declaration,
    State,
    Version,
    Visibility,
)
from fediverse_coord.publishing.languages import country_name, is_tag
from fediverse_coord.publishing.signing_off import signed_lines
from fediverse_coord.storage import actors, declarations, objects, replies, responses
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.archive import Filter
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.objects import LocalObject
from fediverse_coord.storage.related import related
from fediverse_coord.web.choosing import address, read_in, unlike_first
from fediverse_coord.web.faces import Faces
from fediverse_coord.web.illustrated import (
    card_of,
    enclosed_of,
    hero_of,
    pictures_of,
    without_lines,
)
from fediverse_coord.web.places import with_places
from fediverse_coord.web.plain_address import plain_address
from fediverse_coord.web.reading import (
    author_of,
    description_of,
    edition_links,
    entry_of,
    has_edition,
    language_of,
    page_of,
    paper_of,
    picture_of,
    site_of,
    version_shown,
)
from fediverse_coord.web.templating import has_words, place_script, words_for
from fediverse_coord.web.views import (
    CorrectionNote,
    DeclarationView,
    Entry,
    Language,
    LanguageLink,
    Particulars,
    Response,
    Source,
    Tag,
)

OPEN = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})
SHOWN = frozenset({State.PUBLISHED, State.WITHDRAWN})
RESPONSES = 50
NO_TEXT = Markup("")
NOTHING = Particulars()


def is_shown(work: Work) -> bool:
    """Whether anybody may read it."""
    one = work.declaration
    return one.state in SHOWN and one.visibility in OPEN and one.published_at is not None


def is_grave(work: Work) -> bool:
    """Whether something stood there that anybody could read; a draft that went left nothing."""
    one = work.declaration
    was_open = one.visibility in OPEN and one.published_at is not None
    return one.state is State.DELETED and was_open


def script_of(faces: Faces, work: Work) -> str | None:
    """Where the script is that keeps a reader's place on the way to another language."""
    one = work.declaration.released
    is_read = one.state is not State.WITHDRAWN or work.keeps_text
    is_one_of_many = len(one.versions) > 1
    return f"{faces.uris.origin}{place_script().path}" if is_read and is_one_of_many else None


async def work_asked_for(faces: Faces, actor: LocalActor, whole: LocalActor, slug: str) -> Work:
    """What has or had this slug, shown or deleted. Raises NotFound, also for a draft.

    `whole` is the coordination, `actor` the same or an edition of it, which must have published it.
    """
    work = await declarations.by_slug(faces.db, whole.row, slug)
    if work is None or not (is_shown(work) or is_grave(work)):
        raise NotFound("there is no page at this address")
    if whole is not actor and not has_edition(work, actor.name):
        raise NotFound("there is no page at this address")
    return work


async def declaration_view(
    faces: Faces,
    actor: LocalActor,
    work: Work,
    wished: str | None,
    offset: int = 0,
    *,
    by: LocalActor | None = None,
    spoken: Language | None = None,
) -> DeclarationView | None:
    """What the page shows; nothing where the object is not there (any more).

    `by` is the language's edition on whose page it stands; the responses are those to the work.
    `spoken` is the reader's language, for our own words where we have none in the text's.
    """
    found = await objects.by_declaration(faces.db, work.row)
    imported = work.imported_at is not None
    if found.deleted if found is not None else not imported:
        return None
    one = work.declaration.released
    version = version_shown(one, wished)
    withdrawn = one.state is State.WITHDRAWN
    language = language_of(version.language)
    read = unlike_first(version.language, actor.profile)
    shown, more = await _responses(faces, actor, found, offset) if found else ((), False)
    page = page_of(faces, one, version.language, by.name if by else "")
    enclosed = enclosed_of(faces, work, version)
    others = _other_languages(faces, one, version.language, whole=by is None)
    counts = [*([found] if found else []), *await _edition_objects(faces, work)]
    return DeclarationView(
        site=site_of(faces),
        page_language=language if spoken is None or has_words(version.language) else spoken,
        language=language,
        author=author_of(faces, by or actor, version.language),
        url=page,
        object_id=None if imported else faces.uris.object((by or actor).name, one.key),
        title=version.title,
        summary=description_of(work, version),
        content=NO_TEXT
        if withdrawn and not work.keeps_text
        else with_places(
            without_lines(version.html, enclosed),
            others,
            words_for(language.tag).phrases["languages"],
        ),
        kind=one.kind,
        published=one.published_at or work.created_at,
        edited=work.corrected_at,
        corrections=_corrections(work, version.language),
        kind_url=_chosen(faces, one, read, kind=one.kind) if one.kind else None,
        plain_url=plain_address(page),
        particulars=NOTHING
        if withdrawn and not work.keeps_text
        else _particulars(faces, one, version, read),
        tags=tuple(
            Tag(tag, read_in(faces.uris.tag(one.actor_name, tag), read)) for tag in one.tags
        ),
        likes=sum(each.likes for each in counts),
        boosts=sum(each.shares for each in counts),
        editions=tuple(
            link for link in edition_links(faces, actor) if one.version(link.language.tag)
        ),
        related=await _related(faces, work, version.language, by),
        responses=shown,
        more_responses_url=f"{page}{_joint(page)}responses={offset + RESPONSES}" if more else None,
        other_languages=others,
        image=card_of(faces, work, version) or picture_of(actor.profile["image"]),
        hero=hero_of(faces, work, version),
        pictures=pictures_of(faces, work, version),
        enclosed=enclosed,
        withdrawn_reason=(work.reason or "") if withdrawn else None,
        paper_url=None if imported else paper_of(faces, one, version.language),
        bundle_url=None if imported else f"{faces.uris.page(actor.name, one.slug)}.zip",
        is_imported=imported,
        script_url=script_of(faces, work),
        noindex=withdrawn or one.visibility is not Visibility.PUBLIC or offset > 0,
    )


async def _related(
    faces: Faces, work: Work, language: str, by: LocalActor | None
) -> tuple[Entry, ...]:
    """In the same language, where they are written in it."""
    if work.declaration.state is State.WITHDRAWN:
        return ()
    found = await related(faces.db, work)
    return tuple(entry_of(faces, one, language, by=by.name if by else "") for one in found)


async def _edition_objects(faces: Faces, work: Work) -> list[LocalObject]:
    found = [await objects.by_row(faces.db, edition.row) for edition in work.editions]
    return [each for each in found if each is not None and not each.deleted]


def _chosen(faces: Faces, one: Declaration, read: str, **chosen: str) -> str:
    """The archive, with that chosen, in the language `read`."""
    archive = f"{faces.uris.profile(one.actor_name)}/archive"
    return address(archive, Filter(), spoken=read, **chosen)


def _corrections(work: Work, language: str) -> tuple[CorrectionNote, ...]:
    original = work.declaration.language
    told = ((each, each.spoken_for(language, original)) for each in work.corrections)
    return tuple(_correction(each, spoken) for each, spoken in told if spoken)


def _correction(one: Correction, spoken: str) -> CorrectionNote:
    words = one.told[spoken]
    return CorrectionNote(one.at, words.what, words.why, language_of(spoken))


def _particulars(faces: Faces, one: Declaration, version: Version, read: str) -> Particulars:
    language = version.language
    return Particulars(
        dated=one.dated,
        addressees=one.addressees,
        signatories=signed_lines(one, language),
        sources=tuple(Source(where.name, where.url) for where in one.sources),
        countries=tuple(
            Source(country_name(code, language), _chosen(faces, one, read, country=code))
            for code in one.countries
        ),
        organisations=tuple(
            Source(name, _chosen(faces, one, read, organisation=name)) for name in one.organisations
        ),
        translator=version.translator,
    )


def _joint(address: str) -> str:
    return "&" if "?" in address else "?"


def _other_languages(
    faces: Faces, one: Declaration, shown: str, *, whole: bool
) -> tuple[LanguageLink, ...]:
    """On an edition's page its own language too: there it stands with all others."""
    return tuple(
        LanguageLink(language_of(version.language), page_of(faces, one, version.language))
        for version in one.versions
        if version.language != shown or not whole
    )


async def _responses(
    faces: Faces, actor: LocalActor, found: LocalObject, offset: int
) -> tuple[tuple[Response, ...], bool]:
    """One page of them, and whether there are more."""
    ids = await replies.shown_ids(faces.db, found.object_id, offset=offset, limit=RESPONSES + 1)
    approved = await responses.approved(faces.db, found.row, limit=2 * RESPONSES)
    near = {one.object_id: one for one in approved}
    shown = [
        _stranger(near[one]) if one in near else await _answer_or_stranger(faces, found, one)
        for one in ids[:RESPONSES]
    ]
    return tuple(one for one in shown if one is not None), len(ids) > RESPONSES


async def _answer_or_stranger(faces: Faces, found: LocalObject, object_id: str) -> Response | None:
    if faces.uris.is_ours(object_id):
        return await _answer(faces, object_id)
    known = await responses.by_object_id(faces.db, object_id)
    shown = [
        one
        for one in known
        if one.object == found.row
        and one.state == "approved"
        and one.visibility in {"public", "unlisted"}
    ]
    return _stranger(shown[0]) if shown else None


async def _answer(faces: Faces, object_id: str) -> Response | None:
    """An answer of ours, as its own coordination signs it."""
    found = await objects.by_id(faces.db, object_id)
    row = found.declaration if found else None
    work = await declarations.by_row(faces.db, row) if row is not None else None
    actor = await actors.by_row(faces.db, work.actor) if work else None
    if work is None or actor is None or not is_shown(work):
        return None
    one = work.declaration
    author = author_of(faces, actor, one.language)
    return Response(
        name=author.name,
        handle=author.handle,
        url=page_of(faces, one, one.language),
        content=Markup(one.original.html),  # noqa: S704
        published=one.published_at or work.created_at,
        language=language_of(one.language),
    )


def _stranger(one: responses.Response) -> Response:
    """A stranger's words: name as text, HTML cleaned when it came in, links with their hosts."""
    label = one.author_handle or one.author_host
    url = one.url if origin_of(one.url) else one.object_id
    return Response(
        name=one.author_name or label,
        handle=label,
        url=url or one.object_id,
        content=Markup(with_hosts(one.html)),  # noqa: S704
        published=one.published_at,
        language=language_of(one.language) if one.language and is_tag(one.language) else None,
    )


def subject_of(work: Work) -> str:
    """What a declaration is called where it is spoken of: its title, or its first words."""
    return work.declaration.original.title or plain_text(work.declaration.original.html)[:160]
