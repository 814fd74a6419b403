"""What the road in is handed, and how much of it strangers may use.  security D8."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fediverse_coord.counts import InboxCounts
from fediverse_coord.incoming.entrance import Entrance
from fediverse_coord.incoming.record import Recorder
from fediverse_coord.protocol.chance import Chance
from fediverse_coord.protocol.uris import Uris, host_in
from fediverse_coord.remote.limits import Buckets, registrable_domain
from fediverse_coord.remote.peers import Peers
from fediverse_coord.storage.database import Database
from fediverse_coord.storage.keyring import Keyring
from fediverse_coord.storage.leases import Lease


@dataclass(slots=True)
class Floods:
    """How many verified activities we take: by actor, by host and by registrable domain.

    Counted after verification, so that nobody can use up another's share. In memory, for each
    process.
    """

    by_actor: Buckets = field(default_factory=lambda: Buckets(600, 5))
    by_host: Buckets = field(default_factory=lambda: Buckets(12_000, 200))
    by_domain: Buckets = field(default_factory=lambda: Buckets(24_000, 400))
    queue: int = 50_000  # rows waiting for their side effects; beyond it 503
    queue_looked_at: float = 0.0
    queue_full: bool = False

    @classmethod
    def of(cls, per_host_per_minute: int) -> "Floods":
        """A registrable domain may send twice what one of its hosts may."""
        n = per_host_per_minute
        return cls(by_host=Buckets(n, n / 60), by_domain=Buckets(2 * n, n / 30))

    def admit(self, actor_id: str, now: float) -> bool:
        """Whether one more is within bounds."""
        host = host_in(actor_id) or ""
        return (
            self.by_actor.take(actor_id, now)
            and self.by_host.take(host, now)
            and self.by_domain.take(registrable_domain(host), now)
        )


@dataclass(frozen=True, slots=True)
class Incoming:
    """Everything the steps of this road need from outside."""

    db: Database
    peers: Peers
    keyring: Keyring
    uris: Uris
    clock: Callable[[], datetime]
    new_key: Chance
    floods: Floods = field(default_factory=Floods)
    effect_seconds: float = 15  # for all that one activity makes us ask
    patience: Buckets = field(default_factory=lambda: Buckets(4, 1 / 60))
    """How often a domain may let us wait so long. Afterwards its activities stand back."""
    counts: InboxCounts = field(default_factory=InboxCounts)
    lease: Lease = field(default_factory=Lease)
    entrance: Entrance = field(default_factory=Entrance)
    recorder: Recorder = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "recorder", Recorder(self.db, self.clock))

    def keep(self, *, told: bool) -> None:
        """Whether somebody tells from now on what changes: then this process remembers it."""
        self.entrance.keep(told=told)
        self.peers.keep(told=told)

    def heard(self, key: str) -> None:
        """What `key` stands for was changed (`storage/changes`)."""
        self.entrance.heard(key)
        self.peers.heard(key)

    def lost(self) -> None:
        """Anything may have been changed."""
        self.entrance.lost()
        self.peers.lost()
