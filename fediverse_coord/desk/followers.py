"""Followers, as counts. Their names are told to nobody.  INTERFACE: Wire choices."""

from dataclasses import dataclass

from fediverse_coord.desk.desk import Desk, speaking
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.storage import audience, followers, following


@dataclass(frozen=True, slots=True)
class Counts:
    """How many follow the coordination, how many wait for an answer, whom it follows itself."""

    followers: int
    requested: int
    following: int


async def counts(desk: Desk, person: Person, actor_name: str) -> Counts:
    """Raises NotAllowed, NotFound."""
    require(person, Duty.LOOK, actor_name)
    actor = await speaking(desk, actor_name)
    return Counts(
        followers=await followers.count(desk.db, actor.row),
        requested=len(await followers.requested(desk.db, actor.row)),
        following=await following.count(desk.db, actor.row),
    )


async def by_host(desk: Desk, person: Person, actor_name: str) -> list[tuple[str, int]]:
    """(server, followers), the largest first: for operators, whose tokens speak for the server.

    A server with one follower is a person: no token of a single coordination learns it.
    """
    require(person, Duty.ADMINISTER, None)
    actor = await speaking(desk, actor_name)
    return await audience.by_host(desk.db, actor.row)
