"""Update and Delete.  ActivityPub 6.3, 6.4, 7.3, 7.4, inbound.md 4.

Only the author changes a response, and only the actor itself leaves. What was approved was
approved as it stood: changed words wait again, unless the coordination holds nothing.
"""

from fediverse_coord.incoming.context import Context, Effect
from fediverse_coord.incoming.handlers.posts import take_fetched
from fediverse_coord.incoming.handlers.reading import Post, post_in
from fediverse_coord.incoming.trust import owners_of, resolve
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.protocol.documents import Document, first_id, types_of
from fediverse_coord.protocol.uris import same_origin
from fediverse_coord.protocol.vocabulary import ACTOR_TYPES
from fediverse_coord.publishing.moderation import decide_again, hold_of, narrower
from fediverse_coord.storage import (
    actors,
    followers,
    following,
    interactions,
    memories,
    remote_actors,
    remote_keys,
    responses,
    stamps,
)
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.remote_actors import RemoteActor
from fediverse_coord.storage.responses import Response


async def update(activity: VerifiedActivity, context: Context) -> Effect | None:
    """A post was edited, or an actor changed its profile or keys."""
    value = activity.document.get("object")
    if first_id(value) == activity.actor_id or types_of(value) & ACTOR_TYPES:
        await _refresh(activity, context)
        return None
    if not await responses.by_object_id(context.reader, first_id(value) or ""):
        return None
    document = await resolve(value, activity.actor_id, context.fetch)
    author = await context.known(activity.actor_id)
    if document is None or author is None:
        return None
    return _edited(document, activity.document, author, context)


async def update_fetched(document: Document, context: Context) -> Effect | None:
    """An edited post as its own origin has it; one we did not have yet is taken as new."""
    owners = owners_of(document)
    author = await context.known(min(owners)) if len(owners) == 1 else None
    known = await responses.by_object_id(context.reader, first_id(document) or "")
    if author is None or not known:
        return await take_fetched(document, context)
    return _edited(document, None, author, context)


async def delete(activity: VerifiedActivity, context: Context) -> Effect | None:
    """A post or an actor is no more."""
    object_id = first_id(activity.document.get("object"))
    author = await context.known(activity.actor_id)
    if object_id is None or not same_origin(object_id, activity.actor_id):
        return None
    if object_id == activity.actor_id:
        return farewell(author, context) if author else None
    return deleted(object_id, activity.actor_id, author, context)


def farewell(actor: RemoteActor, context: Context) -> Effect:
    """The actor left, and takes along what was its own."""

    async def effect(tx: Transaction) -> None:
        await followers.remove_everywhere(tx, actor.row)
        await following.remove_everywhere(tx, actor.row)
        await interactions.remove_all_of(tx, actor.row)
        await responses.delete_all_of(tx, actor.row)
        await stamps.forget_all_of(tx, actor.row)
        await remote_keys.drop_all(tx, actor.actor_id)
        await remote_actors.forget(tx, actor.row, context.now)

    return effect


def deleted(object_id: str, author_id: str, author: RemoteActor | None, context: Context) -> Effect:
    """The object is dead; a Create of it that comes late stays so."""

    async def effect(tx: Transaction) -> None:
        await memories.bury(tx, memories.grave(author_id, object_id), context.now)
        if author is not None:
            await responses.delete(tx, object_id, author.row)
            await stamps.forget_quote(tx, object_id, author.row)

    return effect


async def _refresh(activity: VerifiedActivity, context: Context) -> None:
    """The copy that came along is not believed: keys are in it. Its origin is asked."""
    if first_id(activity.document.get("object")) == activity.actor_id:
        await context.refreshed(activity.actor_id)


def _edited(
    document: Document, activity: Document | None, author: RemoteActor, context: Context
) -> Effect | None:
    post = post_in(document, activity, author, context.received_at)
    if post is None:
        return _emptied(first_id(document) or "", author)

    async def effect(tx: Transaction) -> None:
        for old in await responses.by_object_id(tx, post.object_id):
            if old.remote_actor == author.row:
                await _revise(tx, old, post, context)

    return effect


def _emptied(object_id: str, author: RemoteActor) -> Effect:
    """Its author took the words away: they are kept and shown no longer."""

    async def effect(tx: Transaction) -> None:
        await responses.delete(tx, object_id, author.row)

    return effect


async def _revise(tx: Transaction, old: Response, post: Post, context: Context) -> None:
    local = await actors.by_row(tx, old.actor)
    visibility = narrower(old.visibility, post.visibility)
    state = decide_again(
        old.state,
        visibility,
        hold_of(local.profile if local else {}),
        text_changed=post.html != old.html,
    )
    await responses.revise(
        tx,
        old,
        html=post.html,
        language=post.language,
        url=post.url,
        visibility=visibility,
        state=state,
        edited_at=post.updated_at or context.received_at,
    )
