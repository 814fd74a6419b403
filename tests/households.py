"""Several of our processes on one database, killed and begun again as a test likes.

`servers` runs one process and waits for it; here the test goes on meanwhile, in its event loop.
"""

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from engines import Place
from servers import COMMAND, environment, free_port, write_folder

from fediverse_coord import config
from fediverse_coord.app import opened
from fediverse_coord.desk import tokens
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage.database import Database, open_database

UP = ("listening on", "working for")
UP_SECONDS = 60

# A lease is short here, so that what a dead process held is soon another's, and every deadline with
# it; and nobody here is a flood.
HASTY = """
[delivery]
connect_seconds = 3
total_seconds = 3
lease_seconds = 12

[limits]
inbox_per_host_per_minute = 1_000_000
keys_per_host_per_minute = 1_000_000
api_per_token_per_minute = 1_000_000
"""


@dataclass(slots=True)
class Member:
    """One process: `serve --port …` or `work`, in the folder that all share."""

    folder: Path
    name: str
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    preexec: Any = None
    _log_begins: int = 0

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        """Does not wait: see `up`."""
        with self.log.open("ab") as log:
            self._log_begins = log.tell()
            self.process = subprocess.Popen(
                [*COMMAND, "--config", str(self.folder / "config.toml"), *self.arguments],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=environment(),
                preexec_fn=self.preexec,
            )

    def said(self) -> str:
        """Since it was last started."""
        with self.log.open("rb") as log:
            log.seek(self._log_begins)
            return log.read().decode(errors="replace")

    @property
    def is_up(self) -> bool:
        return any(word in self.said() for word in UP)

    @property
    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    async def up(self) -> None:
        """Returns once it listens or works."""
        async with asyncio.timeout(UP_SECONDS):
            while not self.is_up:
                assert not self.has_ended, self.said()
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        """As a power cut would: nothing is finished."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


@dataclass(slots=True)
class Household:
    """The members, the door to the first `serve`, and a look into the database beside them."""

    folder: Path
    url: str
    ports: list[int]
    members: list[Member]
    http: httpx.AsyncClient
    token: str = field(default="", repr=False)
    db: Database | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    def actor_id(self, name: str = "pits") -> str:
        return f"{self.origin}/actors/{name}"

    async def call(self, method: str, path: str, content: Any = None, **headers: str) -> Any:
        """One call of the coordinators' API, however it ends."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(
            method,
            f"{self.origin}/api/v1{path}",
            json=content,
            headers={"Authorization": f"Bearer {self.token}"} | named,
        )

    async def publish(self, content: str, **headers: str) -> httpx.Response:
        fields = {"content": content, "form": "note", "publish": True}
        found = await self.call("POST", "/actors/pits/declarations", fields, **headers)
        assert isinstance(found, httpx.Response)
        return found

    async def published(self, content: str) -> dict[str, Any]:
        """The declaration, as it was answered."""
        return dict((await self.publish(content)).raise_for_status().json())

    async def sent(self, content: str = "The shafts stand still.") -> str:
        """The id of the Create of something published now."""
        return f"{(await self.published(content))['id']}/activity"

    async def receipts(self, key: str) -> list[dict[str, Any]]:
        """Every delivery about a declaration, as the API tells it."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            path = f"/declarations/{key}/deliveries?limit=200{cursor}"
            page = (await self.call("GET", path)).raise_for_status().json()
            found += page["items"]
            if not page.get("next"):
                return found
            cursor = f"&cursor={page['next']}"

    async def begin(self) -> None:
        """Starts whoever is down, and waits for all."""
        for member in self.members:
            if member.has_ended:
                member.start()
        await asyncio.gather(*(member.up() for member in self.members))

    async def look(self) -> Database:
        if self.db is None:
            self.db = await open_database(self.url, readers=1, writers=1)
        return self.db

    async def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """What the database says, asked beside the processes."""
        found = await (await self.look()).fetch_all(sql, **values)
        return [tuple(row[name] for name in list(row.keys())) for row in found]

    async def number(self, sql: str, **values: Any) -> int:
        [(found,)] = await self.rows(sql, **values)
        return int(found or 0)

    def logs(self) -> str:
        return "\n".join(f"== {one.name}\n{one.log.read_text()}" for one in self.members)

    async def aclose(self) -> None:
        for member in self.members:
            if member.process is not None:
                member.process.send_signal(signal.SIGTERM)
        for member in self.members:
            await asyncio.to_thread(member.stop)
        if self.db is not None:
            await self.db.close()


@contextlib.asynccontextmanager
async def household(
    place: Place,
    folder: Path,
    *,
    serving: int = 1,
    working: int = 1,
    roads_in_serve: bool = False,
    more: str = HASTY,
    start: bool = True,
) -> AsyncIterator[Household]:
    """So many processes that serve and that work, with one coordination, `pits`."""
    ports = [free_port() for _ in range(serving)]
    write_folder(folder, ports[0], ("pits",), more=more)
    place.settle(folder)
    alone = () if roads_in_serve else ("--no-work",)
    members = [
        Member(folder, f"serve{number}", ("serve", "--port", str(port), *alone))
        for number, port in enumerate(ports)
    ]
    members += [Member(folder, f"work{number}", ("work",)) for number in range(working)]
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
        made = Household(folder, place.url, ports, members, http, await _token(folder))
        try:
            if start:
                await made.begin()
            yield made
        finally:
            await made.aclose()


async def _token(folder: Path) -> str:
    async with opened(config.load(folder / "config.toml")) as services:
        return await tokens.create(services.desk, OPERATOR, "Ana", "admin")
