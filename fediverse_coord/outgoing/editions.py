"""A version as the actor of its language publishes it: rendered, proved, put into rows.

An edition's object has its own id, page and proof, and its language alone. It names nobody and
answers nothing: mentions stand in the original. Its last line leads to the page of the whole work.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from fediverse_coord.outgoing.pinning import told_of_pin
from fediverse_coord.protocol.activities import create, delete, sealed, tombstone, update
from fediverse_coord.protocol.addressing import Visibility, address
from fediverse_coord.protocol.chance import Chance
from fediverse_coord.protocol.signatures.integrity import prove
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.protocol.wire import dumps
from fediverse_coord.publishing.rendering import Edition, edition_from
from fediverse_coord.storage import deliveries, edition_objects, objects, outbox, stamps
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.edition_objects import EditionObject
from fediverse_coord.storage.keyring import EditionActor, Keyring
from fediverse_coord.storage.outbox import Outgoing

OPEN = frozenset({"public", "unlisted"})


@dataclass(frozen=True, slots=True)
class EditionRelease:
    """What one edition puts into rows; `known` is what it has published of this work before."""

    actor: EditionActor
    known: EditionObject | None
    object_id: str
    type: str
    document: bytes = field(repr=False)
    activity: Outgoing = field(repr=False)
    create: bytes = field(repr=False)
    pin: Outgoing | None = None  # of a work that was pinned before this edition came


def released_by(
    keyring: Keyring, uris: Uris, new_key: Chance, work: Work, edition: Edition, now: datetime
) -> Iterator[EditionRelease]:
    """For each published version whose language has an actor of its own."""
    one = work.declaration
    if one.visibility not in OPEN or one.in_reply_to is not None:
        return
    known = {each.language: each for each in work.editions}
    for actor in keyring.editions(one.actor_name):
        version = one.released.version(actor.language)
        if version is None:
            continue
        before = known.get(actor.language)
        published = before.published_at if before else now
        spoken = edition_from(edition, version, actor.name, published, uris)
        proved = prove(spoken, keyring.proof(actor.name), now)
        made = create(uris.create(actor.name, one.key), proved)
        create_bytes = sealed(made, keyring.proof(actor.name), now)
        yield EditionRelease(
            actor,
            before,
            proved["id"],
            proved["type"],
            dumps(proved),
            _activity(keyring, uris, new_key, work, actor, before, proved, create_bytes, now),
            create_bytes,
            _pin(keyring, uris, new_key, actor, proved["id"], now)
            if before is None and work.pinned_at
            else None,
        )


def _pin(
    keyring: Keyring,
    uris: Uris,
    new_key: Chance,
    actor: EditionActor,
    object_id: str,
    now: datetime,
) -> Outgoing:
    return told_of_pin(keyring, uris, new_key, (actor.row, actor.name), object_id, now, on=True)


def _activity(
    keyring: Keyring,
    uris: Uris,
    new_key: Chance,
    work: Work,
    actor: EditionActor,
    before: EditionObject | None,
    proved: dict[str, object],
    create_bytes: bytes,
    now: datetime,
) -> Outgoing:
    activity_id, document = uris.create(actor.name, work.declaration.key), create_bytes
    if before is not None:
        activity_id = uris.activity(actor.name, new_key())
        told = update(activity_id, proved, now)
        document = sealed(told, keyring.proof(actor.name), now)
    return Outgoing(
        actor=actor.row,
        activity_id=activity_id,
        type="Update" if before else "Create",
        document=document,
        object_id=str(proved["id"]),
        fetchable=True,
        listed=before is None,
        to_followers=True,
        to_reach=before is not None,
    )


async def write_editions(
    tx: Transaction, work: Work, released: Sequence[EditionRelease], now: datetime
) -> None:
    """In the transaction of the work's own release or revision."""
    for one in released:
        if one.known is None:
            await _write_first(tx, work, one, now)
        else:
            await _write_again(tx, one.known, one, now)


async def _write_first(tx: Transaction, work: Work, one: EditionRelease, now: datetime) -> None:
    row = await objects.insert(
        tx,
        actor=one.actor.row,
        declaration=None,
        object_id=one.object_id,
        type_=one.type,
        document=one.document,
        now=now,
    )
    await edition_objects.insert(tx, work.row, one.actor.language, row, one.actor.name, now)
    await outbox.append(tx, replace(one.activity, object=row), now)
    if one.pin is not None:
        await outbox.append(tx, replace(one.pin, object=row), now)


async def _write_again(
    tx: Transaction, known: EditionObject, one: EditionRelease, now: datetime
) -> None:
    found = await objects.by_row(tx, known.row)
    if found is None or found.deleted:
        return
    await objects.revise(tx, found, one.document)
    await outbox.rewrite(tx, f"{found.object_id}/activity", one.create)
    await outbox.retire_updates(tx, found.row, one.activity.document)
    await deliveries.supersede(tx, found.row, ["Update"], now)
    await outbox.append(tx, replace(one.activity, object=found.row), now)


@dataclass(frozen=True, slots=True)
class EditionDeletion:
    """What the end of an edition's object puts into rows."""

    known: EditionObject
    grave: bytes = field(repr=False)
    activity: Outgoing = field(repr=False)


def deleted_by(
    keyring: Keyring, uris: Uris, new_key: Chance, work: Work, type_: str, now: datetime
) -> Iterator[EditionDeletion]:
    """For each edition that has published it, also by an actor that has ended since."""
    for known in work.editions:
        key, name = keyring.proof(known.actor_name), known.actor_name
        grave = tombstone(known.object_id, type_, now)
        visibility: Visibility = work.declaration.visibility.value
        to, cc = address(visibility, uris.followers(name), [])
        activity_id = uris.activity(name, new_key())
        told = delete(activity_id, uris.actor(name), grave, to, cc, now)
        activity = Outgoing(
            actor=known.actor,
            activity_id=activity_id,
            type="Delete",
            document=sealed(told, key, now),
            object_id=known.object_id,
            to_followers=True,
            to_reach=True,
        )
        yield EditionDeletion(known, sealed(grave, key, now), activity)


async def bury_editions(
    tx: Transaction, deletions: Sequence[EditionDeletion], now: datetime
) -> None:
    """In the transaction of the work's own deletion."""
    for one in deletions:
        found = await objects.by_row(tx, one.known.row)
        if found is None or found.deleted:
            continue
        await objects.bury(tx, found, one.grave, now)
        await stamps.revoke_for(tx, found.row, now)
        await outbox.bury(tx, found.row, one.grave)
        await deliveries.supersede(tx, found.row, ["Create", "Update"], now)
        await outbox.append(tx, replace(one.activity, object=found.row), now)
