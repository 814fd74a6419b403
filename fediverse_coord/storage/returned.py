"""Declarations that come back from an export: rows as they were, and nothing that would be sent.

Only the moments of `updated_at` are today's. No delivery and no fan-out is made: the activity is
put down as one that has gone out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.publishing.declarations import State, Visibility
from fediverse_coord.publishing.illustrations import Image
from fediverse_coord.storage import (
    corrections,
    declarations,
    edition_objects,
    imports,
    media,
    objects,
    outbox,
)
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.outbox import Outgoing

CREATED = "UPDATE declarations SET created_at = :created WHERE id = :row"


@dataclass(frozen=True, slots=True)
class EditionBack:
    """A version as its language's actor had published it."""

    language: str
    actor: LocalActor
    document: bytes = field(repr=False)
    type: str
    object_id: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Back:
    """A work with all that belongs to it; documents are proved with this server's keys."""

    work: Work
    slugs: tuple[str, ...]
    old_paths: tuple[tuple[str, str], ...]
    object_id: str
    activity_id: str
    type: str = ""
    object: bytes | None = field(default=None, repr=False)
    create: bytes | None = field(default=None, repr=False)
    versions: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    editions: Sequence[EditionBack] = ()

    @property
    def images(self) -> tuple[Image, ...]:
        one = self.work.declaration
        shown = [each.image for version in one.versions for each in version.pictures]
        return tuple({each.key: each for each in [*filter(None, [one.hero]), *shown]}.values())


async def put(tx: Transaction, actor: int, back: Back, now: datetime) -> None:
    """Writes it. Raises Conflict for a picture that is not there."""
    one = back.work.declaration
    for image in back.images:
        await _put_picture(tx, actor, image, back.work.created_at)
    row = await declarations.insert(tx, actor, one, None, now)
    await declarations.save(tx, replace(back.work, row=row, actor=actor), None, now)
    await tx.execute(CREATED, row=row, created=milliseconds(back.work.created_at))
    for slug in back.slugs:
        await tx.execute(declarations.PUT_SLUG, actor=actor, slug=slug, row=row)
    for path, language in back.old_paths:
        await tx.execute(imports.PUT_PATH, path=path, row=row, language=language)
    for correction in back.work.corrections:
        await corrections.insert(tx, row, correction)
    for language, document in back.versions.items():
        await declarations.put_document(tx, row, language, document)
    await _put_object(tx, actor, row, back, now)


async def _put_picture(tx: Transaction, actor: int, image: Image, created: datetime) -> None:
    if await media.by_key(tx, image.key) is None:
        files = {"page": image.page, "small": image.small, "card": image.card}
        await media.insert(
            tx, actor, image.key, files, dict(image.alts), None, created, image.enclosed
        )


async def _put_object(tx: Transaction, actor: int, row: int, back: Back, now: datetime) -> None:
    if back.object is None:
        return
    moment = back.work.declaration.published_at or now
    made = await objects.insert(
        tx, actor=actor, declaration=row, object_id=back.object_id, type_=back.type,
        document=back.object, now=moment,
    )  # fmt: skip
    if back.create is not None:
        await outbox.append(tx, _create(actor, made, back), moment)
    for each in back.editions:
        await _put_edition(tx, row, each)
    found = await objects.by_row(tx, made)
    if back.work.declaration.state is State.DELETED and found is not None:
        await objects.bury(tx, found, back.object, now)


def _create(actor: int, made: int, back: Back) -> Outgoing:
    """To nobody: it went out where it was made."""
    one = back.work.declaration
    is_open = one.visibility in {Visibility.PUBLIC, Visibility.UNLISTED}
    is_told = is_open and one.state is not State.DELETED
    return Outgoing(
        actor, back.activity_id, "Create", back.create or b"", made, back.object_id,
        fetchable=is_told, listed=is_told,
    )  # fmt: skip


async def _put_edition(tx: Transaction, row: int, one: EditionBack) -> None:
    made = await objects.insert(
        tx, actor=one.actor.row, declaration=None, object_id=one.object_id, type_=one.type,
        document=one.document, now=one.published_at,
    )  # fmt: skip
    await edition_objects.insert(tx, row, one.language, made, one.actor.name, one.published_at)
