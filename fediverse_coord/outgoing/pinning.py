"""Pins as other servers hear of them: Add to and Remove from `featured`.  ActivityPub 6.6, 6.7."""

from datetime import datetime

from fediverse_coord.protocol import activities
from fediverse_coord.protocol.activities import Target
from fediverse_coord.protocol.chance import Chance
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.storage.keyring import Keyring
from fediverse_coord.storage.outbox import Outgoing


def told_of_pin(
    keyring: Keyring,
    uris: Uris,
    new_key: Chance,
    actor: tuple[int, str],
    object_id: str,
    now: datetime,
    *,
    on: bool,
) -> Outgoing:
    """By whose object it is, `actor` (row, name), to followers and all who have it."""
    row, name = actor
    make = activities.add if on else activities.remove
    target = Target(uris.featured(name), uris.followers(name))
    activity_id = uris.activity(name, new_key())
    document = make(activity_id, uris.actor(name), object_id, target, now)
    return Outgoing(
        actor=row,
        activity_id=activity_id,
        type=document["type"],
        document=activities.sealed(document, keyring.proof(name), now),
        object_id=object_id,
        to_followers=True,
        to_reach=True,
    )
