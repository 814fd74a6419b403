"""Lists of declarations, leafed through below a cursor.

The cursor is the key of the last declaration shown: the number of a row would tell of drafts.
"""

from collections.abc import Callable
from datetime import datetime

from fediverse_coord.errors import NotFound
from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage import declarations
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.archive import NEWEST
from fediverse_coord.storage.catalogue import stands_at
from fediverse_coord.storage.declarations import Work
from fediverse_coord.web.faces import Faces
from fediverse_coord.web.page_answers import NOTHING
from fediverse_coord.web.reading_declarations import is_shown
from fediverse_coord.web.zero_bytes import ZERO

Moment = Callable[[Work], datetime]


def released(work: Work) -> datetime:
    return work.declaration.published_at or work.created_at


def day_of_document(work: Work) -> datetime:
    return stands_at(work.declaration, work.created_at)


async def below(
    faces: Faces, actor: LocalActor, before: str | None, moment: Moment = released
) -> tuple[int, int]:
    """Where a page begins: the moment (ms) by which the list is sorted, and the row.

    Raises NotFound.
    """
    if not before:
        return NEWEST
    last = await declarations.by_key(faces.db, before) if ZERO not in before else None
    if last is None or last.actor != actor.row or not is_shown(last):
        raise NotFound(NOTHING)
    return milliseconds(moment(last)), last.row


def older(here: str, works: list[Work], size: int) -> str | None:
    """Where the next page is, when one more was found than a page of `size` shows."""
    if len(works) <= size:
        return None
    joint = "&" if "?" in here else "?"
    return f"{here}{joint}before={works[size - 1].declaration.key}"
