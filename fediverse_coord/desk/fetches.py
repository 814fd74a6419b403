"""What servers took from us by a signed GET: an Update or a Delete must reach them too.

HOUSE: reach. Written after the answer; the same server asking again costs nothing.
"""

from fediverse_coord.desk.desk import Desk
from fediverse_coord.errors import DereferenceError
from fediverse_coord.storage import inboxes, reach
from fediverse_coord.storage.database import Transaction


async def remember(desk: Desk, object_id: str, actor_id: str) -> None:
    """The words are where this actor lives. Nothing happens where it cannot be reached."""
    try:
        actor = await desk.peers.actor(actor_id)
    except DereferenceError:
        return
    now = desk.clock()

    async def write(tx: Transaction) -> None:
        inbox = await inboxes.row_for(tx, actor.delivery_url)
        await reach.add(tx, object_id, inbox, now)

    await desk.db.write(write)
