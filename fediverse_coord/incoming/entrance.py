"""What every request is asked first: is there such an inbox, and is its sender blocked?

Answered from memory while somebody tells what changes (`storage/changes`), else from the rows.
A change made by this process holds before its `write` returns, another process's within a second.
"""

from dataclasses import dataclass, field

from fediverse_coord.protocol.uris import host_in
from fediverse_coord.storage import actors, blocks
from fediverse_coord.storage.blocks import Blocklist
from fediverse_coord.storage.database import Reader
from fediverse_coord.storage.remembered import Remembered

SHARED = frozenset({"/inbox", "/actor/inbox"})
ALL = ""


@dataclass(slots=True)
class Entrance:
    """One for each process."""

    inboxes: Remembered[int] = field(default_factory=lambda: Remembered(1_000))
    blocklist: Remembered[Blocklist] = field(default_factory=lambda: Remembered(1))

    def keep(self, *, told: bool) -> None:
        """Whether somebody calls `heard` and `lost` from now on."""
        self.inboxes.keep(told=told)
        self.blocklist.keep(told=told)

    def heard(self, key: str) -> None:
        """What `key` stands for was changed."""
        if key == blocks.KEY:
            self.blocklist.clear()
        elif key.startswith("actor:"):
            self.inboxes.clear()

    def lost(self) -> None:
        """Anything may have been changed."""
        self.inboxes.clear()
        self.blocklist.clear()

    async def status_of(self, path: str, reader: Reader) -> int:
        """200 where an inbox is; 410 for a deleted actor's, never for the shared one; else 404."""
        if path in SHARED:
            return 200
        parts = path.split("/")
        if len(parts) != 4 or parts[1] != "actors" or parts[3] != "inbox":
            return 404
        return await self.inboxes.found(parts[2], lambda: _status(parts[2], reader)) or 404

    async def is_blocked(self, actor_id: str, reader: Reader) -> bool:
        """Whether the actor, its host or a domain above is blocked."""
        host = host_in(actor_id) or ""
        if not self.blocklist.kept:
            return await blocks.is_blocked(reader, host=host, actor_id=actor_id)
        found = await self.blocklist.found(ALL, lambda: blocks.blocklist(reader))
        return found is not None and found.covers(host, actor_id)


async def _status(name: str, reader: Reader) -> int | None:
    actor = await actors.by_name(reader, name)
    if actor is None:
        return None  # strangers can invent more names than we want to remember
    return 410 if actor.retired else 200
