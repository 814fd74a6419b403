"""A disk that is full and a database that somebody else holds: said clearly, and nothing is lost.

Whoever asks for what must be remembered hears 503 and when to come again; reading goes on. When
the trouble is over everything goes on by itself, in the processes that were there all the time.
"""

import asyncio
import contextlib
import os
import re
import resource
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import promises
import pytest
from crowd import Crowd, Load, crowd
from engines import SQLITE, Engine, Place
from households import Household, household

DATA = {"Accept": "application/activity+json"}
COMPLAINT = re.compile(r"(?:warning|error) ([\w.]+: [a-z ]+) \(.*(reason=.*)\)", re.MULTILINE)
Trouble = Callable[[Household], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def no_file_may_grow(house: Household) -> Iterator[None]:
    """The kernel refuses every byte behind the end of the write-ahead log."""
    [member] = house.members
    assert member.process is not None
    size = (house.folder.parent / "coord.db-wal").stat().st_size
    assert member.log.stat().st_size < size / 2  # what it says can still be written
    before = resource.prlimit(member.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(member.process.pid, resource.RLIMIT_FSIZE, (size, before[1]))
    yield
    resource.prlimit(member.process.pid, resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def the_disk_is_full(house: Household) -> Iterator[None]:
    """Something else took what was left, and is deleted in the end."""
    ballast = house.folder.parent / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (65_536, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))
    yield
    ballast.unlink()


@contextlib.contextmanager
def another_program_holds_it(house: Household) -> Iterator[None]:
    connection = sqlite3.connect(house.folder.parent / "coord.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of sixteen megabytes. Only root may have one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder]
    if os.getuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("no disk of our own can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@dataclass(slots=True)
class Scene:
    """The server in trouble, and whom it speaks with."""

    house: Household
    far: Crowd
    load: Load

    async def like(self, object_id: str) -> httpx.Response:
        person = self.far.followers[0]
        activity = person.activity("Like", object_id, id=f"{person.actor_id}/likes/1")
        request = person.signed(f"{self.house.origin}/inbox", activity)
        return await self.house.http.post(
            f"{self.house.origin}/inbox", headers=request.headers, content=request.body
        )

    async def get(self, path: str, **headers: str) -> int:
        url = path if path.startswith("http") else self.house.origin + path
        return (await self.house.http.get(url, headers=headers)).status_code

    async def until(self, path: str, status: int) -> None:
        async with asyncio.timeout(60):
            while await self.get(path) != status:  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    def complaints(self) -> Counter[tuple[str, str]]:
        [member] = self.house.members
        return Counter(COMPLAINT.findall(member.said()))


@pytest.mark.parametrize("trouble", [no_file_may_grow, the_disk_is_full, another_program_holds_it])
async def test_trouble_with_the_disk_is_said_and_survived(tmp_path: Path, trouble: Trouble) -> None:
    disk = small_disk(tmp_path / "disk") if trouble is the_disk_is_full else None
    with disk or contextlib.nullcontext():
        folder = tmp_path / "disk" if disk else tmp_path
        place = Place(Engine(SQLITE, tmp_path), folder)
        own = household(place, folder / "house", working=0, roads_in_serve=True)
        async with crowd() as far, own as house:
            load = Load(house, far, None)  # type: ignore[arg-type]
            await load.follow_all()
            await survived(Scene(house, far, load), trouble)


async def survived(scene: Scene, trouble: Trouble) -> None:
    house, began = scene.house, time.monotonic()
    word = await house.published("Said before.")
    await promises.rest(house)
    scene.far.hold()
    under_way = await house.published("On its way.")
    await scene.far.reached(f"{under_way['id']}/activity", 1)
    before = await _remembered(house)

    with trouble(house):
        scene.far.let_go()  # what is on its way arrives, and cannot be written down
        await scene.until("/readyz", 503)
        refused = await asyncio.gather(house.publish("Said in vain."), scene.like(word["id"]))
        for answer in refused:
            assert answer.status_code == 503, answer.text
            assert int(answer.headers["retry-after"]) > 0
        assert "nothing was changed" in refused[0].text
        assert await scene.get(word["id"], **DATA) == 200
        assert await scene.get("/livez") == 200
        assert await scene.get("/actors/pits", **DATA) == 200

    await scene.until("/readyz", 200)
    assert await _remembered(house) == before
    later = await house.published("Said afterwards.")
    assert (await scene.like(word["id"])).status_code == 202
    await promises.rest(house)
    await _all_have_heard(scene, [word, under_way, later])
    liked = "SELECT count(*) FROM interactions"
    assert await house.number(liked) == 1
    [member] = house.members
    assert not member.has_ended
    assert "Traceback" not in member.said()
    said, minutes = scene.complaints(), (time.monotonic() - began) // 60
    assert said
    assert max(said.values()) <= 1 + minutes, said


async def _remembered(house: Household) -> list[tuple[Any, ...]]:
    """What a refused request must not have changed."""
    return await house.rows(
        "SELECT (SELECT count(*) FROM declarations) AS declarations,"
        " (SELECT count(*) FROM activities) AS activities,"
        " (SELECT count(*) FROM interactions) AS interactions"
    )


async def _all_have_heard(scene: Scene, words: list[dict[str, Any]]) -> None:
    for word in words:
        states = {one["state"] for one in await scene.house.receipts(word["key"])}
        assert states == {"delivered"}
    inboxes = {scene.far.inbox_of(one) for one in scene.far.followers}
    heard = {(inbox, id_) for inbox, id_ in scene.far.arrived if "/objects/" in id_}
    assert heard == {(inbox, f"{word['id']}/activity") for inbox in inboxes for word in words}
