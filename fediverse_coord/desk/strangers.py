"""Actors elsewhere, as a person names them: by handle or by id.

What we remember answers without asking anybody, so that a server which is away, or blocked,
can still be unfollowed, blocked and unblocked.
"""

from fediverse_coord.desk.desk import Desk
from fediverse_coord.errors import (
    Conflict,
    DereferenceError,
    FieldFault,
    MalformedDocument,
    Refusal,
    Unreachable,
)
from fediverse_coord.storage import remote_actors
from fediverse_coord.storage.remote_actors import RemoteActor


def is_id(named: str) -> bool:
    return named.startswith(("http://", "https://"))


def is_handle(named: str) -> bool:
    """`@a@b` or `a@b`, not a domain with an '@' in front."""
    return not is_id(named) and "@" in named.strip().removeprefix("@")


def _is_ours(desk: Desk, named: str) -> bool:
    _, at, authority = named.rpartition("@")
    return desk.uris.is_ours(named) or (bool(at) and desk.uris.is_our_handle(authority))


async def remembered(desk: Desk, named: str) -> RemoteActor | None:
    """The actor if we know it already, and it is not one of ours."""
    named = named.strip()
    if _is_ours(desk, named):
        return None
    if is_id(named):
        return await remote_actors.by_id(desk.db, named)
    handle = f"@{named.removeprefix('acct:').removeprefix('@')}".lower()
    return await remote_actors.by_handle(desk.db, handle)


async def found(desk: Desk, named: str) -> RemoteActor:
    """The actor, asked for where we do not know it.

    Raises Refusal where the name leads nowhere, Unreachable where it may lead later.
    """
    named = named.strip()
    if _is_ours(desk, named):
        raise Conflict("that is one of ours; name an actor on another server")
    try:
        return await (desk.peers.actor(named) if is_id(named) else desk.peers.handle(named))
    except Unreachable:
        raise
    except (DereferenceError, MalformedDocument) as error:
        reason = f"leads to no actor: {error}"
        raise Refusal(f"{named[:200]} {reason}", faults=[FieldFault("actor", reason)]) from None
