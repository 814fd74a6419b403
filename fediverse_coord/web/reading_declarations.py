"""From rows to the page of one declaration: its text, its counts, and what came back.

Below it stand approved public responses and our own answers, oldest first, as `replies` lists
them. Followers-only and direct messages never reach this module: the statements of storage
leave them out, and what is shown is checked once more.
"""

from markupsafe import Markup

from fediverse_coord.protocol.sanitize import plain_text, with_hosts
from fediverse_coord.protocol.uris import origin_of
from fediverse_coord.publishing.declarations import (
    Declaration,
    Signatory,
    State,
    Visibility,
)
from fediverse_coord.publishing.languages import is_tag
from fediverse_coord.storage import actors, declarations, objects, replies, responses
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.objects import LocalObject
from fediverse_coord.web.faces import Faces
from fediverse_coord.web.illustrated import card_of, hero_of, pictures_of
from fediverse_coord.web.reading import (
    author_of,
    description_of,
    language_of,
    page_of,
    picture_of,
    site_of,
    version_shown,
)
from fediverse_coord.web.views import (
    DeclarationView,
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


async def declaration_view(
    faces: Faces, actor: LocalActor, work: Work, wished: str | None, offset: int = 0
) -> DeclarationView | None:
    """What the page shows; nothing where the object is not there (any more)."""
    found = await objects.by_declaration(faces.db, work.row)
    if found is None or found.deleted:
        return None
    one, version = work.declaration, version_shown(work.declaration, wished)
    withdrawn = one.state is State.WITHDRAWN
    language = language_of(version.language)
    shown, more = await _responses(faces, actor, found, offset)
    page = page_of(faces, one, version.language)
    return DeclarationView(
        site=site_of(faces),
        page_language=language,
        language=language,
        author=author_of(faces, actor, version.language),
        url=page,
        object_id=found.object_id,
        title=version.title,
        summary=description_of(work, version),
        content=NO_TEXT if withdrawn and not work.keeps_text else Markup(version.html),  # noqa: S704
        kind=one.kind,
        published=one.published_at or work.created_at,
        edited=work.corrected_at,
        particulars=NOTHING if withdrawn and not work.keeps_text else _particulars(one),
        tags=tuple(Tag(tag, faces.uris.tag(one.actor_name, tag)) for tag in one.tags),
        likes=found.likes,
        boosts=found.shares,
        responses=shown,
        more_responses_url=f"{page}{_joint(page)}responses={offset + RESPONSES}" if more else None,
        other_languages=_other_languages(faces, one, version.language),
        image=card_of(faces, work, version) or picture_of(actor.profile["image"]),
        hero=hero_of(faces, work, version),
        pictures=pictures_of(faces, work, version),
        withdrawn_reason=(work.reason or "") if withdrawn else None,
        noindex=withdrawn or one.visibility is not Visibility.PUBLIC or offset > 0,
    )


def _particulars(one: Declaration) -> Particulars:
    return Particulars(
        dated=one.dated,
        addressees=one.addressees,
        signatories=tuple(_signed(who) for who in one.signatories if who.shown_name),
        sources=tuple(Source(where.name, where.url) for where in one.sources),
    )


def _signed(who: Signatory) -> str:
    """In one line. One whose name is hidden is left out: an office could tell who it is."""
    parts = (who.shown_name, who.office, who.organisation, who.place, who.country)
    return ", ".join(part for part in parts if part)


def _joint(address: str) -> str:
    return "&" if "?" in address else "?"


def _other_languages(faces: Faces, one: Declaration, shown: str) -> tuple[LanguageLink, ...]:
    return tuple(
        LanguageLink(language_of(version.language), page_of(faces, one, version.language))
        for version in one.versions
        if version.language != shown
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
