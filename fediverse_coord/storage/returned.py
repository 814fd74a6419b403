"""Declarations that come back from an export: rows as they were, and nothing that would be sent.

No delivery and no fan-out is made: activities are put down as ones that have gone out, in the
order in which they did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.publishing.illustrations import Image
from fediverse_coord.storage import (
    corrections,
    declarations,
    edition_objects,
    exports,
    imports,
    media,
    objects,
    outbox,
)
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.exports import Line
from fediverse_coord.storage.outbox import Outgoing

CREATED = "UPDATE declarations SET created_at = :created WHERE id = :row"


@dataclass(frozen=True, slots=True)
class ObjectBack:
    """An object as it stood on the wire; `facts` are its moments and counts, where known."""

    object_id: str
    type: str
    document: bytes = field(repr=False)
    facts: Line | None = None


@dataclass(frozen=True, slots=True)
class EditionBack:
    """A version as its language's actor had published it."""

    language: str
    actor: LocalActor
    object: ObjectBack
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Back:
    """A work with all that belongs to it; documents are proved with this server's keys."""

    work: Work
    slugs: tuple[str, ...]
    old_paths: tuple[tuple[str, str], ...]
    object: ObjectBack | None = None
    versions: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    editions: Sequence[EditionBack] = ()
    taken_in: Mapping[str, datetime] = field(default_factory=dict)  # pictures, by key
    revisions: Sequence[Line] = field(default=(), repr=False)
    imported_from: Sequence[Line] = ()
    mentions: Sequence[Line] = field(default=(), repr=False)

    @property
    def images(self) -> tuple[Image, ...]:
        one = self.work.declaration
        shown = [each.image for version in one.versions for each in version.pictures]
        return tuple({each.key: each for each in [*filter(None, [one.hero]), *shown]}.values())


async def put(tx: Transaction, actor: int, back: Back) -> None:
    """Writes it as it was last saved. Raises Conflict for a picture that is not there."""
    one, saved = back.work.declaration, back.work.saved_at
    for image in back.images:
        await _put_picture(tx, actor, image, back)
    row = await declarations.insert(tx, actor, one, None, saved)
    await declarations.save(tx, replace(back.work, row=row, actor=actor), None, saved)
    await tx.execute(CREATED, row=row, created=milliseconds(back.work.created_at))
    for slug in back.slugs:
        await tx.execute(declarations.PUT_SLUG, actor=actor, slug=slug, row=row)
    for path, language in back.old_paths:
        await tx.execute(imports.PUT_PATH, path=path, row=row, language=language)
    for correction in back.work.corrections:
        await corrections.insert(tx, row, correction)
    for language, document in back.versions.items():
        await declarations.put_document(tx, row, language, document)
    if back.revisions:
        await exports.put_revisions(tx, row, back.revisions)
    await exports.put_entries(tx, actor, row, back.imported_from)
    await exports.put_mentions(tx, row, back.mentions)
    await _put_objects(tx, actor, row, back)


async def _put_picture(tx: Transaction, actor: int, image: Image, back: Back) -> None:
    if await media.by_key(tx, image.key) is None:
        files = {"page": image.page, "small": image.small, "card": image.card}
        moment, told = back.taken_in.get(image.key, back.work.created_at), dict(image.alts)
        await media.insert(tx, actor, image.key, files, told, None, moment, image.enclosed)


async def _put_objects(tx: Transaction, actor: int, row: int, back: Back) -> None:
    if back.object is None:
        return
    moment = back.work.declaration.published_at or back.work.saved_at
    await _put_object(tx, actor, row, back.object, moment)
    for each in back.editions:
        made = await _put_object(tx, each.actor.row, None, each.object, each.published_at)
        name, moment = each.actor.name, each.published_at
        await edition_objects.insert(tx, row, each.language, made, name, moment)


async def _put_object(
    tx: Transaction, actor: int, declaration: int | None, one: ObjectBack, moment: datetime
) -> int:
    made = await objects.insert(
        tx, actor=actor, declaration=declaration, object_id=one.object_id, type_=one.type,
        document=one.document, now=moment,
    )  # fmt: skip
    if one.facts is not None:
        await exports.put_facts(tx, made, one.facts)
    return made


async def put_create(
    tx: Transaction, actor: int, object_id: str, document: bytes, now: datetime, *, is_told: bool
) -> None:
    """The Create of an object that is here again; to nobody, as it went out where it was made."""
    found = await objects.by_id(tx, object_id)
    is_open = is_told and found is not None and not found.deleted
    activity = Outgoing(
        actor, f"{object_id}/activity", "Create", document, found.row if found else None,
        object_id, fetchable=is_open, listed=is_open,
    )  # fmt: skip
    await outbox.append(tx, activity, now)
