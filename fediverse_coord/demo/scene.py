"""What every act of the demonstration works with, and how it waits for what must happen."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from fediverse_coord.demo.asking import Api
from fediverse_coord.demo.followers import Follower
from fediverse_coord.demo.hosts import Arrival, Host
from fediverse_coord.demo.judges import Judge
from fediverse_coord.demo.processes import OurServer
from fediverse_coord.demo.transcript import Transcript
from fediverse_coord.protocol.documents import Document

PATIENCE_SECONDS = 15.0
LOOK_SECONDS = 0.03
ASK_SECONDS = 0.1

T = TypeVar("T")


@dataclass(slots=True)
class Published:
    """A declaration as the API told it, and when that was."""

    told: Document
    at: float = field(default_factory=time.monotonic)

    @property
    def id(self) -> str:
        return str(self.told["id"])

    @property
    def path(self) -> str:
        """Where the API has it."""
        return f"/declarations/{self.told['key']}"


@dataclass(slots=True)
class Scene:
    """The players, and the props that one act leaves to the next."""

    told: Transcript
    ours: OurServer
    theirs: OurServer
    api: Api
    their_api: Api
    hosts: Sequence[Host]
    people: Sequence[Follower]
    judge: Judge
    article: Published | None = None
    note: Published | None = None
    reply_id: str = ""

    @property
    def letter(self) -> Published:
        """The article. Raises LookupError before it is published."""
        if self.article is None:
            raise LookupError("no article was published")
        return self.article

    def arrivals(self) -> list[Arrival]:
        return [one for host in self.hosts for one in host.arrivals]

    def news(self, type_: str, object_id: str) -> list[Arrival]:
        """What arrived of that type about that object."""
        return [one for one in self.arrivals() if one.type == type_ and one.object_id == object_id]

    def inboxes(self, hosts: Iterable[Host] | None = None) -> set[str]:
        """Where a post for followers must arrive: once on each host with a shared inbox."""
        among = self.hosts if hosts is None else list(hosts)
        return {one.delivery_url for one in self.people if one.host in among}

    async def everywhere(self, type_: str, object_id: str, inboxes: set[str]) -> list[Arrival]:
        """What arrived, once it is in all of these inboxes; or what there is in the end."""
        await until(lambda: inboxes <= {one.url for one in self.news(type_, object_id)})
        return self.news(type_, object_id)

    def expect_everywhere(
        self, what: str, found: Sequence[Arrival], inboxes: set[str], since: float
    ) -> None:
        """The expectations of every sending: it is everywhere, once, and judged to hold."""
        counts = Counter(one.url for one in found)
        reached = sum(url in counts for url in inboxes)
        last = max((one.at for one in found), default=since) - since
        first = min((one.at for one in found), default=since) - since
        self.told.expect(
            reached == len(inboxes) and max(counts.values()) == 1,
            f"{what} is in {reached} of {len(inboxes)} inboxes and in none of them twice: "
            f"the first after {first:.2f} s, the last after {last:.2f} s",
        )
        self.expect_judged(what, found)

    def expect_judged(self, what: str, found: Sequence[Arrival]) -> None:
        """Every signature and every proof among them."""
        signed = sum(one.signature_holds for one in found)
        proofs = [held for one in found for held in one.proofs]
        self.told.expect(
            bool(found) and all(one.holds for one in found),
            f"{what}: the judges hold {signed} of {len(found)} HTTP signatures "
            f"and {sum(proofs)} of {len(proofs)} proofs to be true",
        )


async def until(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    """Waits for it; whether it came."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOK_SECONDS)
    return True


async def answered(
    question: Callable[[], Awaitable[T]],
    holds: Callable[[T], bool],
    seconds: float = PATIENCE_SECONDS,
) -> T:
    """Asks until the answer is the one waited for; the last answer there was."""
    deadline = time.monotonic() + seconds
    while True:
        found = await question()
        if holds(found) or time.monotonic() > deadline:
            return found
        await asyncio.sleep(ASK_SECONDS)
