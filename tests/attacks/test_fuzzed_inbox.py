"""Whatever comes in at the inbox, the answer is one of ours and never a fault.  security B4, D1."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from besieged import Besieged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peers import ACTIVITY_JSON, Peer, Person, running_peer
from servers import ServerProcess

from fediverse_coord.protocol.signatures import Spec

TYPES = ("Follow", "Create", "Delete", "Update", "Undo", "Announce", "Like", "Flag", "Move", "Add")
NAMES = (
    "type", "actor", "object", "id", "to", "cc", "target", "instrument", "content", "inReplyTo",
    "tag", "@context", "proof", "signature", "attributedTo", "published", "contentMap",
)  # fmt: skip
HEADERS = (
    "signature", "signature-input", "digest", "content-digest", "date", "host", "content-type",
    "accept", "x-forwarded-for", "content-encoding", "expect",
)  # fmt: skip

leaf = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from([*TYPES, "OURS", "THEIRS", "WORD", "http://127.0.0.1/", "https://["])
)  # fmt: skip
values = st.recursive(
    leaf,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=12,
)
activities = st.dictionaries(st.sampled_from(NAMES), values, max_size=8)
header = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200)
OURS = frozenset({202, 400, 401, 403, 413, 429})


def exchanged(port: int, head: list[str], body: bytes) -> int:
    """One request as it is written, whatever a client library would think of it; the status."""
    lines = ["POST /inbox HTTP/1.1", *head, f"Content-Length: {len(body)}", "Connection: close"]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        wire.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return int(wire.makefile("rb").readline().split()[1])


def is_up(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        wire.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return b" 200 " in wire.makefile("rb").readline()


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=activities | values, headers=st.dictionaries(st.sampled_from(HEADERS), header))
def test_random_requests_get_an_answer_of_ours(
    hasty_house: ServerProcess, body: Any, headers: dict[str, str]
) -> None:
    head = {"host": "x", "content-type": ACTIVITY_JSON, **headers}
    head.pop("expect", None)
    lines = [f"{name}: {value}" for name, value in head.items()]
    status = exchanged(hasty_house.port, lines, json.dumps(body).encode())
    assert status in OURS
    assert is_up(hasty_house.port)


@pytest.fixture(scope="module")
def living() -> Iterator[Peer]:
    """A far server beside the test, which is no coroutine."""
    loop, ready, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: list[Peer] = []

    async def live() -> None:
        async with running_peer("127.0.0.4") as peer:
            found.append(peer)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(live(),))
    thread.start()
    ready.wait()
    yield found[0]
    loop.call_soon_threadsafe(over.set)
    thread.join()
    loop.close()


@pytest.fixture(scope="module")
def ann(living: Peer) -> Person:
    return living.person("ann")


@pytest.fixture
async def word(hasty: Besieged) -> str:
    return str((await hasty.publish("dockers"))["id"])


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(activity=activities, type_=st.sampled_from(TYPES), spec=st.sampled_from(Spec))
def test_random_activities_that_are_well_signed_are_taken_or_refused(
    hasty_house: ServerProcess,
    word: str,
    ann: Person,
    activity: dict[str, Any],
    type_: str,
    spec: Spec,
) -> None:
    told = {**activity, "type": type_, "actor": ann.actor_id}
    if "id" in told:
        told["id"] = f"{ann.actor_id}/{len(str(activity))}"
    text = json.dumps(told)
    known = {"OURS": hasty_house.actor_id("pits"), "THEIRS": ann.actor_id, "WORD": word}
    for name, iri in known.items():
        text = text.replace(f'"{name}"', f'"{iri}"')
    request = ann.signed(f"{hasty_house.origin}/inbox", text.encode(), spec=spec)
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    lines = [one for one in lines if not one.startswith("content-length")]
    assert exchanged(hasty_house.port, lines, request.body) in {202, 400}
    assert is_up(hasty_house.port)


async def test_no_handler_failed_over_it(hasty: Besieged) -> None:
    """After all of the above: nothing is parked, and nothing failed in an unexpected way."""
    await hasty.settled()
    log = hasty.server.log()
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:3000]
    assert hasty.rows("SELECT * FROM inbox WHERE parked_at IS NOT NULL") == []
