"""Previews: what would go over the wire, and what people would see of it where they read.

Nothing is saved or proved. People whom a new text mentions are looked up as for a publication,
so that the preview tells who cannot be found. Names are sealed in memory as for a publication, and
thrown away. What other servers make of an Article differs:
Mastodon shows title, summary and link, others the text folded behind the summary.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fediverse_coord.desk import (
    composing,
    confidential,
    drafts,
    illustrating,
    inserting,
    page_addresses,
)
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import Conflict
from fediverse_coord.outgoing.publish import Reached
from fediverse_coord.press.paper_words import words_in
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.sanitize import plain_text
from fediverse_coord.protocol.wire import loads
from fediverse_coord.publishing.bystanders import Bystanders, bystanders
from fediverse_coord.publishing.declarations import Declaration, Version
from fediverse_coord.publishing.languages import written_date
from fediverse_coord.publishing.rendering import Edition, Named, object_from
from fediverse_coord.publishing.signing_off import signed_lines
from fediverse_coord.storage import actors, objects
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.declarations import Work

FOLD = "[…]"  # a button: what follows it is seen once it was pressed


@dataclass(frozen=True, slots=True)
class Preview:
    """The object as delivered, without its proof, and as it is read: plain text by reader.

    `shown` has `mastodon`, `gotosocial` and `misskey`, which see the original, and of each
    language what a feed and a sheet of paper say: `feed.en`, `paper.en`.
    """

    document: Document
    shown: Mapping[str, str] = field(repr=False)
    warnings: tuple[str, ...] = ()
    named: tuple[Bystanders, ...] = ()
    held_back: tuple[str, ...] = ()  # why it would be refused if it were published now

    @property
    def told(self) -> tuple[str, ...]:
        """What whoever publishes it should know, in sentences."""
        return (*self.held_back, *self.warnings, *(one.told for one in self.named))

    @property
    def text(self) -> str:
        """What Mastodon shows of it."""
        return self.shown["mastodon"]


async def of_text(
    desk: Desk,
    person: Person,
    actor_name: str,
    fields: Mapping[str, object],
    translations: Sequence[Mapping[str, object]] = (),
) -> Preview:
    """Of a text that is not saved, as `drafts.make` would make it.

    Raises InvalidDraft, NotAllowed, NotFound, ConfigError where nothing can be sealed.
    """
    require(person, Duty.DRAFT, actor_name)
    actor = await coordination(desk, actor_name)
    checked, rest = composing.checked_work(actor, fields, translations)
    draft, *others = await inserting.all_filled(desk, actor, (checked, *rest))
    people = await composing.people_in(desk, draft.source, *(one.source for one in others))
    key = desk.new_key()
    draft = confidential.protected(desk, key, draft)
    slug = await page_addresses.free_slug(desk.db, actor, draft, key)
    whole, made = composing.composed(desk, actor, (draft, *others), people, key, slug)
    whole = await illustrating.illustrated(desk, whole, draft.hero)
    confidential.not_in_texts(desk, whole, *others)
    confidential.not_beside_texts(desk, whole, ())
    warnings = drafts.warnings_of(people, None, whole)
    shown = _preview(desk, whole, people.reached(made.mentions), warnings)
    named = bystanders(actor.profile, whole)
    return replace(shown, named=named, held_back=_held_back(actor, whole))


async def of_declaration(desk: Desk, person: Person, key: str) -> Preview:
    """Of what is saved: as it was released, or as it would be now. Raises NotFound, NotAllowed."""
    work = await drafts.find(desk, person, key)
    named = await named_in(desk, work)
    released = await objects.by_declaration(desk.db, work.row)
    if released is not None:
        document = loads(released.document)
        return Preview(document, _shown(document, work.declaration), named=named)
    shown = _preview(desk, work.declaration, await drafts.reached_by(desk.db, work))
    actor = await actors.by_name(desk.db, work.actor_name)
    held_back = _held_back(actor, work.declaration) if actor else ()
    return replace(shown, named=named, held_back=held_back)


def _held_back(actor: LocalActor, one: Declaration) -> tuple[str, ...]:
    """Why it may not go out as it is, where somebody who signs is not cleared."""
    try:
        confidential.require_cleared(one, actor)
    except Conflict as error:
        return (f"it cannot be published like this: {error}",)
    return ()


async def named_in(desk: Desk, work: Work, would_be: Work | None = None) -> tuple[Bystanders, ...]:
    """Who may be named in what is saved, or would be, and not out yet, besides those who sign."""
    actor = await actors.by_name(desk.db, work.actor_name)
    if actor is None:
        return ()
    after, out = would_be or work, work.declaration.released
    told = after.corrections[len(work.corrections) :]
    return bystanders(actor.profile, after.declaration, out, told)


def _preview(
    desk: Desk, one: Declaration, people: Sequence[Reached], warnings: tuple[str, ...] = ()
) -> Preview:
    mentions = tuple(Named(person.handle, person.actor_id) for person in people)
    ready = one.readied().releasing()
    edition = Edition(replace(ready, published_at=desk.clock()), mentions)
    rendering = object_from(edition, desk.uris)
    left_out = tuple(f"too long to deliver in {language}" for language in rendering.left_out)
    return Preview(rendering.document, _shown(rendering.document, ready), (*warnings, *left_out))


def _shown(document: Document, one: Declaration) -> dict[str, str]:
    folded = _folded(document)
    shown = {"mastodon": on_mastodon(document), "gotosocial": folded, "misskey": folded}
    for version in one.versions:
        shown[f"feed.{version.language}"] = _joined(version.title, _text(one, version))
        shown[f"paper.{version.language}"] = on_paper(one, version)
    return shown


def on_mastodon(document: Document) -> str:
    """Of an Article: title, summary and the page's link. Of a Note: its text."""
    if document.get("type") != "Article":
        return plain_text(str(document.get("content", "")))
    parts = (document.get("name", ""), document.get("summary", ""), document.get("url", ""))
    return _joined(*(plain_text(str(one)) for one in parts))


def _folded(document: Document) -> str:
    """Of an Article: the summary, and all the text behind a button. Of a Note: its text."""
    content = plain_text(str(document.get("content", "")))
    if document.get("type") != "Article":
        return content
    summary = plain_text(str(document.get("summary", "")))
    title = plain_text(str(document.get("name", "")))
    return _joined(summary, FOLD, title, content)


def on_paper(one: Declaration, version: Version) -> str:
    """Date, addressees, title, text and those who sign, in that order."""
    dated = written_date(one.dated, version.language) if one.dated else None
    to = words_in(version.language).phrases["to"]
    addressees = "\n".join((to, *one.addressees)) if one.addressees else None
    return _joined(dated, addressees, version.title, _text(one, version))


def _text(one: Declaration, version: Version) -> str:
    signed = "\n".join(signed_lines(one, version.language))
    return _joined(plain_text(version.html), signed)


def _joined(*parts: str | None) -> str:
    return "\n\n".join(one for one in parts if one)
