"""HTTP as any client speaks it: the standard library's, one connection a question.

On purpose not our own client: what asks the servers here shares no code with them. Loopback
only; every question ends within ten seconds.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from fediverse_coord.protocol.documents import Document

SECONDS = 10


@dataclass(frozen=True, slots=True)
class Reply:
    """What came: `status` is 0 where nobody answered; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Document:
        """The JSON object; an empty one where there is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {"items": found}


async def ask(
    method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> Reply:
    """One request. Never raises for what the other side does."""
    return await asyncio.to_thread(_ask, method, url, dict(headers or {}), body)


def _ask(method: str, url: str, headers: dict[str, str], body: bytes | None) -> Reply:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=SECONDS)
    try:
        target = parts._replace(scheme="", netloc="", fragment="").geturl()
        connection.request(method, target or "/", body=body, headers=headers)
        answer = connection.getresponse()
        fields = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, fields, answer.read())
    except (OSError, HTTPException):
        return Reply(0, {}, b"")
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Api:
    """The coordinators' API of one server, with a token in hand."""

    origin: str
    token: str

    def __repr__(self) -> str:
        return f"Api({self.origin})"

    async def call(
        self, method: str, path: str, content: Document | None = None, **headers: str
    ) -> Reply:
        """One call below /api/v1. Header names are written with `_`."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None if content is None else json.dumps(content).encode()
        typed = {} if body is None else {"Content-Type": "application/json"}
        own = {"Authorization": f"Bearer {self.token}"} | typed
        return await ask(method, f"{self.origin}/api/v1{path}", own | given, body)

    async def change(self, method: str, path: str, content: Document | None = None) -> Reply:
        """A call on what is there already, from the revision that is read first."""
        seen = await self.call("GET", path)
        return await self.call(method, path, content, If_Match=seen.headers.get("etag", ""))


async def document_at(url: str) -> Reply:
    """What an id answers to another server."""
    return await ask("GET", url, {"Accept": "application/activity+json"})


async def page_at(url: str) -> Reply:
    """What a reader's browser is shown."""
    return await ask("GET", url, {"Accept": "text/html"})
