"""The domain of our handles: remembered with the identity, and changed on purpose only.

Other servers follow ids, which stay on the origin; a handle is what people type and see. Mastodon
believes one when WebFinger of the handle's domain leads to the actor and the actor's own host names
the same handle (RFC 7033). What it once showed it may go on showing after a change.
"""

from fediverse_coord.errors import IdentityError
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.storage.instance import Instance


def kept(uris: Uris) -> str | None:
    """What the database remembers: nothing where handles stand under the origin's own host."""
    return uris.handle_host if uris.handle_host != uris.host else None


def of(found: Instance, uris: Uris) -> str:
    """The domain that the database's handles stand under."""
    return found.handle_domain or uris.host


def check(found: Instance, uris: Uris) -> None:
    """Raises IdentityError where the settings name another domain than the database."""
    before = of(found, uris)
    if before != uris.handle_host:
        raise IdentityError(
            f"handles stand under {before}, but server.handle_domain says {uris.handle_host}: put "
            "it back. Followers would stay, but other servers may show the old handle or a second "
            "account for a long time; to change it all the same there is `fediverse-coord actor "
            "handles`"
        )
