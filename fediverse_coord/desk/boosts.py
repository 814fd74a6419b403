"""Boosts: a coordination passes on what another published.  ActivityPub 7.11, 7.10.

The post is read from its own origin before anything is said: it must be for everybody, of an
author who is not blocked, and where it claims to be. Our own declarations can be passed on too.
"""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.imported import NOT_SENT, is_imported
from fediverse_coord.desk.lookups import key_of
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import (
    Conflict,
    DereferenceError,
    FieldFault,
    MalformedDocument,
    NotFound,
    Refusal,
    Unreachable,
)
from fediverse_coord.protocol import activities
from fediverse_coord.protocol.addressing import visibility_of
from fediverse_coord.protocol.documents import Document, first_id, ids_of, types_of
from fediverse_coord.protocol.uris import host_in, same_origin
from fediverse_coord.protocol.vocabulary import POST_TYPES
from fediverse_coord.protocol.wire import loads
from fediverse_coord.publishing.declarations import State
from fediverse_coord.storage import audit, blocks, boosts, declarations, deliveries, outbox
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.outbox import Outgoing

FOR_EVERYBODY = frozenset({"public", "unlisted"})


@dataclass(frozen=True, slots=True)
class Post:
    """What is passed on, and whom to tell; nobody where the author is ours."""

    object_id: str
    author_id: str
    inbox_urls: tuple[str, ...]


async def boost(desk: Desk, person: Person, actor_name: str, url: str) -> str:
    """The Announce's id; of the standing one where it was passed on before.

    `url` is the post's id or page. Raises NotAllowed, Refusal naming what is wrong with the
    post, Unreachable where its server gives no usable answer now.
    """
    require(person, Duty.PUBLISH, actor_name)
    actor = await coordination(desk, actor_name)
    standing = await boosts.find(desk.db, actor.row, url)
    if standing is not None:
        return standing.activity_id
    post = await _post(desk, url)
    announced, now = _announce(desk, actor, post, desk.clock()), desk.clock()

    async def work(tx: Transaction) -> str:
        # Once more, in the transaction: two requests may have read the same post.
        if (standing := await boosts.find(tx, actor.row, post.object_id)) is not None:
            return standing.activity_id
        activity = await outbox.append(tx, announced, now)
        await boosts.add(tx, actor.row, post.object_id, activity, now)
        await audit.record(tx, person.row, "boost", post.object_id, now)
        return announced.activity_id

    made = await desk.db.write(work)
    desk.wake()
    return made


def _announce(desk: Desk, actor: LocalActor, post: Post, now: datetime) -> Outgoing:
    activity_id = desk.uris.activity(actor.name, desk.new_key())
    followers_id = desk.uris.followers(actor.name)
    document = activities.announce(
        activity_id, actor.actor_id, followers_id, post.object_id, post.author_id, now
    )
    return Outgoing(
        actor=actor.row,
        activity_id=activity_id,
        type="Announce",
        document=activities.sealed(document, desk.publisher.keyring.proof(actor.name), now),
        object_id=post.object_id,
        fetchable=True,
        listed=True,
        inbox_urls=post.inbox_urls,
        to_followers=True,
    )


async def unboost(desk: Desk, person: Person, actor_name: str, url: str) -> str:
    """The Undo's id. Raises NotFound where the coordination does not pass it on."""
    require(person, Duty.PUBLISH, actor_name)
    actor, now = await coordination(desk, actor_name), desk.clock()
    undo_id = desk.uris.activity(actor.name, desk.new_key())
    if await boosts.find(desk.db, actor.row, url) is None:  # else it is an id: nobody is asked
        url = (await _post(desk, url)).object_id

    async def work(tx: Transaction) -> str:
        standing = await boosts.find(tx, actor.row, url)
        if standing is None:
            raise NotFound(f"{actor.name} does not boost this")
        undone = loads(standing.document)
        inboxes = await boosts.told(tx, standing)
        undo = activities.undo(undo_id, undone, now)
        await boosts.remove(tx, standing)
        await deliveries.supersede_activity(tx, standing.activity_id, now)
        await outbox.append(tx, _undone(desk, actor, undo, url, inboxes, now), now)
        await audit.record(tx, person.row, "unboost", url, now)
        return undo_id

    made = await desk.db.write(work)
    desk.wake()
    return made


def _undone(
    desk: Desk,
    actor: LocalActor,
    undo: Document,
    object_id: str,
    inboxes: tuple[str, ...],
    now: datetime,
) -> Outgoing:
    return Outgoing(
        actor=actor.row,
        activity_id=undo["id"],
        type="Undo",
        document=activities.sealed(undo, desk.publisher.keyring.proof(actor.name), now),
        object_id=object_id,
        fetchable=True,
        inbox_urls=inboxes,
        to_followers=True,
    )


async def _post(desk: Desk, url: str) -> Post:
    if desk.uris.is_ours(url):
        return await _our_post(desk, url)
    try:
        return await _their_post(desk, url)
    except Unreachable:
        raise
    except (DereferenceError, MalformedDocument) as error:
        raise _fault(f"cannot be boosted: {error}") from None


async def _our_post(desk: Desk, url: str) -> Post:
    work = await declarations.by_key(desk.db, await key_of(desk, url))
    if work is None or work.declaration.state is not State.PUBLISHED:
        raise _fault("is no published declaration")
    if is_imported(work):
        raise Conflict(NOT_SENT)
    if work.declaration.visibility not in FOR_EVERYBODY:
        raise _fault("is not meant for everybody")
    object_id = desk.uris.object(work.actor_name, work.declaration.key)
    return Post(object_id, desk.uris.actor(work.actor_name), ())


async def _their_post(desk: Desk, url: str) -> Post:
    document = await desk.peers.fetch(url)
    object_id, author_id = first_id(document.get("id")), _author_in(document)
    if object_id is None or not types_of(document) & POST_TYPES:
        raise _fault("leads to no post")
    if visibility_of(document, followers_id=None) not in FOR_EVERYBODY:
        raise _fault("is not meant for everybody")
    # A server speaks for its own people only (inbound.md 3.2).
    if author_id is None or not same_origin(author_id, object_id):
        raise _fault("names no author of its own server")
    if await blocks.is_blocked(desk.db, host=host_in(author_id) or "", actor_id=author_id):
        raise Conflict("its author is blocked here; `unblock` first")
    author = await desk.peers.actor(author_id)
    return Post(object_id, author.actor_id, (author.inbox_url,))


def _author_in(document: Document) -> str | None:
    """The first who is of the post's own origin: a Video names its channel too."""
    named = list(ids_of(document.get("attributedTo")))
    return next((one for one in named if same_origin(one, document.get("id"))), None)


def _fault(reason: str) -> Refusal:
    return Refusal(f"url {reason}", faults=[FieldFault("url", reason)])
