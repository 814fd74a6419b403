"""Like and its kin.  ActivityPub 7.10, FEP-c0e0, inbound.md 4.

A reaction with an emoji, as Misskey's `Like` or Akkoma's `EmojiReact` carries it, counts as a
Like: one for each actor, whatever it reacted with and how often.
"""

from fediverse_coord.incoming.context import Context, Effect
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.protocol.documents import first_id
from fediverse_coord.storage import interactions, objects
from fediverse_coord.storage.database import Transaction


async def like(activity: VerifiedActivity, context: Context) -> Effect | None:
    """Somebody likes one of our objects."""
    about = first_id(activity.document.get("object")) or ""
    found = await objects.by_id(context.services.db, about)
    if found is None or found.deleted:
        return None
    remote = await context.actor(activity.actor_id)
    like_id = first_id(activity.document.get("id"))

    async def effect(tx: Transaction) -> None:
        await interactions.add(
            tx,
            "like",
            object_row=found.row,
            remote_actor=remote.row,
            activity_id=like_id,
            now=context.now,
        )

    return effect
