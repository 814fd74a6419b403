"""A real server under attack: knocks over HTTP, and looks at what they changed.

What a knock left behind is read from the database file itself and from the public pages; the
desk is opened beside the server, as a command would, only to prepare what is to be attacked.
"""

import asyncio
import contextlib
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from peers import PUBLIC, Person
from servers import ServerProcess

from fediverse_coord import config
from fediverse_coord.app import Services, opened
from fediverse_coord.desk import blocks, tokens
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.protocol.keys import SigningKey
from fediverse_coord.protocol.signatures import InboundRequest, Spec

TABLES = {
    **dict.fromkeys(
        ("followers", "audience", "following", "responses", "interactions", "stamps"), "*"
    ),
    **dict.fromkeys(("reports", "activities", "objects", "reach", "boosts", "declarations"), "*"),
    "deliveries": "id, activity, inbox",  # attempts go on by themselves
}
PAGE = {"Accept": "text/html"}
DATA = {"Accept": "application/activity+json"}
SETTLED_SECONDS = 15
SEEN_SECONDS = 1  # within which a process follows what another has changed (storage/changes)


@dataclass(slots=True)
class Besieged:
    """A server process, one client that knocks at it, and its database as it lies on the disk."""

    server: ServerProcess
    http: httpx.AsyncClient
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    client: str = ""  # the address that a proxy would tell of us

    @property
    def origin(self) -> str:
        return self.server.origin

    @property
    def inbox(self) -> str:
        return f"{self.origin}/inbox"

    def actor(self, name: str = "pits") -> str:
        return self.server.actor_id(name)

    # knocking

    async def post(self, request: InboundRequest, **changed: str) -> int:
        """The status of a request that was signed, or tampered with afterwards."""
        return (await self.answered(request, **changed)).status_code

    async def answered(self, request: InboundRequest, **changed: str) -> httpx.Response:
        headers = {**request.headers, **changed}
        if self.client:
            headers["x-forwarded-for"] = self.client
        return await self.http.request(
            request.method,
            self.origin + request.target,
            headers={name: value.encode() for name, value in headers.items()},
            content=request.body or None,
        )

    async def told(
        self,
        who: Person,
        activity: dict[str, Any] | bytes,
        *,
        inbox: str = "",
        spec: Spec = Spec.CAVAGE,
        key: SigningKey | None = None,
    ) -> int:
        """Signed by this person and taken to its end; the status."""
        request = who.signed(inbox or self.inbox, activity, spec=spec, key=key)
        status = await self.post(request)
        await self.settled()
        return status

    async def get(self, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = path if path.startswith("http") else self.origin + path
        return await self.http.get(url, headers=named)

    async def document(self, iri: str) -> dict[str, Any]:
        answer = await self.http.get(iri, headers=DATA)
        assert answer.status_code == 200, (iri, answer.status_code)
        return dict(answer.json())

    async def page(self, iri: str) -> str:
        return (await self.http.get(iri, headers=PAGE, follow_redirects=True)).text

    async def until_page(self, iri: str, shows: Callable[[str], bool]) -> None:
        """What another process changed is seen within moments."""
        deadline = time.monotonic() + 5
        while not shows(await self.page(iri)):
            assert time.monotonic() < deadline, iri
            await asyncio.sleep(0.05)

    async def api(
        self, method: str, path: str, body: object = None, *, role: str = "admin", **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if role:
            named["Authorization"] = f"Bearer {self.tokens[role]}"
        url = f"{self.origin}/api/v1{path}"
        return await self.http.request(method, url, json=body, headers=named)

    # preparing

    async def publish(self, name: str = "pits", **fields: Any) -> dict[str, Any]:
        """A published declaration, as the API tells it."""
        words = {"content": "We stand with the night shift.", "form": "note"} | fields
        answer = await self.api("POST", f"/actors/{name}/declarations", {"publish": True, **words})
        assert answer.status_code == 201, answer.text
        await self.settled()
        return dict(answer.json())

    async def approve(self, object_id: str) -> None:
        for key in self.column("SELECT key FROM responses WHERE object_id = ?", object_id):
            answer = await self.api("POST", f"/responses/{key}/approve")
            assert answer.status_code == 200, answer.text

    @contextlib.asynccontextmanager
    async def desk(self) -> AsyncIterator[Services]:
        """The desk of an operator at the command line of this server."""
        async with opened(config.load(self.server.config)) as services:
            yield services

    async def block(self, named: str) -> None:
        async with self.desk() as services:
            await blocks.block(services.desk, OPERATOR, named)
        await asyncio.sleep(SEEN_SECONDS)

    async def unblock(self, named: str) -> None:
        async with self.desk() as services:
            await blocks.unblock(services.desk, OPERATOR, named)
        await asyncio.sleep(SEEN_SECONDS)

    # looking

    @contextlib.contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        address = f"file:{self.server.folder / 'coord.db'}?mode=ro"
        connection = sqlite3.connect(address, uri=True, timeout=5)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        with self.database() as connection:
            return [dict(row) for row in connection.execute(sql, values)]

    def column(self, sql: str, *values: object) -> list[Any]:
        return [next(iter(row.values())) for row in self.rows(sql, *values)]

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """What a refused knock must not have changed."""
        return {
            table: self.rows(f"SELECT {columns} FROM {table} ORDER BY 1, 2")
            for table, columns in TABLES.items()
        }

    async def settled(self) -> None:
        """Waits until nothing is left that could be done now."""
        deadline = time.monotonic() + SETTLED_SECONDS
        while self._is_busy():
            assert time.monotonic() < deadline, self.rows("SELECT * FROM inbox")
            await asyncio.sleep(0.02)

    def _is_busy(self) -> bool:
        now = int(time.time() * 1000)
        with self.database() as connection:
            waiting = connection.execute(
                "SELECT (SELECT count(*) FROM fan_outs) + (SELECT count(*) FROM inbox"
                " WHERE parked_at IS NULL AND (due_at <= :now OR leased_until > :now))"
                " + (SELECT count(*) FROM deliveries"
                " WHERE state = 'waiting' AND attempts = 0 AND due_at <= :now)",
                {"now": now},
            )
            return bool(waiting.fetchone()[0])

    def memory(self) -> int:
        """What the process holds, in bytes."""
        assert self.server.process is not None
        status = Path(f"/proc/{self.server.process.pid}/status").read_text()
        line = next(one for one in status.splitlines() if one.startswith("VmRSS"))
        return int(line.split()[1]) * 1024


async def flooded(port: int, requests: Sequence[InboundRequest], connections: int = 20) -> set[int]:
    """Every status that the requests get, sent as fast as it goes."""
    lots = [requests[start::connections] for start in range(connections)]
    found = await asyncio.gather(*(_in_a_row(port, lot) for lot in lots if lot))
    return {status for statuses in found for status in statuses}


async def _in_a_row(port: int, requests: Sequence[InboundRequest]) -> set[int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    statuses = set()
    for request in requests:
        head = [f"{request.method} {request.target} HTTP/1.1"]
        head += [f"{k}: {v}" for k, v in request.headers.items() if k != "content-length"]
        head += [f"Content-Length: {len(request.body)}", "", ""]
        writer.write("\r\n".join(head).encode() + request.body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = re.search(r"content-length: (\d+)", answer)
        await reader.readexactly(int(length[1]) if length else 0)
        statuses.add(int(answer.split()[1]))
    writer.close()
    return statuses


async def with_tokens(server: ServerProcess) -> dict[str, str]:
    """One token of each role; their coordinators are called `Seed ROLE`."""
    async with opened(config.load(server.config)) as services:
        return {
            role: await tokens.create(services.desk, OPERATOR, coordinator(role), role)
            for role in ("editor", "publisher", "moderator", "admin")
        }


def coordinator(role: str) -> str:
    """A name that must never be seen outside."""
    return f"Thessaly Quillfeather-{role}"


def reply(who: Person, to: str, key: str, /, **more: Any) -> dict[str, Any]:
    """A post of theirs that answers something of ours."""
    return who.note(key, inReplyTo=to, **more)


def own_url(iri: str) -> str:
    """Path and query."""
    return urlsplit(iri)._replace(scheme="", netloc="").geturl()


PUBLICLY = {"to": [PUBLIC]}
