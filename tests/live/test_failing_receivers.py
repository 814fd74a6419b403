"""One post goes to servers that fail in every way we know; each gets the receipt it has earned.

A real server of ours delivers to real listeners, once to all of them, and the coordinators' API
tells what came of it. Whoever is well gets the words, whatever the others do.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import receivers
from failures import Case, cases, certificates
from receivers import PERSONAL, Certify, Receiver, answers, listening
from servers import ServerProcess, server
from two_sides import PATIENCE_SECONDS, Side

from fediverse_coord import config
from fediverse_coord.app import opened
from fediverse_coord.protocol.uris import host_in
from fediverse_coord.storage import followers, inboxes, remote_actors
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.remote_actors import ActorProfile

SOON = "[delivery]\nconnect_seconds = 5\ntotal_seconds = 8\n"


@dataclass(slots=True)
class Told:
    """What the API said of the post, after the first round and after the second."""

    cases: dict[str, Case]
    first: dict[str, list[dict[str, Any]]]
    posts: dict[str, list[str]]
    second: dict[str, list[dict[str, Any]]]
    began: datetime
    ended: datetime
    followers: int
    log: str


NAMES = [one.name for one in cases()]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("receivers")
    authority, certify = certificates(folder)
    with (
        pytest.MonkeyPatch.context() as patch,
        server(folder / "house", "pits", more=SOON, start=False) as process,
    ):
        patch.setenv("SSL_CERT_FILE", str(authority.file))
        yield asyncio.run(delivered(process, cases(), certify))


async def delivered(process: ServerProcess, given: list[Case], certify: Certify) -> Told:
    async with listening((one.receiver for one in given), certify):
        await followed(process, [one.receiver for one in given])
        token = await asyncio.to_thread(token_of, process)
        await asyncio.to_thread(process.start)
        return await Round(given, Side(process, "pits", token)).both()


def token_of(process: ServerProcess) -> str:
    return process.run("token", "create", "--coordinator", "Ana", "--role", "admin")


async def followed(process: ServerProcess, given: list[Receiver]) -> None:
    """By somebody at each, as if their Follow had been accepted."""
    async with opened(config.load(process.config)) as services:
        for one in given:

            async def work(tx: Transaction, one: Receiver = one) -> None:
                known = await remote_actors.remember(tx, profile(one), services.clock())
                await followers.save(
                    tx,
                    actor=2,
                    remote_actor=known.row,
                    inbox=await inboxes.row_for(tx, one.origin + one.inbox),
                    follow_id=None,
                    state="follower",
                    now=services.clock(),
                )

            await services.db.write(work)


def profile(one: Receiver) -> ActorProfile:
    return ActorProfile(
        actor_id=one.actor_id,
        host=host_in(one.origin) or "",
        type="Person",
        username="ann",
        name="Ann",
        inbox_url=one.origin + PERSONAL,
        shared_inbox_url=None if one.inbox == PERSONAL else one.origin + one.inbox,
    )


def was_tried(receipt: dict[str, Any]) -> bool:
    """What was, and has not ended, is due again later than now."""
    due = receipt["next_try"]
    return due is None or datetime.fromisoformat(due) > datetime.now(UTC)


@dataclass(slots=True)
class Round:
    """The post, looked at until each delivery was tried; and the same once more."""

    cases: list[Case]
    side: Side

    async def both(self) -> Told:
        began = datetime.now(UTC)
        key = (await self._aside(self.side.publish, content="The shafts stand still."))["key"]
        first = await self._receipts(key, len(self.cases) + 1)  # one goes on to a personal inbox
        ended = datetime.now(UTC)
        posts = {one.name: [got.target for got in one.receiver.received] for one in self.cases}
        count = (await self._aside(self.side.counts))[0]
        await self._aside(self.side.call, "POST", f"/declarations/{key}/deliveries/resend")
        second = await self._receipts(key, len(self.cases) + 1)
        named = {one.name: one for one in self.cases}
        log = self.side.server.log()
        return Told(named, first, posts, second, began, ended, count, log)

    async def _aside(self, ask: Any, *args: Any, **named: Any) -> Any:
        """Asked in a thread: the receivers live in this event loop."""
        return await asyncio.to_thread(lambda: ask(*args, **named))

    async def _receipts(self, key: str, count: int) -> dict[str, list[dict[str, Any]]]:
        async with asyncio.timeout(4 * PATIENCE_SECONDS):
            while True:
                path = f"/declarations/{key}/deliveries?limit=200"
                items = (await self._aside(self.side.call, "GET", path))["items"]
                if len(items) == count and all(was_tried(one) for one in items):
                    break
                await asyncio.sleep(0.1)
        origins = {one.receiver.origin: one.name for one in self.cases}
        found: dict[str, list[dict[str, Any]]] = {}
        for item in items:
            found.setdefault(origins[item["server"]], []).append(item)
        return found


@pytest.mark.parametrize("name", NAMES)
def test_each_receiver_gets_the_receipt_it_has_earned(told: Told, name: str) -> None:
    expected, receipt = told.cases[name], told.first[name][0]
    assert (receipt["state"], receipt["status"]) == (expected.state, expected.status)
    assert re.fullmatch(expected.fault or "None", str(receipt["fault"])), receipt["fault"]
    assert receipt["attempts"] == 1
    assert (receipt["next_try"] is None) == (expected.state != "waiting")
    assert (receipt["settled"] is None) == (expected.state == "waiting")
    assert len(told.posts[name]) == expected.posts


@pytest.mark.parametrize("name", ["asks for an hour", "asks until a date", "asks for a week"])
def test_a_receiver_that_asks_for_time_gets_it_up_to_a_day(told: Told, name: str) -> None:
    due = datetime.fromisoformat(told.first[name][0]["next_try"])
    asked = told.cases[name].wait
    second = timedelta(seconds=1)  # the API tells whole ones
    if isinstance(asked, datetime):
        assert asked - second <= due <= asked + second
    else:
        assert asked is not None
        assert told.began + asked - second <= due <= told.ended + asked + second


def test_behind_a_gone_shared_inbox_each_is_tried_in_person(told: Told) -> None:
    shared, personal = told.first["moved its shared inbox away"]
    assert (shared["state"], personal["state"]) == ("gone", "delivered")
    assert told.posts["moved its shared inbox away"] == ["/inbox", PERSONAL]


def test_only_the_actor_s_own_410_ends_the_following(told: Told) -> None:
    assert told.followers == len(told.cases) - 1


def test_a_redirect_of_a_delivery_leads_nowhere(told: Told) -> None:
    assert told.posts["is well"] == ["/inbox"]


def test_the_signature_that_worked_is_the_first_the_next_time(told: Told) -> None:
    requests = told.cases["knows only RFC 9421"].receiver.received
    assert ["signature-input" in one.headers for one in requests] == [False, True]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_sent_again_ends_alike_unless_the_receiver_is_well_now(
    told: Told, name: str
) -> None:
    expected = told.cases[name]
    assert told.second[name][0]["state"] == (expected.later or expected.state)


def test_none_of_it_is_a_fault_of_ours(told: Told) -> None:
    assert "Traceback" not in told.log


def test_nobody_waits_for_those_who_hang(tmp_path: Path) -> None:
    """While every hanging server still holds its connection, all others have the words."""
    hanging = [Receiver(f"hangs {number}", receivers.hangs) for number in range(6)]
    well = [Receiver(f"well {number}", answers(202)) for number in range(20)]
    more = "[delivery]\nconcurrency = 8\nper_host = 1\n"
    with server(tmp_path / "house", "pits", more=more, start=False) as process:
        asyncio.run(_others_are_told(process, hanging, well))


async def _others_are_told(
    process: ServerProcess, hanging: list[Receiver], well: list[Receiver]
) -> None:
    async with listening([*hanging, *well]):
        await followed(process, [*hanging, *well])
        token = await asyncio.to_thread(token_of, process)
        await asyncio.to_thread(process.start)
        side = Side(process, "pits", token)
        keys = [
            (await asyncio.to_thread(side.publish, content=f"Number {n}."))["key"] for n in range(3)
        ]
        async with asyncio.timeout(4 * PATIENCE_SECONDS):
            while not all(len(one.received) == len(keys) for one in well):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert [one.open for one in hanging] == [1] * len(hanging)
        assert [len(one.received) for one in hanging] == [1] * len(hanging)
