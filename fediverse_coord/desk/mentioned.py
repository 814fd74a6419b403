"""Whom a declaration mentions, from rows alone: what takes words back waits for no other server."""

from fediverse_coord.desk.composing import People
from fediverse_coord.desk.desk import Desk
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.publishing.markdown import handles_in
from fediverse_coord.storage import remote_actors


async def people_known(desk: Desk, one: Declaration) -> People:
    """Those who are remembered, and the pictures that it shows."""
    handles = {handle for version in one.versions for handle in handles_in(version.source)}
    known = {handle: await remote_actors.by_handle(desk.db, handle) for handle in handles}
    found = {handle: actor for handle, actor in known.items() if actor is not None}
    shown = {each.image.key: each.image for text in one.versions for each in text.pictures}
    return People(found, images=shown)
