"""The world around a server under a crash test: followers who write down what arrives, and a load.

People live on several hosts. Half of a host's people share an inbox, half have one of their own.
What a follower accepts is answered 202 and counted by inbox and activity id, so that what is
missing and what came twice can be told afterwards.
"""

import asyncio
import contextlib
import hashlib
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from households import Household
from peers import Peer, Person, Request, running_peer

HOSTS = tuple(f"127.0.0.{number}" for number in range(2, 6))
PER_HOST = 4
KEYS = 4  # making one takes longer than signing a hundred times


@dataclass(slots=True)
class Crowd:
    """All far servers together, and what they were told."""

    peers: list[Peer]
    followers: list[Person] = field(default_factory=list)
    arrived: Counter[tuple[str, str]] = field(default_factory=Counter)
    bodies: dict[str, set[str]] = field(default_factory=dict)
    accepts: dict[str, set[str]] = field(default_factory=dict)  # Follow id -> Accept ids
    made: int = 0

    def hear(self, peer: Peer, request: Request) -> int:
        document = request.document
        self.arrived[peer.origin + request.target, document["id"]] += 1
        digest = hashlib.sha256(request.body).hexdigest()
        self.bodies.setdefault(document["id"], set()).add(digest)
        if document["type"] == "Accept":
            self.accepts.setdefault(document["object"]["id"], set()).add(document["id"])
        peer.received.clear()
        return 202

    def person(self, peer: Peer, *, shared: bool = False) -> Person:
        """Somebody new there."""
        self.made += 1
        person = Person(peer, f"p{self.made}", number=self.made % KEYS)
        document = person.document
        if not shared:
            del document["endpoints"]
        peer.serve(person.actor_id, document)
        return person

    def inbox_of(self, person: Person) -> str:
        document = json.loads(person.peer.pages[urlsplit(person.actor_id).path].body)
        shared = document.get("endpoints", {}).get("sharedInbox")
        return str(shared or person.inbox_url)

    async def accepted(self, count: int) -> None:
        """Returns once so many are followers."""
        async with asyncio.timeout(30):
            while len(self.accepts) < count:  # noqa: ASYNC110 - it is counted where it arrives
                await asyncio.sleep(0.05)

    def hold(self) -> None:
        """What arrives now stays unanswered."""
        for peer in self.peers:
            peer.answering.clear()

    def let_go(self) -> None:
        for peer in self.peers:
            peer.answering.set()

    async def reached(self, activity_id: str, count: int) -> set[str]:
        """The inboxes where it arrived, once they are so many."""
        async with asyncio.timeout(30):
            while True:
                found = {inbox for inbox, id_ in self.arrived if id_ == activity_id}
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.02)

    def twice(self) -> tuple[int, int]:
        """How many deliveries arrived at all, and how many of them more than once."""
        return len(self.arrived), sum(1 for count in self.arrived.values() if count > 1)


@contextlib.asynccontextmanager
async def crowd() -> AsyncIterator[Crowd]:
    async with contextlib.AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(running_peer(host)) for host in HOSTS]
        made = Crowd(peers)
        for peer in peers:
            peer.decide = _listening(made, peer)
        yield made


def _listening(made: Crowd, peer: Peer) -> Any:
    return lambda request: made.hear(peer, request)


@dataclass(slots=True)
class Load:
    """Publishing and an inbox under way, and what was promised for it."""

    house: Household
    crowd: Crowd
    chance: random.Random
    published: dict[str, str] = field(default_factory=dict)  # key -> id: answered 201
    unsure: list[str] = field(default_factory=list)  # content: cut off, nobody knows
    likes: set[tuple[str, str]] = field(default_factory=set)  # (actor id, object id)
    boosts: set[tuple[str, str]] = field(default_factory=set)
    replies: set[str] = field(default_factory=set)
    follows: dict[str, int] = field(default_factory=dict)  # Follow id -> how often it was sent
    sent: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    _stopped: bool = False

    async def follow_all(self) -> None:
        """The first followers, before anything is killed."""
        for number in range(len(self.crowd.peers) * PER_HOST):
            peer = self.crowd.peers[number % len(self.crowd.peers)]
            person = self.crowd.person(peer, shared=number < len(self.crowd.peers) * PER_HOST // 2)
            await self.follow(person)
            self.crowd.followers.append(person)
        await self.crowd.accepted(len(self.crowd.followers))

    async def run(self) -> None:
        """Until it is told to stop; then each is finished."""
        async with asyncio.TaskGroup() as group:
            for number in range(2):
                group.create_task(self._publish(number))
            for _ in range(5):
                group.create_task(self._respond())

    def stop(self) -> None:
        self._stopped = True

    # saying

    async def _publish(self, who: int) -> None:
        number = 0
        while not self._stopped:
            number += 1
            await self._publish_one(f"Demand {who}/{number}: open the shafts.", f"k{who}-{number}")
            await asyncio.sleep(self.chance.uniform(0.02, 0.2))

    async def _publish_one(self, content: str, key: str) -> None:
        """Sent again under the same key until it is known what became of it."""
        while True:
            answer = await self._answered(self.house.publish(content, Idempotency_Key=key))
            if answer is not None and answer.status_code == 201:
                self.published[answer.json()["key"]] = answer.json()["id"]
                return
            if answer is not None and answer.status_code == 409:
                self.unsure.append(content)
                return
            self._note(answer)
            await asyncio.sleep(0.1)

    # responding

    async def _respond(self) -> None:
        while not self._stopped:
            await asyncio.sleep(self.chance.uniform(0.01, 0.08))
            if not self.published:
                continue
            person = self.chance.choice(self.crowd.followers)
            object_id = self.chance.choice(list(self.published.values()))
            what = self.chance.choices(
                (self.like, self.boost, self.reply, self.newcomer), (3, 1, 3, 4)
            )[0]
            await what(person, object_id)

    async def like(self, person: Person, object_id: str) -> None:
        if (person.actor_id, object_id) not in self.likes:
            self.likes.add((person.actor_id, object_id))
            await self._send(person, person.activity("Like", object_id, id=self._id(person)))

    async def boost(self, person: Person, object_id: str) -> None:
        if (person.actor_id, object_id) not in self.boosts:
            self.boosts.add((person.actor_id, object_id))
            public = {"to": ["https://www.w3.org/ns/activitystreams#Public"]}
            activity = person.activity("Announce", object_id, id=self._id(person), **public)
            await self._send(person, activity)

    async def reply(self, person: Person, object_id: str) -> None:
        note = person.note(f"n{len(self.replies)}-{person.name}", inReplyTo=object_id)
        self.replies.add(note["id"])
        await self._send(person, person.create(note))

    async def newcomer(self, _: Person, __: str) -> None:
        await self.follow(self.crowd.person(self.chance.choice(self.crowd.peers), shared=True))

    async def follow(self, person: Person) -> None:
        follow_id = self._id(person)
        activity = person.activity("Follow", self.house.actor_id(), id=follow_id)
        self.follows[follow_id] = await self._send(person, activity)

    def _id(self, person: Person) -> str:
        self.sent += 1
        return f"{person.actor_id}/activities/{self.sent}"

    async def _send(self, person: Person, activity: dict[str, Any]) -> int:
        """Until it is taken, as other servers do; how often that was."""
        times = 0
        while True:
            times += 1
            request = person.signed(f"{self.house.origin}/inbox", activity)
            post = self.house.http.post(
                f"{self.house.origin}/inbox",
                headers=request.headers | {"x-forwarded-for": person.peer.authority.split(":")[0]},
                content=request.body,
            )
            answer = await self._answered(post)
            if answer is not None and answer.status_code == 202:
                return times
            self._note(answer)
            await asyncio.sleep(0.1)

    async def _answered(self, asked: Any) -> httpx.Response | None:
        """None where the process died, or was not there."""
        try:
            found = await asked
        except httpx.TransportError:
            return None
        assert isinstance(found, httpx.Response)
        return found

    def _note(self, answer: httpx.Response | None) -> None:
        """Nobody is ever told that it is over, or that it is their fault."""
        status = answer.status_code if answer is not None else 0
        self.refused[status] += 1
        assert status in {0, 429, 503}, answer.text if answer is not None else ""
