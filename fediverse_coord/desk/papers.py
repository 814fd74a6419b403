"""Papers of declarations: made of what is released, sealed with the coordination's key, kept.

A released version has one paper for each revision, whoever asks; readers get it as it is kept. A
draft's paper is for coordinators: marked as a draft, without a proof, and never kept. What stands
on paper is decided here, how it looks in `press/paper`.
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl

from fediverse_coord.desk import drafts
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.lookups import key_of
from fediverse_coord.desk.people import OPERATOR, Person
from fediverse_coord.desk.profiles import texts_in
from fediverse_coord.errors import Conflict, NotFound
from fediverse_coord.press.paper import EDITION, pdf_of
from fediverse_coord.press.paper_proof import sealed_pdf
from fediverse_coord.press.paper_view import Letterhead, Origin, PaperView
from fediverse_coord.press.paper_words import PaperWords, words_in
from fediverse_coord.protocol.sanitize import plain_text
from fediverse_coord.protocol.wire import loads
from fediverse_coord.publishing.declarations import Declaration, State, Version
from fediverse_coord.publishing.languages import direction, written_date
from fediverse_coord.publishing.signing_off import signed_lines
from fediverse_coord.storage import declarations, papers
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work

LONGEST_HEADING = 120
TRIES = 3
RELEASED = frozenset({State.PUBLISHED, State.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Paper:
    """A PDF, and what its file is called."""

    content: bytes = field(repr=False)
    name: str


async def released(desk: Desk, media: Path, actor: LocalActor, work: Work, language: str) -> Paper:
    """The sealed paper of a released version, kept or made now. `media` holds the pictures.

    The caller has seen that the declaration may be read. Raises NotFound where there is no such
    version, Conflict where it is being changed all the time.
    """
    for _ in range(TRIES):
        found = await _kept_or_made(desk, media, actor, work, language)
        if found is not None:
            return Paper(found, name_of(work, language))
        work = await declarations.by_row(desk.db, work.row) or work
    raise Conflict("this declaration is being changed at this moment: ask again")


def edition_of(actor: LocalActor) -> str:
    """How papers look, and how the coordination presents itself."""
    return f"{EDITION}.{actor.revision}"


def name_of(work: Work, language: str) -> str:
    """`northern-shafts.en.pdf`"""
    return f"{work.declaration.slug}.{language}.pdf"


async def _kept_or_made(
    desk: Desk, media: Path, actor: LocalActor, work: Work, language: str
) -> bytes | None:
    """Nothing where the declaration was changed meanwhile."""
    revision, edition = work.declaration.revision, edition_of(actor)
    kept = await papers.find(desk.db, work.row, language, revision, edition)
    if kept is not None:
        return kept
    version = drafts.language_version(work.declaration.released, language)
    signed = await declarations.version_document(desk.db, work.row, language)
    if work.declaration.state not in RELEASED or signed is None:
        raise NotFound(f"the version in '{language}' is not published")
    view = view_of(desk, actor, work, version, signed=signed)
    made = await asyncio.to_thread(_sealed, desk, media, actor, view)

    async def keep(tx: Transaction) -> bool:
        await declarations.hold(tx, work.row)
        return await papers.put(tx, work.row, language, revision, edition, made, desk.clock())

    return made if await desk.db.write(keep) else None


def _sealed(desk: Desk, media: Path, actor: LocalActor, view: PaperView) -> bytes:
    """In a thread: setting takes its time."""
    signed = view.signed or b""
    created = str(loads(signed).get("proof", {}).get("created"))
    key = desk.publisher.keyring.proof(actor.name)
    return sealed_pdf(_set(media, actor, view), key, signed, created)


def _set(media: Path, actor: LocalActor, view: PaperView) -> bytes:
    head = replace(view.letterhead, icon=_icon(media, actor))
    return pdf_of(replace(view, letterhead=head))


async def of_coordinator(
    desk: Desk, media: Path, person: Person, key: str, language: str | None
) -> Paper:
    """What a coordinator asks for: the sealed paper, or of a draft one that says so.

    Raises NotFound, NotAllowed.
    """
    work = await drafts.find(desk, person, key)
    actor = await coordination(desk, work.actor_name)
    chosen = language or work.declaration.language
    version = drafts.language_version(work.declaration, chosen)
    document = await declarations.version_document(desk.db, work.row, chosen)
    if work.declaration.state in RELEASED and version.is_out and document is not None:
        return await released(desk, media, actor, work, chosen)
    view = view_of(desk, actor, work, version, signed=None)
    content = await asyncio.to_thread(_set, media, actor, view)
    return Paper(content, name_of(work, chosen))


async def at_address(desk: Desk, media: Path, url: str) -> Paper:
    """The paper that stands under an address of ours. Raises NotFound."""
    page, _, query = url.partition("?")
    key = await key_of(desk, page.removesuffix(".pdf"))
    wished = dict(parse_qsl(query)).get("lang")
    return await of_coordinator(desk, media, OPERATOR, key, wished)


def _icon(media: Path, actor: LocalActor) -> bytes | None:
    """The coordination's picture; papers are made without one whose file is missing."""
    icon = actor.profile["icon"]
    if icon is None:
        return None
    try:
        return (media / str(icon["url"]).rpartition("/")[2]).read_bytes()
    except OSError:
        return None


# --- from rows to what stands on paper -------------------------------------------------------


def view_of(
    desk: Desk, actor: LocalActor, work: Work, version: Version, *, signed: bytes | None
) -> PaperView:
    """What readers may see of the version; a withdrawn text is its notice alone."""
    one, words = work.declaration, words_in(version.language)
    is_told = one.state is not State.WITHDRAWN or work.keeps_text
    return PaperView(
        letterhead=_letterhead(desk, actor, version.language),
        heading=_heading(one, version, words, is_told=is_told),
        title=version.title,
        language=version.language,
        direction=direction(version.language),
        moment=one.updated_at or one.published_at or work.saved_at,
        html=version.html if is_told else "",
        page_url=_page_url(desk, one, version.language),
        kind=words.kind(one.kind) if one.kind else None,
        date=written_date(one.dated or _day(work), version.language),
        addressees=one.addressees if is_told else (),
        signatories=signed_lines(one, version.language) if is_told else (),
        sources=tuple(Origin(at.name, at.url) for at in one.sources) if is_told else (),
        translator=_translator(version, words) if is_told else None,
        notices=tuple(_notices(work, version, words, is_draft=signed is None)),
        topics=one.tags,
        words=words.phrases,
        signed=signed,
    )


def _letterhead(desk: Desk, actor: LocalActor, language: str) -> Letterhead:
    return Letterhead(
        name=texts_in(actor.profile, language)["name"],
        handle=desk.uris.handle(actor.name),
        contact=actor.profile["contact"],
    )


def _day(work: Work) -> date:
    return (work.declaration.published_at or work.saved_at).date()


def _heading(one: Declaration, version: Version, words: PaperWords, *, is_told: bool) -> str:
    """What the file is called in a reader's window."""
    begins = " ".join(plain_text(version.html).split())[:LONGEST_HEADING] if is_told else ""
    return version.title or begins or words.kind(one.kind or "statement")


def _page_url(desk: Desk, one: Declaration, language: str) -> str:
    page = desk.uris.page(one.actor_name, one.slug)
    return page if language == one.language else f"{page}?lang={language}"


def _translator(version: Version, words: PaperWords) -> str | None:
    return words.phrases["translator"].format(version.translator) if version.translator else None


def _notices(work: Work, version: Version, words: PaperWords, *, is_draft: bool) -> list[str]:
    """What a reader must know before the text."""
    phrases, notices = words.phrases, []
    if is_draft:
        notices.append(phrases["draft_notice"])
    if work.declaration.state is State.WITHDRAWN:
        notices.append(phrases["withdrawn"])
        if work.reason:
            notices.append(phrases["reason"].format(work.reason))
    else:
        notices += corrections_told(work, version.language)
    return notices


def corrections_told(work: Work, language: str) -> list[str]:
    """Each with what was changed and why; an edit without words by its day alone."""
    phrases, original, notices = words_in(language).phrases, work.declaration.language, list[str]()
    for one in work.corrections:
        told = one.in_language(language, original)
        words = [told.what, told.why] if told else []
        day = phrases["corrected"].format(written_date(one.at.date(), language))
        notices.append(" ".join([day, *(word for word in words if word)]))
    if not notices and work.corrected_at is not None:
        notices.append(
            phrases["corrected"].format(written_date(work.corrected_at.date(), language))
        )
    return notices
