"""Redact: takes a name out of everything that a declaration says and ever said.  INTERFACE: redact.

Every version and old revision, the signatories, addressees and sources, old addresses, what was not
yet delivered, and what stands beside it (`redacting_beside`): in one transaction, with the Update
that tells all who have the text. A name is found
however it is spaced, cased, accented or marked. What others keep cannot be recalled, and the person
is told so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fediverse_coord.desk import composing, confidential, redacting_beside, redacting_passages
from fediverse_coord.desk.composing import People
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.drafts import find, guard
from fediverse_coord.desk.mentioned import people_known
from fediverse_coord.desk.people import Duty, Person
from fediverse_coord.errors import FieldFault, Refusal
from fediverse_coord.outgoing.publish import write_revision
from fediverse_coord.protocol.sanitize import plain_text
from fediverse_coord.publishing.corrections import Correction, Told
from fediverse_coord.publishing.declarations import (
    Declaration,
    Source,
    State,
    Verb,
    Version,
    next_state,
)
from fediverse_coord.publishing.illustrations import Image, Shown
from fediverse_coord.publishing.notices import name_removed
from fediverse_coord.publishing.occurrences import Occurrences, occurrences_of
from fediverse_coord.storage import (
    amendments,
    audit,
    declarations,
    named,
    objects,
    reach,
    redaction,
    responses,
)
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work

OUT = frozenset({State.PUBLISHED, State.WITHDRAWN})
LONGEST = 300
BEYOND_RECALL = (
    "what others keep cannot be recalled: copies, screenshots, search engines, mails, printed "
    "sheets, and servers that do not obey; what a picture or a document shows and a recording says "
    "stays as it is: look at those of this text, and at what the coordination's file says"
)


@dataclass(frozen=True, slots=True)
class Redacted:
    """What was done. `servers` have the text and are told; `responses` by others say the name.

    `texts` are keys of other declarations that hold a passage with the name: each is its own.
    """

    work: Work
    revisions: int
    servers: int
    responses: tuple[str, ...]
    texts: tuple[str, ...] = ()
    beyond: str = BEYOND_RECALL


async def redact(desk: Desk, person: Person, key: str, name: str) -> Redacted:
    """Raises Refusal where the name is none, is not there, or cannot be taken out by itself."""
    seen = await find(desk, person, key, Duty.PUBLISH)
    next_state(seen.declaration.state, Verb.REDACT)
    found, now = looked_for(name), desk.clock()
    people = await people_known(desk, seen.declaration)
    after, mentions = await _without(desk, seen, found, people)
    reached = people.reached(mentions)
    is_out = after.declaration.state in OUT and seen.imported_at is None
    release = desk.publisher.revised(after, reached, now) if is_out else None

    async def write(tx: Transaction) -> tuple[Work, int]:
        await guard(tx, seen)
        if release is None:
            await declarations.save(tx, after, person.row, now)
        else:
            await write_revision(tx, release, person.row, now)
        await named.put(tx, seen.row, people.rows(mentions))
        changed = await _past(tx, seen.row, found)
        await amendments.drop_all(tx, seen.row)  # whether they say it or not: they are void now
        changed += await redacting_beside.rewrite(tx, seen, found, now)
        if not changed and _same_words(seen, after):
            raise _refused("does not stand in this declaration, nor did it")
        await audit.record(tx, person.row, "redact", f"declaration:{key}", now)
        return (release.work if release else after), changed

    work, changed = await desk.db.write(write)
    desk.wake()
    servers = await reach.size(desk.db, desk.uris.object(work.actor_name, key))
    said = await _said_by_others(desk, work, found)
    held = await redacting_passages.held_elsewhere(desk, work, found)
    return Redacted(work, changed, servers, said, held)


def _refused(reason: str) -> Refusal:
    return Refusal(f"name {reason}", faults=[FieldFault("name", reason)])


def looked_for(name: str) -> Occurrences:
    """Raises Refusal for what is no name."""
    try:
        if len(name) <= LONGEST:
            return occurrences_of(name)
    except ValueError:
        pass
    raise _refused("is needed, as it stands in the text: at least one letter, at most 300")


async def _without(
    desk: Desk, seen: Work, found: Occurrences, people: People
) -> tuple[Work, tuple[str, ...]]:
    """The work as it may stay, and whom its original still mentions. Raises Refusal."""
    actor, one = await coordination(desk, seen.actor_name), seen.declaration
    versions, mentions = list[Version](), dict[str, tuple[str, ...]]()
    for version in one.versions:
        source = found.replaced(version.source, name_removed(version.language))
        held = redacting_passages.without(version.inserted, found)
        made = composing.rendered(desk, actor, one.form, source, people, held)
        mentions[version.language] = made.mentions
        told = replace(version, source=source, html=made.html, inserted=held)
        versions.append(_version(told, found))
    after = replace(
        one,
        versions=tuple(versions),
        hero=_image(one.hero, found) if one.hero else None,
        slug=one.key if found.are_in(one.slug) else one.slug,
        tags=tuple(tag for tag in one.tags if not found.are_in(tag)),
        revision=one.revision + 1,
    )
    after = _without_in_details(desk, after, found)
    _nothing_left(after, found)
    changed = replace(
        seen,
        declaration=after,
        url_revision=seen.url_revision + 1,
        corrections=tuple(_correction(told, found) for told in seen.corrections),
        reason=found.replaced(seen.reason, name_removed(one.language)) if seen.reason else None,
    )
    return changed, mentions.get(one.language, ())


def _image(image: Image, found: Occurrences) -> Image:
    """The picture, told in words without the name."""
    return replace(image, alts=tuple(redacting_beside.without(dict(image.alts), found).items()))


def _correction(one: Correction, found: Occurrences) -> Correction:
    told = {language: _told(words, language, found) for language, words in one.told.items()}
    return Correction(one.at, told)


def _told(words: Told, language: str, found: Occurrences) -> Told:
    instead = name_removed(language)
    why = found.replaced(words.why, instead) if words.why else None
    return Told(found.replaced(words.what, instead), why)


def _version(version: Version, found: Occurrences) -> Version:
    instead = name_removed(version.language)
    translator = version.translator
    return replace(
        version,
        title=found.replaced(version.title, instead) if version.title else None,
        summary=found.replaced(version.summary, instead) if version.summary else None,
        translator=None if translator and found.are_in(translator) else translator,
        pictures=tuple(
            Shown(_image(one.image, found), found.replaced(one.alt, instead))
            for one in version.pictures
        ),
    )


def _without_in_details(desk: Desk, one: Declaration, found: Occurrences) -> Declaration:
    """A signatory of that name goes as a whole: an office could say who it was."""
    sealed = confidential.names_of(desk, one)
    instead = name_removed(one.language)

    def plain(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(found.replaced(text, instead) for text in texts)

    return replace(
        one,
        signatories=tuple(
            who
            for place, who in enumerate(one.signatories)
            if not any(
                found.are_in(text)
                for text in (who.name, sealed.get(place), who.office, who.organisation)
                if text
            )
        ),
        addressees=plain(one.addressees),
        organisations=plain(one.organisations),
        topics=tuple(topic for topic in one.topics if not found.are_in(topic)),
        sources=tuple(
            Source(
                found.replaced(where.name, instead),
                None if where.url and found.are_in(where.url) else where.url,
            )
            for where in one.sources
        ),
    )


def _nothing_left(one: Declaration, found: Occurrences) -> None:
    """What readers see is looked at once more: marks may have kept words apart."""
    for version in one.versions:
        if found.are_in(plain_text(version.html)) or found.are_in(version.html):
            raise _refused(
                f"stands in the version '{version.language}' in a form that cannot be taken out by "
                "itself, such as a link between its words: edit that text first"
            )


def _same_words(seen: Work, after: Work) -> bool:
    before = replace(seen.declaration, revision=after.declaration.revision)
    return (before, seen.reason, seen.corrections) == (
        after.declaration,
        after.reason,
        after.corrections,
    )


async def _past(tx: Transaction, row: int, found: Occurrences) -> int:
    """Old revisions, corrections, addresses and kept answers; how many places said the name."""

    def rewritten(text: str | None, language: str) -> str | None:
        return found.cleared(text, name_removed(language)) if text else text

    changed = await redaction.rewrite_revisions(tx, row, rewritten)
    await redaction.rewrite_corrections(tx, row, rewritten)
    changed += await redaction.drop_slugs(tx, row, found.are_in)
    await redaction.drop_answers(tx, found.are_in)
    return changed


async def _said_by_others(desk: Desk, work: Work, found: Occurrences) -> tuple[str, ...]:
    """Keys of approved responses below it that say the name: a moderator decides."""
    object_ = await objects.by_declaration(desk.db, work.row)
    said, after = list[str](), 0
    while object_ is not None:
        page = await responses.approved(desk.db, object_.row, after=after)
        said += [one.key for one in page if found.are_in(plain_text(one.html))]
        if not page:
            break
        after = page[-1].row
    return tuple(said)
