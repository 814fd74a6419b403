"""QuoteRequest.  FEP-044f, actors-and-objects.md 5, security A16.

Anyone may quote what we said to everybody. The stamp names exactly the post that was asked
for: written by whoever asks, and quoting that object of ours.
"""

from fediverse_coord.incoming.context import Context, Effect, reached, send
from fediverse_coord.incoming.trust import resolve
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.protocol.activities import (
    quote_accept,
    quote_authorization,
    rebuilt_quote_request,
    reject,
    sealed,
)
from fediverse_coord.protocol.addressing import is_public
from fediverse_coord.protocol.documents import Document, first_id
from fediverse_coord.protocol.uris import origin_of
from fediverse_coord.protocol.wire import loads
from fediverse_coord.storage import actors, objects, stamps
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.objects import LocalObject
from fediverse_coord.storage.remote_actors import RemoteActor
from fediverse_coord.storage.stamps import Stamp

QUOTES = ("quote", "quoteUri", "quoteUrl", "_misskey_quote")


async def quote_request(activity: VerifiedActivity, context: Context) -> Effect | None:
    """Somebody asks whether their post may quote one of ours."""
    quoted = await objects.by_id(context.reader, first_id(activity.document.get("object")) or "")
    request_id, quoting_id = (first_id(activity.document.get(n)) for n in ("id", "instrument"))
    if quoted is None or quoted.deleted or request_id is None:
        return None
    if quoting_id is None or origin_of(quoting_id) is None:
        return None  # what is no address does not enter what we sign, not even a Reject
    local = await actors.by_row(context.reader, quoted.actor)
    if local is None or local.retired:
        return None
    remote = await context.actor(activity.actor_id)
    request = rebuilt_quote_request(request_id, activity.actor_id, quoted.object_id, quoting_id)
    if is_public(loads(quoted.document)) and await _quotes(activity, quoted, context):
        return _stamped(request, local, quoted, remote, context)
    return _refused(request, local, remote, context)


async def _quotes(activity: VerifiedActivity, quoted: LocalObject, context: Context) -> bool:
    """Whether the post is the asker's own and really quotes that object."""
    value = activity.document.get("instrument")
    post = await resolve(value, activity.actor_id, context.fetch)
    return post is not None and quoted.object_id in {first_id(post.get(name)) for name in QUOTES}


def _stamped(
    request: Document,
    local: LocalActor,
    quoted: LocalObject,
    remote: RemoteActor,
    context: Context,
) -> Effect:
    new = _stamp(request["instrument"], local, quoted, remote, context)

    async def effect(tx: Transaction) -> None:
        await stamps.insert(tx, new, context.now)
        stamp = await stamps.by_quote(tx, quoted.row, new.quoting_id)
        if stamp is None or stamp.revoked or stamp.remote_actor != remote.row:
            await _refuse(tx, request, local, remote, context)
            return
        stamp_id = context.services.uris.stamp(local.name, stamp.key)
        answer_id = context.answer_id(local.name)
        answer = quote_accept(answer_id, local.actor_id, request, stamp_id)
        outgoing = context.outgoing(local, answer, remote.inbox_url, quoted.object_id)
        await send(tx, outgoing, context.now)
        await reached(tx, [(quoted, remote)], context.now)

    return effect


def _stamp(
    quoting_id: str, local: LocalActor, quoted: LocalObject, remote: RemoteActor, context: Context
) -> Stamp:
    services, key = context.services, context.services.new_key()
    stamp_id = services.uris.stamp(local.name, key)
    document = quote_authorization(stamp_id, local.actor_id, quoting_id, quoted.object_id)
    return Stamp(
        key=key,
        actor=local.row,
        object=quoted.row,
        remote_actor=remote.row,
        quoting_id=quoting_id,
        document=sealed(document, services.keyring.proof(local.name), context.now),
    )


def _refused(request: Document, local: LocalActor, remote: RemoteActor, context: Context) -> Effect:
    async def effect(tx: Transaction) -> None:
        await _refuse(tx, request, local, remote, context)

    return effect


async def _refuse(
    tx: Transaction, request: Document, local: LocalActor, remote: RemoteActor, context: Context
) -> None:
    answer = reject(context.answer_id(local.name), local.actor_id, request)
    await send(tx, context.outgoing(local, answer, remote.inbox_url), context.now)
