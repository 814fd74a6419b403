"""A far server on loopback with some people and posts on it, for what the desk asks of others."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@dataclass
class FarServer:
    """Answers documents by path and handles by WebFinger; remembers what it was asked."""

    port: int = 0
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    away: bool = False  # every answer is 503

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def handle(self, name: str) -> str:
        return f"@{name}@127.0.0.1:{self.port}"

    def person(self, name: str) -> str:
        """The id of somebody who lives here from now on."""
        actor_id = f"{self.origin}/users/{name}"
        self.documents[f"/users/{name}"] = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": actor_id,
            "type": "Person",
            "preferredUsername": name,
            "name": name.title(),
            "inbox": f"{actor_id}/inbox",
            "outbox": f"{actor_id}/outbox",
            "followers": f"{actor_id}/followers",
            "endpoints": {"sharedInbox": f"{self.origin}/inbox"},
        }
        return actor_id

    def post(self, name: str, number: int = 1, **changed: object) -> str:
        """The id of a public post by that person."""
        path = f"/users/{name}/posts/{number}"
        self.documents[path] = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": self.origin + path,
            "type": "Note",
            "attributedTo": f"{self.origin}/users/{name}",
            "content": "<p>The quay is shut, and stays shut.</p>",
            "to": [PUBLIC],
            "cc": [f"{self.origin}/users/{name}/followers"],
            **changed,
        }
        return self.origin + path

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            target = head.split(" ")[1]
            self.asked.append(target)
            found = self._found(target)
            body = json.dumps(found or {}).encode()
            status, kind = (200, self._kind(target)) if found else (404, "application/json")
            status = 503 if self.away else status
            writer.write(
                f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            )
            writer.write(body)
            await writer.drain()
        with suppress(ConnectionError):
            writer.close()

    def _kind(self, target: str) -> str:
        finger = target.startswith("/.well-known/")
        return "application/jrd+json" if finger else "application/activity+json"

    def _found(self, target: str) -> dict[str, Any] | None:
        parts = urlsplit(target)
        if parts.path != "/.well-known/webfinger":
            return self.documents.get(target)
        account = parse_qs(parts.query)["resource"][0]
        name = account.removeprefix("acct:").partition("@")[0]
        if f"/users/{name}" not in self.documents:
            return None
        link = {
            "rel": "self",
            "type": "application/activity+json",
            "href": f"{self.origin}/users/{name}",
        }
        return {"subject": account, "links": [link]}
