"""Publish: a declaration becomes its object and activity, proved, with the row that sends them.

Two halves. `Publisher` renders and proves, outside any transaction and without the network:
mentions were resolved when the draft was saved. `write_*` put the result down in the
caller's transaction, together with whatever made it necessary.  ActivityPub 6.2, 6.3, 6.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

from fediverse_coord.errors import Conflict
from fediverse_coord.outgoing.editions import (
    EditionDeletion,
    EditionRelease,
    bury_editions,
    deleted_by,
    released_by,
    write_editions,
)
from fediverse_coord.outgoing.pinning import told_of_pin
from fediverse_coord.protocol.activities import create, delete, sealed, tombstone, update
from fediverse_coord.protocol.addressing import Visibility, address
from fediverse_coord.protocol.chance import Chance
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.signatures.integrity import prove
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.protocol.vocabulary import PUBLIC
from fediverse_coord.protocol.wire import dumps
from fediverse_coord.publishing.declarations import Declaration, Details, State
from fediverse_coord.publishing.rendering import Named, object_from, version_from
from fediverse_coord.storage import (
    declarations,
    deliveries,
    editions,
    erasing,
    objects,
    outbox,
    stamps,
)
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.keyring import Keyring
from fediverse_coord.storage.outbox import Outgoing


@dataclass(frozen=True, slots=True)
class Reached:
    """A person whom the text reaches by name: mentioned, or answered to."""

    handle: str
    actor_id: str
    inbox_url: str


@dataclass(frozen=True, slots=True)
class Release:
    """Everything a released revision puts into rows. `left_out` languages did not fit."""

    work: Work
    document: bytes = field(repr=False)
    type: str
    versions: tuple[tuple[str, bytes], ...] = field(repr=False)
    activity: Outgoing = field(repr=False)
    create: bytes = field(repr=False)
    left_out: tuple[str, ...] = ()
    editions: tuple[EditionRelease, ...] = ()


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a deletion puts into rows."""

    work: Work
    grave: bytes = field(repr=False)
    activity: Outgoing = field(repr=False)
    editions: tuple[EditionDeletion, ...] = ()


@dataclass(frozen=True, slots=True)
class Publisher:
    """Renders and proves in a coordination's name."""

    uris: Uris
    keyring: Keyring
    new_key: Chance

    def released(self, work: Work, people: Sequence[Reached], now: datetime) -> Release:
        """The first release: `published` is this moment, never the date on the document.

        Versions that are drafts still stay behind; the original never does.
        """
        ready = work.declaration.releasing()
        declaration = replace(ready, state=State.PUBLISHED, published_at=now)
        return self._release(replace(work, declaration=declaration), people, now, type_="Create")

    def revised(self, work: Work, people: Sequence[Reached], now: datetime) -> Release:
        """A later revision, told by an Update newer than every one before."""
        one = work.declaration
        before = one.updated_at or one.published_at or now
        # Peers compare `updated` in whole seconds; an equal one would be a silent refresh.
        moment = max(now, before + timedelta(seconds=1))
        work = replace(work, declaration=replace(one, updated_at=moment))
        return self._release(work, people, moment, type_="Update")

    def _release(
        self, work: Work, people: Sequence[Reached], now: datetime, *, type_: str
    ) -> Release:
        one = work.declaration
        named = tuple(Named(person.handle, person.actor_id) for person in people)
        edition = editions.edition_of(work, named)
        rendering = object_from(edition, self.uris)
        proved = self._proved(one, rendering.document, now)
        create_id = self.uris.create(one.actor_name, one.key)
        create_bytes = self._sealed(one, create(create_id, proved), now)
        activity = self._activity(work, people, proved, create_bytes, now, type_)
        versions = [
            (
                version.language,
                dumps(self._proved(one, version_from(edition, version, self.uris), now)),
            )
            for version in one.released.versions
        ]
        return Release(
            work,
            dumps(proved),
            proved["type"],
            tuple(versions),
            activity,
            create_bytes,
            rendering.left_out,
            tuple(released_by(self.keyring, self.uris, self.new_key, work, edition, now)),
        )

    def _proved(self, one: Declaration, document: Document, now: datetime) -> Document:
        return prove(document, self.keyring.proof(one.actor_name), now)

    def _sealed(self, one: Declaration, document: Document, now: datetime) -> bytes:
        return sealed(document, self.keyring.proof(one.actor_name), now)

    def _activity(
        self,
        work: Work,
        people: Sequence[Reached],
        proved: Document,
        create_bytes: bytes,
        now: datetime,
        type_: str,
    ) -> Outgoing:
        one = work.declaration
        if type_ == "Create":
            activity_id, document = self.uris.create(one.actor_name, one.key), create_bytes
        else:
            activity_id = self.uris.activity(one.actor_name, self.new_key())
            document = self._sealed(one, update(activity_id, proved, now), now)
        is_open = one.visibility in {"public", "unlisted"}
        return Outgoing(
            actor=work.actor,
            activity_id=activity_id,
            type=type_,
            document=document,
            object_id=proved["id"],
            fetchable=is_open,
            listed=is_open and type_ == "Create",
            inbox_urls=self._inboxes_of(people),
            to_followers=one.visibility != "direct",
            to_reach=type_ == "Update",
        )

    def _inboxes_of(self, people: Sequence[Reached]) -> tuple[str, ...]:
        """Coordinations of our own server are named, not sent to: we need not tell ourselves."""
        urls = (person.inbox_url for person in people)
        return tuple(url for url in urls if not self.uris.is_ours(url))

    def pinned(
        self, actor: tuple[int, str], object_id: str, now: datetime, *, on: bool
    ) -> Outgoing:
        """What tells of a pin, or of its end; `actor` is (row, name) of whose object it is."""
        return told_of_pin(self.keyring, self.uris, self.new_key, actor, object_id, now, on=on)

    def deleted(self, work: Work, type_: str, people: Sequence[Reached], now: datetime) -> Deletion:
        """The Tombstone, and the Delete that carries it to everyone the words went to."""
        one = work.declaration
        object_id = self.uris.object(one.actor_name, one.key)
        grave = tombstone(object_id, type_, now)
        visibility: Visibility = one.visibility.value
        ids = [person.actor_id for person in people]
        to, cc = address(visibility, self.uris.followers(one.actor_name), ids)
        activity_id = self.uris.activity(one.actor_name, self.new_key())
        document = delete(activity_id, self.uris.actor(one.actor_name), grave, to, cc, now)
        activity = Outgoing(
            actor=work.actor,
            activity_id=activity_id,
            type="Delete",
            document=self._sealed(one, document, now),
            object_id=object_id,
            inbox_urls=self._inboxes_of(people),
            to_followers=visibility != "direct",
            to_reach=True,
        )
        editions = deleted_by(self.keyring, self.uris, self.new_key, work, type_, now)
        return Deletion(work, self._sealed(one, grave, now), activity, tuple(editions))


async def write_release(
    tx: Transaction, release: Release, person: int | None, now: datetime
) -> None:
    """Puts the first release into rows: declaration, object, Create, and what delivers it."""
    work = release.work
    await declarations.save(tx, work, person, now)
    object_row = await objects.insert(
        tx,
        actor=work.actor,
        declaration=work.row,
        object_id=release.activity.object_id or "",
        type_=release.type,
        document=release.document,
        now=now,
    )
    await _write_versions(tx, release)
    await outbox.append(tx, replace(release.activity, object=object_row), now)
    await write_editions(tx, work, release.editions, now)


async def write_revision(
    tx: Transaction, release: Release, person: int | None, now: datetime
) -> None:
    """Puts a later revision into rows; what was not delivered yet now carries it."""
    work = release.work
    found = await objects.by_declaration(tx, work.row)
    if found is None or found.deleted:
        raise Conflict("this declaration is not published any more")
    await declarations.save(tx, work, person, now)
    await objects.revise(tx, found, release.document)
    await _write_versions(tx, release)
    create_id = f"{found.object_id}/activity"
    await outbox.rewrite(tx, create_id, release.create)
    await outbox.retire_updates(tx, found.row, release.activity.document)
    await deliveries.supersede(tx, found.row, ["Update"], now)
    await outbox.append(tx, replace(release.activity, object=found.row), now)
    await write_editions(tx, work, release.editions, now)


async def _write_versions(tx: Transaction, release: Release) -> None:
    for language, document in release.versions:
        await declarations.put_document(tx, release.work.row, language, document)


async def write_deletion(
    tx: Transaction, deletion: Deletion, person: int | None, now: datetime
) -> None:
    """The words go from every row; the Tombstone and the Delete take their place."""
    work = deletion.work
    found = await objects.by_declaration(tx, work.row)
    await declarations.save(tx, _emptied(work), person, now)
    await erasing.erase(tx, work.row)
    if found is None:
        return
    await objects.bury(tx, found, deletion.grave, now)
    await stamps.revoke_for(tx, found.row, now)
    await outbox.bury(tx, found.row, deletion.grave)
    await deliveries.supersede(tx, found.row, ["Create", "Update", "Add", "Remove"], now)
    await outbox.append(tx, replace(deletion.activity, object=found.row), now)
    await bury_editions(tx, deletion.editions, now)


def _emptied(work: Work) -> Work:
    """What stays of a deleted declaration: that it was."""
    one, nothing = work.declaration, Details()
    kept = replace(
        one,
        state=State.DELETED,
        versions=(),
        tags=(),
        hero=None,
        revision=one.revision + 1,
        **{known.name: getattr(nothing, known.name) for known in fields(nothing)},
    )
    return replace(work, declaration=kept, pinned_at=None, scheduled_at=None, reason=None)


@dataclass(frozen=True, slots=True)
class Ending:
    """What the end of a coordination puts into rows."""

    grave: bytes = field(repr=False)
    activity: Outgoing = field(repr=False)


def actor_deleted(publisher: Publisher, actor: LocalActor, now: datetime) -> Ending:
    """The actor's Tombstone, and the Delete of itself that goes to everyone it reached."""
    key, uris = publisher.keyring.proof(actor.name), publisher.uris
    grave = tombstone(actor.actor_id, actor.type, now)
    activity_id = uris.activity(actor.name, publisher.new_key())
    # Mastodon and others know a self-Delete by `object` being the actor's id.
    told = delete(activity_id, actor.actor_id, grave, [PUBLIC], [], now)
    activity = Outgoing(
        actor=actor.row,
        activity_id=activity_id,
        type="Delete",
        document=sealed({**told, "object": actor.actor_id}, key, now),
        object_id=actor.actor_id,
        to_followers=True,
        to_reach=True,
    )
    return Ending(sealed(grave, key, now), activity)
