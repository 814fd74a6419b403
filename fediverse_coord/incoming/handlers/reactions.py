"""Like and its kin.  ActivityPub 7.10, FEP-c0e0, inbound.md 4.

A reaction with an emoji, as Misskey's `Like` or Akkoma's `EmojiReact` carries it, counts as a
Like: one for each actor, whatever it reacted with and how often.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from fediverse_coord.incoming.context import Context, Effect, Joint
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.protocol.documents import first_id
from fediverse_coord.storage import interactions, objects
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.interactions import Interaction


@dataclass(frozen=True)
class Liking(Joint):
    """A Like is remembered, and counted where it is new."""

    interaction: Interaction
    now: datetime

    @classmethod
    async def all_of(cls, tx: Transaction, effects: Sequence[Self]) -> None:
        likes = [one.interaction for one in effects]
        await interactions.add(tx, "like", likes, max(one.now for one in effects))


async def like(activity: VerifiedActivity, context: Context) -> Effect | None:
    """Somebody likes one of our objects."""
    about = first_id(activity.document.get("object")) or ""
    found = await context.once(objects.by_id, about)
    if found is None or found.deleted:
        return None
    remote = await context.actor(activity.actor_id)
    like_id = first_id(activity.document.get("id"))
    return Liking(Interaction(found.row, remote.row, like_id), context.now)
