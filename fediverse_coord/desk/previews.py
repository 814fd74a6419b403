"""Previews: what would go over the wire, and what Mastodon's readers would see of it.

Nothing is saved or proved. People whom a new text mentions are looked up as for a publication,
so that the preview tells who cannot be found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fediverse_coord.desk import composing, drafts, illustrating
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.outgoing.publish import Reached
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.sanitize import plain_text
from fediverse_coord.protocol.wire import loads
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.publishing.rendering import Edition, Named, object_from
from fediverse_coord.storage import objects


@dataclass(frozen=True, slots=True)
class Preview:
    """The object as delivered, without its proof; `text` is what Mastodon shows of it."""

    document: Document
    text: str
    warnings: tuple[str, ...] = ()


async def of_text(
    desk: Desk,
    person: Person,
    actor_name: str,
    fields: Mapping[str, object],
    translations: Sequence[Mapping[str, object]] = (),
) -> Preview:
    """Of a text that is not saved. Raises InvalidDraft, NotAllowed, NotFound."""
    require(person, Duty.DRAFT, actor_name)
    actor = await coordination(desk, actor_name)
    draft = composing.checked(actor, fields)
    others = composing.checked_others(actor, draft, translations)
    people = await composing.people_in(desk, draft.source, *(one.source for one in others))
    key = desk.new_key()
    slug = await composing.free_slug(desk.db, actor, draft, key)
    whole, made = composing.composed(desk, actor, (draft, *others), people, key, slug)
    whole = await illustrating.illustrated(desk, whole, draft.hero)
    warnings = drafts.warnings_of(people, None)
    return _preview(desk, whole, people.reached(made.mentions), warnings)


async def of_declaration(desk: Desk, person: Person, key: str) -> Preview:
    """Of what is saved: as it was released, or as it would be now. Raises NotFound, NotAllowed."""
    work = await drafts.find(desk, person, key)
    released = await objects.by_declaration(desk.db, work.row)
    if released is not None:
        document = loads(released.document)
        return Preview(document, on_mastodon(document))
    return _preview(desk, work.declaration, await drafts.reached_by(desk.db, work))


def _preview(
    desk: Desk, one: Declaration, people: Sequence[Reached], warnings: tuple[str, ...] = ()
) -> Preview:
    mentions = tuple(Named(person.handle, person.actor_id) for person in people)
    ready = one.readied().releasing()
    edition = Edition(replace(ready, published_at=desk.clock()), mentions)
    rendering = object_from(edition, desk.uris)
    left_out = tuple(f"too long to deliver in {language}" for language in rendering.left_out)
    return Preview(rendering.document, on_mastodon(rendering.document), (*warnings, *left_out))


def on_mastodon(document: Document) -> str:
    """Of an Article: title, summary and the page's link. Of a Note: its text."""
    if document.get("type") != "Article":
        return plain_text(str(document.get("content", "")))
    parts = (document.get("name", ""), document.get("summary", ""), document.get("url", ""))
    return "\n\n".join(plain_text(str(one)) for one in parts if one)
