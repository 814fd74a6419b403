"""How a server's media store is: a small file is put there, read back, and taken away again.

A directory or an object store; what is looked for in `formerly` and `directory` besides is asked
whether it answers. A file that could not be taken away has no row, and is cleared away later.
"""

import asyncio
import secrets

from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.doctor import Check, fail, ok, warn
from fediverse_coord.errors import MediaUnavailable
from fediverse_coord.storage.bucket import SCHEME
from fediverse_coord.storage.shelf import Store, name_for

FILES_ARE_503 = "pictures, recordings and documents are 503, and none can be taken in"


async def of_media(desk: Desk) -> list[Check]:
    """One line for the place of new files, and one for each other that cannot be used."""
    first, *others = desk.shelf.places
    return [
        await asyncio.to_thread(_used, first),
        *[found for one in others if (found := await asyncio.to_thread(_asked, one))],
    ]


def _used(place: Store) -> Check:
    content = f"fediverse-coord doctor {secrets.token_hex(16)}".encode()
    name = name_for(content, "png")
    try:
        place.put(name, content)
        given = place.read(name)
        place.remove([name])
    except (OSError, MediaUnavailable) as error:
        return fail("media", _told(place, error), FILES_ARE_503, _remedy(place))
    if given != content:
        return fail(
            "media",
            f"{place} gives a file back otherwise than it got it",
            FILES_ARE_503,
            "see what stands between this server and the store: a cache, another bucket",
        )
    return ok("media", f"{place}: a file was put there, read back and taken away")


def _asked(place: Store) -> Check | None:
    try:
        place.size(name_for(b"", "png"))
    except (OSError, MediaUnavailable) as error:
        return warn(
            "media formerly",
            _told(place, error),
            "files that still lie there are 503",
            f"{_remedy(place)}; or carry them over: fediverse-coord media move",
        )
    return None


def _told(place: Store, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else None
    return str(error) if isinstance(error, MediaUnavailable) else f"{place}: {reason or error}"


def _remedy(place: Store) -> str:
    if str(place).startswith(SCHEME):
        return (
            "see that it answers at [media] endpoint, that the bucket is there, and that the keys "
            "may put, get, list and delete in it"
        )
    return f"see that {place} belongs to the server's user, and that its disk has room"
