"""Where a person may name a declaration: by ActivityPub id, by its page, by its key."""

from fediverse_coord.desk.desk import Desk
from fediverse_coord.errors import NotFound
from fediverse_coord.storage import actors, declarations


async def key_of(desk: Desk, named: str) -> str:
    """The key. Raises NotFound for an address that is not one of ours."""
    origin = desk.uris.origin
    if not named.startswith(("http://", "https://")):
        return named.strip()
    path = named.partition("?")[0].partition("#")[0].removeprefix(origin)
    parts = path.strip("/").split("/")
    if path.startswith("/actors/") and len(parts) >= 4 and parts[2] == "objects":
        return parts[3]
    if path.startswith("/@") and len(parts) == 2:
        actor = await actors.by_name(desk.db, parts[0][1:])
        if actor and "edition_of" in actor.profile:
            actor = await actors.by_name(desk.db, actor.profile["edition_of"])
        work = await declarations.by_slug(desk.db, actor.row, parts[1]) if actor else None
        if work:
            return work.declaration.key
    raise NotFound(f"{named} is not the address of a declaration on {origin}")
