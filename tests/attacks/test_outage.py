"""A database that cannot be used is an outage and never an ending.  security F6, inbound.md 2.

Other servers delete our words when they are told 404 or 410: whatever happens to the disk, they
are told 503, and nothing is half done.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from besieged import Besieged
from houses import besieged, standing
from peers import Peer, Person

READING = (
    "/actors/pits", "/actors/pits/outbox", "/actors/pits/followers", "/actors/nobody", "/actor",
    "/.well-known/webfinger?resource=ACTOR", "/@pits", "/@pits/none", "/about",
    "/nodeinfo/2.1",
)  # fmt: skip

# A file that SQLite can read but that is not ours is a fault, which tells as little of an ending.
FAILED = {"tables gone": {500, 503}, "file cut off": {503}, "file overwritten": {503}}


@pytest.fixture
async def doomed(tmp_path: Path, client_address: str) -> AsyncIterator[Besieged]:
    """A server of our own to be broken."""
    with standing(tmp_path / "house") as server:
        async for one in besieged(server, {}, client_address):
            yield one


@contextmanager
def locked(here: Besieged) -> Iterator[None]:
    """Another program holds the database for writing."""
    connection = sqlite3.connect(here.server.folder / "coord.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


async def test_a_locked_database_takes_nothing_and_loses_nothing(here: Besieged, far: Peer) -> None:
    ann, other = far.person("ann"), far.person("other")
    word = await here.publish()
    assert await here.told(ann, ann.activity("Like", word["id"])) == 202
    before = here.everything()
    fields = {"content": "Said in vain.", "form": "note", "publish": True}
    with locked(here):
        answers = await asyncio.gather(
            *(here.answered(who.signed(here.inbox, follow(here, who))) for who in (ann, other)),
            here.api("POST", "/actors/pits/declarations", fields),
        )
        for answer in answers:
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
        assert "nothing was changed" in answers[2].text
        assert (await here.get(word["id"])).status_code == 200
        assert (await here.get("/actors/pits")).status_code == 200
    assert here.everything() == before
    assert await here.told(ann, follow(here, ann)) == 202
    assert here.everything() != before


def follow(here: Besieged, who: Person) -> dict[str, object]:
    return who.activity("Follow", here.actor())


@pytest.mark.parametrize("how", FAILED)
async def test_what_cannot_be_read_is_never_told_as_an_ending(
    doomed: Besieged, far: Peer, how: str
) -> None:
    ann = far.person("ann")
    word = await doomed.publish()
    spoil(doomed, how)
    paths = [*READING, word["id"].removeprefix(doomed.origin), f"/@pits/{word['key']}"]
    for path in paths:
        for accept in ("application/activity+json", "text/html"):
            answer = await doomed.get(path.replace("ACTOR", doomed.actor()), accept=accept)
            assert answer.status_code not in {404, 410}, (path, accept)
            said = answer.status_code
            # An id sends readers to its page, and a page programs to its id, without looking.
            assert said in {*FAILED[how], 303}, (path, said)
    for target in (doomed.inbox, f"{doomed.actor()}/inbox", f"{doomed.actor('nobody')}/inbox"):
        status = await doomed.post(ann.signed(target, follow(doomed, ann)))
        # A row in the queue is still durable, and its effect is tried again.
        assert status in FAILED[how] or (status == 202 and how == "tables gone")
    assert (await doomed.get("/livez")).status_code == 200
    assert "Traceback" not in (await doomed.get("/@pits")).text


def spoil(here: Besieged, how: str) -> None:
    file = here.server.folder / "coord.db"
    if how == "tables gone":
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            for table in ("actors", "objects", "declarations"):
                connection.execute(f"ALTER TABLE {table} RENAME TO lost_{table}")
        return
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = file.stat().st_size
    with file.open("r+b") as raw:
        raw.truncate(4096) if how == "file cut off" else raw.write(b"\xff" * size)
    (file.parent / "coord.db-wal").write_bytes(b"")
