"""Looks that are written down: who asked for the sealed names of a declaration, and when."""

from fediverse_coord.desk import amendments, confidential
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.drafts import find, record_look
from fediverse_coord.desk.people import Duty, Person
from fediverse_coord.storage.declarations import Work


async def at_names(desk: Desk, person: Person, key: str) -> dict[int, str]:
    """The sealed names by their places among the signatories, for whoever may write the text.

    The audit tells of it before anything is shown. Raises NotFound, NotAllowed, ConfigError where
    another key file sealed them.
    """
    work = await find(desk, person, key, Duty.DRAFT)
    return await _looked(desk, person, work)


async def at_names_in_edit(desk: Desk, person: Person, key: str) -> dict[int, str]:
    """The same, as they would be with an edit that waits; `key` is the amendment's."""
    one = await amendments.find(desk, person, key, Duty.DRAFT)
    return await _looked(desk, person, one.would_be)


async def _looked(desk: Desk, person: Person, work: Work) -> dict[int, str]:
    names = confidential.names_of(desk, work.declaration)
    await record_look(desk, person, work)
    return names
