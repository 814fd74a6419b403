"""What every function of the desk works with. Handed over by `app`; nothing global.

Each function takes the typed person who acts, checks the role, and writes the change and its
audit row in one transaction. What must federate is left as a row; `wake` tells the road.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from fediverse_coord.desk.darkroom import Darkroom
from fediverse_coord.errors import Conflict, NotFound
from fediverse_coord.outgoing.publish import Publisher
from fediverse_coord.protocol.chance import Chance
from fediverse_coord.protocol.sealing import Seal
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.remote.peers import Peers
from fediverse_coord.storage import actors
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Database
from fediverse_coord.storage.keyring import EditionActor
from fediverse_coord.storage.shelf import Shelf, Shelves


def is_coordination(actor: LocalActor) -> bool:
    """Whether it is one, and neither the instance's actor nor a language edition."""
    return actor.role == "coordination" and "edition_of" not in actor.profile


def nobody_waits() -> None:
    """For a process without the roads: another one finds the rows."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk's tools."""

    db: Database
    uris: Uris
    publisher: Publisher
    peers: Peers
    clock: Callable[[], datetime]
    new_key: Chance
    wake: Callable[[], None] = field(default=nobody_waits)
    shelf: Shelf | Shelves = field(default=Shelf(Path("data/media")))
    darkroom: Darkroom = field(default_factory=Darkroom)

    def editions(self, name: str) -> tuple[EditionActor, ...]:
        """The living actors of the coordination's languages."""
        return self.publisher.keyring.editions(name)

    @property
    def seal(self) -> Seal:
        """What confidential names are sealed with. Raises ConfigError without a key file."""
        return self.publisher.keyring.seal


async def coordination(desk: Desk, name: str) -> LocalActor:
    """The living coordination of that name. Raises NotFound, or Conflict where it has ended.

    Nobody acts for a language edition: what it says and hears belongs to its coordination.
    """
    found = await speaking(desk, name)
    of = found.profile.get("edition_of")
    if of is not None:
        [language] = found.profile["languages"]
        raise Conflict(f"'{name}' is the edition of '{of}' in '{language}': do this with '{of}'")
    return found


async def speaking(desk: Desk, name: str) -> LocalActor:
    """The same, language editions included."""
    found = await actors.by_name(desk.db, name.lower())
    if found is None or found.role != "coordination":
        known = [one.name for one in await actors.all_actors(desk.db) if is_coordination(one)]
        raise NotFound(f"there is no coordination '{name}'; here are: {', '.join(known) or 'none'}")
    if found.retired:
        raise Conflict(f"the coordination '{name}' has ended")
    return found
