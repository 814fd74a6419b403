"""What the judges look at: a running server with the example coordinations and their texts."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from servers import ServerProcess, server

JUDGES = Path(__file__).parent
ROOT = JUDGES.parent.parent
ACTIVITY_JSON = "application/activity+json"
ACTOR = "icg"

ENGLISH = """---
title: The lifts stand still
summary: auto
original: true
signatories: [{name: Amina Okoye, office: Spokeswoman, organisation: Northern Pits, country: NG}]
---
The lifts at the northern pits have not moved since Monday. Nobody goes down until the lamps are
tested again. We ask every workforce that digs, hauls or burns this coal to write to the company.

## What we ask for

- pay for every hour of waiting
- lamps that are *tested* each shift

| shift | lamps that failed |
|---|---|
| early | 14 |
| night | 31 |

> We go down together, and we come up together.

More at <https://pits.example/strike>. #Strike #Solidarität
"""

GERMAN = """---
title: Die Förderkörbe stehen still
summary: auto
---
Die Förderkörbe der Nordzechen stehen seit Montag. Niemand fährt ein, bis die Lampen neu geprüft
sind. Wir bitten alle Belegschaften, die diese Kohle fördern, fahren oder verfeuern, zu schreiben.
"""

NOTE = "The night shift joins the strike at six. #Solidarity\n"


@dataclass(frozen=True, slots=True)
class Served:
    """The server, and the ids of what stands there."""

    process: ServerProcess
    article_id: str
    note_id: str
    grave_id: str

    @property
    def origin(self) -> str:
        return self.process.origin

    @property
    def actor_id(self) -> str:
        return self.process.actor_id(ACTOR)

    def document(self, url: str) -> dict[str, Any]:
        """What stands there for other servers, whether it is still there or gone."""
        answer = httpx.get(url, headers={"Accept": ACTIVITY_JSON})
        assert answer.status_code in {200, 410}, answer.text
        assert answer.headers["content-type"].partition(";")[0] == ACTIVITY_JSON
        found: dict[str, Any] = answer.json()
        return found

    def documents(self) -> dict[str, dict[str, Any]]:
        """Every kind of document that can be fetched, by its path."""
        actor = self.actor_id
        parts = ("", "/outbox", "/outbox?page=first", "/followers", "/following", "/featured")
        of_article = ("", "/activity", "/replies", "/likes", "/shares", "/versions/de")
        urls = [
            f"{self.origin}/actor",
            f"{self.origin}/actor/outbox",
            *(actor + part for part in parts),
            *(self.article_id + part for part in of_article),
            self.note_id,
            self.grave_id,
        ]
        return {url.removeprefix(self.origin): self.document(url) for url in urls}


@contextmanager
def serving(folder: Path, *, more: str = "") -> Iterator[Served]:
    with server(folder, more=more, start=False) as process:
        shutil.rmtree(folder / "actors")
        shutil.copytree(ROOT / "actors", folder / "actors")
        process.start()
        works = folder / "works"
        works.mkdir()
        (works / "letter.en.md").write_text(ENGLISH)
        (works / "letter.de.md").write_text(GERMAN)
        article_id = process.run("publish", str(works), "--actor", ACTOR)
        process.run("pin", article_id)
        note_id = _note(process)
        grave_id = _note(process)
        process.run("delete", grave_id, "--yes")
        yield Served(process, article_id, note_id, grave_id)


def _note(process: ServerProcess) -> str:
    return process.run("publish", "-", "--actor", ACTOR, "--form", "note", text=NOTE)


def asked(folder: str, question: object) -> Any:
    """What `judge.mjs` in the folder answers to the question; both are JSON."""
    done = subprocess.run(
        ["node", "judge.mjs"],
        cwd=JUDGES / folder,
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
