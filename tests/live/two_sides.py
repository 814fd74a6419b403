"""Two of our servers in two processes: how a test acts on one side and looks at the other."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import httpx
from servers import ServerProcess

PATIENCE_SECONDS = 20
ACTIVITY_JSON = {"Accept": "application/activity+json"}


@dataclass(slots=True)
class Side:
    """One server with the coordination that acts there, through its own public doors."""

    server: ServerProcess
    name: str
    token: str

    @property
    def actor_id(self) -> str:
        return self.server.actor_id(self.name)

    @property
    def handle(self) -> str:
        return self.server.handle(self.name)

    def call(self, method: str, path: str, content: Any = None, **headers: str) -> Any:
        """One call of the coordinators' API that must succeed; its JSON."""
        answer = httpx.request(
            method,
            f"{self.server.origin}/api/v1{path}",
            json=content,
            headers={"Authorization": f"Bearer {self.token}"} | headers,
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def publish(self, **fields: Any) -> Any:
        path = f"/actors/{self.name}/declarations"
        return self.call("POST", path, fields | {"publish": True, "form": "note"})

    def responses(self, state: str = "held") -> list[Any]:
        found = self.call("GET", f"/actors/{self.name}/responses?state={state}")
        return list(found["items"])

    def counts(self) -> tuple[int, int]:
        """(followers, following)"""
        found = self.call("GET", f"/actors/{self.name}/followers")
        return found["followers"], found["following"]

    def receipts(self, key: str) -> list[tuple[str, str]]:
        """(type, state) of every delivery of a declaration's activities."""
        items = self.call("GET", f"/declarations/{key}/deliveries")["items"]
        return [(one["activity"], one["state"]) for one in items]

    def rows(self, sql: str) -> list[Any]:
        """What its database says, read beside the process."""
        path = self.server.folder / "coord.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return db.execute(sql).fetchall()

    def restart(self, *arguments: str) -> None:
        """A power cut, and the machine comes back."""
        self.server.kill()
        self.server.start(*arguments)


def document(iri: str) -> Any:
    """What another server is told under an id."""
    answer = httpx.get(iri, headers=ACTIVITY_JSON)
    return answer.json() | {"status": answer.status_code}


def eventually(question: Callable[[], Any], wanted: object) -> None:
    """Asks until the answer is the one wanted; then asserts that it is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while question() != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    assert question() == wanted
